/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files and descriptors: whole reads and writes, folders, and their errors. */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/*
 * Opens a regular file for reading. -EISDIR, -EINVAL: it is something else, which could be waited
 * for for ever (a pipe) or has no end (a device); it is not opened to wait, and err says what it
 * is.
 */
int io_open(const char *path, struct err *err);
int io_open_stream(const char *path, FILE **ret, struct err *err);
/* Reads a whole regular file of at most limit bytes into ret (-EFBIG beyond it). */
int io_read_file(const char *path, size_t limit, struct str *ret, struct err *err);
/*
 * Appends at most the last lines (0: none) of a text file, and of its last 256 KiB only: the file
 * may be long, and grow meanwhile.
 */
int io_read_tail(const char *path, size_t lines, struct str *ret, struct err *err);
/* Writes a file whole or not at all: a temporary beside it, then rename. */
int io_write_file(const char *path, const void *data, size_t len, mode_t mode, struct err *err);
/* Writes every byte to fd, waiting where fd does not block; 0 or -errno. */
int io_write_all(int fd, const void *data, size_t len);
/* mkdir -p; the folders it makes get mode. */
int io_mkdirs(const char *path, mode_t mode, struct err *err);
/* Removes a folder and all in it; does not follow links nor cross mounts; a missing one is fine. */
int io_remove_tree(const char *path, struct err *err);
int io_set_nonblock(int fd);
/* flock(2), or fcntl(2) with a lock, has failed with code for another reason than that somebody
 * has it: says so, and what to do on a disk that has no locks. */
int io_lock_failed(const char *path, int code, struct err *err);

#endif
