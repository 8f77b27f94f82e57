/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ustar archive (POSIX.1-2017, pax: ustar interchange format) in memory. */
#ifndef GUEST_TAR_H
#define GUEST_TAR_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/* Appends a regular file owned by root; path absolute or relative, at most 255 bytes
 * (-ENAMETOOLONG). */
int tar_add(struct str *out, const char *path, mode_t mode, const void *data, size_t len,
	    struct err *err);
void tar_end(struct str *out);

#endif
