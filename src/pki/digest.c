/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 in hexadecimal. */
#include "pki/digest.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <stdio.h>

#include "base/io.h"

int digest_bytes(const void *data, size_t len, char ret[DIGEST_TEXT], struct err *err)
{
	unsigned char hash[32];
	int r = gnutls_hash_fast(GNUTLS_DIG_SHA256, data, len, hash);

	if (r < 0)
		return err_set(err, EIO, "SHA-256: %s", gnutls_strerror(r));
	for (size_t i = 0; i < sizeof(hash); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", hash[i]);
	return 0;
}

int digest_file(const char *path, char ret[DIGEST_TEXT], struct err *err)
{
	auto_str struct str data = { 0 };
	int r = io_read_file(path, 64 << 20, &data, err);

	return r < 0 ? r : digest_bytes(str_text(&data), data.len, ret, err);
}
