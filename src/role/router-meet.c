/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The neighbours that routing speaks with are known when a run begins.
 *
 * Whether a router knows the MAC of another depends on whether an OSPF or BGP packet happened to go
 * there since it was told to forget: in some runs an ARP would stand in the story and in others
 * not. While routing is up, a real router always knows them.
 */
#include <string.h>

#include "base/str.h"
#include "role/router.h"

/* What the interface makes itself of its MAC (RFC 4291, appendix A); none where that is not known.
 */
static struct net_addr link_local(const struct topo_node *node, const char *name)
{
	static const struct net_mac unknown;
	struct net_addr addr = { NET_IPV6, { [0] = 0xfe, [1] = 0x80, [11] = 0xff, [12] = 0xfe } };
	struct topo_iface iface;

	for (size_t i = 0; topo_iface(node, i, &iface); i++) {
		if (!str_eq(iface.name, name) || memcmp(&iface.mac, &unknown, sizeof(unknown)) == 0)
			continue;
		memcpy(addr.byte + 8, iface.mac.byte, 3);
		memcpy(addr.byte + 13, iface.mac.byte + 3, 3);
		addr.byte[8] ^= 2;
		return addr;
	}
	return (struct net_addr){ 0 };
}

static void add_address(struct net_addr addr, const char *name, struct str *out)
{
	char ip[NET_TEXT];

	if (addr.family)
		str_addf(out, "neighbor replace %s dev %s use\n", net_addr_text(addr, ip), name);
}

/* Has the kernel ask for those of peer's addresses that are on the subnet of via; OSPF's next hops
 * of IPv6 are link-local addresses. */
static void add_peer(const struct topo *topo, const struct topo_node *from,
		     const struct plan_iface *via, const struct topo_node *peer, struct str *out)
{
	enum net_family family = (enum net_family)via->address.addr.family;
	bool bgp = router_neighbor(topo, from, peer);
	struct plan_iface there;

	for (size_t i = 0; plan_iface_of(peer, family, i, &there); i++) {
		bool ospf = router_area_of(from, via->name) && router_area_of(peer, there.name);
		bool rip = family == NET_IPV4 && router_has_rip_nic(from, via->name) &&
			   router_has_rip_nic(peer, there.name);

		if ((!bgp && !ospf && !rip) || there.domain != via->domain ||
		    !net_prefix_contains(via->address, there.address.addr))
			continue;
		add_address(there.address.addr, via->name, out);
		if (family == NET_IPV6)
			add_address(link_local(peer, there.name), via->name, out);
	}
}

static void add_peers(const struct topo *topo, const struct topo_node *from, enum net_family family,
		      struct str *out)
{
	struct plan_iface iface;

	for (size_t i = 0; plan_iface_of(from, family, i, &iface); i++)
		for (size_t j = 0; j < topo->n_nodes; j++)
			if (&topo->nodes[j] != from && router_of(&topo->nodes[j]))
				add_peer(topo, from, &iface, &topo->nodes[j], out);
}

void router_meet(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str peers = { 0 }, out = { 0 };
	size_t ipv4;

	add_peers(topo, from, NET_IPV4, &peers);
	ipv4 = peers.len;
	add_peers(topo, from, NET_IPV6, &peers);
	if (!peers.len)
		return;
	/* The kernel asks three times, a second apart, before it takes one for gone. */
	str_addf(&out,
		 "#!/bin/sh\n# The neighbours that routing speaks with: asked for where they are "
		 "not "
		 "known.\nip -force -batch - <<END\n%sEND\nn=0\n"
		 "while [ \"$(ip %sneighbor show nud incomplete)\" ] && [ $((n += 1)) -le 40 ]; "
		 "do\n"
		 "\tsleep 0.1\ndone\n",
		 peers.data, peers.len == ipv4 ? "-4 " : "");
	plan_add_text(node, PLAN_MEET, 0755, &out);
}
