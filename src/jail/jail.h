/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A jail: namespaces in which a process sees what it was told to see and nothing else. What it
 * cannot see it can neither read, write, connect to, signal nor trace, whatever it runs.
 */
#ifndef JAIL_JAIL_H
#define JAIL_JAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* A file, folder, socket or device with all below it; it has the same path inside. */
struct jail_path {
	const char *path; /* absolute */
	bool writable;    /* what a device or a socket takes is not written to the file system */
};

/*
 * Puts the calling process (of one thread) into a jail: for life, and all its children. In there
 *   - the root folder is empty, but for paths and /dev/null, and cannot be written; no /proc;
 *   - there are no network, no abstract sockets, no IPC objects but those whose descriptors are
 *     open: these go on working;
 *   - uid and gid are what they were, the user namespace is a new one. So it may trace none of the
 *     processes outside, though they are of the same uid, and it can make no further namespaces;
 *   - no capability is left, and no_new_privs is set;
 *   - Landlock says the same again where the kernel has it (ABI 1 and later), and from ABI 6 on
 *     that no signal leaves the jail.
 * The next child is PID 1 of a new PID namespace and has no name for any process outside it: it can
 * signal nobody. The caller itself still sees the pids that it saw, and should do nothing after but
 * make that child: jail_fork().
 */
int jail_enter(const struct jail_path *paths, size_t n, struct err *err);

/*
 * Goes on in a child, where it returns 0; it is killed when the caller dies. The caller never comes
 * back: it passes signals on, waits, and exits with the child's status, or 128 + the signal. It
 * keeps stdin, stdout and stderr, and no other descriptor.
 */
int jail_fork(struct err *err);

#endif
