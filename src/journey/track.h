/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journeys under way: hops that belong together, found by key, closed when nothing was added for a
 * while.
 */
#ifndef JOURNEY_TRACK_H
#define JOURNEY_TRACK_H

#include "journey/frame.h"
#include "journey/index.h"

/* Two captures may disagree by that much on the order of things. */
#define TRACK_JITTER_NS INT64_C(1000000)
/* Packets under way that are the same in all that is looked at. */
#define TRACK_SAME_MAX 256
/* Hops of one packet, which goes round in a ring of bridges: no lab has that many ports. */
#define TRACK_HOPS_MAX 2048
#define TRACK_NO_HOP UINT32_MAX

struct track_hop {
	uint64_t frame, ident, renamed, fold;
	int64_t time_ns;
	struct net_mac src, dst;
	uint32_t port, from, bytes;
	uint32_t piece_at, piece_len;
	uint16_t sequence; /* in the air */
	uint16_t vlan;
	uint8_t ttl, way;
	struct journey_flow flow;
	uint8_t tries; /* in the air, into a station: how many it took */
	bool encrypted;
	bool tagged;
	bool copy;    /* the wire's, of a frame that arrived before */
	bool damaged; /* out: it arrived as another */
};

struct track {
	uint64_t id, key;
	struct track *next_same;       /* of one bucket, the newest first */
	struct track *older, *younger; /* by when something was added */
	struct track_hop *hops;        /* the first is the root */
	uint32_t n, cap;
	int64_t last_ns;
	enum journey_kind kind;
	uint8_t protocol;
	uint16_t source_port, destination_port;
	struct net_addr source, destination;
	struct journey_keys keys;
	bool orphan;  /* nobody was seen to send its first frame */
	bool goes_on; /* of one with too many hops: where it comes from was seen */
	bool cut;     /* a router made fragments of it */
	uint64_t damaged_as, damage_of; /* ids; 0: none */
};

struct tracks {
	struct journey_index *ix;
	int64_t window_ns;
	size_t max_open;
	journey_visitor *visit;
	void *user;
	struct journey_set *counts;
	/* the table */
	struct track **buckets;
	size_t n_buckets, n_tracks, n_hops;
	struct track *oldest, *youngest, *spare;
	uint64_t last_id;
	/* What a link and a node took lately, from port and by node: to tell identical packets
	 * apart. */
	int64_t *link_expected, *node_expected;
	int64_t *link_slowest; /* from port: the longest that it can take, with waiting */
	/* From a port: when the latest frame of those that arrived was sent. Wires keep the order.
	 */
	int64_t *link_arrived;
	size_t *ap_of; /* by port: the port of the access point that a station was last heard to use
			*/
	struct journey_hop *closed; /* room for the hops of a journey */
	size_t closed_cap;
};

void tracks_init(struct tracks *t, struct journey_index *ix, const struct journey_opts *opts,
		 journey_visitor *visit, void *user, struct journey_set *counts);
void tracks_free(struct tracks *t);

/* ---- the table ---- */
struct track *tracks_first(const struct tracks *t, uint64_t key);
struct track *tracks_next(const struct track *track); /* of the same key */
struct track *tracks_new(struct tracks *t, const struct journey_frame *f);
uint32_t tracks_append(struct tracks *t, struct track *track, const struct track_hop *hop);
/* A hop of other, and all that comes from it, goes behind a hop of track. */
void tracks_move(struct tracks *t, struct track *track, uint32_t hop, struct track *other,
		 uint32_t root);
/* Takes it out of the table and hands it to the visitor. */
void tracks_close(struct tracks *t, struct track *track, bool early);
/* Closes what rested for longer than the window, and what is too much. */
void tracks_expire(struct tracks *t, int64_t now);
void tracks_close_all(struct tracks *t);

/* ---- frames ---- */
struct track_seen {
	uint64_t frame; /* its number */
	int64_t time_ns;
};

enum track_way { TRACK_OUT = JOURNEY_OUT, TRACK_IN = JOURNEY_IN, TRACK_EITHER };

void tracks_add_wire(struct tracks *t, size_t port, enum track_way way,
		     const struct track_seen *seen, const struct journey_frame *f);
void tracks_add_air(struct tracks *t, size_t link, const struct journey_air_head *head,
		    const struct track_seen *seen, const struct journey_frame *f);

/* ---- between the parts ---- */
struct track_place {
	struct track *track; /* NULL: none */
	uint32_t hop;
};
struct track_place tracks_find_parent(struct tracks *t, uint64_t key,
				      const struct track_hop *child);
/* Closes one with too many hops; returns whether there was one. */
bool tracks_bound_round(struct tracks *t, uint64_t key);
/* Puts it behind its parent, or makes it a root; what was waiting for it goes behind it. */
struct track_place tracks_place(struct tracks *t, const struct journey_frame *f,
				const struct track_hop *hop);
struct track_hop tracks_make_hop(size_t port, enum journey_way way, const struct track_seen *seen,
				 const struct journey_frame *f);
/* The track's hops, without actions. */
void track_fill(const struct track *track, struct journey_hop *hops);
/* Those hops (but those with the frame 0) in order into sorted; returns how many. */
size_t track_order(const struct track *track, const struct journey_hop *hops,
		   struct journey_hop *sorted);
/* What became of a journey; its hops live until the next call. */
void tracks_judge(struct tracks *t, const struct track *track, bool early, struct journey *ret);

#endif
