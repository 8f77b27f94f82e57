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

/*
 * The frame with that number of the capture, decrypted, into out. Returns 1, 0 where there is no
 * key for it, or a negative code: as wireshark_ask, and -ENOKEY where there is no key at all.
 */
int journey_air_plain(const struct journey_lab *lab, const char *file, uint64_t number,
		      struct str *out, struct err *err);

#endif
