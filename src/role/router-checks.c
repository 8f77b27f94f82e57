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
			   enum net_family family, struct plan_node *node)
{
	const struct role_bgp *bgp = &router_of(from)->bgp;

	for (size_t i = 0; bgp->as && i < bgp->n_neighbors; i++) {
		const struct topo_node *peer = &topo->nodes[bgp->neighbors[i].node];
		auto_free char *name = router_session_name(peer, family);

		if (!router_has_session(topo, from, peer, family))
			continue;
		plan_add_check(
			node, PLAN_SETTLED, BIRD_CONF,
			xasprintf("BGP with %s%s is established", peer->name,
				  family == NET_IPV6 ? " by IPv6" : ""),
			xasprintf("birdcl show protocols %s | grep -q ' Established'", name));
	}
}

/*
 * Where a subnet elects a designated router, two of the others stay at 2-Way (RFC 2328, section
 * 10.4). bird wants to be told which OSPF is meant where it has two.
 */
static void add_ospf_check(const struct topo *topo, const struct topo_node *from,
			   const struct topo_node *peer, const struct plan_iface *via,
			   struct plan_node *node)
{
	enum net_family family = (enum net_family)via->address.addr.family;
	bool one = !topo_speaks_ipv6(from);
	auto_str struct str id = { 0 };
	char text[NET_TEXT];

	for (const char *p = router_id(topo, peer, text); *p; p++)
		str_addf(&id, *p == '.' ? "[%c]" : "%c", *p);
	plan_add_check(
		node, PLAN_SETTLED, BIRD_CONF,
		xasprintf("OSPF with %s on %s%s is up", peer->name, via->name,
			  family == NET_IPV6 ? " by IPv6" : ""),
		xasprintf("birdcl show ospf neighbors%s%s | grep -Eq "
			  "'^%s[[:space:]].*%s/.*[[:space:]]%s[[:space:]]'",
			  one ? "" : " ", one ? "" : router_ospf_name(from, family), str_text(&id),
			  via->address.len + 2U >= net_bits(via->address.addr) ? "Full"
									       : "(Full|2-Way)",
			  via->name));
}

/* bird lists those that it has an answer of, by address. */
static void add_rip_check(const struct topo_node *peer, const struct plan_iface *via,
			  struct net_addr there, struct plan_node *node)
{
	char ip[NET_TEXT];

	plan_add_check(
		node, PLAN_SETTLED, BIRD_CONF,
		xasprintf("RIP with %s on %s is up", peer->name, via->name),
		xasprintf("birdcl show rip neighbors | grep -q '^%s '", net_addr_text(there, ip)));
}

static bool are_rip_neighbors(const struct topo_node *a, const struct plan_iface *on_a,
			      const struct topo_node *b, const struct plan_iface *on_b)
{
	return router_has_rip_nic(a, on_a->name) && router_has_rip_nic(b, on_b->name) &&
	       on_a->domain == on_b->domain && net_prefix_same(on_a->address, on_b->address);
}

/* Some address of the interface, and there one of the peer's, between which the protocol speaks. */
static bool are_neighbors(const struct topo_node *from, const char *nic,
			  const struct topo_node *peer, enum net_family family,
			  bool (*test)(const struct topo_node *a, const struct plan_iface *on_a,
				       const struct topo_node *b, const struct plan_iface *on_b),
			  struct plan_iface *there)
{
	struct plan_iface here;

	for (size_t i = 0; plan_iface_of(from, family, i, &here); i++)
		for (size_t j = 0; str_eq(here.name, nic) && plan_iface_of(peer, family, j, there);
		     j++)
			if (test(from, &here, peer, there))
				return true;
	return false;
}

static void add_igp_checks(const struct topo *topo, const struct topo_node *from,
			   enum net_family family, struct plan_node *node)
{
	struct plan_iface via, there;

	for (size_t i = 0; plan_iface_of(from, family, i, &via); i++)
		for (size_t j = 0; j < topo->n_nodes && !via.further; j++) {
			const struct topo_node *peer = &topo->nodes[j];

			if (peer == from)
				continue;
			if (are_neighbors(from, via.name, peer, family, router_are_ospf_neighbors,
					  &there))
				add_ospf_check(topo, from, peer, &via, node);
			if (family == NET_IPV4 &&
			    are_neighbors(from, via.name, peer, family, are_rip_neighbors, &there))
				add_rip_check(peer, &via, there.address.addr, node);
		}
}

static void add_reach(const struct topo *topo, const struct topo_node *from, enum net_family family,
		      struct str *list)
{
	struct router_heard *heard = router_heard_new(topo, from, family);
	struct plan_iface iface;
	char text[NET_TEXT];

	for (size_t i = 0; i < topo->n_nodes; i++)
		for (size_t j = 0; plan_iface_of(&topo->nodes[i], family, j, &iface); j++)
			if (router_heard_of(heard, iface.address.addr))
				str_addf(list, "route get %s\n",
					 net_addr_text(iface.address.addr, text));
	router_heard_free(heard);
}

/*
 * A router without a routing protocol is asked only for what it was given: that the rest is missing
 * may be the exercise.
 */
static void add_reach_check(const struct topo *topo, const struct topo_node *from,
			    struct plan_node *node)
{
	auto_str struct str list = { 0 };

	add_reach(topo, from, NET_IPV4, &list);
	if (topo_speaks_ipv6(from))
		add_reach(topo, from, NET_IPV6, &list);
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
	add_bgp_checks(topo, from, NET_IPV4, node);
	add_igp_checks(topo, from, NET_IPV4, node);
	add_bgp_checks(topo, from, NET_IPV6, node);
	add_igp_checks(topo, from, NET_IPV6, node);
	add_reach_check(topo, from, node);
}
