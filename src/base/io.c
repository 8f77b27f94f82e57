/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files and descriptors: whole reads and writes, folders, and their errors. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL_MAX (256 * 1024)

static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a folder";
	case S_IFIFO:
		return "a pipe";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

int io_open(const char *path, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int code = errno;
	struct stat st;

	/* A socket cannot be opened at all. */
	if (fd < 0 && (code != ENXIO || stat(path, &st) < 0))
		return err_errno(err, code, "'%s'", path);
	if (fd >= 0 && fstat(fd, &st) < 0)
		return err_errno(err, errno, "'%s'", path);
	if (fd < 0 || !S_ISREG(st.st_mode))
		return err_set(err, S_ISDIR(st.st_mode) ? EISDIR : EINVAL,
			       "'%s': is %s, not a file", path, kind_of(st.st_mode));
	return take_fd(&fd);
}

int io_open_stream(const char *path, FILE **ret, struct err *err)
{
	auto_close int fd = io_open(path, err);

	if (fd < 0)
		return fd;
	*ret = fdopen(fd, "r");
	if (!*ret)
		return err_errno(err, errno, "'%s'", path);
	(void)take_fd(&fd);
	return 0;
}

int io_read_file(const char *path, size_t limit, struct str *ret, struct err *err)
{
	auto_close int fd = io_open(path, err);
	auto_str struct str data = { 0 };
	char buf[65536];

	if (fd < 0)
		return fd;
	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, errno, "'%s'", path);
		if (n == 0)
			break;
		if (data.len + (size_t)n > limit)
			return err_set(err, EFBIG, "'%s': larger than %zu bytes", path, limit);
		str_add(&data, buf, (size_t)n);
	}
	str_add(ret, str_text(&data), data.len);
	return 0;
}

/* Where the last lines of text begin. */
static const char *last_lines(const char *text, size_t len, size_t lines)
{
	const char *p = text + len;

	if (p > text && p[-1] == '\n')
		p--;
	while (p > text && (p[-1] != '\n' || --lines > 0))
		p--;
	return p;
}

int io_read_tail(const char *path, size_t lines, struct str *ret, struct err *err)
{
	auto_close int fd = io_open(path, err);
	auto_free char *buf = xcalloc(1, TAIL_MAX);
	const char *start;
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return err_errno(err, errno, "'%s'", path);
	n = pread(fd, buf, TAIL_MAX, st.st_size > TAIL_MAX ? st.st_size - TAIL_MAX : 0);
	if (n < 0)
		return err_errno(err, errno, "'%s'", path);
	start = lines ? last_lines(buf, (size_t)n, lines) : buf + n;
	str_add(ret, start, (size_t)(buf + n - start));
	return 0;
}

int io_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			struct pollfd pfd = { .fd = fd, .events = POLLOUT };

			(void)poll(&pfd, 1, 1000);
			continue;
		}
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int io_write_file(const char *path, const void *data, size_t len, mode_t mode, struct err *err)
{
	auto_free char *temporary = xasprintf("%s.XXXXXX", path);
	auto_close int fd = mkostemp(temporary, O_CLOEXEC);
	int r;

	if (fd < 0)
		return err_errno(err, errno, "'%s'", path);
	r = io_write_all(fd, data, len);
	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(temporary);
		return err_errno(err, -r, "'%s'", path);
	}
	return 0;
}

int io_mkdirs(const char *path, mode_t mode, struct err *err)
{
	auto_free char *copy = xstrdup(path);
	char *p = copy;

	do {
		p = strchr(p + 1, '/');
		if (p)
			*p = '\0';
		/* A disk that is read-only may say so of a folder that is there. */
		if (mkdir(copy, mode) < 0 && errno != EEXIST && errno != EISDIR) {
			int code = errno;

			if (code != EROFS || access(copy, F_OK) < 0)
				return err_errno(err, code, "folder '%s'", copy);
		}
		if (p)
			*p = '/';
	} while (p);
	if (access(path, X_OK) < 0)
		return err_errno(err, errno, "folder '%s'", path);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int io_remove_tree(const char *path, struct err *err)
{
	if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
		return err_errno(err, errno, "'%s'", path);
	return 0;
}

int io_lock_failed(const char *path, int code, struct err *err)
{
	(void)err_errno(err, code, "lock '%s'", path);
	if (code == ENOLCK || code == ENOSYS || code == EOPNOTSUPP)
		(void)err_advise(err, "its disk (NFS?) has none: choose a local one by "
				      "XDG_STATE_HOME, XDG_CACHE_HOME, XDG_DATA_HOME");
	return -code;
}

int io_set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}
