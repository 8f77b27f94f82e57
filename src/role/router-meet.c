/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The neighbours that routing speaks with are known when a run begins.
 *
 * Whether a router knows the MAC of another depends on whether an OSPF or BGP packet happened to go
 * there since it was told to forget: in some runs an ARP would stand in the story and in others
 * not. While routing is up, a real router always knows them.
 */
#include "base/str.h"
#include "role/router.h"

/* Has the kernel ask for those of peer's addresses that are on the subnet of via. */
static void add_peer(const struct topo *topo, const struct topo_node *from,
		     const struct plan_iface *via, const struct topo_node *peer, struct str *out)
{
	bool bgp = router_neighbor(topo, from, peer);
	struct plan_iface there;
	char ip[NET_TEXT];

	for (size_t i = 0; plan_iface(peer, i, &there); i++)
		if ((bgp || (router_area_of(from, via->name) && router_area_of(peer, there.name)) ||
		     (router_has_rip_nic(from, via->name) &&
		      router_has_rip_nic(peer, there.name))) &&
		    there.domain == via->domain &&
		    net_prefix_contains(via->address, there.address.addr))
			str_addf(out, "neighbor replace %s dev %s use\n",
				 net_addr_text(there.address.addr, ip), via->name);
}

void router_meet(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str peers = { 0 }, out = { 0 };
	struct plan_iface iface;

	for (size_t i = 0; plan_iface(from, i, &iface); i++)
		for (size_t j = 0; j < topo->n_nodes; j++)
			if (&topo->nodes[j] != from && router_of(&topo->nodes[j]))
				add_peer(topo, from, &iface, &topo->nodes[j], &peers);
	if (!peers.len)
		return;
	/* The kernel asks three times, a second apart, before it takes one for gone. */
	str_addf(&out,
		 "#!/bin/sh\n# The neighbours that routing speaks with: asked for where they are "
		 "not "
		 "known.\nip -force -batch - <<END\n%sEND\nn=0\n"
		 "while ip -4 neighbor show nud incomplete | grep -q . && [ $((n += 1)) -le 40 ]; "
		 "do\n"
		 "\tsleep 0.1\ndone\n",
		 peers.data);
	plan_add_text(node, PLAN_MEET, 0755, &out);
}
