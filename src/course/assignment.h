/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An assignment: a lab, what is broken in it, and the phases of an experiment that must hold in the
 * end. It names files beside it; it reads none of them.
 */
#ifndef COURSE_ASSIGNMENT_H
#define COURSE_ASSIGNMENT_H

#include "base/auto.h"
#include "base/err.h"
#include "xml/xml.h"

struct assignment_text {
	char *en, *ko; /* ko NULL: as en */
};

struct assignment_goal {
	char *phase; /* of the experiment */
	unsigned int points;
};

struct assignment {
	char *name;
	char *deadline; /* as written; NULL: none */
	struct assignment_text title, task;
	char *topology, *check; /* relative to its own folder */
	char **faults;          /* the same; of several each student gets one */
	size_t n_faults;
	struct assignment_goal *goals;
	size_t n_goals;
	struct assignment_text *hints;
	size_t n_hints;
};

/* schema_dir holds assignment.rng. -EINVAL with every problem of the file listed, or another code
 * where it cannot be read. */
int assignment_load(const char *path, const char *schema_dir, struct assignment *ret,
		    struct xml_problems *problems, struct err *err);
void assignment_free(struct assignment *assignment);
AUTO_DEFINE(assignment_auto, struct assignment, assignment_free)
#define auto_assignment AUTO(assignment_autop)

/* The text of an assignment that loads, with these files in place of those that it names; fault
 * NULL: none. Appended. */
int assignment_hand_out(const char *xml, const char *name, const char *topology, const char *check,
			const char *fault, struct str *out, struct err *err);

/* In that language, where it is there. */
const char *assignment_words(const struct assignment_text *text, const char *lang);

#endif
