/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has to hold before a router is ready: its neighbours are there, and its table has a way to
 * every address.
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
static bool are_ospf_neighbors(const struct plan_iface *a, const struct topo_node *peer)
{
	struct plan_iface b;
	size_t i;

	for (i = 0; plan_iface(peer, i, &b); i++)
		if (router_has_ospf_nic(peer, b.name) && net_prefix_same(a->address, b.address))
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
		if (!router_has_ospf_nic(from, iface.name))
			continue;
		for (j = 0; j < topo->n_nodes; j++) {
			const struct topo_node *peer = &topo->nodes[j];

			if (peer != from && are_ospf_neighbors(&iface, peer))
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

static bool is_announced_by(const struct topo *topo, const struct topo_node *node,
			    struct net_addr ip)
{
	const struct role_ospf *ospf = &router_of(node)->ospf;
	const struct role_bgp *bgp = &router_of(node)->bgp;
	size_t i;

	for (i = 0; bgp->as && i < bgp->n_originate; i++)
		if (net_prefix_contains(topo->networks[bgp->originate[i]].prefix, ip))
			return true;
	return ospf->enabled &&
	       (is_connected(node, ip) || (ospf->statics && is_routed(node, ip, 1)));
}

static bool is_announced(const struct topo *topo, struct net_addr ip)
{
	size_t i;

	for (i = 0; i < topo->n_nodes; i++)
		if (router_of(&topo->nodes[i]) && is_announced_by(topo, &topo->nodes[i], ip))
			return true;
	return false;
}

/*
 * A router without a routing protocol is asked only for what it was given: that the rest is missing
 * may be the exercise.
 */
static void add_reach_check(const struct topo *topo, const struct topo_node *from,
			    struct plan_node *node)
{
	auto_str struct str list = { 0 };
	struct plan_iface iface;
	char text[NET_TEXT];
	size_t i, j;

	for (i = 0; i < topo->n_nodes; i++)
		for (j = 0; plan_iface(&topo->nodes[i], j, &iface); j++) {
			struct net_addr ip = iface.address.addr;

			if (is_connected(from, ip) || is_routed(from, ip, 0) ||
			    (from->routed && is_announced(topo, ip)))
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
