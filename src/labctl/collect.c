/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The output of a session kept in memory, for an answer in JSON. */
#include "labctl/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"
#include "ctl/message.h"

int collect_open(struct err *err)
{
	auto_close int fd = memfd_create("labctl", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, COLLECT_MAX) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) < 0)
		return err_errno(err, errno, "memory for the output");
	return take_fd(&fd);
}

bool collect_is_full(int fd)
{
	return lseek(fd, 0, SEEK_CUR) > COLLECT_MAX - PIPE_BUF;
}

json_t *collect_text(int fd)
{
	off_t len = lseek(fd, 0, SEEK_CUR);
	auto_free char *text = len < 0 ? NULL : xcalloc(1, (size_t)len + 1);

	if (!text || pread(fd, text, (size_t)len, 0) != len)
		return NULL;
	for (off_t i = 0; i < len; i++)
		text[i] = text[i] ? text[i] : '?';
	return json_text(text);
}
