/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ustar archive in memory. */
#include "guest/tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct tar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
	char magic[6], version[2], uname[32], gname[32], major[8], minor[8], prefix[155],
		unused[12];
};

/* A long path is cut at a slash: prefix before it, name behind it. */
static int set_path(struct tar_header *h, const char *path)
{
	size_t len = strlen(path);
	const char *cut = path;

	if (len <= sizeof(h->name)) {
		memcpy(h->name, path, len);
		return 0;
	}
	while ((cut = strchr(cut + 1, '/'))) {
		size_t front = (size_t)(cut - path), back = len - front - 1;

		if (front > sizeof(h->prefix))
			break;
		if (back > sizeof(h->name) || !back)
			continue;
		memcpy(h->prefix, path, front);
		memcpy(h->name, cut + 1, back);
		return 0;
	}
	return -ENAMETOOLONG;
}

int tar_add(struct str *out, const char *path, mode_t mode, const void *data, size_t len,
	    struct err *err)
{
	struct tar_header h = { .type = '0', .magic = "ustar", .version = { '0', '0' } };
	unsigned int sum = 0;

	while (*path == '/')
		path++;
	if (set_path(&h, path) < 0)
		return err_errno(err, ENAMETOOLONG, "file '%s'", path);
	(void)snprintf(h.mode, sizeof(h.mode), "%07o", (unsigned)mode & 07777);
	(void)snprintf(h.uid, sizeof(h.uid), "%07o", 0U);
	(void)snprintf(h.gid, sizeof(h.gid), "%07o", 0U);
	(void)snprintf(h.size, sizeof(h.size), "%011zo", len);
	(void)snprintf(h.mtime, sizeof(h.mtime), "%011o", 0U);
	memset(h.checksum, ' ', sizeof(h.checksum));
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((const unsigned char *)&h)[i];
	(void)snprintf(h.checksum, sizeof(h.checksum), "%06o", sum);
	str_add(out, &h, sizeof(h));
	str_add(out, data, len);
	while (out->len % 512)
		str_add(out, "\0", 1);
	return 0;
}

void tar_end(struct str *out)
{
	static const char zeros[1024];

	str_add(out, zeros, sizeof(zeros));
}
