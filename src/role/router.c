/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A router: how it is read, its rules, what it adds to a plan. Its table is what <route> says, and
 * bird's with OSPF, RIP or BGP.
 */
#include "role/router.h"

#include <stdint.h>
#include <stdlib.h>

#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

static void *load_router(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	const struct xml_node *ospf = xml_child(at, "ospf"), *rip = xml_child(at, "rip"),
			      *bgp = xml_child(at, "bgp");
	struct role_router *router = xcalloc(1, sizeof(*router));

	router->ecmp = xml_attr_flag(load->problems, at, "ecmp", false);
	if (ospf)
		router_load_ospf(load, node, ospf, &router->ospf);
	if (rip)
		router_load_rip(load, node, rip, &router->rip);
	if (bgp)
		router_load_bgp(load, bgp, &router->bgp);
	node->forwards = true;
	node->routed = ospf || rip || router->bgp.as;
	return router;
}

static void free_router(void *model)
{
	struct role_router *router = model;

	router_free_ospf(&router->ospf);
	router_free_rip(&router->rip);
	router_free_bgp(&router->bgp);
	free(router);
}

static void check_router(struct rules *rules, size_t node, const void *model,
			 const struct xml_node *at)
{
	const struct xml_node *ospf = xml_child(at, "ospf"), *rip = xml_child(at, "rip"),
			      *bgp = xml_child(at, "bgp");
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct role_router *router = model;
	size_t sides = of->n_nics + of->n_vlans + (of->loopback.n > 0);

	if (sides < 2 && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, NULL,
			    "a router has at least two NICs, or <vlan>s on a trunk, or a "
			    "<loopback> beside a NIC, and this one has %zu",
			    sides);
	if (ospf)
		router_check_ospf(rules, node, ospf);
	if (rip)
		router_check_rip(rules, node, rip);
	if (bgp)
		router_check_bgp(rules, node, bgp);
	if (router->ecmp && !ospf && !rip)
		xml_problem(rules->problems, at, "ecmp",
			    "only OSPF and RIP find several ways that cost the same");
	if ((ospf || rip || bgp) && !node_has_address(rules, node) &&
	    !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, NULL,
			    "no interface of this router has an address");
}

static void note_router(struct rules *rules, size_t node, const void *model,
			const struct xml_node *at)
{
	const struct xml_node *ospf = xml_child(at, "ospf"), *bgp = xml_child(at, "bgp");

	(void)model;
	if (ospf)
		router_note_ospf(rules, node, ospf);
	if (bgp)
		router_note_bgp(rules, node, bgp);
}

/* It tells nobody of a better router, and takes a packet from whichever side it comes. */
static const char forwarding[] = "echo 1 >/proc/sys/net/ipv4/ip_forward\n"
				 "for conf in /proc/sys/net/ipv4/conf/*; do\n"
				 "\techo 0 >\"$conf/send_redirects\"\n"
				 "\techo 0 >\"$conf/rp_filter\"\n"
				 "done\n";

/* No IGMP reports about 224.0.0.x: the groups of OSPF and RIP are link-local and nobody keeps a
 * list of their members. */
static const char no_igmp[] = "echo 0 >/proc/sys/net/ipv4/igmp_link_local_mcast_reports\n";

/*
 * The kernel knows only that a route is bird's; bird knows which of its protocols made it. Without
 * an answer of bird's the routes are told as the kernel has them.
 */
static const char routes[] =
	"#!/bin/sh\n"
	"# The routes of IPv4 (4) or IPv6 (6), those of bird by the protocol that made them.\n"
	"{\n"
	"\tbirdcl show protocols\n"
	"\tbirdcl show route primary\n"
	"\techo\n"
	"\tip -$1 route show\n"
	"} 2>/dev/null | awk -v all=\"$1\" '\n"
	"\tkernel && /proto bird/ {\n"
	"\t\tto = $1 ~ /^[a-z]+$/ && $1 != \"default\" ? $2 : $1\n"
	"\t\tif (to == \"default\") to = all == 6 ? \"::/0\" : \"0.0.0.0/0\"\n"
	"\t\tif (to !~ /\\//) to = to (all == 6 ? \"/128\" : \"/32\")\n"
	"\t\tif (to in by) sub(/proto bird/, \"proto \" by[to])\n"
	"\t}\n"
	"\tkernel { print; next }\n"
	"\t/^$/ { kernel = 1; next }\n"
	"\t$3 ~ /^(master|---)/ { made[$1] = tolower($2); next }\n"
	"\t$1 ~ /\\// && match($0, /\\[[^] ]+/) {\n"
	"\t\tname = substr($0, RSTART + 1, RLENGTH - 1)\n"
	"\t\tif (name in made) by[$1] = made[name]\n"
	"\t}'\n";

static void plan_router(const struct topo *topo, const struct topo_node *from, const void *model,
			struct plan_node *node)
{
	const struct role_router *router = model;

	plan_add_lines(node, PLAN_SETUP, forwarding);
	if (router->ospf.enabled || router->rip.enabled)
		plan_add_lines(node, PLAN_SETUP, no_igmp);
	if (from->routed)
		router_bird(topo, from, node);
	router_checks(topo, from, node);
	router_meet(topo, from, node);
	if (from->routed)
		plan_add_file(node, PLAN_ROUTES, 0755, routes, sizeof(routes) - 1);
	plan_add_table(node, "routes", from->routed ? PLAN_ROUTES " 4" : "ip -4 route show");
}

static const char *also(const void *model, size_t i)
{
	const struct role_router *router = model;
	const char *const words[] = { router->ospf.enabled ? "ospf" : NULL,
				      router->rip.enabled ? "rip" : NULL,
				      router->bgp.as ? "bgp" : NULL };

	for (size_t j = 0; j < ARRAY_SIZE(words); j++)
		if (words[j] && i-- == 0)
			return words[j];
	return NULL;
}

static const struct xml_bound bounds[] = { { "bgp", "neighbor", 250, 0 },
					   { "bgp", "originate", 250, 0 },
					   { "ospf", "area", 32, 0 },
					   { "ospf", "cost", 32, 0 },
					   { "rip", "cost", 32, 0 } };

const struct topo_role role_router = {
	.name = "router",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_router,
	.check = check_router,
	.note = note_router,
	.plan = plan_router,
	.also = also,
	.free = free_router,
};
