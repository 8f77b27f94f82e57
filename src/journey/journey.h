/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journeys: one packet, recognised at every hop that it passes, in the captures of a lab.
 *
 * A journey is a tree of hops. A hop is one frame as one port saw it, going out of its node or into
 * it; each but the first names the hop that it comes from. What a node did with a frame stands at
 * the hop that leads into it; what became of a frame on a wire stands at the hop that leads out.
 * docs/journeys.md says how a packet is recognised and what the limits are.
 *
 * Captures are read once, merged by time. Memory is bounded by what is under way at a time, and by
 * the journeys where they are collected.
 */
#ifndef JOURNEY_JOURNEY_H
#define JOURNEY_JOURNEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"
#include "net/addr.h"
#include "net/mac.h"
#include "net/shape.h"
#include "wireshark/wireshark.h"

#define JOURNEY_NONE SIZE_MAX /* an index of nothing */

/* ---- what goes in: the lab. All of it is the caller's and outlives what comes out. ---- */

struct journey_node {
	const char *name;
	bool routes; /* passes on IP packets of others */
	/* MACs beside those of its ports (of a bridge that has one of its own). */
	const struct net_mac *macs;
	size_t n_macs;
	/* All that it has of a family, or none of that family where they are not known (DHCP,
	 * SLAAC); IPv6's link-local ones need not be there. */
	const struct net_addr *addresses;
	size_t n_addresses;
	/* Of one that rewrites addresses: the connections that its kernel knew, lines of
	 * conntrack(8); NULL: it is not known to rewrite any. */
	const char *connections;
	bool forgot;       /* some of them may be missing */
	const char *drops; /* what its kernel dropped: lines of labd-drops; NULL: not known */
};

struct journey_port {
	const char *name; /* "client:eth0" */
	const char *file; /* its capture; NULL: it has none (a radio) */
	struct net_mac mac;
	size_t node;
	size_t link;         /* or JOURNEY_NONE */
	unsigned int bridge; /* ports of a node with the same number, not 0, are one bridge */
	/* Of a wire: what it may have done to what was sent here at some time of the run: the
	 * longest delay, the lowest rate, ... */
	struct net_shape sends;
	bool was_plain; /* at some time: it then let NET_MTU_SPARE more through */
	/* VLANs (IEEE 802.1Q). Of a bridge that keeps them apart: that of frames without a tag (0:
	 * they are not let in), and those of frames with one. Of another NIC: those that it has
	 * devices for; none: none that is known. */
	bool filters;
	uint16_t vlan;
	const uint16_t *tags;
	size_t n_tags;
	const uint16_t *own; /* of such a bridge: those in which it has an address itself */
	size_t n_own;
	bool blocked; /* by spanning tree, all the time */
};

struct journey_link {
	const char *name;
	bool wifi;
	size_t n_networks; /* wifi: more than one: who is at which is not known */
	const char *file;  /* wifi: the capture of the air, or NULL */
};

struct journey_lab {
	const struct journey_node *nodes;
	size_t n_nodes;
	const struct journey_port *ports;
	size_t n_ports;
	const struct journey_link *links;
	size_t n_links;
	/* For frames that are encrypted in the air; no keys: they are counted as unreadable. */
	struct wireshark *ws;
	const struct wireshark_wifi *wifi;
	size_t n_wifi;
};

/* Zeros are the defaults. */
struct journey_opts {
	int64_t window_ns;   /* how long a packet may rest before it is given up: 3 s, and twice
				what the slowest wire may take */
	size_t max_open;     /* hops under way: 400000. The oldest journeys are closed early. */
	size_t max_journeys; /* that are collected: 1000000 */
};

/* ---- what comes out ---- */

enum journey_way { JOURNEY_OUT, JOURNEY_IN };       /* of the node, into the node */
const char *journey_way_name(enum journey_way way); /* "out" "in" */

