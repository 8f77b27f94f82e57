/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cpio archive in the "newc" form. */
#include "guest/cpio.h"

#include <string.h>
#include <sys/stat.h>

static void pad(struct str *out)
{
	while (out->len % 4)
		str_add(out, "\0", 1);
}

void cpio_add(struct str *out, const char *name, mode_t mode, const void *data, size_t len)
{
	/* magic, inode, mode, uid, gid, links, mtime, size, four device numbers, name size, check
	 */
	str_addf(out, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 0U,
		 (unsigned)mode, 0U, 0U, S_ISDIR(mode) ? 2U : 1U, 0U, len, 0U, 0U, 0U, 0U,
		 strlen(name) + 1, 0U);
	str_add(out, name, strlen(name) + 1);
	pad(out);
	str_add(out, data, len);
	pad(out);
}

void cpio_end(struct str *out)
{
	cpio_add(out, "TRAILER!!!", 0, NULL, 0);
}
