/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running an experiment in a lab for another command, which tells what came of it. */
#ifndef LABCTL_PLAY_H
#define LABCTL_PLAY_H

#include "base/json.h"
#include "labctl/labctl.h"

/*
 * Runs the experiment in that file, with its defaults, in the lab that l names. Only what keeps it
 * from being run is printed. out: the run's folder, which must not exist; NULL: a new one among the
 * runs. The exit code, as `run` has it; result and story are new references where there is a run.
 */
int play_run(struct labctl *l, const char *path, const char *out, json_t **result, json_t **story);

#endif
