/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a schema cannot say of BGP: its sessions, and who announces what. */
#include <stdint.h>

#include "base/str.h"
#include "role/router.h"

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

/* Within an AS only: a neighbor in another one is next door. */
static void check_inside(struct rules *rules, size_t node, const struct role_neighbor *neighbor,
			 const struct xml_node *at)
{
	const struct topo *topo = rules->topo;
	const struct topo_node *of = &topo->nodes[node], *peer = &topo->nodes[neighbor->node];
	const struct role_neighbor *back = router_neighbor(topo, peer, of);
	bool external = router_of(of)->bgp.as != router_of(peer)->bgp.as;

	if (neighbor->client && external)
		xml_problem(rules->problems, at, "reflector-client",
			    "node '%s' is in another AS: routes are reflected within one",
			    peer->name);
	else if (neighbor->client && back && back->client && node > neighbor->node)
		xml_problem(rules->problems, at, "reflector-client",
			    "node '%s' has this one as its client: one of the two is the reflector",
			    peer->name);
	if (!neighbor->loopback)
		return;
	if (external)
		xml_problem(rules->problems, at, "over",
			    "node '%s' is in another AS: sessions between loopback addresses are "
			    "within one",
			    peer->name);
	for (size_t i = 0; i < 2; i++) {
		const struct topo_node *end = i ? peer : of;

		if (!end->loopback.n)
			xml_problem(rules->problems, at, "over", "node '%s' has no <loopback>",
				    end->name);
	}
	if (back && !back->loopback)
		xml_problem(rules->problems, at, "over",
			    "node '%s' does not have this session over its loopback in return",
			    peer->name);
}

/* Of two in one AS, who need not share a wire; what is not there at all has a message already. */
static void check_families(struct rules *rules, const struct topo_node *of,
			   const struct topo_node *peer, bool loopback, const struct xml_node *at)
{
	bool there = loopback ? of->loopback.n && peer->loopback.n
			      : plan_address(of).family && plan_address(peer).family;

	if (there && !router_has_session(rules->topo, of, peer, NET_IPV4) &&
	    !router_has_session(rules->topo, of, peer, NET_IPV6))
		xml_problem(rules->problems, at, "node",
			    "one of '%s' and '%s' has addresses of IPv4%s, the other of IPv6: "
			    "there is no session",
			    of->name, peer->name, loopback ? " on its loopback" : "");
}

/* Of a neighbor that is there and speaks BGP. */
static void check_session(struct rules *rules, size_t node, const struct role_neighbor *neighbor,
			  const struct xml_node *at)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct topo_node *peer = &rules->topo->nodes[neighbor->node];
	bool external = router_of(of)->bgp.as != router_of(peer)->bgp.as;

	if (!router_neighbor(rules->topo, peer, of))
		xml_problem(rules->problems, at, "node",
			    "node '%s' does not name '%s' as its neighbor in return", peer->name,
			    of->name);
	if (external && !are_adjacent(rules, node, neighbor->node))
		xml_problem(rules->problems, at, "node",
			    "node '%s' is in another AS and shares no subnet on a wire with '%s'",
			    peer->name, of->name);
	check_inside(rules, node, neighbor, at);
	if (!external)
		check_families(rules, of, peer, neighbor->loopback, at);
	router_check_policy(rules, xml_child(at, "import"), &neighbor->in, external);
	router_check_policy(rules, xml_child(at, "export"), &neighbor->out, external);
}

static void check_neighbor(struct rules *rules, size_t node, size_t index,
			   const struct xml_node *at)
{
	const struct role_bgp *bgp = &router_of(&rules->topo->nodes[node])->bgp;
	size_t peer = bgp->neighbors[index].node;
	const struct role_router *theirs;

	if (peer == SIZE_MAX)
		return;
	for (size_t i = 0; i < index; i++) {
		if (bgp->neighbors[i].node == peer) {
			xml_problem(rules->problems, at, "node", "neighbor '%s' is listed twice",
				    rules->topo->nodes[peer].name);
			return;
		}
	}
	if (peer == node) {
		xml_problem(rules->problems, at, "node", "a node cannot be its own neighbor");
		return;
	}
	if (xml_tainted(rules->nodes[peer]))
		return;
	theirs = router_of(&rules->topo->nodes[peer]);
	if (!theirs || !theirs->bgp.as)
		xml_problem(rules->problems, at, "node", "node '%s' does not speak BGP",
			    rules->topo->nodes[peer].name);
	else
		check_session(rules, node, &bgp->neighbors[index], at);
}

/* --- who announces what --- */

/* The smallest network that has it; SIZE_MAX: none. */
static size_t network_of(const struct topo *topo, struct net_prefix prefix)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < topo->n_networks; i++) {
		const struct net_prefix *network = &topo->networks[i].prefix;

		if (net_prefix_contains(*network, prefix.addr) && network->len <= prefix.len &&
		    (best == SIZE_MAX || network->len > topo->networks[best].prefix.len))
			best = i;
	}
	return best;
}