enum journey_action {
	/* out; a hop that another leads to has what the node did: flooded, switched, forwarded */
	JOURNEY_SENT,     /* by the node itself */
	JOURNEY_REPEATED, /* in the air once more, since nobody acknowledged (802.11 Retry) */
	JOURNEY_LOST,     /* went out and never arrived: lost on the link */
	/* in */
	JOURNEY_FLOODED,    /* by a bridge: it is for a group, or went out of more than one port */
	JOURNEY_SWITCHED,   /* by a bridge, to the port where the station is */
	JOURNEY_FORWARDED,  /* by a router: TTL one less */
	JOURNEY_TRANSLATED, /* the same, and its addresses or ports are others (RFC 3022) */
	JOURNEY_DELIVERED,  /* it was for this node */
	JOURNEY_ANSWERED,   /* the same, and the node answered: see journey.answered_by */
	JOURNEY_IGNORED,    /* not for this node, and rightly not passed on (a flooded frame) */
	JOURNEY_DROPPED,    /* entered the node, was not for it, and never left it */
	JOURNEY_EXPIRED,    /* the same, for its TTL was used up */
	JOURNEY_UNCLEAR, /* the same, in a node that rewrites packets: it may have left as another
			  */
	JOURNEY_RESTING, /* the captures end before it is known */
};
const char *journey_action_name(enum journey_action action); /* "sent" ... */

/*
 * Who speaks with whom, IPv4, in host order; of ICMP's echo both ports are its identifier. An ICMP
 * error is of the flow that it goes along: the opposite of what it quotes.
 */
struct journey_flow {
	uint32_t source, destination;
	uint16_t source_port, destination_port;
	uint8_t protocol;
};

struct journey_hop {
	size_t port;
	uint64_t frame; /* its number in its capture, from 1 */
	int64_t time_ns;
	struct net_mac src, dst; /* at a radio: of the two ends of the way, not of the air */
	uint32_t bytes;          /* on the wire; in the air: as Ethernet, without its header */
	uint16_t vlan;           /* its tag; 0: none */
	uint8_t ttl;             /* 0: not IP */
	bool encrypted;          /* in the air */
	bool copy;               /* the wire's second of a frame that it has doubled */
	bool stray;              /* in: with the tag of a VLAN that is not there, in this lab */
	enum journey_way way;
	enum journey_action action;
	size_t from; /* the hop before, index in this journey; JOURNEY_NONE: the first */
	struct journey_flow flow; /* of a packet that some node translates; else zero */
	uint32_t drop;            /* where it ended: why, the set's, counted from 1; 0: not known */
};

/* Why a kernel dropped a packet, as it says itself. */
struct journey_drop {
	char *reason, *function; /* "NETFILTER_DROP" "nft_do_chain" */
	/* What these are found by; of no use to others. */
	size_t node;
	uint64_t ident;
	uint32_t n, ends; /* such packets; hops that may be those */
	bool mixed;
};

enum journey_kind { JOURNEY_ARP, JOURNEY_IPV4, JOURNEY_IPV6, JOURNEY_OTHER, JOURNEY_AIR };

enum journey_outcome {
	JOURNEY_OUT_DELIVERED, /* every node that it was for, and that it could reach, got it */
	JOURNEY_OUT_LOST,      /* on a link */
	JOURNEY_OUT_DROPPED,   /* in a node */
	JOURNEY_OUT_UNCLEAR,   /* dropped in a node, or changed by it beyond recognition */
	JOURNEY_OUT_OPEN,      /* the captures end before it is known */
};
const char *journey_outcome_name(enum journey_outcome outcome); /* "delivered" ... */
const char *journey_error_name(uint16_t error); /* "network-unreachable" ...; NULL: none */

