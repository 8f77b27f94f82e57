/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For this folder: private keys, and what gnutls answers. */
#ifndef PKI_KEY_H
#define PKI_KEY_H

#include <gnutls/x509.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

/* gnutls answers with negative codes of its own; 0 and above is success. */
int pki_tls_err(int rc, const char *what, struct err *err);
/* ret is freed by auto_pki_key, or by gnutls_x509_privkey_deinit. */
int pki_key_new(gnutls_pk_algorithm_t algorithm, unsigned int bits, gnutls_x509_privkey_t *ret,
		struct err *err);
#define PKI_P256 GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)
/* PKCS #8 in PEM, appended; a code of gnutls. */
int pki_key_pem(gnutls_x509_privkey_t key, struct str *out);

static inline void pki_key_freep(gnutls_x509_privkey_t *key)
{
	if (*key)
		gnutls_x509_privkey_deinit(*key);
}
#define auto_pki_key AUTO(pki_key_freep)

static inline void pki_datum_freep(gnutls_datum_t *datum)
{
	gnutls_free(datum->data);
}
#define auto_pki_datum AUTO(pki_datum_freep)

#endif
