/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What makes a guest this node and no other: at boot, and again in a clone. */
#ifndef LABD_GUEST_IDENTITY_H
#define LABD_GUEST_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A host name as labd gives them. */
bool identity_is_name(const char *name);
/* The file has this content and mode; 0, or -1 with errno. */
int identity_write(const char *path, const void *data, size_t len, mode_t mode);
/*
 * The kernel's host name, /etc/hostname, /etc/hosts, and a new /etc/machine-id, below root ("" or a
 * folder); NULL, or the path or call that failed, with errno.
 */
const char *identity_name(const char *root, const char *name);

#endif
