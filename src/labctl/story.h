/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `story` and `report` share: by which experiment, and what the exit code says. */
#ifndef LABCTL_STORY_H
#define LABCTL_STORY_H

#include "labctl/labctl.h"
#include "report/story.h"

/*
 * Takes --experiment, where it was given, into options; own and path are the caller's, to be freed
 * after options were used. The exit code, with the problems printed.
 */
int story_judge(const struct labctl *l, const struct args *a, struct experiment *own, char **path,
		struct story_options *options);
/* EXIT_DONE where it holds, EXIT_LAB_FAILED where it fails, else EXIT_NOT_JUDGED. */
int story_exit(const json_t *story);

#endif
