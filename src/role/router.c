/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A router: how it is read, its rules, what it adds to a plan. Its table is what <route> says, and
 * bird's with OSPF or BGP.
 */
#include "role/router.h"

#include <stdint.h>
#include <stdlib.h>

#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

static void load_ospf(struct load *load, struct topo_node *node, const struct xml_node *at,
		      struct role_ospf *ospf)
{
	bool silent = xml_tainted(xml_parent(xml_parent(at)));

	ospf->enabled = true;
	ospf->statics = xml_attr_flag(load->problems, at, "static", false);
	load_nic_refs(load, node, at, "nics", silent, &ospf->nics, &ospf->n_nics);
}

static void load_bgp(struct load *load, const struct xml_node *at, struct role_bgp *bgp)
{
	bool silent = xml_tainted(xml_parent(xml_parent(xml_parent(at))));
	struct xml_node *it;

	bgp->as = (uint32_t)xml_attr_unsigned(load->problems, at, "as", 1, UINT32_MAX - 1, 0);
	xml_for_each(it, at, "neighbor")
		*array_add(bgp->neighbors, bgp->n_neighbors) =
			load_node_ref(load, it, "node", silent);
	xml_for_each(it, at, "originate")
		*array_add(bgp->originate, bgp->n_originate) =
			load_network_ref(load, it, "network", silent);
}

static void *load_router(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	const struct xml_node *ospf = xml_child(at, "ospf"), *bgp = xml_child(at, "bgp");
	struct role_router *router = xcalloc(1, sizeof(*router));

	if (ospf)
		load_ospf(load, node, ospf, &router->ospf);
	if (bgp)
		load_bgp(load, bgp, &router->bgp);
	node->forwards = true;
	node->routed = ospf || router->bgp.as;
	return router;
}

static void free_router(void *model)
{
	struct role_router *router = model;

	free(router->ospf.nics);
	free(router->bgp.neighbors);
	free(router->bgp.originate);
	free(router);
}

static void check_ospf(struct rules *rules, size_t node, const struct role_ospf *ospf,
		       const struct xml_node *at)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	size_t i;

	for (i = 0; i < ospf->n_nics; i++) {
		const struct topo_nic *nic = &of->nics[ospf->nics[i]];

		if (!nic->addresses.n &&
		    !xml_has_problem(rules->problems, iface_named(rules, node, nic->name)->at,
				     "address"))
			xml_problem(rules->problems, at, "nics",
				    "NIC '%s' has no address for OSPF to use", nic->name);
	}
}

static bool names_neighbor(const struct role_bgp *bgp, size_t other)
{
	for (size_t i = 0; i < bgp->n_neighbors; i++)
		if (bgp->neighbors[i] == other)
			return true;
	return false;
}

/* A wire, or some switches, with addresses of one subnet on both sides. */
static bool are_adjacent(const struct rules *rules, size_t a, size_t b)
{
	for (size_t i = 0; i < rules->n_addresses; i++) {
		const struct iface_address *x = &rules->addresses[i];

		for (size_t j = 0; j < rules->n_addresses && x->iface->node == a; j++) {
			const struct iface_address *y = &rules->addresses[j];

			if (y->iface->node == b && y->iface->domain == x->iface->domain &&
			    net_prefix_same(x->address, y->address))
				return true;
		}
	}
	return false;
}

