/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `story`, `report` and `run` share: by which experiment, as text, and as an exit code. */
#ifndef LABCTL_STORY_H
#define LABCTL_STORY_H

#include "labctl/labctl.h"
#include "report/story.h"
#include "report/text.h"

/*
 * Takes --experiment, where it was given, into options, as the lab of the run in dir plays it; own
 * and path are the caller's, to be freed after options were used. The exit code, with the problems
 * printed.
 */
int story_judge(const struct labctl *l, const struct args *a, const char *dir,
		struct experiment *own, char **path, struct story_options *options);
/* As --lang was given, or NULL: as the user's environment has it. -EINVAL. */
int story_language(const char *given, const char **ret, struct err *err);
/* On standard output, as wide and colourful as that is; options.lang NULL: the user's. */
void story_print(const json_t *story, struct text_options options);
/* EXIT_DONE where it holds, EXIT_LAB_FAILED where it fails, else EXIT_NOT_JUDGED. */
int story_exit(const json_t *story);

#endif
