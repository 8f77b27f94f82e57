/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab's own certificate authority, by gnutls. */
#include "pki/pki.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"
#include "pki/key.h"

#define DAY_S (24 * 60 * 60)
#define VALID_DAYS (3 * 365)
#define RSA_BITS 2048
#define HOST_MAX 253 /* RFC 1035 */
#define CN_MAX 64    /* ub-common-name of RFC 5280 */
#define SERIAL_BYTES 16
#define KEY_ID_MAX 64
#define KEPT_MAX 65536 /* bytes of a CA's key and certificate */

struct pki {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t cert;
	char *ca_pem;
};

static void cert_freep(gnutls_x509_crt_t *cert)
{
	if (*cert)
		gnutls_x509_crt_deinit(*cert);
}

static int set_serial(gnutls_x509_crt_t cert)
{
	uint8_t serial[SERIAL_BYTES];
	int rc = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

	if (rc < 0)
		return rc;
	serial[0] = (serial[0] & 0x7f) | 0x40; /* positive, and always of the same length */
	return gnutls_x509_crt_set_serial(cert, serial, sizeof(serial));
}

static int set_key_ids(gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer)
{
	uint8_t id[KEY_ID_MAX];
	size_t size = sizeof(id);
	int rc = gnutls_x509_crt_get_key_id(cert, 0, id, &size);

	if (rc >= 0)
		rc = gnutls_x509_crt_set_subject_key_id(cert, id, size);
	size = sizeof(id);
	if (rc >= 0)
		rc = gnutls_x509_crt_get_key_id(issuer, 0, id, &size);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_authority_key_id(cert, id, size);
	return rc;
}

/* What a CA's and a server's certificate have in common: version, serial, subject, validity, key.
 */
static int set_common(gnutls_x509_crt_t cert, gnutls_x509_privkey_t key, const char *cn,
		      time_t from, time_t until)
{
	int rc = gnutls_x509_crt_set_version(cert, 3);

	if (rc >= 0)
		rc = set_serial(cert);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_activation_time(cert, from);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_expiration_time(cert, until);
	/* A longer name lives in subjectAltName alone. */
	if (rc >= 0 && strlen(cn) <= CN_MAX)
		rc = gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, cn,
						   (unsigned int)strlen(cn));
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key(cert, key);
	return rc;
}

static int export_cert(gnutls_x509_crt_t cert, struct str *out)
{
	auto_pki_datum gnutls_datum_t pem = { NULL, 0 };
	int rc = gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &pem);

	if (rc >= 0)
		str_add(out, pem.data, pem.size);
	return rc;
}

static int self_sign(struct pki *pki, const char *name)
{
	time_t from = (time_t)(clock_real_ns() / NS_PER_S) - DAY_S;
	int rc = gnutls_x509_crt_init(&pki->cert);

	if (rc >= 0)
		rc = set_common(pki->cert, pki->key, name, from, from + (time_t)VALID_DAYS * DAY_S);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_basic_constraints(pki->cert, 1, 0);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key_usage(pki->cert,
						   GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
	if (rc >= 0)
		rc = set_key_ids(pki->cert, pki->cert);
	if (rc >= 0)
		rc = gnutls_x509_crt_sign2(pki->cert, pki->cert, pki->key, GNUTLS_DIG_SHA256, 0);
	return rc;
}

int pki_new(const char *lab, struct pki **ret, struct err *err)
{
	auto_free char *name = xasprintf("labd CA of %s", lab);
	auto_pki struct pki *pki = xcalloc(1, sizeof(*pki));
	auto_str struct str pem = { 0 };
	int rc;

	if (strlen(name) > CN_MAX)
		return err_set(err, EINVAL,
			       "CA of lab '%s': the name is too long for a certificate", lab);
	rc = pki_key_new(GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
			 &pki->key, err);
	if (rc >= 0)
		rc = pki_tls_err(self_sign(pki, name), "self-signed certificate", err);
	if (rc >= 0)
		rc = pki_tls_err(export_cert(pki->cert, &pem), "certificate as PEM", err);
	if (rc < 0)
		return err_context(err, "CA of lab '%s'", lab);
	pki->ca_pem = str_take(&pem);
	*ret = take_ptr(pki);
	return 0;
}

/* Key and certificate, one behind the other. */
static int keep(const char *path, const struct pki *pki, struct err *err)
{
	auto_str struct str pem = { 0 };
	int r = pki_tls_err(pki_key_pem(pki->key, &pem), "key as PEM", err);

	if (r < 0)
		return r;
	str_adds(&pem, pki->ca_pem);
	return io_write_file(path, pem.data, pem.len, 0600, err);
}

static int load(const struct str *text, struct pki **ret, struct err *err)
{
	const gnutls_datum_t datum = { (unsigned char *)text->data, (unsigned int)text->len };
	auto_pki struct pki *pki = xcalloc(1, sizeof(*pki));
	auto_str struct str pem = { 0 };
	int rc = gnutls_x509_privkey_init(&pki->key);

	if (rc >= 0)
		rc = gnutls_x509_privkey_import(pki->key, &datum, GNUTLS_X509_FMT_PEM);
	if (rc >= 0)
		rc = gnutls_x509_crt_init(&pki->cert);
	if (rc >= 0)
		rc = gnutls_x509_crt_import(pki->cert, &datum, GNUTLS_X509_FMT_PEM);
	if (rc >= 0)
		rc = export_cert(pki->cert, &pem);
	if (rc < 0)
		return pki_tls_err(rc, "CA that was kept", err);
	pki->ca_pem = str_take(&pem);
	*ret = take_ptr(pki);
	return 0;
}

int pki_open(const char *path, const char *lab, struct pki **ret, struct err *err)
{
	auto_str struct str text = { 0 };
	auto_pki struct pki *pki = NULL;
	int r = io_read_file(path, KEPT_MAX, &text, NULL);

	if (r == 0)
		return load(&text, ret, err) < 0 ? err_context(err, "'%s'", path) : 0;
	if (r != -ENOENT)
		return err_errno(err, -r, "'%s'", path);
	r = pki_new(lab, &pki, err);
	if (r == 0)
		r = keep(path, pki, err);
	if (r == 0)
		*ret = take_ptr(pki);
	return r;
}

long long pki_until(const struct pki *pki)
{
	return gnutls_x509_crt_get_expiration_time(pki->cert);
}

const char *pki_ca_pem(const struct pki *pki)
{
	return pki->ca_pem;
}

/* RFC 1123 host names; what gnutls would put into a certificate unseen is looked at here. */
static int check_host(const char *host, struct err *err)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	size_t len = strlen(host);

	if (!len || len > HOST_MAX)
		return err_set(err, EINVAL, "host name of %zu bytes: it must have 1 to %d", len,
			       HOST_MAX);
	if (strspn(host, allowed) != len || host[0] == '.' || host[len - 1] == '.')
		return err_set(err, EINVAL, "'%s' is not a host name", host);
	return 0;
}

