/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The radiotap header in front of an 802.11 frame in a capture. */
#include "medium/radiotap.h"

#include <string.h>

#include "base/auto.h"

/* Bits of the field "present", each a field that follows in this order. */
#define PRESENT_FLAGS (1U << 1)
#define PRESENT_RATE (1U << 2)
#define PRESENT_CHANNEL (1U << 3)
#define PRESENT_SIGNAL (1U << 5)

#define CHANNEL_CCK 0x0020
#define CHANNEL_OFDM 0x0040
#define CHANNEL_2GHZ 0x0080
#define CHANNEL_5GHZ 0x0100
#define FIRST_5GHZ 5000 /* MHz */

#define FC_RETRY 0x08 /* in the second octet of the frame control field, IEEE 802.11 9.2.4.1 */

/* In units of 500 kbit/s, as the simulated radio numbers them: 4 of DSSS, 8 of OFDM. */
static const uint8_t rates[] = { 2, 4, 11, 22, 12, 18, 24, 36, 48, 72, 96, 108 };
#define N_CCK 4

size_t radiotap_put(uint8_t out[RADIOTAP_FRAME_MAX], const struct hub_sight *sight)
{
	bool high = sight->freq >= FIRST_5GHZ;
	size_t rate = sight->rate + (high ? (size_t)N_CCK : 0);
	uint16_t flags = (uint16_t)((high ? CHANNEL_5GHZ : CHANNEL_2GHZ) |
				    (rate < N_CCK ? CHANNEL_CCK : CHANNEL_OFDM));
	uint16_t len = RADIOTAP_LEN;
	uint32_t present = PRESENT_FLAGS | PRESENT_RATE | PRESENT_CHANNEL | PRESENT_SIGNAL;

	memset(out, 0, RADIOTAP_LEN);
	memcpy(out + 2, &len, sizeof(len));
	memcpy(out + 4, &present, sizeof(present));
	out[9] = rate < ARRAY_SIZE(rates) ? rates[rate] : 0;
	memcpy(out + 10, &sight->freq, sizeof(sight->freq));
	memcpy(out + 12, &flags, sizeof(flags));
	out[14] = (uint8_t)sight->signal;
	memcpy(out + RADIOTAP_LEN, sight->bytes, sight->n_bytes);
	if (sight->retry)
		out[RADIOTAP_LEN + 1] |= FC_RETRY;
	return RADIOTAP_LEN + sight->n_bytes;
}
