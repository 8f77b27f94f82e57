/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A topology as trace/journey.h wants it: nodes, ports and links, with the captures of a folder. */
#include "report/ports.h"

#include <string.h>

#include "base/clock.h"
#include "run/run.h"

static const char *keep(struct ports *ports, char *text)
{
	*array_add(ports->texts, ports->n_texts) = text;
	return text;
}

/* What a card would make of each prefix of the lab: it will be some of them, and nobody else's. */
static void add_made(const struct topo *topo, struct net_mac mac, struct net_addr **list, size_t *n)
{
	struct topo_iface iface;

	for (size_t node = 0; node < topo->n_nodes; node++)
		for (size_t i = 0; topo_iface(&topo->nodes[node], i, &iface); i++)
			for (size_t j = 0; j < iface.addresses->n; j++) {
				struct net_prefix prefix = iface.addresses->list[j];

				if (prefix.addr.family == NET_IPV6 && prefix.len == 64)
					*array_add(*list, *n) = net_mac_address(prefix, mac);
			}
}

/* Of a node that asks for an address, or may do so when a router says it, none of that family: what
 * it is given, the packets say, and a part of them would be taken for all. */
static void add_addresses(const struct topo *topo, const struct topo_node *from,
			  struct journey_node *node)
{
	struct net_addr *addresses = NULL;
	bool asks = topo_asks_dhcp(from), asks_ipv6 = false;
	struct topo_iface iface;

	for (size_t i = 0; i < from->n_nics; i++)
		asks_ipv6 |= topo_nic_is_told(topo, &from->nics[i]);
	for (size_t i = 0; topo_iface(from, i, &iface); i++)
		for (size_t j = 0; j < iface.addresses->n; j++)
			if (!(iface.addresses->list[j].addr.family == NET_IPV4 ? asks : asks_ipv6))
				*array_add(addresses, node->n_addresses) =
					iface.addresses->list[j].addr;
	for (size_t i = 0; i < from->n_nics; i++)
		if (from->nics[i].slaac && !asks_ipv6)
			add_made(topo, from->nics[i].mac, &addresses, &node->n_addresses);
	node->addresses = addresses;
}

static void add_macs(const struct topo_node *from, struct journey_node *node)
{
	struct net_mac *macs = NULL;
	struct topo_iface iface;

	for (size_t i = 0; topo_iface(from, i, &iface); i++)
		if (iface.kind != TOPO_IFACE_NIC && !net_mac_is_zero(iface.mac))
			*array_add(macs, node->n_macs) = iface.mac;
	node->macs = macs;
}

static unsigned int bridge_of(const struct topo_node *node, size_t nic)
{
	for (size_t i = 0; i < node->n_bridges; i++)
		for (size_t j = 0; j < node->bridges[i].n_ports; j++)
			if (node->bridges[i].ports[j].nic == nic)
				return (unsigned int)i + 1;
	return 0;
}

/* What one way of a link was like, whatever the topology says: it may have been changed since. */
static const char *shape_text(const json_t *was, const char *out_of)
{
	const json_t *way = json_find(json_object_get(was, "ways"), "out_of", out_of);

	return json_get_text(way ? way : was, "shape", NULL);
}

/* What it may have done at some time of the run: only what no MTU of it lets through is too large,
 * and what may still be under way is not lost. */
static void add_events(const json_t *events, const char *link, const char *out_of,
		       struct net_shape *shape, bool *was_plain)
{
	const json_t *event;
	size_t i;

	json_array_foreach(events, i, event) {
		const char *text = shape_text(json_object_get(event, "is"), out_of);
		struct net_shape is;

		if (!str_eq(json_get_text(event, "link", NULL), link) || !text ||
		    net_shape_read(&is, text, NULL) < 0)
			continue;
		*was_plain |= net_shape_is_plain(&is);
		if (net_shape_mtu(&is) > net_shape_mtu(shape))
			shape->mtu = is.mtu;
		shape->duplicate_ppm |= is.duplicate_ppm;
		shape->reorder_ppm |= is.reorder_ppm;
		shape->corrupt_ppm |= is.corrupt_ppm;
		if (is.delay_us > shape->delay_us)
			shape->delay_us = is.delay_us;
		if (is.jitter_us > shape->jitter_us)
			shape->jitter_us = is.jitter_us;
		if (is.rate_bps && (!shape->rate_bps || is.rate_bps < shape->rate_bps))
			shape->rate_bps = is.rate_bps;
	}
}

