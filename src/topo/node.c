/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A node's own parts: NICs, bridges, routes, files, commands. */
#include <stdint.h>
#include <string.h>

#include "topo/private.h"
#include "topo/role.h"

/*
 * 64-bit FNV-1a over "node", a zero byte, "nic". FNV leaves names that differ in their last letter
 * near each other, so its bits are mixed once more (the finaliser of MurmurHash3) before 40 of them
 * are taken. Among 1000 NICs two are then equal in one of two million labs, and the rules would say
 * so.
 */
static struct net_mac derive_mac(const char *node, const char *nic)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	struct net_mac mac = { { 2 } };
	size_t i, j;

	for (i = 0; i < 2; i++) {
		const char *part = i == 0 ? node : nic;

		for (j = 0; j < strlen(part) + (i == 0); j++)
			hash = (hash ^ (uint8_t)part[j]) * UINT64_C(0x100000001b3);
	}
	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	hash ^= hash >> 33;
	for (i = 1; i < 6; i++)
		mac.byte[i] = (uint8_t)(hash >> (8 * (5 - i)));
	return mac;
}

/* 0: there is none. */
static unsigned int load_mtu(struct load *load, const struct xml_node *at)
{
	return xml_attr(at, "mtu")
		       ? (unsigned int)xml_attr_unsigned(load->problems, at, "mtu", NET_MTU_MIN,
							 NET_MTU_MAX, NET_MTU)
		       : 0;
}

static void load_nic(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct topo_nic *nic = array_add(node->nics, node->n_nics);

	nic->name = load_name(at, "name");
	nic->mac = load_mac(load, at, "mac");
	nic->mtu = load_mtu(load, at);
	nic->mac_given = !net_mac_is_zero(nic->mac);
	if (!nic->mac_given)
		nic->mac = derive_mac(node->name, nic->name);
	load_addresses(load, at, "address", &nic->addresses);
	nic->slaac = xml_attr_flag(load->problems, at, "slaac", false);
	nic->link = SIZE_MAX;
	nic->dhcp = xml_attr_flag(load->problems, at, "dhcp", false);
	nic->monitor = xml_attr_flag(load->problems, at, "monitor", false);
}

static void add_port(struct topo_bridge *bridge, size_t nic)
{
	*array_add(bridge->ports, bridge->n_ports) =
		(struct topo_port){ .nic = nic, .priority = STP_PORT_DEFAULT };
}

/* Says more of a port that ports= names, or adds one. */
static void load_port(struct load *load, const struct topo_node *node, struct topo_bridge *bridge,
		      const struct xml_node *at, bool silent)
{
	size_t nic = load_nic_ref(load, node, at, "nic", silent), i;
	struct topo_port *port;

	if (nic == SIZE_MAX)
		return;
	for (i = 0; i < bridge->n_ports && bridge->ports[i].nic != nic;)
		i++;
	if (i == bridge->n_ports)
		add_port(bridge, nic);
	port = &bridge->ports[i];
	port->cost = (unsigned int)xml_attr_unsigned(load->problems, at, "cost", 1, 65535, 0);
	port->priority = (unsigned int)xml_attr_unsigned(load->problems, at, "priority", 0, 63,
							 STP_PORT_DEFAULT);
	port->vlan = (uint16_t)xml_attr_unsigned(
		load->problems, at, xml_attr(at, "native") ? "native" : "vlan", 1, VLAN_MAX, 0);
	load_vlan_ids(load, at, "trunk", &port->trunk, &port->n_trunk);
}

static void load_bridge(struct load *load, struct topo_node *node, const struct xml_node *at,
			bool silent)
{
	struct topo_bridge *bridge = array_add(node->bridges, node->n_bridges);
	auto_free size_t *nics = NULL;
	struct xml_node *it;
	size_t n = 0;

	bridge->name = load_name(at, "name");
	bridge->mac = load_mac(load, at, "mac");
	load_addresses(load, at, "address", &bridge->addresses);
	load_nic_refs(load, node, at, "ports", silent, &nics, &n);
	for (size_t i = 0; i < n; i++)
		add_port(bridge, nics[i]);
	bridge->mtu = load_mtu(load, at);
	bridge->dhcp = xml_attr_flag(load->problems, at, "dhcp", false);
	bridge->stp = xml_attr_flag(load->problems, at, "stp", false);
	bridge->priority = (unsigned int)xml_attr_unsigned(load->problems, at, "priority", 0, 61440,
							   STP_PRIORITY_DEFAULT);
	xml_for_each(it, at, "port")
		load_port(load, node, bridge, it, silent);
	for (size_t i = 0; i < bridge->n_ports; i++)
		bridge->vlans |= bridge->ports[i].vlan || bridge->ports[i].n_trunk;
	for (size_t i = 0; i < bridge->n_ports && bridge->vlans; i++)
		if (!bridge->ports[i].vlan && !bridge->ports[i].n_trunk)
			bridge->ports[i].vlan = VLAN_DEFAULT;
}

