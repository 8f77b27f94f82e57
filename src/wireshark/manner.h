/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How sharkd is to look at a capture, beside how it always does. Of this folder only; wifi.c. */
#ifndef WIRESHARK_MANNER_H
#define WIRESHARK_MANNER_H

#include "base/auto.h"
#include "base/str.h"
#include "wireshark/wireshark.h"

struct manner {
	char **keys; /* to the air, as records of Wireshark's */
	size_t n_keys;
	struct net_mac *macs;
	size_t n_macs;
};

void manner_of(const struct wireshark_setup *setup, struct manner *ret);
/* Tells sharkd the keys. Errors: as sharkd_ask. */
int manner_set(struct sharkd *s, const struct manner *m, struct err *err);
/* Appends what the answers depend on. */
void manner_describe(const struct manner *m, struct str *out);
void manner_free(struct manner *m);
AUTO_DEFINE(manner_auto, struct manner, manner_free)
#define auto_manner AUTO(manner_autop)

#endif