struct journey {
	uint64_t id; /* from 1, in the order in which they begin */
	enum journey_kind kind;
	uint8_t protocol; /* of IP */
	uint16_t source_port, destination_port;
	struct net_addr source, destination; /* IP, ARP: of the protocol */
	struct journey_hop *hops;            /* by time */
	size_t n_hops;
	enum journey_outcome outcome;
	size_t lost_link, lost_node; /* where, the first; or JOURNEY_NONE */
	bool too_large; /* lost on a wire, since it was larger than that lets through */
	bool unmatched; /* its first frame came from nowhere: it is counted there */
	bool early;     /* closed early: there were too many under way */
	/* Ids of other journeys, 0: none. Only where they are collected. */
	uint64_t answered_by; /* what the node that got this sent for it (or for its TTL) */
	uint64_t answers;     /* the other way round */
	uint64_t repeats;     /* the same content was sent before (a retransmission) */
	uint64_t fragment_of; /* the journey of its datagram's first fragment */
	/* A wire has changed one bit of it: lost here, it goes on as that one; and the other way
	 * round. Known also where they are not collected. */
	uint64_t damaged_as, damage_of;
	/* Of an ICMP error, about the packet that it answers: type and code as RFC 792 has them,
	 * type in the high byte; 0: none. */
	uint16_t error;
	/* What these are found by; of no use to others. */
	uint64_t key_content, key_question, key_answer, key_datagram, key_expired;
	bool instead; /* of TCP: a RST that its sender's filter made for the one that is asked */
	bool reset, beside; /* a RST; it can only answer who asked on its link a moment ago */
};

/* What is known of each port's capture. */
struct journey_port_count {
	uint64_t frames;     /* read; of the air, at each of its ports the frames of the air */
	uint64_t unmatched;  /* came from nowhere */
	uint64_t unreadable; /* encrypted, or too short: in no journey */
	uint64_t dropped;    /* by the capture, as it says itself: their journeys show as lost */
};

/*
 * A link, one direction: from a port to the other ends. Of a radio, each try counts as sent, and
 * each station that received as arrived; the air takes no time.
 */
struct journey_link_count {
	/* sent: arrived, lost (too_large of these), damaged, or under way at the end */
	uint64_t sent, arrived, lost, too_large, damaged;
	uint64_t copies;                                  /* that arrived beside */
	int64_t delay_min_ns, delay_max_ns, delay_sum_ns; /* of those that arrived */
};

struct journey_set {
	struct journey *journeys; /* by id */
	size_t n_journeys;
	struct journey_port_count *ports; /* by the lab's ports */
	struct journey_link_count *links; /* by the lab's ports: out of that port */
	size_t n_ports;
	uint64_t frames, unmatched, unreadable; /* of all ports, each frame once */
	uint64_t early, left_out;               /* journeys closed early; beyond max_journeys */
	struct journey_drop *drops;
	size_t n_drops;
	char **notes; /* sentences: a capture that is damaged, missing, encrypted */
	size_t n_notes;
};

/*
 * Reads the lab's captures. A capture that is missing or damaged costs what it would have shown
 * and makes a note; only what cannot be done at all is an error (-EINVAL: a lab that contradicts
 * itself). *ret is to be freed.
 */
int journey_read(const struct journey_lab *lab, const struct journey_opts *opts,
		 struct journey_set *ret, struct err *err);
void journey_set_free(struct journey_set *set);
AUTO_DEFINE(journey_set_auto, struct journey_set, journey_set_free)
#define auto_journey_set AUTO(journey_set_autop)

/*
 * The same, one journey after another as they close, none kept: ids are in the order in which they
 * begin but come out of order and with gaps; relations (answers, repeats, ...) are not known, nor
 * are drops certain. The
 * journey and its hops live until the visitor returns. *counts is a set without journeys.
 */
typedef void journey_visitor(void *user, const struct journey *journey);
int journey_visit(const struct journey_lab *lab, const struct journey_opts *opts,
		  journey_visitor *visit, void *user, struct journey_set *counts, struct err *err);

/* Where the hop's frame is: "client:eth0", or "wifi:LINK" for a radio. Appended to out. */
void journey_at(const struct journey_lab *lab, const struct journey_hop *hop, struct str *out);

/*
 * The story's "journeys" and "unmatched" (docs/story.md), and "links": what each lost and how long
 * it took. New references.
 */
json_t *journey_to_json(const struct journey_lab *lab, const struct journey_set *set,
			const struct journey *journey);
json_t *journey_unmatched_to_json(const struct journey_lab *lab, const struct journey_set *set);
json_t *journey_links_to_json(const struct journey_lab *lab, const struct journey_set *set);

#endif
