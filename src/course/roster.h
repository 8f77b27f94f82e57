/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is in a class: the first column of a list, as spreadsheets write it (RFC 4180). */
#ifndef COURSE_ROSTER_H
#define COURSE_ROSTER_H

#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

#define ROSTER_MAX 1000

struct roster {
	char **names; /* each a draw_is_name(), no two alike when case is ignored */
	size_t n;
};

/* Empty lines, lines that begin with '#', and a first line whose first column is "student" do not
 * count. -EINVAL names the line. */
int roster_parse(const char *text, struct roster *ret, struct err *err);
void roster_free(struct roster *roster);
AUTO_DEFINE(roster_auto, struct roster, roster_free)
#define auto_roster AUTO(roster_autop)

/*
 * Whose file or folder it says it is: the student with whose name its own begins, all of it or up
 * to a '.' ("in/kim.labd", "in/Kim/"), the longest; NULL: nobody's.
 */
const char *roster_claims(const struct roster *roster, const char *path);

#endif
