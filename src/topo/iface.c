/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All interfaces of a topology, and which of them hear each other's broadcasts. */
#include <stdint.h>
#include <stdio.h>

#include "topo/rules.h"

static struct iface *add_iface(struct rules *rules, size_t node, size_t index, const char *kind)
{
	struct iface *iface = array_add(rules->ifaces, rules->n_ifaces);

	iface->node = node;
	iface->index = index;
	iface->at = xml_child_at(rules->nodes[node], kind, index);
	return iface;
}

static void add_ifaces(struct rules *rules, size_t node)
{
	const struct topo_node *from = &rules->topo->nodes[node];
	struct iface *iface;
	size_t i;

	for (i = 0; i < from->n_nics; i++) {
		iface = add_iface(rules, node, i, "nic");
		iface->name = from->nics[i].name;
		iface->address = from->nics[i].address;
		iface->mac = from->nics[i].mac;
	}
	for (i = 0; i < from->n_bridges; i++) {
		iface = add_iface(rules, node, i, "bridge");
		iface->bridge = true;
		iface->name = from->bridges[i].name;
		iface->address = from->bridges[i].address;
		iface->mac = from->bridges[i].mac;
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

/* Domains that turn out to be one: all of the one take the number of the other. */
static void join(struct rules *rules, const struct iface *a, const struct iface *b)
{
	size_t from, to, i;

	if (!a || !b)
		return;
	from = a->domain;
	to = b->domain;
	for (i = 0; i < rules->n_ifaces; i++) {
		if (rules->ifaces[i].domain == from)
			rules->ifaces[i].domain = to;
	}
}

static const struct iface *end_of(const struct rules *rules, const struct topo_end *end)
{
	return end->nic == SIZE_MAX ? NULL : nic_of(rules, end->node, end->nic);
}

void iface_find_all(struct rules *rules)
{
	const struct topo *topo = rules->topo;
	size_t i, j;

	rules->first = xcalloc(topo->n_nodes + 1, sizeof(*rules->first));
	for (i = 0; i < topo->n_nodes; i++) {
		add_ifaces(rules, i);
		rules->first[i + 1] = rules->n_ifaces;
	}
	for (i = 0; i < rules->n_ifaces; i++)
		rules->ifaces[i].domain = i;
	for (i = 0; i < rules->n_ifaces; i++) {
		const struct iface *iface = &rules->ifaces[i];
		const struct topo_bridge *bridge;

		if (!iface->bridge)
			continue;
		bridge = &topo->nodes[iface->node].bridges[iface->index];
		for (j = 0; j < bridge->n_ports; j++)
			join(rules, iface, nic_of(rules, iface->node, bridge->ports[j]));
	}
	for (i = 0; i < topo->n_links; i++) {
		const struct topo_link *link = &topo->links[i];

		for (j = 1; j < link->n_ends; j++)
			join(rules, end_of(rules, &link->ends[0]), end_of(rules, &link->ends[j]));
	}
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
			if (of->bridges[i].ports[j] == nic)
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
		if (rules->ifaces[i].address.len)
			return true;
	return false;
}

const struct iface *iface_with(const struct rules *rules, struct net_addr ip)
{
	size_t i;

	for (i = 0; i < rules->n_ifaces; i++) {
		if (rules->ifaces[i].address.len &&
		    net_addr_equal(rules->ifaces[i].address.addr, ip))
			return &rules->ifaces[i];
	}
	return NULL;
}

const struct iface *iface_towards(const struct rules *rules, size_t node, struct net_addr ip)
{
	for (size_t i = rules->first[node]; i < rules->first[node + 1]; i++) {
		const struct iface *iface = &rules->ifaces[i];

		if (iface->address.len && net_prefix_contains(iface->address, ip))
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
