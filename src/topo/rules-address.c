/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: addresses and MACs. */
#include <stdint.h>
#include <string.h>

#include "topo/private.h"
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

static void check_network(struct rules *rules, const struct iface_address *of)
{
	const struct topo_network *network = network_of(rules->topo, of->address.addr);
	char addr[NET_TEXT], prefix[NET_TEXT];
	bool near = !network;
	struct net_prefix missing = net_prefix_network(of->address);

	/* A network that could not be read may be the one. */
	if (near && (xml_tainted(rules->root) || unread_network(rules)))
		return;
	if (near)
		network = nearest_network(rules->topo, of->address.addr);
	if (near && network)
		xml_problem(rules->problems, of->iface->at, "address",
			    "address %s is in no network; network '%s' nearby is %s",
			    net_addr_text(of->address.addr, addr), network->name,
			    net_prefix_text(network->prefix, prefix));
	else if (near)
		xml_problem(rules->problems, of->iface->at, "address",
			    "address %s is in no network; add <network name=\"...\" "
			    "prefix=\"%s\"/>",
			    net_addr_text(of->address.addr, addr),
			    net_prefix_text(missing, prefix));
	else if (of->address.len < network->prefix.len)
		xml_problem(rules->problems, of->iface->at, "address",
			    "address %s has a shorter prefix than network '%s' (%s)",
			    net_prefix_text(of->address, addr), network->name,
			    net_prefix_text(network->prefix, prefix));
}

/* The address without host bits is that of all routers of the subnet (RFC 4291, 2.6.1), but on a
 * point-to-point link (RFC 6164). */
static void check_ipv6(struct rules *rules, const struct iface_address *of)
{
	struct net_addr ip = of->address.addr;
	char addr[NET_TEXT];

	(void)net_prefix_text(of->address, addr);
	if (net_addr_is_link_local(ip))
		xml_problem(rules->problems, of->iface->at, "address",
			    "address %s is link-local: each interface that speaks IPv6 makes "
			    "itself such a one",
			    addr);
	else if (of->address.len < 127 && net_addr_equal(ip, net_prefix_network(of->address).addr))
		xml_problem(rules->problems, of->iface->at, "address",
			    "address %s is the anycast address of the subnet's routers: its host "
			    "bits are all zero",
			    addr);
}

/*
 * The first and the last address of a subnet mean the subnet and everybody in it (RFC 950), but for
 * /31 and /32. False where the address is out of the question, wherever it lies.
 */
static bool check_host_bits(struct rules *rules, const struct iface_address *of)
{
	const struct xml_node *at = of->iface->at;
	struct net_addr ip = of->address.addr;
	char addr[NET_TEXT];

	(void)net_prefix_text(of->address, addr);
	if (!net_addr_is_host(ip)) {
		xml_problem(rules->problems, at, "address", "address %s cannot belong to a machine",
			    addr);
		return false;
	}
	if (of->iface->kind == TOPO_IFACE_LOOPBACK && of->address.len < net_bits(ip))
		xml_problem(rules->problems, at, "address",
			    "address %s is on no wire: it stands alone, with prefix length %u",
			    addr, net_bits(ip));
	else if (ip.family == NET_IPV6)
		check_ipv6(rules, of);
	else if (of->address.len < 31 && net_addr_equal(ip, net_prefix_network(of->address).addr))
		xml_problem(rules->problems, at, "address",
			    "address %s is the subnet's own address: its host bits are all zero",
			    addr);
	else if (of->address.len < 31 && net_addr_equal(ip, net_prefix_last(of->address)))
		xml_problem(
			rules->problems, at, "address",
			"address %s is the subnet's broadcast address: its host bits are all one",
			addr);
	return true;
}

/* An address is one machine's where its frames go: other wires are other places. */
static void check_equal_address(struct rules *rules, const struct iface_address *of)
{
	char addr[NET_TEXT], text[IFACE_TEXT];
	const struct iface_address *first;

	for (first = rules->addresses; first != of; first++) {
		bool meant = first->iface->addresses->duplicate || of->iface->addresses->duplicate;

		if (!net_addr_equal(first->address.addr, of->address.addr))
			continue;
		(void)net_addr_text(of->address.addr, addr);
		(void)iface_text(rules, first->iface, text);
		if (first->iface->node == of->iface->node)
			xml_problem(rules->problems, of->iface->at, "address",
				    "address %s is already used by '%s'", addr, text);
		else if (first->iface->domain == of->iface->domain && !meant)
			xml_problem(rules->problems, of->iface->at, "address",
				    "address %s is already used by '%s' on the same wire; "
				    "duplicate=\"yes\" would say that it is meant",
				    addr, text);
		else
			continue;
		return;
	}
}

/*
 * Of each address a number, equal for those that are together on a wire: of one subnet, or on one
 * interface, which is in both subnets.
 */
