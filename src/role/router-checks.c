/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When a router has settled, and finds the lab whole: its neighbours are there, and its table has a
 * way to every address that it can have heard of.
 *
 * The ways are asked for by one `ip -batch` over a list: it stops at the first address without a
 * route, and an "unreachable" route, which covers what an AS announces but nobody has, counts as
 * none.
 */
#include "base/str.h"
#include "role/router.h"

#define REACH "/etc/labd/reach"

static void add_bgp_checks(const struct topo *topo, const struct topo_node *from,
			   struct plan_node *node)
{
	const struct role_bgp *bgp = &router_of(from)->bgp;
	size_t i;

	for (i = 0; bgp->as && i < bgp->n_neighbors; i++) {
		const struct topo_node *peer = &topo->nodes[bgp->neighbors[i]];
		auto_free char *name = router_session_name(peer);

		plan_add_check(
			node, PLAN_SETTLED, BIRD_CONF,
			xasprintf("BGP with %s is established", peer->name),
			xasprintf("birdcl show protocols %s | grep -q ' Established'", name));
	}
}

/* Two interfaces that will speak OSPF with one another. */
static bool are_ospf_neighbors(const struct topo_node *from, const char *nic,
			       const struct topo_node *peer)
{
	struct plan_iface a, b;
	size_t i, j;

	for (i = 0; plan_iface(from, i, &a); i++)
		for (j = 0; str_eq(a.name, nic) && plan_iface(peer, j, &b); j++)
			if (router_has_ospf_nic(peer, b.name) &&
			    net_prefix_same(a.address, b.address))
				return true;
	return false;
}

/* Where a subnet elects a designated router, two of the others stay at 2-Way (RFC 2328,
 * section 10.4). */
static void add_ospf_check(const struct topo_node *peer, const struct plan_iface *via,
			   struct plan_node *node)
{
	auto_str struct str id = { 0 };
	char text[NET_TEXT];
	const char *p;

	for (p = net_addr_text(plan_address(peer), text); *p; p++)
		str_addf(&id, *p == '.' ? "[%c]" : "%c", *p);
	plan_add_check(node, PLAN_SETTLED, BIRD_CONF,
		       xasprintf("OSPF with %s on %s is up", peer->name, via->name),
		       xasprintf("birdcl show ospf neighbors | grep -Eq "
				 "'^%s[[:space:]].*%s/.*[[:space:]]%s[[:space:]]'",
				 str_text(&id), via->address.len >= 30 ? "Full" : "(Full|2-Way)",
				 via->name));
}

static void add_ospf_checks(const struct topo *topo, const struct topo_node *from,
			    struct plan_node *node)
{
	struct plan_iface iface;
	size_t i, j;

	if (!router_of(from)->ospf.enabled)
		return;
	for (i = 0; plan_iface(from, i, &iface); i++) {
		if (iface.further || !router_has_ospf_nic(from, iface.name))
			continue;
		for (j = 0; j < topo->n_nodes; j++) {
			const struct topo_node *peer = &topo->nodes[j];

			if (peer != from && are_ospf_neighbors(from, iface.name, peer))
				add_ospf_check(peer, &iface, node);
		}
	}
}

static bool is_connected(const struct topo_node *node, struct net_addr ip)
{
	struct plan_iface iface;
	size_t i;

	for (i = 0; plan_iface(node, i, &iface); i++)
		if (net_prefix_contains(iface.address, ip))
			return true;
	return false;
}

/* By a static route of at least min_len bits: 0 counts the default route, 1 does not. */
static bool is_routed(const struct topo_node *node, struct net_addr ip, uint8_t min_len)
{
	size_t i;

	for (i = 0; i < node->n_routes; i++)
		if (node->routes[i].to.len >= min_len &&
		    net_prefix_contains(node->routes[i].to, ip))
			return true;
	return false;
}

/* Whether they speak OSPF with one another. */
static bool by_ospf(const struct topo *topo, const struct topo_node *a, const struct topo_node *b)
{
	struct plan_iface iface;

	(void)topo;
	for (size_t i = 0; plan_iface(a, i, &iface); i++)
		if (router_has_ospf_nic(a, iface.name) && are_ospf_neighbors(a, iface.name, b))
			return true;
	return false;
}

static bool by_bgp(const struct topo *topo, const struct topo_node *a, const struct topo_node *b)
{
	const struct role_bgp *bgp = &router_of(a)->bgp;

	for (size_t i = 0; i < bgp->n_neighbors; i++)
		if (&topo->nodes[bgp->neighbors[i]] == b)
			return true;
	return false;
}

/* By node: whether what it announces can reach this router, from neighbour to neighbour. */
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

/* OSPF carries a router's own networks and, where it says so, its static routes; BGP what an AS
 * originates. Neither goes into the other. */
static bool is_announced(const struct topo *topo, const bool *ospf, const bool *bgp,
			 struct net_addr ip)
{
	for (size_t i = 0; i < topo->n_nodes; i++) {
		const struct topo_node *node = &topo->nodes[i];
		const struct role_router *router = router_of(node);

		if (ospf[i] && router->ospf.enabled &&
		    (is_connected(node, ip) || (router->ospf.statics && is_routed(node, ip, 1))))
			return true;
		for (size_t j = 0; bgp[i] && j < router->bgp.n_originate; j++)
			if (net_prefix_contains(topo->networks[router->bgp.originate[j]].prefix,
						ip))
				return true;
	}
	return false;
}

/*
 * A router without a routing protocol is asked only for what it was given: that the rest is missing
 * may be the exercise.
 */
static void add_reach_check(const struct topo *topo, const struct topo_node *from,
			    struct plan_node *node)
{
	auto_free bool *ospf = from->routed ? find_heard(topo, from, by_ospf) : NULL;
	auto_free bool *bgp = from->routed ? find_heard(topo, from, by_bgp) : NULL;
	auto_str struct str list = { 0 };
	struct plan_iface iface;
	char text[NET_TEXT];
	size_t i, j;

	for (i = 0; i < topo->n_nodes; i++)
		for (j = 0; plan_iface(&topo->nodes[i], j, &iface); j++) {
			struct net_addr ip = iface.address.addr;

			if (is_connected(from, ip) || is_routed(from, ip, 0) ||
			    (from->routed && is_announced(topo, ospf, bgp, ip)))
				str_addf(&list, "route get %s\n", net_addr_text(ip, text));
		}
	if (!list.len)
		return;
	plan_add_text(node, REACH, 0644, &list);
	/* The first three of those that it has no route to are named. */
	plan_add_check(
		node, PLAN_WHOLE, from->routed ? BIRD_CONF : NULL,
		xstrdup("has a route to every network"),
		xstrdup("ip -batch " REACH " >/dev/null 2>&1 || {\n"
			"ip -force -batch " REACH
			" 2>&1 >/dev/null | sed -n 's/^Command failed .*://p' | head -n 3 |\n"
			"while read -r n; do sed -n \"$n s/route get/no route to/p\" " REACH
			"; done | paste -sd ,\nfalse\n}"));
}

void router_checks(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	add_bgp_checks(topo, from, node);
	add_ospf_checks(topo, from, node);
	add_reach_check(topo, from, node);
}