static int sign_for_host(const struct pki *pki, gnutls_x509_crt_t cert, gnutls_x509_privkey_t key,
			 const char *host, const char *fault)
{
	time_t from = gnutls_x509_crt_get_activation_time(pki->cert);
	bool expired = str_eq(fault, "expired"), own = str_eq(fault, "self-signed");
	int rc;

	if (str_eq(fault, "wrong-name"))
		host = "another-host.invalid";
	rc = expired ? set_common(cert, key, host, from - (time_t)VALID_DAYS * DAY_S, from)
		     : set_common(cert, key, host, from,
				  gnutls_x509_crt_get_expiration_time(pki->cert));

	if (rc >= 0)
		rc = gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_DNSNAME, host,
							  (unsigned int)strlen(host),
							  GNUTLS_FSAN_SET);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_basic_constraints(cert, 0, -1);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key_usage(cert, GNUTLS_KEY_DIGITAL_SIGNATURE |
								 GNUTLS_KEY_KEY_ENCIPHERMENT);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key_purpose_oid(cert, GNUTLS_KP_TLS_WWW_SERVER, 0);
	if (rc >= 0)
		rc = set_key_ids(cert, own ? cert : pki->cert);
	if (rc >= 0)
		rc = gnutls_x509_crt_sign2(cert, own ? cert : pki->cert, own ? key : pki->key,
					   GNUTLS_DIG_SHA256, 0);
	return rc;
}

static int issue(const struct pki *pki, const char *host, const char *fault, struct str *cert_pem,
		 struct str *key_pem, struct err *err)
{
	auto_pki_key gnutls_x509_privkey_t key = NULL;
	AUTO(cert_freep) gnutls_x509_crt_t cert = NULL;
	int rc = pki_key_new(GNUTLS_PK_RSA, RSA_BITS, &key, err);

	if (rc < 0)
		return rc;
	rc = gnutls_x509_crt_init(&cert);
	if (rc >= 0)
		rc = sign_for_host(pki, cert, key, host, fault);
	if (rc >= 0)
		rc = export_cert(cert, cert_pem);
	if (rc >= 0)
		rc = pki_key_pem(key, key_pem);
	return pki_tls_err(rc, "certificate", err);
}

int pki_issue(struct pki *pki, const char *host, const char *fault, char **cert_pem, char **key_pem,
	      struct err *err)
{
	auto_str struct str cert = { 0 }, key = { 0 };
	int rc = check_host(host, err);

	if (rc < 0)
		return rc;
	rc = issue(pki, host, fault, &cert, &key, err);
	if (rc < 0)
		return err_context(err, "host '%s'", host);
	if (!str_eq(fault, "self-signed"))
		str_adds(&cert, pki->ca_pem);
	*cert_pem = str_take(&cert);
	*key_pem = str_take(&key);
	return 0;
}

void pki_free(struct pki *pki)
{
	if (!pki)
		return;
	if (pki->cert)
		gnutls_x509_crt_deinit(pki->cert);
	if (pki->key)
		gnutls_x509_privkey_deinit(pki->key);
	free(pki->ca_pem);
	free(pki);
}
