/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 in hexadecimal. */
#include "pki/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"

/* A gnutls_hash_hd_t under a name of ours. */
struct digest {
	gnutls_hash_hd_t handle;
};

static void write_text(const unsigned char hash[32], char ret[DIGEST_TEXT])
{
	for (size_t i = 0; i < 32; i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", hash[i]);
}

int digest_bytes(const void *data, size_t len, char ret[DIGEST_TEXT], struct err *err)
{
	unsigned char hash[32];
	int r = gnutls_hash_fast(GNUTLS_DIG_SHA256, data, len, hash);

	if (r < 0)
		return err_set(err, EIO, "SHA-256: %s", gnutls_strerror(r));
	write_text(hash, ret);
	return 0;
}

int digest_begin(struct digest **ret, struct err *err)
{
	struct digest *digest = xcalloc(1, sizeof(*digest));
	int r = gnutls_hash_init(&digest->handle, GNUTLS_DIG_SHA256);

	if (r < 0) {
		free(digest);
		return err_set(err, EIO, "SHA-256: %s", gnutls_strerror(r));
	}
	*ret = digest;
	return 0;
}

int digest_add(struct digest *digest, const void *data, size_t len, struct err *err)
{
	int r = gnutls_hash(digest->handle, data, len);

	return r < 0 ? err_set(err, EIO, "SHA-256: %s", gnutls_strerror(r)) : 0;
}

void digest_end(struct digest *digest, char ret[DIGEST_TEXT])
{
	unsigned char hash[32];

	if (!digest)
		return;
	gnutls_hash_deinit(digest->handle, hash);
	if (ret)
		write_text(hash, ret);
	free(digest);
}

int digest_file(const char *path, char ret[DIGEST_TEXT], struct err *err)
{
	auto_digest struct digest *digest = NULL;
	char data[16384];
	auto_close int fd = io_open(path, err);
	int r = fd < 0 ? fd : digest_begin(&digest, err);

	while (r >= 0) {
		ssize_t n = read(fd, data, sizeof(data));

		if (n == 0) {
			digest_end(take_ptr(digest), ret);
			return 0;
		}
		if (n > 0)
			r = digest_add(digest, data, (size_t)n, err);
		else if (errno != EINTR)
			r = err_errno(err, errno, "'%s'", path);
	}
	return r;
}
