/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: NICs that ask for an address, and who hears them. */
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

static void check_nic(struct rules *rules, const struct topo_nic *nic, const struct iface *iface)
{
	for (size_t i = 0; i < nic->addresses.n; i++)
		if (nic->addresses.list[i].addr.family == NET_IPV4) {
			xml_problem(rules->problems, iface->at, "dhcp",
				    "it has an IPv4 address: a NIC has one or asks for one");
			return;
		}
	if (nic->link == SIZE_MAX)
		xml_problem(rules->problems, iface->at, "dhcp", "it is on no link");
	else if (iface_above(rules, iface->node, iface->index) != iface)
		xml_problem(rules->problems, iface->at, "dhcp", "it is a port of a bridge");
	else if (rules_are_whole(rules) && !iface_hears_dhcp(rules, iface))
		xml_problem(rules->problems, iface->at, "dhcp",
			    "no dhcp-server hears its broadcasts");
}

void rules_dhcp(struct rules *rules)
{
	for (size_t i = 0; i < rules->n_ifaces; i++) {
		const struct iface *iface = &rules->ifaces[i];
		const struct topo_nic *nic = NULL;

		if (iface->kind == TOPO_IFACE_NIC)
			nic = &rules->topo->nodes[iface->node].nics[iface->index];
		/* Of a client's NIC its role speaks. */
		if (nic && nic->dhcp && !nic->station)
			check_nic(rules, nic, iface);
	}
}
