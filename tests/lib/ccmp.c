/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CCMP with gnutls: keys from the handshake, frames opened and closed. */
#include "lib/ccmp.h"

#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#define HEADER 24 /* of a data frame without QoS */
#define CCMP_HEADER 8
#define MIC 8
#define NONCE 32

static size_t radiotap_length(const uint8_t *frame)
{
	return (size_t)(frame[2] | frame[3] << 8);
}

void ccmp_init(struct ccmp *ccmp, const char *passphrase, const char *ssid)
{
	const gnutls_datum_t key = { (void *)(uintptr_t)passphrase,
				     (unsigned int)strlen(passphrase) };
	const gnutls_datum_t salt = { (void *)(uintptr_t)ssid, (unsigned int)strlen(ssid) };

	*ccmp = (struct ccmp){ .ready = false };
	(void)gnutls_pbkdf2(GNUTLS_MAC_SHA1, &key, &salt, 4096, ccmp->master, sizeof(ccmp->master));
}

static void add_ordered(struct str *out, const uint8_t *a, const uint8_t *b, size_t len)
{
	bool less = memcmp(a, b, len) < 0;

	str_add(out, less ? a : b, len);
	str_add(out, less ? b : a, len);
}

/* PRF-384 (12.7.1.2); the third 128 bits are the key for data. */
static void derive(struct ccmp *ccmp)
{
	static const char label[] = "Pairwise key expansion"; /* and its zero byte */
	uint8_t keys[60];

	for (uint8_t i = 0; i < 3; i++) {
		auto_str struct str text = { 0 };

		str_add(&text, label, sizeof(label));
		add_ordered(&text, ccmp->macs[0], ccmp->macs[1], sizeof(ccmp->macs[0]));
		add_ordered(&text, ccmp->nonces[0], ccmp->nonces[1], NONCE);
		str_add(&text, &i, 1);
		(void)gnutls_hmac_fast(GNUTLS_MAC_SHA1, ccmp->master, sizeof(ccmp->master),
				       text.data, text.len, keys + (size_t)i * 20);
	}
	memcpy(ccmp->key, keys + 32, sizeof(ccmp->key));
	ccmp->ready = true;
}

void ccmp_learn(struct ccmp *ccmp, const uint8_t *frame, size_t len)
{
	static const uint8_t eapol[] = { 0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e };
	size_t start = radiotap_length(frame);
	const uint8_t *header = frame + start, *key = header + HEADER + sizeof(eapol);
	bool ack, mic;

	if (len < start + HEADER + sizeof(eapol) + 17 + NONCE ||
	    memcmp(header + HEADER, eapol, sizeof(eapol)) != 0)
		return;
	ack = key[6] & 0x80;
	mic = key[5] & 0x01;
	if (ack && !mic) { /* message 1: from the access point */
		memcpy(ccmp->nonces[0], key + 17, NONCE);
		memcpy(ccmp->macs[0], header + 10, 6);
	} else if (!ack && !(key[5] & 0x02)) { /* message 2, which is not "secure" */
		memcpy(ccmp->nonces[1], key + 17, NONCE);
		memcpy(ccmp->macs[1], header + 10, 6);
		derive(ccmp);
	}
}

struct sealed {
	gnutls_aead_cipher_hd_t cipher;
	uint8_t aad[22], nonce[13];
	size_t body; /* where the encrypted part begins */
};

static void prepare(const struct ccmp *ccmp, const uint8_t *frame, struct sealed *ret)
{
	gnutls_datum_t key = { (void *)(uintptr_t)ccmp->key, sizeof(ccmp->key) };
	size_t start = radiotap_length(frame);
	const uint8_t *header = frame + start, *pn = header + HEADER;

	ret->aad[0] = header[0] & 0x8f;
	ret->aad[1] = (header[1] & 0xc7) | 0x40;
	memcpy(ret->aad + 2, header + 4, 18);
	ret->aad[20] = header[22] & 0x0f;
	ret->aad[21] = 0;
	ret->nonce[0] = 0;
	memcpy(ret->nonce + 1, header + 10, 6);
	for (size_t i = 0; i < 4; i++)
		ret->nonce[7 + i] = pn[7 - i];
	ret->nonce[11] = pn[1];
	ret->nonce[12] = pn[0];
	ret->body = start + HEADER + CCMP_HEADER;
	(void)gnutls_aead_cipher_init(&ret->cipher, GNUTLS_CIPHER_AES_128_CCM_8, &key);
}

bool ccmp_open(const struct ccmp *ccmp, const uint8_t *frame, size_t len, struct str *plain)
{
	struct sealed sealed;
	size_t n;
	int r;

	if (!ccmp->ready || len < radiotap_length(frame) + HEADER + CCMP_HEADER + MIC)
		return false;
	prepare(ccmp, frame, &sealed);
	n = len - sealed.body - MIC;
	str_add(plain, frame + sealed.body, n); /* makes room */
	r = gnutls_aead_cipher_decrypt(sealed.cipher, sealed.nonce, sizeof(sealed.nonce),
				       sealed.aad, sizeof(sealed.aad), MIC, frame + sealed.body,
				       n + MIC, plain->data, &n);
	gnutls_aead_cipher_deinit(sealed.cipher);
	return r == 0;
}

void ccmp_close(const struct ccmp *ccmp, const uint8_t *frame, const struct str *plain,
		struct str *ret)
{
	static const char zeros[MIC];
	struct sealed sealed;
	size_t n = plain->len + MIC;

	prepare(ccmp, frame, &sealed);
	str_add(ret, frame, sealed.body);
	str_add(ret, plain->data, plain->len);
	str_add(ret, zeros, MIC);
	(void)gnutls_aead_cipher_encrypt(sealed.cipher, sealed.nonce, sizeof(sealed.nonce),
					 sealed.aad, sizeof(sealed.aad), MIC, plain->data,
					 plain->len, ret->data + sealed.body, &n);
	gnutls_aead_cipher_deinit(sealed.cipher);
}
