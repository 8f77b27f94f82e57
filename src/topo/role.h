/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a node can be told to do, as its part of a topology: an entry of the table that topo_load is
 * handed. This folder and plan walk the table and know no role of it; src/role has them all.
 */
#ifndef TOPO_ROLE_H
#define TOPO_ROLE_H

#include "topo/topo.h"

struct load;
struct rules;
struct plan_node;

/* All of it is static. NULL where a role has no such thing. */
struct topo_role {
	const char *name;  /* its element in a node: "dhcp-server" */
	const char *shown; /* what a story's map calls it; NULL: as its element */
	/* How the page draws a host that plays it, one of SHAPES in report/page/map.js; of several
	 * the last in the table that says counts; NULL: as any host. */
	const char *sign;
	bool person; /* somebody sits there: where people begin */
	const struct xml_bound *bounds;
	size_t n_bounds;

	/*
	 * Its part of the model, which is its own. Nodes and networks of the lab are all there,
	 * links are not. What others have to know of the node it says in the node: forwards,
	 * routed, outside, dhcp_on, a NIC's dhcp, station and access_point.
	 */
	void *(*load)(struct load *load, struct topo_node *node, const struct xml_node *at);
	/* What a schema cannot say; the model as it was loaded, wrong as it may be. */
	void (*check)(struct rules *rules, size_t node, const void *model,
		      const struct xml_node *at);
	/* In a topology without fault, what is hardly meant: rules->problems are the notes. */
	void (*note)(struct rules *rules, size_t node, const void *model,
		     const struct xml_node *at);
	/* What it adds to the node's plan. */
	void (*plan)(const struct topo *topo, const struct topo_node *from, const void *model,
		     struct plan_node *node);
	/* What else than its name a map shows, i from 0; NULL: no more. */
	const char *(*also)(const void *model, size_t i);
	void (*free)(void *model);
};

#endif
