/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cpio archive in the "newc" form that the kernel unpacks as an initramfs. */
#ifndef GUEST_CPIO_H
#define GUEST_CPIO_H

#include <sys/types.h>

#include "base/str.h"

/* Appends one entry, owned by root; name relative; mode with the file type (040755 a folder). */
void cpio_add(struct str *out, const char *name, mode_t mode, const void *data, size_t len);
void cpio_end(struct str *out);

#endif
