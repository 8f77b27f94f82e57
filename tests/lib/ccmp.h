/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CCMP, the encryption of WPA2 (IEEE 802.11, 12.5.3), for tests that change what is inside of a
 * captured frame: between one station and its access point, whose four-way handshake is known.
 */
#ifndef TESTS_CCMP_H
#define TESTS_CCMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct ccmp {
	uint8_t master[32], key[16];
	uint8_t nonces[2][32]; /* the access point's, the station's */
	uint8_t macs[2][6];
	bool ready;
};

void ccmp_init(struct ccmp *ccmp, const char *passphrase, const char *ssid);
/* Every frame of the capture, radiotap in front, in order: learns from handshakes. */
void ccmp_learn(struct ccmp *ccmp, const uint8_t *frame, size_t len);
/* What the frame holds; false: it is not encrypted with this key, or was changed. */
bool ccmp_open(const struct ccmp *ccmp, const uint8_t *frame, size_t len, struct str *plain);
/* The frame, with this inside. */
void ccmp_close(const struct ccmp *ccmp, const uint8_t *frame, const struct str *plain,
		struct str *ret);

#endif
