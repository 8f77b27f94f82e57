/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a text file that may be long. */
#ifndef LABCTL_TAIL_H
#define LABCTL_TAIL_H

#include "base/err.h"
#include "base/str.h"

/* Appends at most the last lines of the file, of its last 256 KiB. */
int tail_file(const char *path, size_t lines, struct str *out, struct err *err);

#endif
