/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taps, the bridges and cables between them: rtnetlink in the caller's network namespace. */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "net/shape.h"

/*
 * One netlink socket; not for two threads at once. Needs CAP_NET_ADMIN and CAP_NET_RAW over the
 * network namespace. What it makes carries only what a guest sent: no address, no IPv6, no ARP, no
 * STP, no IGMP. Device names are Linux's: 1 to 15 bytes of [A-Za-z0-9._-].
 */
struct wire;

struct wire_opts {
	const char *cable_program; /* path of labd-cable; copied */
	const char *cable_dir; /* control sockets of cables; made 0700; at most 80 bytes; copied */
};

int wire_open(const struct wire_opts *opts, struct wire **ret, struct err *err);
void wire_close(struct wire *wire); /* devices and cables stay; NULL is fine */
static inline void wire_autop(struct wire **wire)
{
	wire_close(*wire);
}
#define auto_wire AUTO(wire_autop)

/*
 * A persistent tap (IFF_TAP, IFF_NO_PI, IFF_VNET_HDR) that is up, MTU 1500, for QEMU or libvirt
 * (managed='no') to open by name. It has no carrier while nobody holds it. -EEXIST when there is
 * one.
 */
int wire_tap_add(struct wire *wire, const char *tap, struct err *err);
/* The largest packet that goes out of the bridge at this tap, or out of a cable. */
int wire_tap_set_mtu(struct wire *wire, const char *tap, uint32_t mtu, struct err *err);
/*
 * A bridge that is a wire: it learns nothing, so each frame goes to every other port, and it
 * forwards the link-local groups of IEEE 802.1Q 8.6.3 too (LLDP, 802.1X, LACP, BPDUs; not PAUSE).
 * -EEXIST.
 */
int wire_bridge_add(struct wire *wire, const char *bridge, struct err *err);
/* Attaching where it is attached, and detaching where it is not, are fine. */
int wire_bridge_attach(struct wire *wire, const char *bridge, const char *tap, struct err *err);
int wire_bridge_detach(struct wire *wire, const char *tap, struct err *err);
bool wire_exists(struct wire *wire, const char *device);
/* Removes a tap or a bridge; a missing one is fine. */
int wire_del(struct wire *wire, const char *device, struct err *err);

/* What lies between taps that exist. Pointers are the caller's. */
struct wire_link {
	const char *name;        /* for messages */
	const char *bridge;      /* names the bridge, and the cable's socket */
	const char *const *taps; /* two; more are fine in a plain link */
	size_t n_taps;
};

/*
 * Makes the link what shapes say ([i] of what comes from taps[i]; the MTU is [0]'s), live and again
 * as often as wanted, also from a labd that did not make it: both plain: all taps in the bridge,
 * which is made if missing; else: no tap in it, and a labd-cable between the two taps, started or,
 * when one runs, told; it outlives the caller. Frames in flight keep flowing when the shape of a
 * cable changes; going from one way to the other loses what arrives within a few milliseconds.
 * -EOPNOTSUPP: shape with other than two taps. *cable: a pidfd of the labd-cable, see
 * child_serve(), or -1. NULL: it is not wanted.
 */
int wire_set(struct wire *wire, const struct wire_link *link, const struct net_shape shapes[2],
	     int *cable, struct err *err);
/* A pidfd of the cable that an earlier labd has started; nothing is changed. */
int wire_cable(struct wire *wire, const struct wire_link *link, struct err *err);
/*
 * Counts from here on the frames that a plain link's bridge drops as too large, which the kernel
 * itself does not. wire_set() does that too; the counts are lost with the struct wire.
 */
int wire_watch(struct wire *wire, const struct wire_link *link, uint32_t mtu, struct err *err);
/* Ends the link's cable, if any, and deletes the bridge; the taps stay. */
int wire_unset(struct wire *wire, const struct wire_link *link, struct err *err);

/*
 * What a cable did; [0] is from taps[0] to taps[1]. Frames sent are those delivered but the copies
 * among them, and lost, tail_drops, too_large, missed, errors, and in_flight.
 */
struct wire_flow {
	uint64_t frames, bytes; /* delivered, copies too */
	uint64_t lost;          /* by the shape's loss */
	uint64_t tail_drops;    /* queue of the rate was full */
	uint64_t missed;        /* the kernel had no room: should be 0 */
	uint64_t errors;        /* the kernel refused to send */
	uint64_t in_flight;     /* frames, now */
	/* Of those that were not lost: */
	uint64_t duplicated, reordered, corrupted;
	uint64_t too_large; /* for the MTU; of a bridge too */
};
struct wire_stats {
	bool cable; /* false: the link is a bridge, which counts what is too large and no more */
	struct net_shape shapes[2];
	struct wire_flow flows[2];
};
/* -EIO: there should be a cable and it does not answer. */
int wire_get_stats(struct wire *wire, const struct wire_link *link, struct wire_stats *ret,
		   struct err *err);

#endif
