/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a wire does to the frames on it: delay, jitter, loss, rate. */
#ifndef NET_SHAPE_H
#define NET_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* All zero: a plain wire. Each value holds for each direction. */
struct net_shape {
	uint32_t delay_us;  /* at most 10 s */
	uint32_t jitter_us; /* uniform in [-jitter, +jitter], at most delay; order is kept */
	uint32_t loss_ppm;  /* frames lost per million, independent */
	uint64_t rate_bps;  /* bits per second of the frame without FCS; 0: no limit */
};

bool net_shape_is_plain(const struct net_shape *shape);
/*
 * Sets one property from text: name is delay, jitter, loss or rate; value "60ms", "500us", "1s",
 * "0.5%", "10mbit", "64kbit", "1gbit", or "0"/"none" to take it away. -EINVAL with a sentence.
 */
int net_shape_set(struct net_shape *shape, const char *name, const char *value, struct err *err);
/* "delay=60ms loss=1%"; "" for a plain wire. Appended to out. */
void net_shape_add_text(struct str *out, const struct net_shape *shape);

#endif
