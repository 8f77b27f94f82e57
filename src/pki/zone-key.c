/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keys of DNS zones, by gnutls: the private key as PEM, the public one as a DS record. */
#include "pki/zone-key.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <string.h>

#include "base/io.h"
#include "pki/key.h"

#define KEPT_MAX 4096 /* bytes */
#define COORDINATE 32 /* bytes of x, and of y, of P-256 */
#define NAME_MAX_WIRE 255
#define FLAGS_KSK 257 /* RFC 4034, 2.1.1: zone key, secure entry point */
#define PROTOCOL 3    /* RFC 4034, 2.1.2 */
#define ALGORITHM 13  /* RFC 6605: ECDSA P-256 with SHA-256 */
#define DIGEST 2      /* RFC 4509: SHA-256 */
#define RDATA (4 + 2 * COORDINATE)

int zone_key_open(const char *path, struct str *ret, struct err *err)
{
	auto_pki_key gnutls_x509_privkey_t key = NULL;
	int r = io_read_file(path, KEPT_MAX, ret, NULL);

	if (r == 0)
		return 0;
	if (r != -ENOENT)
		return err_errno(err, -r, "'%s'", path);
	r = pki_key_new(PKI_P256, &key, err);
	if (r == 0)
		r = pki_tls_err(pki_key_pem(key, ret), "key as PEM", err);
	return r == 0 ? io_write_file(path, ret->data, ret->len, 0600, err) : r;
}

/* Into as many bytes as it has at most, with zeros in front; gnutls may put one there too. */
static void put_number(const gnutls_datum_t *from, uint8_t to[COORDINATE])
{
	unsigned int skip = from->size > COORDINATE ? from->size - COORDINATE : 0;
	unsigned int len = from->size - skip;

	memset(to, 0, COORDINATE);
	memcpy(to + COORDINATE - len, from->data + skip, len);
}

/* The DNSKEY record's data. */
static int public_key(const char *pem, uint8_t ret[RDATA])
{
	const gnutls_datum_t datum = { (unsigned char *)(uintptr_t)pem, (unsigned int)strlen(pem) };
	auto_pki_key gnutls_x509_privkey_t key = NULL;
	auto_pki_datum gnutls_datum_t x = { NULL, 0 }, y = { NULL, 0 }, k = { NULL, 0 };
	gnutls_ecc_curve_t curve;
	int rc = gnutls_x509_privkey_init(&key);

	if (rc >= 0)
		rc = gnutls_x509_privkey_import(key, &datum, GNUTLS_X509_FMT_PEM);
	if (rc >= 0)
		rc = gnutls_x509_privkey_export_ecc_raw(key, &curve, &x, &y, &k);
	if (rc < 0)
		return rc;
	ret[0] = FLAGS_KSK >> 8;
	ret[1] = FLAGS_KSK & 0xff;
	ret[2] = PROTOCOL;
	ret[3] = ALGORITHM;
	put_number(&x, ret + 4);
	put_number(&y, ret + 4 + COORDINATE);
	return 0;
}

/* RFC 4034, appendix B. */
static unsigned int key_tag(const uint8_t rdata[RDATA])
{
	uint32_t sum = 0;

	for (size_t i = 0; i < RDATA; i++)
		sum += i & 1 ? rdata[i] : (uint32_t)rdata[i] << 8;
	return (sum + (sum >> 16)) & 0xffff;
}

/* The name as it goes over the wire; how many bytes, or -EINVAL. */
static int put_name(const char *zone, uint8_t to[NAME_MAX_WIRE])
{
	size_t n = 0;

	if (str_eq(zone, "."))
		zone++;
	for (const char *dot; *zone; zone = dot + 1) {
		size_t len;

		dot = strchr(zone, '.');
		len = dot ? (size_t)(dot - zone) : 0;
		if (!len || len > 63 || n + len + 2 > NAME_MAX_WIRE)
			return -EINVAL;
		to[n++] = (uint8_t)len;
		memcpy(to + n, zone, len);
		n += len;
	}
	to[n++] = 0;
	return (int)n;
}

int zone_key_ds(const char *pem, const char *zone, struct str *ret, struct err *err)
{
	uint8_t signed_part[NAME_MAX_WIRE + RDATA], digest[32];
	int len = put_name(zone, signed_part), rc;

	if (len < 0)
		return err_set(err, EINVAL, "'%s' is not a zone's name", zone);
	rc = public_key(pem, signed_part + len);
	if (rc >= 0)
		rc = gnutls_hash_fast(GNUTLS_DIG_SHA256, signed_part, (size_t)len + RDATA, digest);
	if (rc < 0)
		return pki_tls_err(rc, "key of a zone", err);
	str_addf(ret, "%s IN DS %u %d %d ", zone, key_tag(signed_part + len), ALGORITHM, DIGEST);
	for (size_t i = 0; i < sizeof(digest); i++)
		str_addf(ret, "%02x", digest[i]);
	str_adds(ret, "\n");
	return 0;
}
