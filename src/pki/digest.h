/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SHA-256 (FIPS 180-4) in hexadecimal, to name what a run was made from. */
#ifndef PKI_DIGEST_H
#define PKI_DIGEST_H

#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

#define DIGEST_TEXT 65

int digest_bytes(const void *data, size_t len, char ret[DIGEST_TEXT], struct err *err);
/* Of a whole file. */
int digest_file(const char *path, char ret[DIGEST_TEXT], struct err *err);

/* Piece by piece. */
struct digest;
int digest_begin(struct digest **ret, struct err *err);
int digest_add(struct digest *digest, const void *data, size_t len, struct err *err);
/* Ends and frees it; ret NULL: nobody wants to know. NULL is fine. */
void digest_end(struct digest *digest, char ret[DIGEST_TEXT]);

static inline void digest_autop(struct digest **digest)
{
	digest_end(*digest, NULL);
}
#define auto_digest AUTO(digest_autop)

#endif
