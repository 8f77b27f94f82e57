/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which interfaces hear each other's broadcasts.
 *
 * Each NIC and each bridge has a plane for each VLAN that the lab uses, and one for frames without
 * a tag. What joins two of them joins some of their planes: a wire all, each with its like; a port
 * of a bridge with VLANs those that it carries, its untagged frames to the plane of its VLAN.
 */
#include <stdint.h>
#include <stdlib.h>

#include "topo/private.h"

struct planes {
	const struct topo *topo;
	size_t *first; /* of each node: where its NICs, then its bridges, begin */
	uint16_t tags[VLANS_MAX + 1];
	size_t n_tags, n_vlans; /* the first is 0: no tag */
	uint32_t *up;           /* by plane: one that it is joined to, itself at the end */
};

static size_t tag_index(const struct planes *p, uint16_t tag)
{
	for (size_t i = 0; i < p->n_tags; i++)
		if (p->tags[i] == tag)
			return i;
	return SIZE_MAX;
}

static void add_tag(struct planes *p, uint16_t tag)
{
	if (tag && tag_index(p, tag) == SIZE_MAX && p->n_vlans++ < VLANS_MAX)
		p->tags[p->n_tags++] = tag;
}

static void find_tags(struct planes *p, const struct topo_node *node)
{
	for (size_t i = 0; i < node->n_vlans; i++)
		add_tag(p, node->vlans[i].id);
	for (size_t i = 0; i < node->n_bridges; i++) {
		const struct topo_bridge *bridge = &node->bridges[i];

		if (bridge->vlans)
			add_tag(p, VLAN_DEFAULT);
		for (size_t j = 0; j < bridge->n_ports; j++) {
			add_tag(p, bridge->ports[j].vlan);
			for (size_t k = 0; k < bridge->ports[j].n_trunk; k++)
				add_tag(p, bridge->ports[j].trunk[k]);
		}
	}
}

/* SIZE_MAX where the tag is one too many. */
static size_t plane_of(const struct planes *p, size_t member, uint16_t tag)
{
	size_t index = tag_index(p, tag);

	return index == SIZE_MAX ? SIZE_MAX : member * p->n_tags + index;
}

static uint32_t root_of(struct planes *p, size_t plane)
{
	while (p->up[plane] != plane)
		plane = p->up[plane] = p->up[p->up[plane]];
	return (uint32_t)plane;
}

static void join(struct planes *p, size_t a, size_t b)
{
	if (a != SIZE_MAX && b != SIZE_MAX)
		p->up[root_of(p, a)] = root_of(p, b);
}

static size_t nic_at(const struct planes *p, size_t node, size_t nic)
{
	return p->first[node] + nic;
}

static size_t bridge_at(const struct planes *p, size_t node, size_t bridge)
{
	return p->first[node] + p->topo->nodes[node].n_nics + bridge;
}

static void join_all(struct planes *p, size_t a, size_t b)
{
	for (size_t i = 0; i < p->n_tags; i++)
		join(p, a * p->n_tags + i, b * p->n_tags + i);
}

static void join_port(struct planes *p, size_t nic, size_t bridge, const struct topo_port *port)
{
	if (port->vlan)
		join(p, plane_of(p, nic, 0), plane_of(p, bridge, port->vlan));
	for (size_t i = 0; i < port->n_trunk; i++)
		if (port->trunk[i] != port->vlan)
			join(p, plane_of(p, nic, port->trunk[i]),
			     plane_of(p, bridge, port->trunk[i]));
}

static void join_node(struct planes *p, size_t node)
{
	const struct topo_node *of = &p->topo->nodes[node];

	for (size_t i = 0; i < of->n_bridges; i++) {
		const struct topo_bridge *bridge = &of->bridges[i];
		size_t at = bridge_at(p, node, i);

		if (bridge->vlans)
			join(p, plane_of(p, at, 0), plane_of(p, at, VLAN_DEFAULT));
		for (size_t j = 0; j < bridge->n_ports; j++) {
			size_t nic = nic_at(p, node, bridge->ports[j].nic);

			if (bridge->vlans)
				join_port(p, nic, at, &bridge->ports[j]);
			else
				join_all(p, nic, at);
		}
	}
}

