/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The radiotap header (radiotap.org) in front of an 802.11 frame in a capture. */
#ifndef MEDIUM_RADIOTAP_H
#define MEDIUM_RADIOTAP_H

#include <stddef.h>
#include <stdint.h>

#include "medium/hub.h"

/* Header and frame (with the Retry bit of the try). */
#define RADIOTAP_LEN 15
#define RADIOTAP_FRAME_MAX (RADIOTAP_LEN + AIR_FRAME_MAX)

/* Fields: flags, rate, channel, signal. Returns the length of all. */
size_t radiotap_put(uint8_t out[RADIOTAP_FRAME_MAX], const struct hub_sight *sight);

#endif
