/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: addresses and MACs. */
#include <stdint.h>
#include <string.h>

#include "topo/rules.h"

/* The smallest block that holds the address; NULL when none does. */
static const struct topo_network *network_of(const struct topo *topo, struct net_addr ip)
{
	const struct topo_network *best = NULL;
	size_t i;

	for (i = 0; i < topo->n_networks; i++) {
		const struct topo_network *network = &topo->networks[i];

		if (*network->name && !net_addr_is_unspecified(network->prefix.addr) &&
		    net_prefix_contains(network->prefix, ip) &&
		    (!best || network->prefix.len > best->prefix.len))
			best = network;
	}
	return best;
}

/* The block that was probably meant: the one whose prefix is equal over the most bits. */
static const struct topo_network *nearest_network(const struct topo *topo, struct net_addr ip)
{
	const struct topo_network *best = NULL;
	unsigned int best_common = 0;

	for (size_t i = 0; i < topo->n_networks; i++) {
		const struct net_prefix *prefix = &topo->networks[i].prefix;
		unsigned int common = net_addr_common(prefix->addr, ip);

		/* As near as the block next to it, or in the same 2^16 addresses; else it is no
		 * guess. */
		if (*topo->networks[i].name && !net_addr_is_unspecified(prefix->addr) &&
		    common > best_common && common + 1 >= (prefix->len < 17 ? prefix->len : 17)) {
			best = &topo->networks[i];
			best_common = common;
		}
	}
	return best;
}

/* Whether there is a network whose prefix is wrong, which was said. */
static bool unread_network(const struct rules *rules)
{
	struct xml_node *it;

	xml_for_each(it, rules->root, "network") {
		if (xml_has_problem(rules->problems, it, "prefix"))
			return true;
	}
	return false;
}

static void check_network(struct rules *rules, const struct iface *iface)
{
	const struct topo_network *network = network_of(rules->topo, iface->address.addr);
	char addr[NET_TEXT], prefix[NET_TEXT];
	bool near = !network;
	struct net_prefix missing = net_prefix_network(iface->address);

	/* A network that could not be read may be the one. */
	if (near && (xml_tainted(rules->root) || unread_network(rules)))
		return;
	if (near)
		network = nearest_network(rules->topo, iface->address.addr);
	if (near && network)
		xml_problem(rules->problems, iface->at, "address",
			    "address %s is in no network; network '%s' nearby is %s",
			    net_addr_text(iface->address.addr, addr), network->name,
			    net_prefix_text(network->prefix, prefix));
	else if (near)
		xml_problem(rules->problems, iface->at, "address",
			    "address %s is in no network; add <network name=\"...\" "
			    "prefix=\"%s\"/>",
			    net_addr_text(iface->address.addr, addr),
			    net_prefix_text(missing, prefix));
	else if (iface->address.len < network->prefix.len)
		xml_problem(rules->problems, iface->at, "address",
			    "address %s has a shorter prefix than network '%s' (%s)",
			    net_prefix_text(iface->address, addr), network->name,
			    net_prefix_text(network->prefix, prefix));
}

/*
 * The first and the last address of a subnet mean the subnet and everybody in it (RFC 950), but for
 * /31 and /32. False where the address is out of the question, wherever it lies.
 */
static bool check_host_bits(struct rules *rules, const struct iface *iface)
{
	struct net_addr ip = iface->address.addr;
	char addr[NET_TEXT];

	(void)net_prefix_text(iface->address, addr);
	if (!net_addr_is_host(ip)) {
		xml_problem(rules->problems, iface->at, "address",
			    "address %s cannot belong to a machine", addr);
		return false;
	}
	if (iface->address.len < 31 && net_addr_equal(ip, net_prefix_network(iface->address).addr))
		xml_problem(rules->problems, iface->at, "address",
			    "address %s is the subnet's own address: its host bits are all zero",
			    addr);
	else if (iface->address.len < 31 && net_addr_equal(ip, net_prefix_last(iface->address)))
		xml_problem(
			rules->problems, iface->at, "address",
			"address %s is the subnet's broadcast address: its host bits are all one",
			addr);
	return true;
}

