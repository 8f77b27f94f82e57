/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One frame as journeys see it: what stays the same at every hop, as hashes, and what changes.
 * Pure: bytes in, a struct out; any bytes will do.
 */
#ifndef JOURNEY_FRAME_H
#define JOURNEY_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "journey/journey.h"

/* Keys by which journeys are related; 0: none. See struct journey. */
struct journey_keys {
	uint64_t content, question, answer, datagram, expired;
	/* Of an ICMP error: type and code as RFC 792 has them, type in the high byte; 0: none. */
	uint16_t error;
	/* The answer names nobody: it answers who asked on that link a moment ago. */
	bool beside;
	bool reset; /* a RST of TCP */
};

struct journey_frame {
	struct net_mac src, dst;
	enum journey_kind kind;
	uint8_t ttl, protocol;
	uint16_t source_port, destination_port;
	struct net_addr source, destination;
	uint32_t bytes;
	uint16_t vlan; /* the outer tag's; 0: none */
	/* Of one packet at all its hops; of two packets only where all that stays is the same. */
	uint64_t ident;
	/* What frames are looked up by: ident, or the datagram's where a router may cut it. */
	uint64_t key;
	/* Of the datagram's payload, in bytes: where this piece lies. */
	uint32_t piece_at, piece_len;
	bool more;   /* pieces follow */
	bool tagged; /* of a VLAN */
	/* All behind the MACs, folded: of two frames that differ in one bit, these do too. Only
	 * where it is asked for (journey_fold). */
	uint64_t fold;
	/* What nat_name() adds where a node translates its addresses: its flow, and the ident that
	 * it has on all sides; else zero. packet is IPv4's, and nobody's once that is done. */
	struct journey_flow flow;
	uint64_t renamed;
	const uint8_t *packet;
	size_t packet_len;
	/* An access point tells the bridges behind it where a station is now: sent with the
	 * station's own MAC (an LLC XID response to all, IEEE 802.2 5.4.1.1.2). */
	bool for_station;
	struct journey_keys keys;
};

/* An 802.11 frame's own part, IEEE 802.11 9.2.4 and 9.3. */
struct journey_air_head {
	struct net_mac to, by; /* receiver and transmitter of this way in the air */
	uint16_t sequence;     /* number and fragment */
	bool retry, data, encrypted, to_ap, from_ap;
	bool associates; /* an association or reassociation response */
	bool management;
	size_t body; /* where LLC, the encrypted part or the management body begins */
};

static inline uint64_t journey_mac_number(const struct net_mac *m)
{
	const uint8_t *b = m->byte;

	return (uint64_t)b[0] << 40 | (uint64_t)b[1] << 32 | (uint64_t)b[2] << 24 |
	       (uint64_t)b[3] << 16 | (uint64_t)b[4] << 8 | b[5];
}

/* hash.c: good for tables, not against those who mean harm. */
uint64_t journey_hash(uint64_t seed, const void *data, size_t len);
uint64_t journey_mix(uint64_t seed, uint64_t value);
uint64_t journey_fold(const uint8_t *data, size_t len);
/* Eight bytes as one number. */
static inline uint64_t journey_load(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Leaves ret as it is where it is no IPv4 packet. */
void journey_parse_ipv4(const uint8_t *p, size_t len, struct journey_frame *ret);
/* False: too short to be a frame. orig_len: on the wire. */
bool journey_parse_ethernet(const uint8_t *data, uint32_t len, uint32_t orig_len,
			    struct journey_frame *ret);
/*
 * Steps over radiotap and takes the 802.11 header; ret gets the addresses of the two ends of the
 * way. False: no frame that we know (control frames, four addresses).
 */
bool journey_parse_air(const uint8_t *data, uint32_t len, struct journey_air_head *head,
		       struct journey_frame *ret);
/* The rest of a data frame, decrypted: LLC and what follows. */
bool journey_parse_llc(const uint8_t *data, size_t len, struct journey_frame *ret);
/* The rest of a frame that is not to be opened: it is itself alone. */
void journey_parse_opaque(const struct journey_air_head *head, const uint8_t *data, size_t len,
			  struct journey_frame *ret);

#endif
