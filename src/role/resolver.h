/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <resolver>: recursive resolver with a cache that starts from the root (RFC 1034, 4.3.1). */
#ifndef ROLE_RESOLVER_H
#define ROLE_RESOLVER_H

#include "topo/topo.h"

/* <block name= answer=> : the resolver lies about this name */
struct role_block {
	char *name;
	struct net_addr answer;
};

struct role_resolver {
	struct role_block *blocks;
	size_t n_blocks;
	bool validate; /* answers of signed zones (RFC 4035, section 4) */
};

static inline const struct role_resolver *resolver_of(const struct topo_node *node)
{
	return topo_model(node, "resolver");
}

#endif
