/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All interfaces of a topology, and questions about them. */
#include <stdint.h>
#include <stdio.h>

#include "topo/rules.h"

static void add_ifaces(struct rules *rules, size_t node)
{
	struct topo_iface from;

	for (size_t i = 0; topo_iface(&rules->topo->nodes[node], i, &from); i++) {
		struct iface *iface = array_add(rules->ifaces, rules->n_ifaces);

		iface->node = node;
		iface->kind = from.kind;
		iface->index = from.index;
		iface->name = from.name;
		iface->addresses = from.addresses;
		iface->mac = from.mac;
		iface->at = xml_child_at(rules->nodes[node], topo_iface_kind_name(from.kind),
					 from.index);
		iface->domain = from.domain;
	}
}

static void add_addresses(struct rules *rules)
{
	for (size_t i = 0; i < rules->n_ifaces; i++) {
		const struct iface *iface = &rules->ifaces[i];

		for (size_t j = 0; j < iface->addresses->n; j++)
			*array_add(rules->addresses, rules->n_addresses) =
				(struct iface_address){ iface, iface->addresses->list[j] };
	}
}

static struct iface *nic_of(const struct rules *rules, size_t node, size_t nic)
{
	return nic < rules->topo->nodes[node].n_nics ? &rules->ifaces[rules->first[node] + nic]
						     : NULL;
}

const struct iface *iface_of_nic(const struct rules *rules, size_t node, size_t nic)
{
	return nic_of(rules, node, nic);
}

void iface_find_all(struct rules *rules)
{
	const struct topo *topo = rules->topo;

	rules->first = xcalloc(topo->n_nodes + 1, sizeof(*rules->first));
	for (size_t i = 0; i < topo->n_nodes; i++) {
		add_ifaces(rules, i);
		rules->first[i + 1] = rules->n_ifaces;
	}
	add_addresses(rules);
}

const struct iface *iface_named(const struct rules *rules, size_t node, const char *name)
{
	for (size_t i = rules->first[node]; i < rules->first[node + 1]; i++)
		if (str_eq(rules->ifaces[i].name, name))
			return &rules->ifaces[i];
	return NULL;
}

const struct iface *iface_above(const struct rules *rules, size_t node, size_t nic)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	size_t i, j;

	for (i = 0; i < of->n_bridges; i++) {
		for (j = 0; j < of->bridges[i].n_ports; j++) {
			if (of->bridges[i].ports[j].nic == nic)
				return iface_named(rules, node, of->bridges[i].name);
		}
	}
	return nic_of(rules, node, nic);
}

char *iface_free_name(const struct rules *rules, size_t node, const char *name)
{
	int letters = (int)strcspn(name, "0123456789");

	for (unsigned int i = 0;; i++) {
		auto_free char *other = xasprintf("%.*s%u", letters, name, i);

		if (!iface_named(rules, node, other))
			return take_ptr(other);
	}
}

bool node_has_address(const struct rules *rules, size_t node)
{
	for (size_t i = rules->first[node]; i < rules->first[node + 1]; i++)
		if (rules->ifaces[i].addresses->n)
			return true;
	return false;
}

const struct iface *iface_with(const struct rules *rules, struct net_addr ip)
{
	size_t i;

	for (i = 0; i < rules->n_addresses; i++) {
		if (net_addr_equal(rules->addresses[i].address.addr, ip))
			return rules->addresses[i].iface;
	}
	return NULL;
}

const struct iface *iface_on(const struct rules *rules, size_t domain, struct net_addr ip)
{
	for (size_t i = 0; i < rules->n_addresses; i++)
		if (rules->addresses[i].iface->domain == domain &&
		    net_addr_equal(rules->addresses[i].address.addr, ip))
			return rules->addresses[i].iface;
	return NULL;
}

const struct iface *iface_reached(const struct rules *rules, size_t node, struct net_addr ip)
{
	const struct iface *out = iface_towards(rules, node, ip);
	const struct iface *there = out ? iface_on(rules, out->domain, ip) : NULL;

	return there ? there : iface_with(rules, ip);
}

const struct net_prefix *iface_subnet(const struct iface *iface, struct net_addr ip)
{
	for (size_t i = 0; i < iface->addresses->n; i++)
		if (net_prefix_contains(iface->addresses->list[i], ip))
			return &iface->addresses->list[i];
	return NULL;
}

const struct iface *iface_towards(const struct rules *rules, size_t node, struct net_addr ip)
{
	for (size_t i = rules->first[node]; i < rules->first[node + 1]; i++) {
		const struct iface *iface = &rules->ifaces[i];

		if (iface_subnet(iface, ip))
			return iface;
	}
	return NULL;
}

const char *iface_text(const struct rules *rules, const struct iface *iface, char buf[IFACE_TEXT])
{
	(void)snprintf(buf, IFACE_TEXT, "%.40s:%.20s", rules->topo->nodes[iface->node].name,
		       iface->name);
	return buf;
}
