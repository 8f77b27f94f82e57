/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lab's own certificate authority, and the server certificates that it issues (X.509v3, RFC
 * 5280).
 *
 * Each lab makes a fresh one and forgets it with the lab: its key is kept on the lab's tmpfs alone,
 * so that a browser that was told to trust it trusts nothing once the lab is gone.
 */
#ifndef PKI_PKI_H
#define PKI_PKI_H

#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

/* The CA's key and certificate. Not for two threads at once. */
struct pki;

/*
 * Makes "labd CA of LAB": an ECDSA P-256 key and a self-signed certificate, valid from one day ago
 * (a guest's clock may be behind) for three years: a lab may stay up for a term. Fails with -EIO
 * where gnutls does.
 */
int pki_new(const char *lab, struct pki **ret, struct err *err);
/* The CA that an earlier pki_open kept at path (0600, PEM), or a new one that is kept there. */
int pki_open(const char *path, const char *lab, struct pki **ret, struct err *err);
/* Until when it and what it issues are valid, seconds since the epoch. */
long long pki_until(const struct pki *pki);
/* The CA's certificate, PEM; owned by pki. */
const char *pki_ca_pem(const struct pki *pki);
/*
 * A server certificate for a host name (letters, digits, hyphen and dot; at most 253 bytes, else
 * -EINVAL), as subjectAltName (RFC 6125), with the CA's validity. Its key is RSA 2048 and may
 * encipher keys, so that TLS 1.2 with RSA key exchange works beside TLS 1.3. Both are PEM, freed by
 * the caller: the certificate with the CA's behind it, and the key as PKCS #8. Takes about 0.2 s:
 * RSA keys are slow to find.
 * fault: what a client is to find wrong with it, one of pki_faults: it expired yesterday, is
 * another host's, or was signed by its own key; NULL: nothing.
 */
int pki_issue(struct pki *pki, const char *host, const char *fault, char **cert_pem, char **key_pem,
	      struct err *err);
void pki_free(struct pki *pki);

static inline void pki_autop(struct pki **pki)
{
	pki_free(*pki);
}
#define auto_pki AUTO(pki_autop)

#endif
