/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a text file that may be long. */
#include "labctl/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define TAIL_MAX (256 * 1024)

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

int tail_file(const char *path, size_t lines, struct str *out, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	auto_free char *buf = xcalloc(1, TAIL_MAX);
	const char *start;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, errno, "'%s'", path);
	n = pread(fd, buf, TAIL_MAX, st.st_size > TAIL_MAX ? st.st_size - TAIL_MAX : 0);
	if (n < 0)
		return err_errno(err, errno, "'%s'", path);
	start = lines ? last_lines(buf, (size_t)n, lines) : buf + n;
	str_add(out, start, (size_t)(buf + n - start));
	return 0;
}
