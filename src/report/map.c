/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab of a run as a map: nodes with what they do, and links. */
#include "report/map.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "topo/role.h"

/* One that answers by itself: a bridge passes on what it is given, a router forwards. */
static const char *does(const struct topo_node *node)
{
	return node->forwards ? "router" : node->n_bridges ? "bridge" : "host";
}

/* How it is drawn: with an antenna where it opens a cell; a host, as the last of its roles that
 * says. */
static const char *sign(const struct topo_node *node)
{
	const char *found = does(node);

	for (size_t i = 0; i < node->n_nics; i++)
		if (node->nics[i].access_point)
			return "antenna";
	for (size_t i = 0; i < node->n_parts && str_eq(does(node), "host"); i++)
		if (node->parts[i].role->sign)
			found = node->parts[i].role->sign;
	return found;
}

static json_t *roles(const struct topo_node *node)
{
	json_t *out = json_array();

	for (size_t i = 0; i < node->n_parts; i++) {
		const struct topo_role *role = node->parts[i].role;
		const char *name = role->shown ? role->shown : role->name;

		for (size_t j = 0; name; j++) {
			(void)json_array_append_new(out, json_string(name));
			name = role->also ? role->also(node->parts[i].model, j) : NULL;
		}
	}
	return out;
}

/* The prefix length of the subnet there that the address lies in; 32 where there is none. */
static unsigned int prefix_length(const struct topo *topo, size_t domain, const char *ip)
{
	struct net_addr addr;
	unsigned int len = 32;

	if (net_addr_parse(ip, &addr) < 0)
		return len;
	for (size_t i = 0; i < topo->n_nodes; i++) {
		struct topo_iface iface;

		for (size_t j = 0; topo_iface(&topo->nodes[i], j, &iface); j++)
			for (size_t k = 0; k < iface.addresses->n; k++)
				if (iface.domain == domain &&
				    net_prefix_contains(iface.addresses->list[k], addr))
					len = iface.addresses->list[k].len;
	}
	return len;
}

/* Adds what a DHCP server gave this MAC. A lease is a line: when it ends, MAC, address, ... */
static void add_leases(const struct topo *topo, const json_t *tables, size_t domain,
		       const char *mac, json_t *out)
{
	const json_t *table;
	size_t i;

	json_array_foreach(tables, i, table) {
		const char *text = json_get_text(table, "after", "");

		if (!str_eq(json_get_text(table, "kind", ""), "leases"))
			continue;
		for (; text && *text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL) {
			char whose[18], ip[16];

			if (sscanf(text, "%*s %17s %15s", whose, ip) == 2 && str_eq(whose, mac))
				(void)json_array_append_new(
					out,
					json_sprintf("%s/%u", ip, prefix_length(topo, domain, ip)));
		}
	}
}

static json_t *addresses_json(const struct topo_addresses *addresses)
{
	json_t *out = json_array();
	char text[NET_TEXT];

	for (size_t i = 0; i < addresses->n; i++)
		(void)json_array_append_new(out,
					    json_string(net_prefix_text(addresses->list[i], text)));
	return out;
}

static json_t *nic_json(const struct topo *topo, const json_t *tables, const struct topo_nic *nic)
{
	json_t *addresses = addresses_json(&nic->addresses);
	char mac[NET_TEXT];

	(void)net_mac_text(nic->mac, mac);
	if (nic->dhcp)
		add_leases(topo, tables, nic->domain, mac, addresses);
	return json_pack("{s:s, s:s, s:o, s:s?}", "name", nic->name, "mac", mac, "addresses",
			 addresses, "link",
			 nic->link < topo->n_links ? topo->links[nic->link].name : NULL);
}

/* A bridge's where none is given: Linux takes the least of its ports'. */
static struct net_mac least_mac(const struct topo_node *node, const struct topo_bridge *bridge)
{
	struct net_mac least = { 0 };

	for (size_t i = 0; i < bridge->n_ports; i++) {
		struct net_mac mac = node->nics[bridge->ports[i].nic].mac;

		if (net_mac_is_zero(least) || memcmp(mac.byte, least.byte, sizeof(mac.byte)) < 0)
			least = mac;
	}
	return least;
}

/* Addresses of a bridge, or of lo, are the node's; their interface is where they are used. */
static json_t *iface_json(const struct topo *topo, const json_t *tables,
			  const struct topo_node *node, const struct topo_iface *iface)
{
	json_t *addresses = addresses_json(iface->addresses);
	struct net_mac of = iface->mac;
	char mac[NET_TEXT];

	if (topo_iface_asks_dhcp(node, iface)) {
		if (net_mac_is_zero(of))
			of = least_mac(node, &node->bridges[iface->index]);
		add_leases(topo, tables, iface->domain, net_mac_text(of, mac), addresses);
	}
	return json_pack("{s:s, s:s?, s:o, s:n}", "name", iface->name, "mac",
			 net_mac_is_zero(iface->mac) ? NULL : net_mac_text(iface->mac, mac),
			 "addresses", addresses, "link");
}

static json_t *node_json(const struct topo *topo, const json_t *tables,
			 const struct topo_node *node)
{
	json_t *nics = json_array(), *bridges = json_array();
	struct topo_iface iface;

	for (size_t i = 0; topo_iface(node, i, &iface); i++)
		if (iface.kind == TOPO_IFACE_NIC)
			(void)json_array_append_new(nics, nic_json(topo, tables, &node->nics[i]));
		else
			(void)json_array_append_new(bridges,
						    iface_json(topo, tables, node, &iface));
	return json_pack("{s:s, s:s?, s:{s:s?, s:s?}, s:s, s:s, s:o, s:o, s:o}", "name", node->name,
			 "description", node->description, "about", "en", node->description, "ko",
			 node->description_ko, "does", does(node), "sign", sign(node), "runs",
			 roles(node), "nics", nics, "bridges", bridges);
}

static json_t *link_json(const struct topo *topo, const json_t *record, const struct topo_link *at)
{
	/* As `labctl status` shows it, when the run began; NULL where no run says so. */
	const json_t *was = json_find(json_object_get(record, "links"), "name", at->name);
	auto_str struct str shape = { 0 };
	json_t *ends = json_array();

	net_shape_add_text(&shape, &at->shape);
	for (size_t i = 0; i < at->n_ends; i++) {
		const struct topo_node *node = &topo->nodes[at->ends[i].node];

		(void)json_array_append_new(
			ends, json_sprintf("%s:%s", node->name, node->nics[at->ends[i].nic].name));
	}
	return json_pack("{s:s, s:s, s:o, s:s, s:s}", "name", at->name, "kind",
			 topo_link_kind_name(at->kind), "ends", ends, "shape",
			 json_get_text(was, "shape", str_text(&shape)), "state",
			 json_get_text(was, "state", "up"));
}

json_t *map_of(const struct topo *topo, const json_t *record, const json_t *tables)
{
	json_t *nodes = json_array(), *links = json_array();

	for (size_t i = 0; i < topo->n_nodes; i++)
		(void)json_array_append_new(nodes, node_json(topo, tables, &topo->nodes[i]));
	for (size_t i = 0; i < topo->n_links; i++)
		(void)json_array_append_new(links, link_json(topo, record, &topo->links[i]));
	return json_pack("{s:o, s:o}", "nodes", nodes, "links", links);
}
