/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: routers, OSPF and BGP. */
#include <stdint.h>

#include "topo/rules.h"

static void check_ospf(struct rules *rules, size_t node, const struct xml_node *at)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	size_t i;

	for (i = 0; i < of->router.ospf.n_nics; i++) {
		const struct topo_nic *nic = &of->nics[of->router.ospf.nics[i]];

		if (!nic->address.len &&
		    !xml_has_problem(rules->problems, iface_named(rules, node, nic->name)->at,
				     "address"))
			xml_problem(rules->problems, at, "nics",
				    "NIC '%s' has no address for OSPF to use", nic->name);
	}
}

static bool names_neighbor(const struct topo_node *node, size_t other)
{
	size_t i;

	for (i = 0; i < node->router.bgp.n_neighbors; i++) {
		if (node->router.bgp.neighbors[i] == other)
			return true;
	}
	return false;
}

/* A wire, or some switches, with addresses of one subnet on both sides. */
static bool are_adjacent(const struct rules *rules, size_t a, size_t b)
{
	for (size_t i = rules->first[a]; i < rules->first[a + 1]; i++) {
		const struct iface *x = &rules->ifaces[i];

		for (size_t j = rules->first[b]; j < rules->first[b + 1]; j++) {
			const struct iface *y = &rules->ifaces[j];

			if (x->address.len && y->address.len && y->domain == x->domain &&
			    net_prefix_same(x->address, y->address))
				return true;
		}
	}
	return false;
}

static void check_neighbor(struct rules *rules, size_t node, size_t index,
			   const struct xml_node *at)
{
	const struct topo_bgp *bgp = &rules->topo->nodes[node].router.bgp;
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
	if (!of->router.bgp.as) {
		xml_problem(rules->problems, at, "node", "node '%s' does not speak BGP", of->name);
		return;
	}
	if (!names_neighbor(of, node))
		xml_problem(rules->problems, at, "node",
			    "node '%s' does not name '%s' as its neighbor in return", of->name,
			    rules->topo->nodes[node].name);
	if (bgp->as != of->router.bgp.as && !are_adjacent(rules, node, peer))
		xml_problem(rules->problems, at, "node",
			    "node '%s' is in another AS and shares no subnet on a wire with '%s'",
			    of->name, rules->topo->nodes[node].name);
}

static void check_bgp(struct rules *rules, size_t node, const struct xml_node *at)
{
	const struct topo_bgp *bgp = &rules->topo->nodes[node].router.bgp;
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

void rules_routing(struct rules *rules)
{
	size_t i;

	for (i = 0; i < rules->topo->n_nodes; i++) {
		const struct xml_node *at = role_at(rules, i, "router");
		const struct topo_node *node = &rules->topo->nodes[i];
		const struct xml_node *ospf = at ? xml_child(at, "ospf") : NULL;
		const struct xml_node *bgp = at ? xml_child(at, "bgp") : NULL;

		if (at && node->n_nics < 2 && !xml_tainted(rules->nodes[i]))
			xml_problem(rules->problems, at, NULL,
				    "a router has at least two NICs, and this one has %zu",
				    node->n_nics);
		if (ospf)
			check_ospf(rules, i, ospf);
		if (bgp)
			check_bgp(rules, i, bgp);
		if ((ospf || bgp) && !node_has_address(rules, i) && !xml_tainted(rules->nodes[i]))
			xml_problem(rules->problems, at, NULL,
				    "no interface of this router has an address");
	}
}
