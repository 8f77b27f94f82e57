/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folders of runs, as the user names them. */
#ifndef LABCTL_RUNS_H
#define LABCTL_RUNS_H

#include "base/err.h"
#include "labctl/labctl.h"

/* Names of the runs in the user's folder, newest first; free each and the array. 0 where there are
 * none, or -errno. */
int runs_list(const struct labctl *l, char ***ret, size_t *n, struct err *err);
/* Frees what runs_list gave. */
void runs_free(char **names, size_t n);
/*
 * The folder of the run that word means: a path, or a name among `labctl runs`; NULL: the newest of
 * those. -ENOENT says what was looked for.
 */
int runs_find(const struct labctl *l, const char *word, char **ret, struct err *err);

#endif
