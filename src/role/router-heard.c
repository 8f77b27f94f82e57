/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a router can have heard of, by what the topology says: whoever asks for more would call a
 * lab broken that is as its author drew it. OSPF and RIP carry a router's own networks and, where
 * it says so, its static routes; BGP what an AS originates. What is redistributed otherwise is not
 * followed.
 */
#include <stdlib.h>

#include "base/str.h"
#include "role/router.h"

struct router_heard {
	const struct topo *topo;
	const struct topo_node *from;
	enum net_family family;
	bool *ospf, *rip;       /* by node: what it announces comes to from */
	struct net_prefix *bgp; /* what BGP brings, of both families */
	size_t n_bgp;
};

/* --- neighbours --- */

static bool by_rip(const struct topo *topo, const struct topo_node *a, const struct topo_node *b)
{
	struct plan_iface x, y;

	(void)topo;
	for (size_t i = 0; plan_iface(a, i, &x); i++)
		for (size_t j = 0; router_has_rip_nic(a, x.name) && plan_iface(b, j, &y); j++)
			if (router_has_rip_nic(b, y.name) && x.domain == y.domain &&
			    net_prefix_same(x.address, y.address))
				return true;
	return false;
}

/* From neighbour to neighbour. */
static bool *find_heard(const struct topo *topo, const struct topo_node *from,
			bool (*are_neighbors)(const struct topo *topo, const struct topo_node *a,
					      const struct topo_node *b))
{
	bool *heard = xcalloc(topo->n_nodes, sizeof(*heard));
	auto_free size_t *queue = xcalloc(topo->n_nodes, sizeof(*queue));
	size_t n = 0;

	queue[n++] = (size_t)(from - topo->nodes);
	heard[queue[0]] = true;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < topo->n_nodes; j++)
			if (!heard[j] && router_of(&topo->nodes[j]) &&
			    are_neighbors(topo, &topo->nodes[queue[i]], &topo->nodes[j])) {
				heard[j] = true;
				queue[n++] = j;
			}
	return heard;
}

/* --- OSPF's areas --- */

/*
 * The way from area to area is over the backbone, once (RFC 2328, 3.2): from the router's own areas
 * into area 0, and from there into another.
 */
struct stop {
	const struct topo_node *node;
	const struct role_area *area; /* of that node */
	bool behind;                  /* the backbone: nothing is passed on from here */
};
struct walk {
	const struct topo *topo;
	enum net_family family;
	struct stop *queue;
	size_t n;
};

static void visit(struct walk *walk, const struct topo_node *node, const struct role_area *area,
		  bool behind)
{
	for (size_t i = 0; i < walk->n; i++)
		if (walk->queue[i].node == node && walk->queue[i].area == area &&
		    walk->queue[i].behind <= behind)
			return;
	*array_add(walk->queue, walk->n) = (struct stop){ node, area, behind };
}

/* To the neighbours in that area. */
static void go_on(struct walk *walk, const struct stop *at)
{
	struct plan_iface x, y;

	for (size_t i = 0; plan_iface_of(at->node, walk->family, i, &x); i++) {
		if (router_area_of(at->node, x.name) != at->area)
			continue;
		for (size_t j = 0; j < walk->topo->n_nodes; j++) {
			const struct topo_node *peer = &walk->topo->nodes[j];

			for (size_t k = 0;
			     peer != at->node && plan_iface_of(peer, walk->family, k, &y); k++)
				if (router_are_ospf_neighbors(at->node, &x, peer, &y))
					visit(walk, peer, router_area_of(peer, y.name), at->behind);
		}
	}
}

/* To the other areas of the same router. */
static void go_over(struct walk *walk, const struct stop *at)
{
	const struct role_ospf *ospf = &router_of(at->node)->ospf;

	for (size_t i = 0; i < ospf->n_areas && !at->behind; i++) {
		const struct role_area *other = &ospf->areas[i];

		if (!other->id != !at->area->id)
			visit(walk, at->node, other, other->id != 0);
	}
}

static bool *find_ospf(const struct topo *topo, const struct topo_node *from,
		       enum net_family family)
{
	const struct role_ospf *ospf = &router_of(from)->ospf;
	bool *heard = xcalloc(topo->n_nodes, sizeof(*heard));
	struct walk walk = { .topo = topo, .family = family };

