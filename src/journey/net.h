/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab, indexed for journeys: who owns a MAC, what lies behind a port, which captures there are.
 */
#ifndef JOURNEY_NET_H
#define JOURNEY_NET_H

#include "journey/journey.h"

enum net_side {
	NET_UNKNOWN = 0, /* a MAC that nobody has, or that is at no one place */
	NET_NEAR = 1,    /* on the node's side of the port */
	NET_FAR = 2,     /* behind its link */
};

/* Indexes in groups: those of group i are at[first[i]] to at[first[i + 1] - 1]. */
struct net_groups {
	size_t *at, *first;
};

struct journey_net {
	const struct journey_lab *lab;
	struct net_groups by_node, by_link; /* ports */
	uint64_t *macs;                     /* sorted, each once */
	size_t n_macs;
	uint8_t **sides; /* by port, of those in a bridge: bits of enum net_side by MAC */
	/* Until when a port's capture tells all; INT64_MIN: it has none. The reader sets it. */
	int64_t *known_until;
	/* Some frame of it could not be read (encrypted): what it lacks proves nothing. */
	bool *dim;
};

int net_build(const struct journey_lab *lab, struct journey_net *ret, struct err *err);
void net_free(struct journey_net *net);
AUTO_DEFINE(net_auto, struct journey_net, net_free)
#define auto_net AUTO(net_autop)

bool net_owns(const struct journey_net *net, size_t node, const struct net_mac *mac);
/* Whether it has the address; true as well where its addresses are not known. */
bool net_has_address(const struct journey_net *net, size_t node, struct net_addr address);
/* The other end of a wire, or JOURNEY_NONE. */
size_t net_peer(const struct journey_net *net, size_t port);
bool net_is_radio(const struct journey_net *net, size_t port);
/* The radio with that MAC at that link, or JOURNEY_NONE. */
size_t net_radio(const struct journey_net *net, size_t link, const struct net_mac *mac);
enum net_side net_side(const struct journey_net *net, size_t port, const struct net_mac *mac);
/* Whether all ports of the node were captured at that time, and well. */
bool net_sees_all(const struct journey_net *net, size_t node, int64_t time_ns);
bool net_sees(const struct journey_net *net, size_t port, int64_t time_ns);
static inline bool net_same_bridge(const struct journey_net *net, size_t a, size_t b)
{
	const struct journey_port *p = &net->lab->ports[a], *q = &net->lab->ports[b];

	return p->bridge && p->bridge == q->bridge && p->node == q->node;
}

#endif
