/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: forwarding tables, and the resolver that a node asks. */
#include <stdint.h>

#include "topo/rules.h"

static void check_next_hop(struct rules *rules, size_t node, const struct xml_node *at,
			   struct net_addr via)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct iface *out = iface_towards(rules, node, via),
			   *hop = iface_reached(rules, node, via);
	char ip[NET_TEXT];

	(void)net_addr_text(via, ip);
	if (via.family == NET_IPV6 && net_addr_is_link_local(via))
		xml_problem(rules->problems, at, "via",
			    "next hop %s is link-local, which does not say on which interface: "
			    "name another address of it",
			    ip);
	else if (!out && !topo_asks_dhcp(of))
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
	char to[NET_TEXT], ip[NET_TEXT];
	size_t i, j;

	for (i = 0; i < of->n_routes; i++) {
		const struct xml_node *at = xml_child_at(rules->nodes[node], "route", i);

		if (!xml_attr(at, "via") == !xml_attr(at, "type"))
			xml_problem(rules->problems, at, NULL,
				    xml_attr(at, "via")
					    ? "a route has a next hop (via=) or ends here (type=), "
					      "not both"
					    : "a route needs its next hop: via=\"...\"; or it ends "
					      "here: type=\"blackhole\"");
		if (of->routes[i].via.family && of->routes[i].to.addr.family &&
		    of->routes[i].via.family != of->routes[i].to.addr.family)
			xml_problem(rules->problems, at, "via",
				    "next hop %s is not of the family of %s",
				    net_addr_text(of->routes[i].via, ip),
				    net_prefix_text(of->routes[i].to, to));
		else if (of->routes[i].via.family)
			check_next_hop(rules, node, at, of->routes[i].via);
		for (j = 0; j < i && xml_attr(at, "to"); j++) {
			if (!net_addr_equal(of->routes[i].to.addr, of->routes[j].to.addr) ||
			    of->routes[i].to.len != of->routes[j].to.len)
				continue;
			xml_problem(rules->problems, at, "to", "a second route to %s",
				    net_prefix_text(of->routes[i].to, to));
			break;
		}
	}
}

void rules_routes(struct rules *rules)
{
	char ip[NET_TEXT];
	size_t i;

	for (i = 0; i < rules->topo->n_nodes; i++) {
		struct net_addr dns = rules->topo->nodes[i].dns;

		check_routes(rules, i);
		if (dns.family && !iface_with(rules, dns))
			xml_problem(rules->problems, rules->nodes[i], "dns",
				    "dns %s: no node has this address", net_addr_text(dns, ip));
	}
}