	for (size_t i = 0; i < ospf->n_areas; i++)
		visit(&walk, from, &ospf->areas[i], false);
	for (size_t i = 0; i < walk.n; i++) {
		const struct stop at = walk.queue[i];

		heard[at.node - topo->nodes] = true;
		go_on(&walk, &at);
		go_over(&walk, &at);
	}
	free(walk.queue);
	return heard;
}

/* --- an address --- */

/* How long the longest prefix is that has it, of the node's own subnets: -1 where none has. */
static int connected(const struct topo_node *node, struct net_addr ip)
{
	struct plan_iface iface;
	int len = -1;

	for (size_t i = 0; plan_iface_of(node, (enum net_family)ip.family, i, &iface); i++)
		if (net_prefix_contains(iface.address, ip) && iface.address.len > len)
			len = iface.address.len;
	return len;
}

/* The same of its static routes; ends: packets are thrown away there. */
static int routed(const struct topo_node *node, struct net_addr ip, bool *ends)
{
	int len = -1;

	for (size_t i = 0; i < node->n_routes; i++)
		if (net_prefix_contains(node->routes[i].to, ip) && node->routes[i].to.len > len) {
			len = node->routes[i].to.len;
			*ends = node->routes[i].kind != TOPO_ROUTE_VIA;
		}
	return len;
}

/* The same of what it announces as its own, which ends here, where that is longer than len. */
static int originated(const struct role_bgp *bgp, struct net_addr ip, int len, bool *ends)
{
	for (size_t i = 0; i < bgp->n_originate; i++)
		if (net_prefix_contains(bgp->originate[i].prefix, ip) &&
		    bgp->originate[i].prefix.len > len) {
			len = bgp->originate[i].prefix.len;
			*ends = true;
		}
	return len;
}

static int longer(int a, int b)
{
	return a > b ? a : b;
}

/* What an interior protocol tells of a node: its subnets and, where told, its static routes; no
 * default route. */
static int told(const struct topo_node *node, const struct role_redistribute *others,
		struct net_addr ip)
{
	bool ends = false;
	int len = others->from & ROLE_STATIC ? routed(node, ip, &ends) : -1;

	return longer(connected(node, ip), len > 0 ? len : -1);
}

static int announced(const struct router_heard *heard, struct net_addr ip)
{
	const struct topo *topo = heard->topo;
	int len = -1;

	for (size_t i = 0; i < topo->n_nodes; i++) {
		const struct topo_node *node = &topo->nodes[i];
		const struct role_router *router = router_of(node);

		if (heard->ospf[i] && router->ospf.enabled)
			len = longer(len, told(node, &router->ospf.others, ip));
		if (heard->family == NET_IPV4 && heard->rip[i] && router->rip.enabled)
			len = longer(len, told(node, &router->rip.others, ip));
	}
	for (size_t i = 0; i < heard->n_bgp; i++)
		if (net_prefix_contains(heard->bgp[i], ip))
			len = longer(len, heard->bgp[i].len);
	return len;
}

bool router_heard_of(const struct router_heard *heard, struct net_addr ip)
{
	int here = connected(heard->from, ip), other;
	bool ends = false;

	other = routed(heard->from, ip, &ends);
	if (router_of(heard->from)->bgp.as)
		other = originated(&router_of(heard->from)->bgp, ip, other, &ends);
	if (here >= 0 && here >= other)
		return true;
	if (heard->from->routed && announced(heard, ip) > other)
		return true;
	return other >= 0 && !ends;
}

struct router_heard *router_heard_new(const struct topo *topo, const struct topo_node *from,
				      enum net_family family)
{
	struct router_heard *heard = xcalloc(1, sizeof(*heard));

	heard->topo = topo;
	heard->from = from;
	heard->family = family;
	if (from->routed) {
		heard->ospf = find_ospf(topo, from, family);
		heard->rip = find_heard(topo, from, by_rip);
		router_session_walk(topo, from, &heard->bgp, &heard->n_bgp);
	}
	return heard;
}

void router_heard_free(struct router_heard *heard)
{
	free(heard->ospf);
	free(heard->rip);
	free(heard->bgp);
	free(heard);
}