static struct net_shape sends_of(const struct topo *topo, const json_t *record, size_t node,
				 size_t nic, bool *was_plain)
{
	const json_t *links = json_object_get(record, "links");
	const struct topo_nic *of = &topo->nodes[node].nics[nic];
	const struct topo_link *link = of->link < topo->n_links ? &topo->links[of->link] : NULL;
	auto_free char *name = xasprintf("%s:%s", topo->nodes[node].name, of->name);
	const char *text = link ? shape_text(json_find(links, "name", link->name), name) : NULL;
	struct net_shape shape = { 0 };

	for (size_t i = 0; link && i < link->n_ends; i++)
		if (link->ends[i].node == node && link->ends[i].nic == nic)
			shape = link->ends[i].shape;
	if (text)
		(void)net_shape_read(&shape, text, NULL);
	*was_plain = net_shape_is_plain(&shape);
	if (link)
		add_events(json_object_get(record, "events"), link->name, name, &shape, was_plain);
	return shape;
}

/* The VLANs in which a bridge has an address: its own device is in 1, others are made. */
static void add_own_vlans(const struct topo_node *from, size_t bridge, struct journey_port *port)
{
	uint16_t *own = NULL;

	if (from->bridges[bridge].addresses.n)
		*array_add(own, port->n_own) = 1;
	for (size_t i = 0; i < from->n_vlans; i++)
		if (from->vlans[i].bridge == bridge && from->vlans[i].addresses.n)
			*array_add(own, port->n_own) = from->vlans[i].id;
	port->own = own;
}

/* What a port of a bridge carries, and the VLANs that a NIC has devices for. */
static void add_vlans(const struct topo_node *from, size_t nic, struct journey_port *port)
{
	const struct topo_bridge *bridge = port->bridge ? &from->bridges[port->bridge - 1] : NULL;
	uint16_t *tags = NULL;

	for (size_t i = 0; bridge && bridge->vlans && i < bridge->n_ports; i++) {
		const struct topo_port *of = &bridge->ports[i];

		if (of->nic != nic)
			continue;
		port->filters = true;
		port->vlan = of->vlan;
		for (size_t j = 0; j < of->n_trunk; j++)
			*array_add(tags, port->n_tags) = of->trunk[j];
		add_own_vlans(from, port->bridge - 1, port);
	}
	for (size_t i = 0; i < from->n_vlans; i++)
		if (from->vlans[i].nic == nic)
			*array_add(tags, port->n_tags) = from->vlans[i].id;
	port->tags = tags;
}

static void add_ports(struct ports *ports, const struct topo *topo, const json_t *record,
		      size_t node, struct journey_port **list, size_t *n)
{
	const struct topo_node *from = &topo->nodes[node];

	for (size_t i = 0; i < from->n_nics; i++) {
		const struct topo_nic *nic = &from->nics[i];
		struct journey_port *port = array_add(*list, *n);

		port->name = keep(ports, xasprintf("%s:%s", from->name, nic->name));
		port->mac = nic->mac;
		port->node = node;
		port->link = nic->link < topo->n_links ? nic->link : JOURNEY_NONE;
		port->sends = sends_of(topo, record, node, i, &port->was_plain);
		port->bridge = bridge_of(from, i);
		add_vlans(from, i, port);
	}
}

static void add_link(struct ports *ports, const struct topo_link *from, struct journey_link *link)
{
	link->name = from->name;
	link->wifi = from->kind == TOPO_LINK_WIFI;
	link->n_networks = from->n_networks;
	for (size_t i = 0; i < from->n_networks; i++)
		if (topo_passphrase_opens(&from->networks[i]))
			*array_add(ports->wifi, ports->lab.n_wifi) = (struct wireshark_wifi){
				.ssid = from->networks[i].ssid,
				.passphrase = from->networks[i].passphrase,
			};
}

/* Both have the topology's order: nodes, and the NICs of each. */
static void add_files(struct ports *ports, const struct topo *topo, const char *dir,
		      struct journey_port *list, struct journey_link *links)
{
	auto_points struct topo_points points = { 0 };
	struct journey_port *first = list; /* of the node */
	size_t node = 0;

	topo_points(topo, &points);
	for (size_t i = 0; i < points.n; i++) {
		const struct topo_point *point = &points.list[i];
		const char *file = keep(ports, run_capture_path(dir, point->name));

		for (; point->node < topo->n_nodes && node < point->node; node++)
			first += topo->nodes[node].n_nics;
		if (point->node < topo->n_nodes)
			first[point->nic].file = file;
		else
			links[point->link].file = file;
	}
}

