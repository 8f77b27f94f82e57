/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a wire does to the frames on it: delay, jitter, loss, rate, and the like. */
#ifndef NET_SHAPE_H
#define NET_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* All zero: a plain wire. Each direction of a wire has one. */
struct net_shape {
	uint32_t delay_us;  /* at most 10 s */
	uint32_t jitter_us; /* uniform in [-jitter, +jitter], at most delay; order is kept */
	uint32_t loss_ppm;  /* frames lost per million, independent */
	uint64_t rate_bps;  /* bits per second of the frame without FCS; 0: no limit */
	/* Of a million frames that are not lost, independent of one another: */
	uint32_t duplicate_ppm; /* arrive twice */
	uint32_t reorder_ppm;   /* are held back and let later ones by */
	uint32_t corrupt_ppm;   /* arrive with one bit changed, behind the Ethernet header */
	/* Of both directions: the largest packet (NET_MTU_MIN to NET_MTU_MAX); 0: NET_MTU. */
	uint32_t mtu;
};

#define NET_MTU 1500
#define NET_MTU_MIN 576
#define NET_MTU_MAX 9216
/*
 * A frame that is longer by more than that than the MTU is too large for a wire. A VLAN tag does
 * not count. A wire that is a bridge has four bytes to spare, as Linux has it.
 */
#define NET_MTU_HEADERS 14
#define NET_MTU_SPARE 4

/* The names of properties, in the order in which they are to be set; NULL behind the last. */
extern const char *const net_shape_names[];

/* It does nothing to a frame that is not too large. */
bool net_shape_is_plain(const struct net_shape *shape);
bool net_shape_equal(const struct net_shape *a, const struct net_shape *b);
/* The largest packet in bytes, NET_MTU where nothing is said. */
uint32_t net_shape_mtu(const struct net_shape *shape);
/*
 * Sets one property from text; value "60ms", "500us", "1s", "0.5%", "10mbit", "64kbit", "1gbit",
 * "9000", or "0"/"none" to take it away. -EINVAL with a sentence.
 */
int net_shape_set(struct net_shape *shape, const char *name, const char *value, struct err *err);
/* From such a text as net_shape_add_text writes; what it does not name is as in a plain wire. */
int net_shape_read(struct net_shape *ret, const char *text, struct err *err);
/* "delay=60ms loss=1%"; "" for a plain wire. Appended to out. */
void net_shape_add_text(struct str *out, const struct net_shape *shape);
/* What both do alike. */
struct net_shape net_shape_common(const struct net_shape *a, const struct net_shape *b);

#endif
