/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two key pairs are made of, for this folder. */
#ifndef GUEST_KEYS_PRIVATE_H
#define GUEST_KEYS_PRIVATE_H

#include <libssh/libssh.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

struct guest_keys {
	ssh_key host, login;
	char *dir;
};

/* The three files of a guest. */
struct guest_keys_text {
	struct str host, host_public, authorized;
};

int guest_keys_text(const struct guest_keys *keys, struct guest_keys_text *ret, struct err *err);
void guest_keys_text_free(struct guest_keys_text *text);
AUTO_DEFINE(guest_keys_text_auto, struct guest_keys_text, guest_keys_text_free)
#define auto_keys_text AUTO(guest_keys_text_autop)

#endif