void ports_of(const struct topo *topo, const char *dir, const json_t *record, struct ports *ret)
{
	struct journey_node *nodes = xcalloc(topo->n_nodes + 1, sizeof(*nodes));
	struct journey_link *found = xcalloc(topo->n_links + 1, sizeof(*found));
	auto_free char *tables = run_path(dir, RUN_TABLES);
	struct journey_port *list = NULL;
	auto_json json_t *file = NULL;
	struct ports ports = { 0 };

	for (size_t i = 0; i < topo->n_nodes; i++) {
		nodes[i].name = topo->nodes[i].name;
		nodes[i].routes = topo->nodes[i].forwards;
		add_addresses(topo, &topo->nodes[i], &nodes[i]);
		add_macs(&topo->nodes[i], &nodes[i]);
		add_ports(&ports, topo, record, i, &list, &ports.lab.n_ports);
	}
	for (size_t i = 0; i < topo->n_links; i++)
		add_link(&ports, &topo->links[i], &found[i]);
	add_files(&ports, topo, dir, list, found);
	if (json_open(tables, &file, NULL) == 0)
		wireshark_wifi_from_tables(json_object_get(file, "tables"), &ports.wifi,
					   &ports.lab.n_wifi);
	ports.lab.nodes = nodes;
	ports.lab.n_nodes = topo->n_nodes;
	ports.lab.ports = ports.list = list;
	ports.lab.links = found;
	ports.lab.n_links = topo->n_links;
	ports.lab.wifi = ports.wifi;
	*ret = ports;
}

static struct journey_node *find_node(struct ports *ports, const json_t *entry)
{
	struct journey_node *nodes = (struct journey_node *)(uintptr_t)ports->lab.nodes;

	for (size_t i = 0; i < ports->lab.n_nodes; i++)
		if (str_eq(nodes[i].name, json_get_text(entry, "node", NULL)))
			return &nodes[i];
	return NULL;
}

void ports_take_records(struct ports *ports, const json_t *tables)
{
	struct journey_node *node;
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(tables, "connections"), i, entry) {
		node = find_node(ports, entry);
		if (!node)
			continue;
		node->connections = keep(ports, xstrdup(json_get_text(entry, "known", "")));
		node->forgot = !json_is_true(json_object_get(entry, "complete"));
	}
	json_array_foreach(json_object_get(tables, "drops"), i, entry) {
		node = find_node(ports, entry);
		if (node)
			node->drops = keep(ports, xstrdup(json_get_text(entry, "packets", "")));
	}
}

/* "port eth0 of br0: blocking, cost 100" at both moments. */
static bool was_blocked(const json_t *table, const char *nic)
{
	auto_free char *start = xasprintf("port %s of ", nic);
	const char *const moments[] = { "before", "after" };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
		const char *line = strstr(json_get_text(table, moments[i], ""), start);
		const char *state = line ? strchr(line, ':') : NULL;

		n += state && str_prefix(state, ": blocking");
	}
	return n == ARRAY_SIZE(moments);
}

void ports_learn(struct ports *ports, const json_t *tables, const json_t *events)
{
	const json_t *table;
	size_t i;

	json_array_foreach(tables, i, table) {
		const char *node = json_get_text(table, "node", "");

		if (json_array_size(events) || !str_eq(json_get_text(table, "kind", ""), "stp"))
			continue;
		for (size_t j = 0; j < ports->lab.n_ports; j++) {
			struct journey_port *port = &ports->list[j];

			if (str_eq(ports->lab.nodes[port->node].name, node))
				port->blocked = was_blocked(table, strchr(port->name, ':') + 1);
		}
	}
}

static void drop(const void *p)
{
	free((void *)(uintptr_t)p);
}

void ports_free(struct ports *ports)
{
	for (size_t i = 0; ports->lab.nodes && i < ports->lab.n_nodes; i++) {
		drop(ports->lab.nodes[i].macs);
		drop(ports->lab.nodes[i].addresses);
	}
	for (size_t i = 0; i < ports->lab.n_ports; i++)
		drop(ports->list[i].tags), drop(ports->list[i].own);
	for (size_t i = 0; i < ports->n_texts; i++)
		free(ports->texts[i]);
	drop(ports->lab.nodes);
	free(ports->list);
	drop(ports->lab.links);
	free(ports->wifi);
	free(ports->texts);
	*ports = (struct ports){ 0 };
}
