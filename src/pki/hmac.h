/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HMAC-SHA256 (RFC 2104, FIPS 198-1): what only those who have the key can compute. */
#ifndef PKI_HMAC_H
#define PKI_HMAC_H

#include <stddef.h>

#include "base/err.h"

#define HMAC_LEN 32

int hmac_bytes(const void *key, size_t key_len, const void *data, size_t len,
	       unsigned char ret[HMAC_LEN], struct err *err);
/* A new key for it, from the system's random numbers. */
int hmac_key(unsigned char ret[HMAC_LEN], struct err *err);

#endif
