/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions about a topology. */
#include <limits.h>
#include <stdint.h>

#include "topo/role.h"

const void *topo_model(const struct topo_node *node, const char *role)
{
	for (size_t i = 0; i < node->n_parts; i++)
		if (str_eq(node->parts[i].role->name, role))
			return node->parts[i].model;
	return NULL;
}

bool topo_iface(const struct topo_node *node, size_t i, struct topo_iface *ret)
{
	if (i < node->n_nics) {
		const struct topo_nic *nic = &node->nics[i];

		*ret = (struct topo_iface){ TOPO_IFACE_NIC,  i,          nic->name, nic->mac,
					    &nic->addresses, nic->domain };
		return true;
	}
	i -= node->n_nics;
	if (i < node->n_bridges) {
		const struct topo_bridge *bridge = &node->bridges[i];

		*ret = (struct topo_iface){ TOPO_IFACE_BRIDGE,  i,
					    bridge->name,       bridge->mac,
					    &bridge->addresses, bridge->domain };
		return true;
	}
	i -= node->n_bridges;
	if (i < node->n_vlans) {
		*ret = (struct topo_iface){ .kind = TOPO_IFACE_VLAN,
					    .index = i,
					    .name = node->vlans[i].name,
					    .addresses = &node->vlans[i].addresses,
					    .domain = node->vlans[i].domain };
		return true;
	}
	i -= node->n_vlans;
	if (i > 0 || !node->loopback.n)
		return false;
	*ret = (struct topo_iface){ .kind = TOPO_IFACE_LOOPBACK,
				    .name = "lo",
				    .addresses = &node->loopback,
				    .domain = node->loopback_domain };
	return true;
}

const char *topo_iface_name(const struct topo_node *node, size_t i)
{
	struct topo_iface iface;

	return topo_iface(node, i, &iface) ? iface.name : "";
}

const char *topo_iface_kind_name(enum topo_iface_kind kind)
{
	static const char *const names[] = { "nic", "bridge", "vlan", "loopback" };

	return names[kind];
}

const char *topo_route_kind_name(enum topo_route_kind kind)
{
	static const char *const names[] = {
		[TOPO_ROUTE_VIA] = "via",
		[TOPO_ROUTE_BLACKHOLE] = "blackhole",
		[TOPO_ROUTE_UNREACHABLE] = "unreachable",
		[TOPO_ROUTE_PROHIBIT] = "prohibit",
	};

	return names[kind];
}

bool topo_has_family(const struct topo_addresses *addresses, enum net_family family)
{
	for (size_t i = 0; i < addresses->n; i++)
		if (addresses->list[i].addr.family == family)
			return true;
	return false;
}

bool topo_iface_speaks_ipv6(const struct topo_node *node, const struct topo_iface *iface)
{
	if (topo_has_family(iface->addresses, NET_IPV6))
		return true;
	return iface->kind == TOPO_IFACE_NIC && node->nics[iface->index].slaac;
}

bool topo_speaks_ipv6(const struct topo_node *node)
{
	struct topo_iface iface;

	for (size_t i = 0; topo_iface(node, i, &iface); i++)
		if (topo_iface_speaks_ipv6(node, &iface))
			return true;
	return false;
}

unsigned int topo_ra_says(const struct topo_node *node, const char *name)
{
	for (size_t i = 0; i < node->n_ra; i++)
		if (str_eq(node->ra[i].on, name))
			return node->ra[i].says;
	return 0;
}

bool topo_nic_is_told(const struct topo *topo, const struct topo_nic *nic)
{
	struct topo_iface iface;

	for (size_t n = 0; n < topo->n_nodes && nic->slaac; n++)
		for (size_t i = 0; topo_iface(&topo->nodes[n], i, &iface); i++)
			if (iface.domain == nic->domain &&
			    topo_ra_says(&topo->nodes[n], iface.name))
				return true;
	return false;
}

