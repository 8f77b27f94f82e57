/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ids and capabilities of a process that has made a user namespace. */
#ifndef JAIL_PRIVILEGE_H
#define JAIL_PRIVILEGE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define PRIVILEGE_CAP(cap) (UINT64_C(1) << (cap))

/* Writes a kernel's file in one write, and does not make it where it is missing. */
int privilege_write(const char *path, const char *text, struct err *err);
/*
 * Namespaces of its own for the caller (user, mount, network, IPC, UTS; PID for its children),
 * where the ids that it had outside have the names that are given, and no other id has any.
 */
int privilege_make_namespaces(uid_t inner_uid, gid_t inner_gid, struct err *err);
/* Makes caps the permitted, effective and inheritable set, and the bound of the ambient one. */
int privilege_set_caps(uint64_t caps, struct err *err);
/* The same, for good: no program that is executed from now on can have another one. */
int privilege_limit(uint64_t caps, struct err *err);

#endif
