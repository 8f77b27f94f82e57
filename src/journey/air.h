/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes inside encrypted 802.11 frames, from Wireshark's dissectors: they find the handshakes,
 * derive the keys of each station and its groups, and renew them. A cipher of our own would be
 * quicker and would have to do all that once more.
 */
#ifndef JOURNEY_AIR_H
#define JOURNEY_AIR_H

#include "base/auto.h"
#include "base/str.h"
#include "journey/journey.h"

struct journey_air;

/* Loads the capture; fails as sharkd_ask and wireshark_check do. */
int journey_air_open(const struct journey_lab *lab, const char *file, struct journey_air **ret,
		     struct err *err);
/*
 * The frame with that number, decrypted, into out. Returns 1, 0 where there is no key for it, or a
 * negative code where sharkd answers no more.
 */
int journey_air_plain(struct journey_air *air, uint64_t number, struct str *out, struct err *err);
void journey_air_free(struct journey_air *air);
static inline void journey_air_freep(struct journey_air **air)
{
	journey_air_free(*air);
}
#define auto_journey_air AUTO(journey_air_freep)

#endif
