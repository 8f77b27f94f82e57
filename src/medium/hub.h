/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The air between radios, as rules: who hears a frame, how strongly, and whether it is
 * acknowledged. Knows no descriptor and no clock; what it does goes through struct hub_ops.
 *
 * A frame to a station is acknowledged when that station is within range and its kernel took the
 * frame (it was up, on that frequency): the hub asks it, and waits HUB_ANSWER_MS. A frame to a
 * station that is lost on the way is sent again, HUB_TRIES times in all, as IEEE 802.11 has it
 * (dot11ShortRetryLimit); each try but the first has the Retry bit. Frames to groups are sent once.
 *
 * Everything that one radio may use up is its own: numbers, waiting frames, room in queues. A
 * frame's number has its sender in it.
 */
#ifndef MEDIUM_HUB_H
#define MEDIUM_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "medium/air.h"
#include "net/mac.h"

#define HUB_RADIOS_MAX 32
#define HUB_PENDING 64 /* frames of one radio that wait for an acknowledgement */
#define HUB_TRIES 7
#define HUB_ANSWER_MS                                                                            \
	900              /* a busy host is slow; one that answers late has received all the same \
			  */
#define HUB_ASK_MS 1000  /* between two questions to a guest that has not spoken */
#define HUB_SIGNAL (-50) /* dBm between two radios of which nothing else is said */

/* Between two radios, the same both ways. */
struct hub_path {
	int8_t signal;     /* dBm */
	uint32_t loss_ppm; /* 1000000: out of range */
};

struct hub_pending {
	bool used;
	uint32_t seq;     /* of the sender, from 1 */
	uint32_t id;      /* the sender's own number */
	size_t to;        /* radio */
	int64_t deadline; /* CLOCK_MONOTONIC, ns */
};

struct hub_radio {
	struct net_mac mac;
	bool there;     /* its guest has spoken since it was connected */
	bool away;      /* out of everybody's range */
	int64_t ask_at; /* CLOCK_MONOTONIC, ns: when it is asked again; INT64_MAX: never */
	uint32_t seq;
	struct hub_pending pending[HUB_PENDING];
	uint64_t sent, heard, unacked, malformed;
};

/* A try of a frame, for the capture. */
struct hub_sight {
	size_t from;
	uint16_t freq;
	uint8_t rate;  /* index, see air.h */
	int8_t signal; /* dBm, at the station that it was for, or the strongest anywhere */
	bool retry;
	const uint8_t *bytes;
	size_t n_bytes;
};

struct hub_ops {
	/* A message for radio `to`, caused by radio `from`; false: there was no room for it. */
	bool (*say)(void *ctx, size_t to, size_t from, const uint8_t *message, size_t len);
	void (*see)(void *ctx, const struct hub_sight *sight);
};

struct hub {
	struct hub_radio radios[HUB_RADIOS_MAX];
	size_t n;
	struct hub_path paths[HUB_RADIOS_MAX][HUB_RADIOS_MAX];
	uint64_t random;
	const struct hub_ops *ops;
	void *ctx;
};

/* seed: the same losses for the same seed and frames. */
void hub_init(struct hub *hub, uint64_t seed, const struct hub_ops *ops, void *ctx);
/* Returns its index; the caller sees to the limit. */
size_t hub_add(struct hub *hub, struct net_mac mac);
void hub_set_path(struct hub *hub, size_t a, size_t b, struct hub_path path);
/*
 * The radio's guest was connected, and is asked to say hello until it has spoken: its kernel may
 * hand on the question before it lets the answer out. Or it has gone.
 */
void hub_connected(struct hub *hub, size_t radio, int64_t now);
void hub_gone(struct hub *hub, size_t radio);
/* A message from a radio's guest. now: CLOCK_MONOTONIC, ns. */
void hub_take(struct hub *hub, size_t from, const struct air_message *msg, int64_t now);
/* Gives up on answers that are overdue, asks again; returns when that is next to be done, INT64_MAX
 * for never. */
int64_t hub_expire(struct hub *hub, int64_t now);

#endif
