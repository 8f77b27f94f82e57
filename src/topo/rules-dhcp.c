/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: who asks for an address, and who gives it. */
#include <stdint.h>

#include "topo/rules.h"

static bool in_pool(const struct topo_dhcp_server *dhcp, struct net_addr ip)
{
	return dhcp->first.family && dhcp->last.family && net_addr_compare(ip, dhcp->first) >= 0 &&
	       net_addr_compare(ip, dhcp->last) <= 0;
}

/* In the subnet, and neither its first nor its last address. */
static bool is_host_of(struct net_prefix subnet, struct net_addr ip)
{
	return net_addr_compare(ip, net_prefix_network(subnet).addr) > 0 &&
	       net_addr_compare(ip, net_prefix_last(subnet)) < 0;
}

/*
 * Every address in the pool lies in the interface's subnet, is nobody's, and is not the subnet's
 * own.
 */
static void check_pool(struct rules *rules, const struct iface *on,
		       const struct topo_dhcp_server *dhcp, const struct xml_node *at)
{
	char addr[NET_TEXT], ip[NET_TEXT], text[IFACE_TEXT];
	size_t i;

	(void)net_prefix_text(on->address, addr);
	if (dhcp->first.family && !is_host_of(on->address, dhcp->first))
		xml_problem(rules->problems, at, "first",
			    "first %s is not a host address of the interface's subnet (%s)",
			    net_addr_text(dhcp->first, ip), addr);
	if (dhcp->last.family && !is_host_of(on->address, dhcp->last))
		xml_problem(rules->problems, at, "last",
			    "last %s is not a host address of the interface's subnet (%s)",
			    net_addr_text(dhcp->last, ip), addr);
	for (i = 0; i < rules->n_ifaces; i++) {
		const struct iface *iface = &rules->ifaces[i];

		if (iface->address.len && in_pool(dhcp, iface->address.addr))
			xml_problem(rules->problems, at, NULL,
				    "the pool contains %s, the address of '%s'",
				    net_addr_text(iface->address.addr, ip),
				    iface_text(rules, iface, text));
	}
}

static void check_options(struct rules *rules, const struct iface *on,
			  const struct topo_dhcp_server *dhcp, const struct xml_node *at)
{
	char ip[NET_TEXT];

	if (dhcp->router.family && !net_prefix_contains(on->address, dhcp->router))
		xml_problem(rules->problems, at, "router",
			    "router %s is not in the interface's subnet",
			    net_addr_text(dhcp->router, ip));
	else if (dhcp->router.family && !iface_with(rules, dhcp->router))
		xml_problem(rules->problems, at, "router", "router %s: no node has this address",
			    net_addr_text(dhcp->router, ip));
	if (dhcp->dns.family && !iface_with(rules, dhcp->dns))
		xml_problem(rules->problems, at, "dns", "dns %s: no node has this address",
			    net_addr_text(dhcp->dns, ip));
}

static void check_server(struct rules *rules, size_t node)
{
	const struct topo_dhcp_server *dhcp = &rules->topo->nodes[node].dhcp_server;
	const struct xml_node *at = role_at(rules, node, "dhcp-server");
	const struct iface *on;
	char first[NET_TEXT], last[NET_TEXT];

	if (!dhcp->on || !*dhcp->on)
		return;
	if (dhcp->first.family && dhcp->last.family &&
	    net_addr_compare(dhcp->first, dhcp->last) > 0)
		xml_problem(rules->problems, at, "first", "first %s comes after last %s",
			    net_addr_text(dhcp->first, first), net_addr_text(dhcp->last, last));
	on = iface_named(rules, node, dhcp->on);
	if (!on && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, "on", "there is no interface '%s' in node '%s'",
			    dhcp->on, rules->topo->nodes[node].name);
	if (!on)
		return;
	if (!on->address.len) {
		if (!xml_has_problem(rules->problems, on->at, "address"))
			xml_problem(rules->problems, at, "on",
				    "interface '%s' has no address to serve from", dhcp->on);
		return;
	}
	check_pool(rules, on, dhcp, at);
	check_options(rules, on, dhcp, at);
}

static bool is_served(const struct rules *rules, const struct iface *nic)
{
	size_t i;

	for (i = 0; i < rules->topo->n_nodes; i++) {
		const char *name = rules->topo->nodes[i].dhcp_server.on;
		const struct iface *on = name ? iface_named(rules, i, name) : NULL;

		if (on && on->domain == nic->domain)
			return true;
	}
	return false;
}

/* Every node and every end was understood: what is not there is really missing. */
static bool is_whole(const struct rules *rules)
{
	const struct topo *topo = rules->topo;
	size_t i, j;

	for (i = 0; i < topo->n_nodes; i++) {
		if (xml_tainted(rules->nodes[i]))
			return false;
	}
	for (i = 0; i < topo->n_links; i++) {
		for (j = 0; j < topo->links[i].n_ends; j++) {
			if (topo->links[i].ends[j].nic == SIZE_MAX)
				return false;
		}
	}
	return !xml_tainted(rules->root);
}

static void check_client(struct rules *rules, size_t node)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct xml_node *at = role_at(rules, node, "client");
	const struct topo_nic *from;
	const struct iface *nic;

	if (of->client.nic == SIZE_MAX)
		return;
	from = &of->nics[of->client.nic];
	nic = iface_of_nic(rules, node, of->client.nic);
	if (iface_above(rules, node, of->client.nic) != nic)
		xml_problem(rules->problems, at, "nic", "NIC '%s' is a port of a bridge",
			    nic->name);
	/* Without a link there is nobody at all, which has been said. */
	if (from->dhcp && from->link != SIZE_MAX && is_whole(rules) && !is_served(rules, nic))
		xml_problem(rules->problems, at, "nic",
			    "no dhcp-server hears the broadcasts of NIC '%s'", nic->name);
}

void rules_dhcp(struct rules *rules)
{
	size_t i;

	for (i = 0; i < rules->topo->n_nodes; i++) {
		check_server(rules, i);
		check_client(rules, i);
	}
}
