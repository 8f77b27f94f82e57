/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers out of bytes. */
#include "journey/frame.h"

__extension__ typedef unsigned __int128 wide;

uint64_t journey_mix(uint64_t seed, uint64_t value)
{
	wide product = (wide)(seed ^ UINT64_C(0x8f3a91c6d52b7e45)) *
		       (value ^ UINT64_C(0xd1b54a32d192ed03));

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t journey_hash(uint64_t seed, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t a = seed, b = len;
	uint64_t tail[2] = { 0, 0 };

	/* Two lanes: a multiplication need not wait for the one before it. */
	for (; len >= 16; p += 16, len -= 16) {
		a = journey_mix(a, journey_load(p));
		b = journey_mix(b, journey_load(p + 8));
	}
	if (len)
		memcpy(tail, p, len);
	return journey_mix(journey_mix(a, tail[0]), journey_mix(b, tail[1]));
}