static size_t *find_wires(const struct rules *rules)
{
	size_t *wires = xcalloc(rules->n_addresses + 1, sizeof(*wires));

	for (size_t i = 0; i < rules->n_addresses; i++) {
		const struct iface_address *a = &rules->addresses[i];

		wires[i] = i;
		for (size_t j = 0; j < i; j++) {
			const struct iface_address *b = &rules->addresses[j];
			size_t from = wires[j];

			if (from == wires[i] || a->iface->domain != b->iface->domain ||
			    a->address.addr.family != b->address.addr.family ||
			    (a->iface != b->iface && !net_prefix_same(a->address, b->address)))
				continue;
			for (size_t k = 0; k <= i; k++)
				wires[k] = wires[k] == from ? wires[i] : wires[k];
		}
	}
	return wires;
}

/* On one wire there is one subnet, or its ends do not hear each other. */
static void check_wire(struct rules *rules, const size_t *wires, size_t index)
{
	const struct iface_address *of = &rules->addresses[index];
	char mine[NET_TEXT], theirs[NET_TEXT], text[IFACE_TEXT];

	if (index && of[-1].iface == of->iface &&
	    of[-1].address.addr.family == of->address.addr.family)
		return; /* said of the first */
	for (size_t i = 0; i < index; i++) {
		const struct iface_address *other = &rules->addresses[i];

		if (other->iface->domain != of->iface->domain ||
		    other->address.addr.family != of->address.addr.family ||
		    net_addr_equal(other->address.addr, of->address.addr))
			continue;
		if (wires[i] != wires[index])
			xml_problem(rules->problems, of->iface->at, "address",
				    "address %s is not in the subnet of '%s' on the same wire, "
				    "which has %s",
				    net_prefix_text(of->address, mine),
				    iface_text(rules, other->iface, text),
				    net_prefix_text(other->address, theirs));
		return;
	}
}

static bool overlap(struct net_prefix a, struct net_prefix b)
{
	return net_prefix_contains(a, b.addr) || net_prefix_contains(b, a.addr);
}

/* One node has a subnet on one wire. */
static void check_overlap(struct rules *rules, const struct iface_address *of)
{
	char mine[NET_TEXT], theirs[NET_TEXT];

	for (const struct iface_address *other = rules->addresses; other != of; other++) {
		if (other->iface->node == of->iface->node &&
		    other->iface->domain != of->iface->domain &&
		    other->iface->kind != TOPO_IFACE_LOOPBACK &&
		    of->iface->kind != TOPO_IFACE_LOOPBACK &&
		    !net_addr_equal(other->address.addr, of->address.addr) &&
		    overlap(other->address, of->address))
			xml_problem(rules->problems, of->iface->at, "address",
				    "address %s overlaps the subnet of '%s' (%s) in the same node",
				    net_prefix_text(of->address, mine), other->iface->name,
				    net_prefix_text(other->address, theirs));
	}
}

static bool is_port_of(const struct rules *rules, const struct iface *nic,
		       const struct iface *bridge)
{
	return nic->node == bridge->node && nic->kind == TOPO_IFACE_NIC &&
	       bridge->kind == TOPO_IFACE_BRIDGE &&
	       iface_above(rules, nic->node, nic->index) == bridge;
}

static bool is_derived(const struct rules *rules, const struct iface *iface)
{
	return iface->kind == TOPO_IFACE_NIC &&
	       !rules->topo->nodes[iface->node].nics[iface->index].mac_given;
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

/* Each address is compared with each. */
static bool too_many(struct rules *rules)
{
	bool found = false;

	for (size_t node = 0; node < rules->topo->n_nodes; node++) {
		size_t n = 0;

		for (size_t i = rules->first[node]; i < rules->first[node + 1]; i++)
			n += rules->ifaces[i].addresses->n;
		if (n > ADDRESSES_MAX)
			xml_problem(rules->problems, rules->nodes[node], NULL,
				    "more than %d addresses in one node", ADDRESSES_MAX);
		found |= n > ADDRESSES_MAX;
	}
	return found;
}

void rules_addresses(struct rules *rules)
{
	bool stop = too_many(rules);
	auto_free size_t *wires = stop ? NULL : find_wires(rules);

	for (size_t i = 0; i < rules->n_ifaces; i++)
		if (!net_mac_is_zero(rules->ifaces[i].mac))
			check_mac(rules, &rules->ifaces[i]);
	for (size_t i = 0; i < rules->n_addresses && !stop; i++) {
		if (check_host_bits(rules, &rules->addresses[i]) &&
		    !net_addr_is_link_local(rules->addresses[i].address.addr))
			check_network(rules, &rules->addresses[i]);
		check_equal_address(rules, &rules->addresses[i]);
		check_wire(rules, wires, i);
		check_overlap(rules, &rules->addresses[i]);
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
