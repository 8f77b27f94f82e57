/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab, indexed for journeys: who owns a MAC, what lies behind a port, which captures there are.
 */
#ifndef JOURNEY_INDEX_H
#define JOURNEY_INDEX_H

#include "journey/journey.h"

enum index_side {
	INDEX_UNKNOWN = 0, /* a MAC that nobody has, or that is at no one place */
	INDEX_NEAR = 1,    /* on the node's side of the port */
	INDEX_FAR = 2,     /* behind its link */
};

/* Indexes in groups: those of group i are at[first[i]] to at[first[i + 1] - 1]. */
struct index_groups {
	size_t *at, *first;
};

struct journey_index {
	bool damages; /* a wire of the lab changes bits */
	const struct journey_lab *lab;
	struct index_groups by_node, by_link; /* ports */
	uint64_t *macs;                       /* sorted, each once */
	size_t n_macs;
	uint8_t **sides; /* by port, of those in a bridge: bits of enum index_side by MAC */
	/* Until when a port's capture tells all; INT64_MIN: it has none. The reader sets it. */
	int64_t *known_until;
	struct journey_nat *nat; /* what nodes translate; NULL: nothing */
	/* Some frame of it could not be read (encrypted): what it lacks proves nothing. */
	bool *dim;
};

int index_build(const struct journey_lab *lab, struct journey_index *ret, struct err *err);
void index_free(struct journey_index *ix);
AUTO_DEFINE(index_auto, struct journey_index, index_free)
#define auto_index AUTO(index_autop)

bool index_owns(const struct journey_index *ix, size_t node, const struct net_mac *mac);
/* Whether it has the address; true as well where its addresses of that family are not known, and
 * of IPv6's link-local ones, which nobody passes on. */
bool index_has_address(const struct journey_index *ix, size_t node, struct net_addr address);
/* Whether it knows that it has not: false where index_has_address is true, or may be. */
bool index_knows_family(const struct journey_index *ix, size_t node, enum net_family family);
/* Whether the node listens there: of a group that stands for addresses (RFC 4291, 2.7.1), that it
 * has one of those, as far as is known. */
bool index_in_group(const struct journey_index *ix, size_t port, struct net_addr group);
/* Whether the node, which rewrites the flow, is itself who then gets it. */
bool index_takes(const struct journey_index *ix, size_t node, const struct journey_flow *flow);
/* The other end of a wire, or JOURNEY_NONE. */
size_t index_peer(const struct journey_index *ix, size_t port);
bool index_is_radio(const struct journey_index *ix, size_t port);
/* The radio with that MAC at that link, or JOURNEY_NONE. */
size_t index_radio(const struct journey_index *ix, size_t link, const struct net_mac *mac);
enum index_side index_side(const struct journey_index *ix, size_t port, const struct net_mac *mac);
/* Whether all ports of the node were captured at that time, and well. */
bool index_sees_all(const struct journey_index *ix, size_t node, int64_t time_ns);
bool index_sees(const struct journey_index *ix, size_t port, int64_t time_ns);
/* The VLAN that a frame with this tag (0: none) is in at the port: of a bridge that does not keep
 * them apart, the tag. */
#define INDEX_NO_VLAN UINT16_MAX /* the port does not carry it */
uint16_t index_vlan(const struct journey_index *ix, size_t port, uint16_t tag);
/* Whether frames of that VLAN, as index_vlan() has it, leave by that port of the bridge. */
bool index_carries(const struct journey_index *ix, size_t port, uint16_t vlan);
/* Whether a bridge that has addresses hears that VLAN, as index_vlan() has it, itself. */
bool index_hears(const struct journey_index *ix, size_t port, uint16_t vlan);
static inline bool index_same_bridge(const struct journey_index *ix, size_t a, size_t b)
{
	const struct journey_port *p = &ix->lab->ports[a], *q = &ix->lab->ports[b];

	return p->bridge && p->bridge == q->bridge && p->node == q->node;
}

#endif
