/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two key pairs are made of, for this folder. */
#ifndef GUEST_KEYS_PRIVATE_H
#define GUEST_KEYS_PRIVATE_H

#include <libssh/libssh.h>

struct guest_keys {
	ssh_key host, login;
	char *dir;
};

#endif
