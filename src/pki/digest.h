/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 (FIPS 180-4) in hexadecimal, to name what a run was made from. */
#ifndef PKI_DIGEST_H
#define PKI_DIGEST_H

#include <stddef.h>

#include "base/err.h"

#define DIGEST_TEXT 65

int digest_bytes(const void *data, size_t len, char ret[DIGEST_TEXT], struct err *err);
/* Of a whole file, at most 64 MiB. */
int digest_file(const char *path, char ret[DIGEST_TEXT], struct err *err);

#endif
