/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <nat>: several machines behind one address (RFC 3022). */
#ifndef ROLE_NAT_H
#define ROLE_NAT_H

#include "topo/topo.h"

/* <forward proto= port= to= to-port=> */
struct role_nat_forward {
	bool udp;
	unsigned int port, to_port;
	struct net_addr to;
};

/* <nat on= address=> */
struct role_nat {
	char *on;                /* the interface to the outside */
	struct net_addr address; /* what packets get as source; none: the interface's own */
	struct role_nat_forward *forwards;
	size_t n_forwards;
};

static inline const struct role_nat *nat_of(const struct topo_node *node)
{
	return topo_model(node, "nat");
}

/*
 * How a node asks a server of another: at its own address; or, from outside of a NAT that the other
 * is behind, at the outside address and the port that is forwarded to it. ip, port: as inside, and
 * changed. False: it is behind one that forwards nothing to it.
 */
bool nat_way(const struct topo *topo, const struct topo_node *from, const struct topo_node *to,
	     bool udp, struct net_addr *ip, unsigned int *port);

#endif
