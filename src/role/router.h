/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <router>: what forwards, and how it comes to know where to. */
#ifndef ROLE_ROUTER_H
#define ROLE_ROUTER_H

#include "plan/build.h"
#include "topo/topo.h"

/*
 * <ospf nics="eth0 eth1" static="yes"> : area 0 (RFC 2328) on those NICs. The node's addresses are
 * announced, <originate> is not; its static routes (<route>, other than the default route) are with
 * static="yes".
 */
struct role_ospf {
	bool enabled;
	bool statics; /* static="yes": redistribute <route> */
	size_t *nics;
	size_t n_nics;
};

/* <neighbor node=> : a BGP session to the adjacent (eBGP) or any (iBGP) node that speaks BGP */
struct role_bgp {
	uint32_t as;       /* 0: no BGP */
	size_t *neighbors; /* indexes of nodes */
	size_t n_neighbors;
	size_t *originate; /* indexes of networks that this AS announces (RFC 4271) */
	size_t n_originate;
};

/* <router> : forwards IPv4; holds <ospf> and <bgp> */
struct role_router {
	struct role_ospf ospf;
	struct role_bgp bgp;
};

#define BIRD_CONF "/etc/bird/bird.conf"

/* NULL where the node is no router. */
static inline const struct role_router *router_of(const struct topo_node *node)
{
	return topo_model(node, "router");
}

/* router-meet.c: PLAN_MEET, on a router that has OSPF or BGP neighbours beside it. */
void router_meet(const struct topo *topo, const struct topo_node *from, struct plan_node *node);
/* router-checks.c: its neighbours, and its ways to all addresses. */
void router_checks(const struct topo *topo, const struct topo_node *from, struct plan_node *node);
/* router-bird.c: bird, for a router that speaks OSPF or BGP. */
void router_bird(const struct topo *topo, const struct topo_node *from, struct plan_node *node);
/* OSPF runs on the node's NIC with that name. */
bool router_has_ospf_nic(const struct topo_node *node, const char *nic);
/* Name of the BGP session with a node in bird.conf; freed by the caller. */
char *router_session_name(const struct topo_node *peer);

#endif
