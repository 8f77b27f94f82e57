/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HMAC-SHA256, by gnutls. */
#include "pki/hmac.h"

#include <errno.h>
#include <gnutls/crypto.h>

int hmac_bytes(const void *key, size_t key_len, const void *data, size_t len,
	       unsigned char ret[HMAC_LEN], struct err *err)
{
	int r = gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_len, data, len, ret);

	return r < 0 ? err_set(err, EIO, "HMAC-SHA256: %s", gnutls_strerror(r)) : 0;
}

int hmac_key(unsigned char ret[HMAC_LEN], struct err *err)
{
	int r = gnutls_rnd(GNUTLS_RND_KEY, ret, HMAC_LEN);

	return r < 0 ? err_set(err, EIO, "random numbers: %s", gnutls_strerror(r)) : 0;
}
