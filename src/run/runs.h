/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's runs: one folder with a folder for each. A run that is kept elsewhere is found by its
 * path. */
#ifndef RUN_RUNS_H
#define RUN_RUNS_H

#include <stddef.h>

#include "base/err.h"

/* How the names begin of what is not a run yet, or no more: hidden, locked while somebody is at it.
 */
#define RUNS_ASIDE ".aside-"

/* The names, the newest run first: by when it began, whatever it is called. To be freed by
 * runs_free; none where there is no folder. */
int runs_list(const char *folder, char ***ret, size_t *n, struct err *err);
void runs_free(char **names, size_t n);
/* The folder of the run that word means: a name among them, or a path; NULL: the newest. -ENOENT
 * says what was looked for. */
int runs_find(const char *folder, const char *word, char **ret, struct err *err);
/* The same, as its name: -EINVAL of one that is kept elsewhere. */
int runs_own(const char *folder, const char *word, char **ret, struct err *err);
/*
 * The path for a new one, "FOLDER/2026-11-22T101530-school-fetch", with -2, -3 behind where that is
 * there. Makes the folder, not the run.
 */
int runs_new(const char *folder, const char *lab, const char *experiment, char **ret,
	     struct err *err);
/* -EBUSY: it is in progress. */
int runs_remove(const char *folder, const char *name, struct err *err);
/* Removes what a removal or an import that was killed left. */
void runs_sweep(const char *folder);

#endif
