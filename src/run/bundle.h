/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A run as one file (docs/runs.md), and back. */
#ifndef RUN_BUNDLE_H
#define RUN_BUNDLE_H

#include <stddef.h>

#include "base/err.h"

struct bundle {
	size_t files;    /* in it */
	size_t left_out; /* no plain files, or of names that are not portable */
};

/* Writes the run in dir to file, which must not be there. -EBUSY: the run is in progress; -EEXIST,
 * -EFBIG. */
int bundle_write(const char *dir, const char *file, struct bundle *ret, struct err *err);
/* Unpacks file into the folder of runs, whole or not at all, under the name that it carries; *ret:
 * the new run's folder. -EBADMSG, -EEXIST. */
int bundle_import(const char *file, const char *runs, char **ret, struct err *err);

#endif
