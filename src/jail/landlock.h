/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside jail: the second lock. */
#ifndef JAIL_LANDLOCK_H
#define JAIL_LANDLOCK_H

#include "jail/jail.h"

/*
 * Forbids the calling process and its children, for good, every file but paths, TCP, and signals
 * and abstract sockets beyond themselves, each as far as the kernel can. One that cannot at all is
 * no failure. Needs no_new_privs.
 */
int jail_landlock(const struct jail_path *paths, size_t n, struct err *err);

#endif