static void check_neighbor(struct rules *rules, size_t node, size_t index,
			   const struct xml_node *at)
{
	const struct role_bgp *bgp = &router_of(&rules->topo->nodes[node])->bgp, *theirs;
	size_t peer = bgp->neighbors[index], i;
	const struct topo_node *of;

	if (peer == SIZE_MAX)
		return;
	of = &rules->topo->nodes[peer];
	for (i = 0; i < index; i++) {
		if (bgp->neighbors[i] == peer) {
			xml_problem(rules->problems, at, "node", "neighbor '%s' is listed twice",
				    of->name);
			return;
		}
	}
	if (peer == node) {
		xml_problem(rules->problems, at, "node", "a node cannot be its own neighbor");
		return;
	}
	if (xml_tainted(rules->nodes[peer]))
		return;
	theirs = router_of(of) ? &router_of(of)->bgp : NULL;
	if (!theirs || !theirs->as) {
		xml_problem(rules->problems, at, "node", "node '%s' does not speak BGP", of->name);
		return;
	}
	if (!names_neighbor(theirs, node))
		xml_problem(rules->problems, at, "node",
			    "node '%s' does not name '%s' as its neighbor in return", of->name,
			    rules->topo->nodes[node].name);
	if (bgp->as != theirs->as && !are_adjacent(rules, node, peer))
		xml_problem(rules->problems, at, "node",
			    "node '%s' is in another AS and shares no subnet on a wire with '%s'",
			    of->name, rules->topo->nodes[node].name);
}

static void check_bgp(struct rules *rules, size_t node, const struct xml_node *at)
{
	const struct role_bgp *bgp = &router_of(&rules->topo->nodes[node])->bgp;
	size_t i, j;

	for (i = 0; i < bgp->n_neighbors; i++)
		check_neighbor(rules, node, i, xml_child_at(at, "neighbor", i));
	for (i = 0; i < bgp->n_originate; i++) {
		for (j = 0; j < i && bgp->originate[i] != SIZE_MAX; j++) {
			if (bgp->originate[i] == bgp->originate[j])
				xml_problem(rules->problems, xml_child_at(at, "originate", i),
					    "network", "network '%s' is listed twice",
					    rules->topo->networks[bgp->originate[i]].name);
		}
	}
}

static void check_router(struct rules *rules, size_t node, const void *model,
			 const struct xml_node *at)
{
	const struct xml_node *ospf = xml_child(at, "ospf"), *bgp = xml_child(at, "bgp");
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct role_router *router = model;

	if (of->n_nics < 2 && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, NULL,
			    "a router has at least two NICs, and this one has %zu", of->n_nics);
	if (ospf)
		check_ospf(rules, node, &router->ospf, ospf);
	if (bgp)
		check_bgp(rules, node, bgp);
	if ((ospf || bgp) && !node_has_address(rules, node) && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, NULL,
			    "no interface of this router has an address");
}

/* It tells nobody of a better router, and takes a packet from whichever side it comes. */
static const char forwarding[] = "echo 1 >/proc/sys/net/ipv4/ip_forward\n"
				 "for conf in /proc/sys/net/ipv4/conf/*; do\n"
				 "\techo 0 >\"$conf/send_redirects\"\n"
				 "\techo 0 >\"$conf/rp_filter\"\n"
				 "done\n";

/* No IGMP reports about 224.0.0.x: OSPF's groups are link-local and nobody keeps a list of their
 * members. */
static const char no_igmp[] = "echo 0 >/proc/sys/net/ipv4/igmp_link_local_mcast_reports\n";

static void plan_router(const struct topo *topo, const struct topo_node *from, const void *model,
			struct plan_node *node)
{
	const struct role_router *router = model;

	plan_add_lines(node, PLAN_SETUP, forwarding);
	if (router->ospf.enabled)
		plan_add_lines(node, PLAN_SETUP, no_igmp);
	if (from->routed)
		router_bird(topo, from, node);
	router_checks(topo, from, node);
	router_meet(topo, from, node);
	plan_add_table(node, "routes", "ip -4 route show");
}

static const char *also(const void *model, size_t i)
{
	const struct role_router *router = model;

	if (i == 0 && router->ospf.enabled)
		return "ospf";
	return router->bgp.as && i == router->ospf.enabled ? "bgp" : NULL;
}

static const struct xml_bound bounds[] = { { "bgp", "neighbor", 250, 0 },
					   { "bgp", "originate", 250, 0 } };

const struct topo_role role_router = {
	.name = "router",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_router,
	.check = check_router,
	.plan = plan_router,
	.also = also,
	.free = free_router,
};
