/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <resolver>: recursive resolver with a cache that starts from the root (RFC 1034, 4.3.1). */
#ifndef ROLE_RESOLVER_H
#define ROLE_RESOLVER_H

#include "topo/topo.h"

struct plan_node;

/* <block name= answer=> : the resolver lies about this name */
struct role_block {
	char *name;
	struct net_addr answer;
};

/* <forward to= zone=> : what is asked about the zone is asked of that server */
struct role_forward {
	char *zone;
	struct net_addr to;
};

struct role_resolver {
	struct role_block *blocks;
	size_t n_blocks;
	struct role_forward *forwards; /* several of one zone: any of them */
	size_t n_forwards;
	bool validate; /* answers of signed zones (RFC 4035, section 4) */
};

static inline const struct role_resolver *resolver_of(const struct topo_node *node)
{
	return topo_model(node, "resolver");
}

#define UNBOUND_CONF "/etc/unbound/unbound.conf"

/* --- unbound-checks.c */
/* The forward of the deepest zone that holds the name; NULL: it is asked from the root on. */
const struct role_forward *resolver_forward(const struct role_resolver *resolver, const char *name);
/* The node with that IPv4 address, NULL when there is none. */
const struct topo_node *resolver_at(const struct topo *topo, struct net_addr addr);
void unbound_checks(const struct topo *topo, const struct topo_node *from,
		    const struct role_resolver *resolver, struct plan_node *node);
/* --- unbound.c */
void unbound_plan(const struct topo *topo, const struct topo_node *from, const void *model,
		  struct plan_node *node);

#endif