/* A router of another AS that announces the network as its own, before this node or anywhere. */
static const struct topo_node *owner_of(const struct topo *topo, size_t network, uint32_t as,
					size_t before)
{
	for (size_t i = 0; i < before; i++) {
		const struct role_router *router = router_of(&topo->nodes[i]);

		for (size_t j = 0; router && router->bgp.as && j < router->bgp.n_originate; j++)
			if (router->bgp.as != as && router->bgp.originate[j].network == network &&
			    !router->bgp.originate[j].meant)
				return &topo->nodes[i];
	}
	return NULL;
}

static bool announces(const struct role_bgp *bgp, size_t network)
{
	for (size_t i = 0; i < bgp->n_originate; i++)
		if (network != SIZE_MAX && bgp->originate[i].network == network)
			return true;
	return false;
}

static void check_owner(struct rules *rules, size_t node, const struct role_originate *originate,
			const struct xml_node *at)
{
	const struct topo *topo = rules->topo;
	bool whole = originate->network != SIZE_MAX;
	size_t network = whole ? originate->network : network_of(topo, originate->prefix);
	const struct topo_node *owner;
	char text[NET_TEXT];

	if (originate->meant || (!whole && announces(&router_of(&topo->nodes[node])->bgp, network)))
		return;
	(void)net_prefix_text(originate->prefix, text);
	if (network == SIZE_MAX) {
		xml_problem(rules->problems, at, "prefix",
			    "prefix %s is in no network; if that is the exercise: meant=\"yes\"",
			    text);
		return;
	}
	owner = owner_of(topo, network, router_of(&topo->nodes[node])->bgp.as,
			 whole ? node : topo->n_nodes);
	if (owner)
		xml_problem(rules->problems, at, whole ? "network" : "prefix",
			    "%s belongs to network '%s' of AS %u, which '%s' announces; if that is "
			    "the exercise: meant=\"yes\"",
			    text, topo->networks[network].name, router_of(owner)->bgp.as,
			    owner->name);
}

static void check_originate(struct rules *rules, size_t node, size_t index,
			    const struct xml_node *at)
{
	const struct role_bgp *bgp = &router_of(&rules->topo->nodes[node])->bgp;
	const struct role_originate *originate = &bgp->originate[index];
	const char *attr = xml_attr(at, "network") ? "network" : "prefix";
	char text[NET_TEXT];

	if (!xml_attr(at, "network") == !xml_attr(at, "prefix")) {
		xml_problem(rules->problems, at, NULL,
			    "what is announced is a network (network=) or a prefix (prefix=): one "
			    "of the two");
		return;
	}
	if (!originate->prefix.addr.family)
		return;
	for (size_t i = 0; i < index; i++) {
		if (net_prefix_same(bgp->originate[i].prefix, originate->prefix)) {
			xml_problem(rules->problems, at, attr, "%s '%s' is listed twice", attr,
				    originate->network == SIZE_MAX
					    ? net_prefix_text(originate->prefix, text)
					    : rules->topo->networks[originate->network].name);
			return;
		}
	}
	check_owner(rules, node, originate, at);
}

void router_check_bgp(struct rules *rules, size_t node, const struct xml_node *at)
{
	const struct role_bgp *bgp = &router_of(&rules->topo->nodes[node])->bgp;

	for (size_t i = 0; i < bgp->n_neighbors; i++)
		check_neighbor(rules, node, i, xml_child_at(at, "neighbor", i));
	for (size_t i = 0; i < bgp->n_originate; i++)
		check_originate(rules, node, i, xml_child_at(at, "originate", i));
	router_check_others(rules, node, at, &bgp->others);
}

/* A session within the AS that is not on one subnet needs a way to the other's address. */
static void note_sessions(struct rules *rules, const struct topo_node *of, enum net_family family,
			  const struct xml_node *at)
{
	const struct topo *topo = rules->topo;
	const struct role_bgp *bgp = &router_of(of)->bgp;
	struct router_heard *heard = router_heard_new(topo, of, family);
	struct plan_iface here, there;
	char ip[NET_TEXT];

	for (size_t i = 0; i < bgp->n_neighbors; i++) {
		const struct topo_node *peer = &topo->nodes[bgp->neighbors[i].node];
		struct net_addr address = plan_address_of(peer, family);

		if (router_has_session(topo, of, peer, family) &&
		    (bgp->neighbors[i].loopback ||
		     !plan_shared_subnet(of, peer, family, &here, &there)) &&
		    !router_heard_of(heard, address))
			xml_problem(rules->problems, xml_child_at(at, "neighbor", i), "node",
				    "neither <route>, OSPF nor RIP brings a way to %s of '%s': the "
				    "session will not come up",
				    net_addr_text(address, ip), peer->name);
	}
	router_heard_free(heard);
}

void router_note_bgp(struct rules *rules, size_t node, const struct xml_node *at)
{
	note_sessions(rules, &rules->topo->nodes[node], NET_IPV4, at);
	note_sessions(rules, &rules->topo->nodes[node], NET_IPV6, at);
}