static void check_equal_address(struct rules *rules, const struct iface *iface)
{
	const struct iface *first = iface_with(rules, iface->address.addr);
	char addr[NET_TEXT], text[IFACE_TEXT];

	if (first != iface)
		xml_problem(
			rules->problems, iface->at, "address", "address %s is already used by '%s'",
			net_addr_text(iface->address.addr, addr), iface_text(rules, first, text));
}

/*
 * On one wire there is one subnet, or its ends do not hear each other; and one node has it on one
 * interface.
 */
static void check_subnet(struct rules *rules, const struct iface *iface)
{
	char mine[NET_TEXT], theirs[NET_TEXT], text[IFACE_TEXT];
	bool compared = false;
	size_t i;

	for (i = 0; &rules->ifaces[i] != iface; i++) {
		const struct iface *other = &rules->ifaces[i];
		bool together = other->domain == iface->domain;

		if (!other->address.len || net_addr_equal(other->address.addr, iface->address.addr))
			continue;
		if (together && !compared && !net_prefix_same(other->address, iface->address))
			xml_problem(rules->problems, iface->at, "address",
				    "address %s is not in the subnet of '%s' on the same wire, "
				    "which has %s",
				    net_prefix_text(iface->address, mine),
				    iface_text(rules, other, text),
				    net_prefix_text(other->address, theirs));
		if (!together && other->node == iface->node &&
		    (net_prefix_contains(other->address, iface->address.addr) ||
		     net_prefix_contains(iface->address, other->address.addr)))
			xml_problem(rules->problems, iface->at, "address",
				    "address %s overlaps the subnet of '%s' (%s) in the same node",
				    net_prefix_text(iface->address, mine), other->name,
				    net_prefix_text(other->address, theirs));
		compared |= together;
	}
}

static bool is_port_of(const struct rules *rules, const struct iface *nic,
		       const struct iface *bridge)
{
	return nic->node == bridge->node && !nic->bridge && bridge->bridge &&
	       iface_above(rules, nic->node, nic->index) == bridge;
}

static bool is_derived(const struct rules *rules, const struct iface *iface)
{
	return !iface->bridge && !rules->topo->nodes[iface->node].nics[iface->index].mac_given;
}

/* A bridge may have the MAC of one of its ports, as Linux does it by itself. */
static void check_mac(struct rules *rules, const struct iface *iface)
{
	char mac[NET_TEXT], text[IFACE_TEXT];
	size_t i;

	for (i = 0; &rules->ifaces[i] != iface; i++) {
		const struct iface *other = &rules->ifaces[i];

		if (net_mac_is_zero(other->mac) || !net_mac_equal(other->mac, iface->mac) ||
		    is_port_of(rules, other, iface))
			continue;
		/* Two derived ones are equal when the names are, which has been said. */
		if (is_derived(rules, iface) && is_derived(rules, other) &&
		    str_eq(iface->name, other->name))
			continue;
		xml_problem(rules->problems, iface->at, "mac", "mac %s is already used by '%s'",
			    net_mac_text(iface->mac, mac), iface_text(rules, other, text));
		return;
	}
}

void rules_addresses(struct rules *rules)
{
	size_t i;

	for (i = 0; i < rules->n_ifaces; i++) {
		const struct iface *iface = &rules->ifaces[i];

		if (!net_mac_is_zero(iface->mac))
			check_mac(rules, iface);
		if (!iface->address.len)
			continue;
		if (check_host_bits(rules, iface))
			check_network(rules, iface);
		check_equal_address(rules, iface);
		check_subnet(rules, iface);
	}
}

void rules_need_address(struct rules *rules, size_t node, const struct xml_node *at,
			const char *what)
{
	if (node_has_address(rules, node) || xml_tainted(rules->nodes[node]))
		return;
	for (size_t i = rules->first[node]; i < rules->first[node + 1]; i++)
		if (xml_has_problem(rules->problems, rules->ifaces[i].at, "address"))
			return;
	xml_problem(rules->problems, at, NULL,
		    "a %s needs an address, and no interface of node '%s' has one", what,
		    rules->topo->nodes[node].name);
}