static void join_link(struct planes *p, const struct topo_link *link)
{
	for (size_t i = 0; i < link->n_ends; i++) {
		const struct topo_end *end = &link->ends[i];
		size_t j = 0;

		/* To the first end before it that it hears. */
		while (j < i &&
		       (link->ends[j].nic == SIZE_MAX || !topo_together(link, &link->ends[j], end)))
			j++;
		if (j < i && end->nic != SIZE_MAX)
			join_all(p, nic_at(p, link->ends[j].node, link->ends[j].nic),
				 nic_at(p, end->node, end->nic));
	}
}

/* The plane that an interface is on; SIZE_MAX: none that others are on. */
static size_t plane_under(const struct planes *p, size_t node, const struct topo_iface *iface)
{
	const struct topo_vlan *vlan = &p->topo->nodes[node].vlans[iface->index];

	switch (iface->kind) {
	case TOPO_IFACE_NIC:
		return plane_of(p, nic_at(p, node, iface->index), 0);
	case TOPO_IFACE_BRIDGE:
		return plane_of(p, bridge_at(p, node, iface->index), 0);
	case TOPO_IFACE_VLAN:
		if (vlan->nic != SIZE_MAX)
			return plane_of(p, nic_at(p, node, vlan->nic), vlan->id);
		if (vlan->bridge != SIZE_MAX)
			return plane_of(p, bridge_at(p, node, vlan->bridge), vlan->id);
		break;
	case TOPO_IFACE_LOOPBACK:
		break;
	}
	return SIZE_MAX;
}

static void set_domain(struct topo_node *node, const struct topo_iface *iface, size_t domain)
{
	switch (iface->kind) {
	case TOPO_IFACE_NIC:
		node->nics[iface->index].domain = domain;
		break;
	case TOPO_IFACE_BRIDGE:
		node->bridges[iface->index].domain = domain;
		break;
	case TOPO_IFACE_VLAN:
		node->vlans[iface->index].domain = domain;
		break;
	case TOPO_IFACE_LOOPBACK:
		node->loopback_domain = domain;
		break;
	}
}

/* A domain's number is that of the first interface in it, among all of the lab. */
static void number(struct planes *p, struct topo *topo)
{
	size_t n = 0, n_planes = p->first[topo->n_nodes] * p->n_tags;
	auto_free size_t *numbers = xcalloc(n_planes + 1, sizeof(*numbers)); /* by root, 0: none */
	struct topo_iface iface;

	for (size_t i = 0; i < topo->n_nodes; i++)
		for (size_t j = 0; topo_iface(&topo->nodes[i], j, &iface); j++, n++) {
			size_t plane = plane_under(p, i, &iface);
			size_t *known = plane == SIZE_MAX ? NULL : &numbers[root_of(p, plane)];

			if (known && !*known)
				*known = n + 1;
			set_domain(&topo->nodes[i], &iface, known ? *known - 1 : n);
		}
}

size_t load_vlans(const struct topo *topo, uint16_t ret[VLANS_MAX])
{
	struct planes p = { .topo = topo, .n_tags = 1 };

	for (size_t i = 0; i < topo->n_nodes; i++)
		find_tags(&p, &topo->nodes[i]);
	memcpy(ret, p.tags + 1, (p.n_tags - 1) * sizeof(*ret));
	return p.n_tags - 1;
}

size_t load_domains(struct topo *topo)
{
	auto_free size_t *first = xcalloc(topo->n_nodes + 1, sizeof(*first));
	auto_free uint32_t *up = NULL;
	struct planes p = { .topo = topo, .first = first, .n_tags = 1 };
	size_t n;

	for (size_t i = 0; i < topo->n_nodes; i++) {
		find_tags(&p, &topo->nodes[i]);
		first[i + 1] = first[i] + topo->nodes[i].n_nics + topo->nodes[i].n_bridges;
	}
	n = first[topo->n_nodes] * p.n_tags;
	p.up = up = xcalloc(n + 1, sizeof(*up));
	for (size_t i = 0; i < n; i++)
		up[i] = (uint32_t)i;
	for (size_t i = 0; i < topo->n_nodes; i++)
		join_node(&p, i);
	for (size_t i = 0; i < topo->n_links; i++)
		join_link(&p, &topo->links[i]);
	number(&p, topo);
	return p.n_vlans;
}
