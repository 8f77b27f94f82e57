/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a run is worth: its story, counted by the goals of an assignment. Nothing is judged here. */
#ifndef COURSE_MARKS_H
#define COURSE_MARKS_H

#include "base/json.h"
#include "course/assignment.h"

/*
 * {"assignment", "verdict", "points", "of", "goals": [{"phase", "title", "verdict", "points",
 * "of"}], "first": null or the first goal that is not reached: {"phase", "title", "expectation",
 * "at", "frame", "why"}}. A new reference. verdict: "holds" where all goals do, "not-judged" where
 * none fails and not all hold, else "fails". A goal holds where the story's phase of that name
 * does; a phase that the story lacks was not judged.
 */
json_t *marks_count(const struct assignment *assignment, const json_t *story);

#endif
