/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: bridges, their ports, and VLANs. */
#include <stdint.h>

#include "topo/rules.h"

static const struct topo_node *node_of(const struct rules *rules, const struct iface *iface)
{
	return &rules->topo->nodes[iface->node];
}

/* A port has no address of its own, and is in one bridge. */
static void check_port(struct rules *rules, const struct iface *bridge, size_t port)
{
	const struct topo_nic *nic = &node_of(rules, bridge)->nics[port];
	const struct iface *above = iface_above(rules, bridge->node, port);
	const char *attr = xml_attr(bridge->at, "ports") ? "ports" : NULL;

	if (nic->addresses.n)
		xml_problem(rules->problems, bridge->at, attr,
			    "port '%s' has an address: give that to the bridge instead", nic->name);
	if (above != bridge && above->kind == TOPO_IFACE_BRIDGE)
		xml_problem(rules->problems, bridge->at, attr,
			    "port '%s' is in bridge '%s' already", nic->name, above->name);
}

/* What is written in a <port>. */
static void check_element(struct rules *rules, const struct iface *bridge,
			  const struct xml_node *at)
{
	static const char *const tree[] = { "cost", "priority" };
	const char *nic = xml_attr(at, "nic");
	const struct xml_node *it;

	for (size_t i = 0; i < ARRAY_SIZE(tree) && !str_eq(xml_attr(bridge->at, "stp"), "yes"); i++)
		if (xml_attr(at, tree[i]))
			xml_problem(rules->problems, at, tree[i],
				    "only a port of a bridge with stp=\"yes\" has a %s", tree[i]);

	if (xml_attr(at, "vlan") && xml_attr(at, "trunk"))
		xml_problem(rules->problems, at, "trunk",
			    "a port is in one VLAN (vlan) or carries several (trunk)");
	if (xml_attr(at, "native") && !xml_attr(at, "trunk"))
		xml_problem(rules->problems, at, "native",
			    "only a trunk has a native VLAN; of another port it is vlan");
	xml_for_each(it, bridge->at, "port")
		if (it == at)
			break;
		else if (nic && str_eq(xml_attr(it, "nic"), nic)) {
			xml_problem(rules->problems, at, "nic", "a second port '%s'", nic);
			break;
		}
}

static void check_below(struct rules *rules, const struct iface *iface, unsigned int mtu,
			const struct topo_nic *nic)
{
	unsigned int least = topo_nic_mtu(rules->topo, nic);

	if (mtu > least)
		xml_problem(rules->problems, iface->at, "mtu",
			    "mtu %u is larger than that of '%s' below it, %u", mtu, nic->name,
			    least);
}

static void check_bridge(struct rules *rules, const struct iface *iface)
{
	const struct topo_bridge *bridge = &node_of(rules, iface)->bridges[iface->index];
	const struct xml_node *it;

	if (bridge->priority % 4096)
		xml_problem(rules->problems, iface->at, "priority",
			    "priority %u is not a multiple of 4096 (IEEE 802.1D, 17.14)",
			    bridge->priority);
	if (!bridge->stp && xml_attr(iface->at, "priority"))
		xml_problem(rules->problems, iface->at, "priority",
			    "only a bridge with stp=\"yes\" has a priority");
	for (size_t i = 0; i < bridge->n_ports; i++) {
		check_port(rules, iface, bridge->ports[i].nic);
		check_below(rules, iface, bridge->mtu,
			    &node_of(rules, iface)->nics[bridge->ports[i].nic]);
	}
	xml_for_each(it, iface->at, "port")
		check_element(rules, iface, it);
	if (!bridge->n_ports && !xml_tainted(iface->at) &&
	    !xml_has_problem(rules->problems, iface->at, "ports"))
		xml_problem(rules->problems, iface->at, NULL, "a bridge needs ports");
}

/* On one interface each ID is there once; a port's frames go to the bridge. */
static void check_vlan(struct rules *rules, const struct iface *iface)
{
	const struct topo_node *node = node_of(rules, iface);
	const struct topo_vlan *vlan = &node->vlans[iface->index];
	const struct iface *above;

	for (const struct topo_vlan *other = node->vlans; other != vlan; other++)
		if (vlan->id && other->id == vlan->id && other->nic == vlan->nic &&
		    other->bridge == vlan->bridge && (vlan->nic & vlan->bridge) != SIZE_MAX)
			xml_problem(rules->problems, iface->at, "id",
				    "VLAN %u is on that interface already, as '%s'", vlan->id,
				    other->name);
	if (vlan->bridge != SIZE_MAX) {
		const struct topo_bridge *bridge = &node->bridges[vlan->bridge];

		if (bridge->mtu && vlan->mtu > bridge->mtu)
			xml_problem(rules->problems, iface->at, "mtu",
				    "mtu %u is larger than that of '%s' below it, %u", vlan->mtu,
				    bridge->name, bridge->mtu);
		for (size_t i = 0; i < bridge->n_ports && !bridge->mtu; i++)
			check_below(rules, iface, vlan->mtu, &node->nics[bridge->ports[i].nic]);
	}
	if (vlan->nic == SIZE_MAX)
		return;
	check_below(rules, iface, vlan->mtu, &node->nics[vlan->nic]);
	above = iface_above(rules, iface->node, vlan->nic);
	if (above->kind == TOPO_IFACE_BRIDGE)
		xml_problem(rules->problems, iface->at, "on",
			    "'%s' is a port of bridge '%s': put the VLAN on that",
			    node->nics[vlan->nic].name, above->name);
	if (node->nics[vlan->nic].link != SIZE_MAX &&
	    rules->topo->links[node->nics[vlan->nic].link].kind == TOPO_LINK_WIFI)
		xml_problem(rules->problems, iface->at, "on",
			    "'%s' is a radio: labs have VLANs on wires and bridges only",
			    node->nics[vlan->nic].name);
}

void rules_bridges(struct rules *rules)
{
	for (size_t i = 0; i < rules->n_ifaces; i++) {
		if (rules->ifaces[i].kind == TOPO_IFACE_BRIDGE)
			check_bridge(rules, &rules->ifaces[i]);
		if (rules->ifaces[i].kind == TOPO_IFACE_VLAN)
			check_vlan(rules, &rules->ifaces[i]);
	}
}
