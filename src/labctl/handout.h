/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An assignment with the files that it names; and, out of them, a student's own: a folder with
 * assignment.xml, topology.xml, check.xml and, where something is broken, fault.xml. Such a folder
 * is an assignment like any other, in which nothing varies any more.
 */
#ifndef LABCTL_HANDOUT_H
#define LABCTL_HANDOUT_H

#include "course/assignment.h"
#include "course/draw.h"
#include "course/variant.h"
#include "experiment/experiment.h"
#include "labctl/labctl.h"
#include "topo/topo.h"

#define HANDOUT_FILE "assignment.xml"

struct handout {
	struct assignment assignment;
	char *path;              /* of the assignment, absolute */
	struct topo topo;        /* as written */
	struct experiment check; /* the same */
	struct experiment *faults;
	size_t n_faults;
};

/* Loads and checks all of it, the goals and the faults against the lab; what is wrong is printed.
 * The exit code. */
int handout_load(const struct labctl *l, const char *word, struct handout *ret);
void handout_free(struct handout *handout);
AUTO_DEFINE(handout_auto, struct handout, handout_free)
#define auto_handout AUTO(handout_autop)
/* The path of a file that the assignment names; to be freed. */
char *handout_path(const struct handout *handout, const char *href);

/* The phase of its check; NULL: it has none of that name. */
const struct experiment_phase *handout_phase(const struct handout *handout, const char *name);

/* handout-tell.c: a new reference; key: with what is broken, too. */
json_t *handout_to_json(const struct handout *handout, bool key);
/* On standard output. */
void handout_tell(const struct handout *handout, const char *lang);
void handout_tell_faults(const struct handout *handout, const char *lang);

/* What a student draws: the values, and which fault; fault SIZE_MAX: there is none. */
struct handout_draw {
	struct variant variant;
	size_t fault;
};
void handout_draw_free(struct handout_draw *draw);
AUTO_DEFINE(handout_draw_auto, struct handout_draw, handout_draw_free)
#define auto_handout_draw AUTO(handout_draw_autop)
int handout_draw(const struct handout *handout, const struct draw *draw, struct handout_draw *ret,
		 struct err *err);
/* Writes a student's own into the folder, which must not exist. */
int handout_write(const struct handout *handout, const struct handout_draw *draw, const char *dir,
		  struct err *err);
/* Whether the folder has the lab, the check and the fault that would be written there now; -EINVAL
 * names what differs. */
int handout_same(const struct handout *handout, const struct handout_draw *draw, const char *dir,
		 struct err *err);

#endif