bool topo_iface_asks_dhcp(const struct topo_node *node, const struct topo_iface *iface)
{
	return (iface->kind == TOPO_IFACE_NIC && node->nics[iface->index].dhcp) ||
	       (iface->kind == TOPO_IFACE_BRIDGE && node->bridges[iface->index].dhcp);
}

bool topo_asks_dhcp(const struct topo_node *node)
{
	struct topo_iface iface;

	for (size_t i = 0; topo_iface(node, i, &iface); i++)
		if (topo_iface_asks_dhcp(node, &iface))
			return true;
	return false;
}

unsigned int topo_nic_mtu(const struct topo *topo, const struct topo_nic *nic)
{
	if (nic->mtu)
		return nic->mtu;
	return nic->link < topo->n_links ? net_shape_mtu(&topo->links[nic->link].shape) : NET_MTU;
}

static unsigned int bridge_mtu(const struct topo *topo, const struct topo_node *node,
			       const struct topo_bridge *bridge)
{
	unsigned int least = bridge->n_ports ? UINT_MAX : NET_MTU;

	for (size_t i = 0; i < bridge->n_ports; i++) {
		unsigned int mtu = topo_nic_mtu(topo, &node->nics[bridge->ports[i].nic]);

		least = mtu < least ? mtu : least;
	}
	return bridge->mtu ? bridge->mtu : least;
}

unsigned int topo_iface_mtu(const struct topo *topo, const struct topo_node *node,
			    const struct topo_iface *iface)
{
	const struct topo_vlan *vlan =
		iface->kind == TOPO_IFACE_VLAN ? &node->vlans[iface->index] : NULL;

	if (vlan && vlan->mtu)
		return vlan->mtu;
	if (iface->kind == TOPO_IFACE_NIC || (vlan && vlan->nic != SIZE_MAX))
		return topo_nic_mtu(topo, &node->nics[vlan ? vlan->nic : iface->index]);
	if (iface->kind == TOPO_IFACE_BRIDGE || (vlan && vlan->bridge != SIZE_MAX))
		return bridge_mtu(topo, node, &node->bridges[vlan ? vlan->bridge : iface->index]);
	return vlan ? NET_MTU : UINT_MAX;
}

size_t topo_access_points(const struct topo *topo, const struct topo_link *link, size_t network)
{
	size_t n = 0;

	for (size_t i = 0; i < link->n_ends; i++)
		n += link->ends[i].nic != SIZE_MAX &&
		     (network == SIZE_MAX || link->ends[i].network == network) &&
		     topo->nodes[link->ends[i].node].nics[link->ends[i].nic].access_point;
	return n;
}

bool topo_passphrase_opens(const struct topo_ssid *network)
{
	return network->passphrase && network->ssid &&
	       (network->security == TOPO_WPA2 || network->security == TOPO_WPA2_WPA3);
}

bool topo_together(const struct topo_link *link, const struct topo_end *a, const struct topo_end *b)
{
	return link->kind == TOPO_LINK_WIRE || (a->network == b->network && a->network != SIZE_MAX);
}

size_t topo_find_node(const struct topo *topo, const char *name)
{
	size_t i;

	for (i = 0; i < topo->n_nodes; i++) {
		if (str_eq(topo->nodes[i].name, name))
			return i;
	}
	return SIZE_MAX;
}

bool topo_has_link(const void *arg, const char *name)
{
	const struct topo *topo = arg;

	for (size_t i = 0; i < topo->n_links; i++)
		if (str_eq(topo->links[i].name, name))
			return true;
	return false;
}

size_t topo_find_nic(const struct topo_node *node, const char *name)
{
	size_t i;

	for (i = 0; i < node->n_nics; i++) {
		if (str_eq(node->nics[i].name, name))
			return i;
	}
	return SIZE_MAX;
}

void topo_macs(const struct topo *topo, struct net_mac **list, size_t *n)
{
	struct topo_iface iface;

	for (size_t node = 0; node < topo->n_nodes; node++)
		for (size_t i = 0; topo_iface(&topo->nodes[node], i, &iface); i++)
			if (!net_mac_is_zero(iface.mac))
				*array_add(*list, *n) = iface.mac;
}
