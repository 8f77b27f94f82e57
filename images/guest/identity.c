/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Host name, machine-id and files of a guest. */
#define _GNU_SOURCE
#include "identity.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UUID_SOURCE "/proc/sys/kernel/random/uuid"

enum { NAME_LEN = 63 };

bool identity_is_name(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	size_t len = strlen(name);

	return len > 0 && len <= NAME_LEN && strspn(name, allowed) == len;
}

int identity_write(const char *path, const void *data, size_t len, mode_t mode)
{
	const char *p = data;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0)
		return -1;
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0) {
			close(fd);
			return -1;
		}
		p += n;
		len -= (size_t)n;
	}
	fchmod(fd, mode);
	return close(fd);
}

static int write_text(const char *root, const char *path, const char *text, mode_t mode)
{
	char full[64];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return identity_write(full, text, strlen(text), mode);
}

/* machine-id(5): 32 hexadecimal digits and a newline; here those of a random UUID. */
static int new_machine_id(const char *root)
{
	char path[64], uuid[64] = "", id[34] = "";
	size_t n = 0;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s" UUID_SOURCE, root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	len = read(fd, uuid, sizeof(uuid) - 1);
	close(fd);
	for (const char *p = uuid; len > 0 && *p && n < 32; p++)
		if (*p != '-' && *p != '\n')
			id[n++] = *p;
	id[n] = '\n';
	return write_text(root, "/etc/machine-id", id, 0444);
}

const char *identity_name(const char *root, const char *name)
{
	char text[NAME_LEN + 64];

	if (sethostname(name, strlen(name)) != 0)
		return "sethostname";
	snprintf(text, sizeof(text), "%s\n", name);
	if (write_text(root, "/etc/hostname", text, 0644) != 0)
		return "/etc/hostname";
	snprintf(text, sizeof(text), "127.0.0.1\tlocalhost %s\n", name);
	if (write_text(root, "/etc/hosts", text, 0644) != 0)
		return "/etc/hosts";
	return new_machine_id(root) == 0 ? NULL : "/etc/machine-id";
}
