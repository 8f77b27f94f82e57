/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab's two SSH key pairs (Ed25519, RFC 8709): what guests show, and what labd shows them. */
#ifndef GUEST_KEYS_H
#define GUEST_KEYS_H

#include "base/err.h"
#include "base/str.h"

struct guest_keys;

/* Loads the pairs kept in dir, or makes them there (files 0600) the first time. */
int guest_keys_open(const char *dir, struct guest_keys **ret, struct err *err);
void guest_keys_free(struct guest_keys *keys);
/*
 * The initrd that gives the guests their host key: base followed by a cpio archive (newc, see the
 * kernel's initramfs-buffer-format) with labd/ssh_host_ed25519_key{,.pub} and labd/authorized_keys.
 */
int guest_keys_initrd(const struct guest_keys *keys, const char *base, const char *path,
		      struct err *err);

#endif
