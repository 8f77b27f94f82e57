/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: NICs and bridges that ask for an address, and who hears them. */
#include <stdint.h>

#include "topo/rules.h"

static bool serves(const struct rules *rules, const struct iface *iface)
{
	const struct topo_node *node = &rules->topo->nodes[iface->node];

	for (size_t i = 0; i < node->n_dhcp_on; i++)
		if (str_eq(node->dhcp_on[i], iface->name))
			return true;
	return false;
}

bool iface_hears_dhcp(const struct rules *rules, const struct iface *iface)
{
	for (size_t i = 0; i < rules->n_ifaces; i++)
		if (rules->ifaces[i].domain == iface->domain && serves(rules, &rules->ifaces[i]))
			return true;
	return false;
}

bool rules_are_whole(const struct rules *rules)
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

static void check_asking(struct rules *rules, const struct iface *iface)
{
	const struct topo_node *node = &rules->topo->nodes[iface->node];
	const char *kind = topo_iface_kind_name(iface->kind);
	bool nic = iface->kind == TOPO_IFACE_NIC;

	if (topo_has_family(iface->addresses, NET_IPV4))
		xml_problem(rules->problems, iface->at, "dhcp",
			    "it has an IPv4 address: a %s has one or asks for one",
			    nic ? "NIC" : kind);
	else if (nic && node->nics[iface->index].link == SIZE_MAX)
		xml_problem(rules->problems, iface->at, "dhcp", "it is on no link");
	else if (nic && iface_above(rules, iface->node, iface->index) != iface)
		xml_problem(rules->problems, iface->at, "dhcp",
			    "it is a port of a bridge: that may ask for an address");
	else if (rules_are_whole(rules) && !iface_hears_dhcp(rules, iface))
		xml_problem(rules->problems, iface->at, "dhcp",
			    "no dhcp-server hears its broadcasts");
}

void rules_dhcp(struct rules *rules)
{
	for (size_t i = 0; i < rules->n_ifaces; i++) {
		const struct iface *iface = &rules->ifaces[i];
		const struct topo_node *node = &rules->topo->nodes[iface->node];
		const struct topo_iface of = { .kind = iface->kind, .index = iface->index };

		/* Of a client's NIC its role speaks. */
		if (topo_iface_asks_dhcp(node, &of) &&
		    !(of.kind == TOPO_IFACE_NIC && node->nics[of.index].station))
			check_asking(rules, iface);
	}
}
