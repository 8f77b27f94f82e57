/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keys that sign DNS zones: ECDSA P-256 (algorithm 13, RFC 6605), made once a lab and kept on its
 * tmpfs, so that all servers of a zone, its parent and its resolvers mean the same one.
 */
#ifndef PKI_ZONE_KEY_H
#define PKI_ZONE_KEY_H

#include "base/err.h"
#include "base/str.h"

/* The key that an earlier call kept at path (0600), or a new one that is kept there; PEM, appended
 * to ret. Not for two threads at once. */
int zone_key_open(const char *path, struct str *ret, struct err *err);
/*
 * "example.com. IN DS 12345 13 2 ..." and a newline, appended: what the parent says of the zone
 * (absolute, lower case) that this key, as KSK, signs (RFC 4034, section 5; RFC 4509).
 */
int zone_key_ds(const char *pem, const char *zone, struct str *ret, struct err *err);

#endif
