/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private keys, by gnutls. */
#include "pki/key.h"

#include <errno.h>

int pki_tls_err(int rc, const char *what, struct err *err)
{
	if (rc >= 0)
		return 0;
	return err_set(err, rc == GNUTLS_E_MEMORY_ERROR ? ENOMEM : EIO, "%s: %s", what,
		       gnutls_strerror(rc));
}

int pki_key_new(gnutls_pk_algorithm_t algorithm, unsigned int bits, gnutls_x509_privkey_t *ret,
		struct err *err)
{
	auto_pki_key gnutls_x509_privkey_t key = NULL;
	int rc = gnutls_x509_privkey_init(&key);

	if (rc >= 0)
		rc = gnutls_x509_privkey_generate(key, algorithm, bits, 0);
	rc = pki_tls_err(rc, "private key", err);
	if (rc < 0)
		return rc;
	*ret = take_ptr(key);
	return 0;
}

int pki_key_pem(gnutls_x509_privkey_t key, struct str *out)
{
	auto_pki_datum gnutls_datum_t pem = { NULL, 0 };
	int rc = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL,
						   GNUTLS_PKCS_PLAIN, &pem);

	if (rc >= 0)
		str_add(out, pem.data, pem.size);
	return rc;
}
