/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-memory.so: lets QEMU open a file for its guest's memory that it cannot write.
 *
 * A clone's memory is a file that QEMU maps privately: it writes nothing to it. Yet it opens it to
 * write (before QEMU 8.2 without a choice), and what it could write to would be the memory of other
 * guests too. So labd-jail shows it a file that is read-only, and has the loader put this in front
 * of the C library: an open of that file is one to read, and all others are what they were.
 */
#undef _FORTIFY_SOURCE /* its open64 is inline */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hv/view.h"

static int open_file(const char *path, int flags, mode_t mode)
{
	const char *memory = getenv(VIEW_MEMORY);

	if (memory && strcmp(path, memory) == 0)
		flags = O_RDONLY | (flags & O_CLOEXEC);
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* The two names under which programs call open(2) for files of any size. */
int open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if (flags & (O_CREAT | O_TMPFILE)) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return open_file(path, flags, mode);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
	return open_file(path, flags, 0);
}
