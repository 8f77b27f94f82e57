/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses that nodes rewrite (RFC 3022), as their kernels' connection tracking told: which flow
 * went in as what and came out as what. Nothing is guessed: what conntrack did not say is no
 * translation. IPv4.
 */
#ifndef JOURNEY_NAT_H
#define JOURNEY_NAT_H

#include "journey/frame.h"

/* What all connections said, put together; NULL where no node rewrites. */
struct journey_nat;

struct journey_nat *nat_build(const struct journey_lab *lab);
void nat_free(struct journey_nat *nat);

/*
 * Gives a frame that belongs to a translated conversation its flow, and the keys that it has at
 * every hop, on all sides of the translation. packet: as journey_parse_ethernet left it.
 */
void nat_name(const struct journey_nat *nat, struct journey_frame *f);
/* Whether the node turned the one into the other. */
bool nat_translates(const struct journey_nat *nat, size_t node, const struct journey_flow *in,
		    const struct journey_flow *out);
/* What the node makes of a flow that goes in; NULL: nothing else, as far as is known. */
const struct journey_flow *nat_out(const struct journey_nat *nat, size_t node,
				   const struct journey_flow *in);
/* Whether the one goes the way of the other back; true where one of them is none. */
bool nat_is_back(const struct journey_flow *asked, const struct journey_flow *answered);
bool nat_is_same(const struct journey_flow *a, const struct journey_flow *b);
struct net_addr nat_address(uint32_t ipv4);
/* The other way round. */
struct journey_flow nat_inverse(const struct journey_flow *flow);

#endif