static void load_vlan(struct load *load, struct topo_node *node, const struct xml_node *at,
		      bool silent)
{
	struct topo_vlan *vlan = array_add(node->vlans, node->n_vlans);

	vlan->name = load_name(at, "name");
	vlan->id = (uint16_t)xml_attr_unsigned(load->problems, at, "id", 1, VLAN_MAX, 0);
	vlan->mtu = load_mtu(load, at);
	load_below(load, node, at, "on", silent, &vlan->nic, &vlan->bridge);
	load_addresses(load, at, "address", &vlan->addresses);
}

static void load_route(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct topo_route *route = array_add(node->routes, node->n_routes);
	const char *type = xml_attr(at, "type");

	route->to = load_prefix(load, at, "to");
	for (enum topo_route_kind kind = TOPO_ROUTE_BLACKHOLE; kind <= TOPO_ROUTE_PROHIBIT; kind++)
		if (str_eq(type, topo_route_kind_name(kind)))
			route->kind = kind;
	route->via = load_ip(load, at, "via");
}

/* The text of an element without the white space around it; a new string. */
static char *load_command(struct load *load, const struct xml_node *at)
{
	auto_free char *text = xml_text(at);
	const char *p = text;
	size_t len;

	p += strspn(p, " \t\r\n");
	len = strlen(p);
	while (len && strchr(" \t\r\n", p[len - 1]))
		len--;
	if (!len)
		xml_problem(load->problems, at, NULL, "no command in it");
	return xstrndup(p, len);
}

static void load_check(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct topo_check *check = array_add(node->checks, node->n_checks);

	check->name = load_name(at, "name");
	check->command = load_command(load, at);
	check->deadline_s = (unsigned int)xml_attr_unsigned(load->problems, at, "deadline", 1, 3600,
							    CHECK_DEADLINE_DEFAULT);
}

void load_roles(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	for (const struct topo_role *const *role = load->topo->roles; *role; role++) {
		const struct xml_node *here = xml_child(at, (*role)->name);
		void *model = here && (*role)->load ? (*role)->load(load, node, here) : NULL;

		if (here)
			*array_add(node->parts, node->n_parts) = (struct topo_part){ *role, model };
	}
}

void load_node(struct load *load, const struct xml_node *at)
{
	struct topo_node *node = array_add(load->topo->nodes, load->topo->n_nodes);
	struct xml_node *it;

	node->name = load_name(at, "name");
	node->line = xml_line(at);
	node->description = xml_prose_in(load->problems, at, "description", "en");
	node->description_ko = xml_prose_in(load->problems, at, "description", "ko");
	node->memory_mib = (unsigned int)xml_attr_unsigned(load->problems, at, "memory", 64, 8192,
							   MEMORY_DEFAULT);
	node->dns = load_ip(load, at, "dns");
	xml_for_each(it, at, "nic")
		load_nic(load, node, it);
	xml_for_each(it, at, "bridge")
		load_bridge(load, node, it, xml_tainted(at));
	xml_for_each(it, at, "vlan")
		load_vlan(load, node, it, xml_tainted(at));
	xml_for_each(it, at, "loopback")
		load_addresses(load, it, "address", &node->loopback);
	xml_for_each(it, at, "route")
		load_route(load, node, it);
	xml_for_each(it, at, "file")
		load_file(load, node, it);
	xml_for_each(it, at, "run")
		*array_add(node->runs, node->n_runs) = load_command(load, it);
	xml_for_each(it, at, "check")
		load_check(load, node, it);
}
