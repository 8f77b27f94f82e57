/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unix sockets that have a path, of any length; descriptors are CLOEXEC. */
#ifndef BASE_SOCKET_H
#define BASE_SOCKET_H

#include "base/err.h"

/*
 * Listens, mode 0600, without blocking. What is left of one that died is replaced; -EADDRINUSE: one
 * that lives listens there.
 */
int socket_listen(const char *path, int type, struct err *err);
/*
 * Takes one waiting client; it does not block. -EAGAIN: none waits. -EPERM: the peer's uid is not
 * this process's own effective one.
 */
int socket_accept(int listener, struct err *err);
/* Connects, blocking; -ENOENT or -ECONNREFUSED: nobody listens. */
int socket_reach(const char *path, int type, struct err *err);

#endif
