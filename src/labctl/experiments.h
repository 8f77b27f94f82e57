/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `run` without an experiment, and with all of them: which ones the lab can play. */
#ifndef LABCTL_EXPERIMENTS_H
#define LABCTL_EXPERIMENTS_H

#include "base/json.h"
#include "labctl/labctl.h"

/* A line for each that came with labd: what it shows, or why this lab cannot show it. The exit
 * code. */
int experiments_list(const struct labctl *l);
/*
 * Those that the lab can play, one after another by run, which returns an exit code and may hand
 * out what came of it, a new reference; then a table. The exit code is the worst of theirs.
 */
int experiments_all(struct labctl *l, const struct args *a,
		    int (*run)(struct labctl *l, const struct args *a, const char *name,
			       json_t **result));

#endif
