/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: forwarding tables, and the resolver that a node asks. */
#include <stdint.h>

#include "topo/rules.h"

/* Its subnet is known only when it has got an address. */
static bool asks_dhcp(const struct topo_node *node)
{
	return node->client.nic != SIZE_MAX && node->nics[node->client.nic].dhcp;
}

static void check_next_hop(struct rules *rules, size_t node, const struct xml_node *at,
			   uint32_t via)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct iface *out = iface_towards(rules, node, via), *hop = iface_with(rules, via);
	char ip[TOPO_ADDR_TEXT];

	(void)topo_ip_text(via, ip);
	if (!out && !asks_dhcp(of))
		xml_problem(rules->problems, at, "via",
			    "next hop %s is in no subnet that this node is connected to", ip);
	else if (!hop)
		xml_problem(rules->problems, at, "via", "next hop %s: no node has this address",
			    ip);
	else if (hop->node == node)
		xml_problem(rules->problems, at, "via", "next hop %s is this node itself", ip);
	else if (out && out->domain != hop->domain)
		xml_problem(rules->problems, at, "via", "next hop %s is not on the wire of '%s'",
			    ip, out->name);
}

static void check_routes(struct rules *rules, size_t node)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	char to[TOPO_ADDR_TEXT];
	size_t i, j;

	for (i = 0; i < of->n_routes; i++) {
		const struct xml_node *at = xml_child_at(rules->nodes[node], "route", i);

		if (of->routes[i].via)
			check_next_hop(rules, node, at, of->routes[i].via);
		for (j = 0; j < i && xml_attr(at, "to"); j++) {
			if (of->routes[i].to.addr != of->routes[j].to.addr ||
			    of->routes[i].to.len != of->routes[j].to.len)
				continue;
			xml_problem(rules->problems, at, "to", "a second route to %s",
				    topo_addr_text(of->routes[i].to, to));
			break;
		}
	}
}

void rules_routes(struct rules *rules)
{
	char ip[TOPO_ADDR_TEXT];
	size_t i;

	for (i = 0; i < rules->topo->n_nodes; i++) {
		uint32_t dns = rules->topo->nodes[i].dns;

		check_routes(rules, i);
		if (dns && !iface_with(rules, dns))
			xml_problem(rules->problems, rules->nodes[i], "dns",
				    "dns %s: no node has this address", topo_ip_text(dns, ip));
	}
}
