/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <filter>: what a node lets in, out and through. */
#ifndef ROLE_FILTER_H
#define ROLE_FILTER_H

#include "topo/topo.h"

enum { FILTER_INPUT, FILTER_FORWARD, FILTER_OUTPUT, FILTER_CHAINS };

/* <rule>: what is not asked for is "", or has no family. */
struct role_filter_rule {
	unsigned int chain;
	struct net_prefix from, to;
	char *in, *out, *proto, *state, *action, *name;
	unsigned int port, last_port; /* 0: any */
};

/* <filter input= forward= output=> */
struct role_filter {
	bool drops[FILTER_CHAINS]; /* what no rule matches; else accepted */
	struct role_filter_rule *rules;
	size_t n_rules;
	char *ruleset; /* in nft's own words; NULL: rules and policies are above */
};

static inline const struct role_filter *filter_of(const struct topo_node *node)
{
	return topo_model(node, "filter");
}

#endif
