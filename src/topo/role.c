/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a node does. */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "topo/private.h"

static void load_client(struct load *load, struct topo_node *node, const struct xml_node *at,
			bool silent)
{
	struct topo_nic *nic;

	node->client.nic = load_nic_ref(load, node, at, "nic", silent);
	if (node->client.nic == SIZE_MAX)
		return;
	nic = &node->nics[node->client.nic];
	nic->dhcp = !nic->address.len;
}

static void load_dhcp_server(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct topo_dhcp_server *dhcp = &node->dhcp_server;

	dhcp->on = load_name(at, "on");
	dhcp->first = load_ip(load, at, "first");
	dhcp->last = load_ip(load, at, "last");
	dhcp->router = load_ip(load, at, "router");
	dhcp->dns = load_ip(load, at, "dns");
	dhcp->lease_s = (unsigned int)xml_attr_unsigned(load->problems, at, "lease", 120, 31536000,
							LEASE_DEFAULT);
}

static void load_router(struct load *load, struct topo_node *node, const struct xml_node *at,
			bool silent)
{
	const struct xml_node *ospf = xml_child(at, "ospf");

	node->router.enabled = true;
	if (!ospf)
		return;
	node->router.ospf.enabled = true;
	node->router.ospf.statics = xml_attr_flag(load->problems, ospf, "static", false);
	load_nic_refs(load, node, ospf, "nics", silent, &node->router.ospf.nics,
		      &node->router.ospf.n_nics);
}

void load_bgp(struct load *load, struct topo_node *node, const struct xml_node *at, bool silent)
{
	const struct xml_node *router = xml_child(at, "router");
	const struct xml_node *bgp = router ? xml_child(router, "bgp") : NULL;
	struct topo_bgp *to = &node->router.bgp;
	struct xml_node *it;

	if (!bgp)
		return;
	to->as = (uint32_t)xml_attr_unsigned(load->problems, bgp, "as", 1, UINT32_MAX - 1, 0);
	xml_for_each(it, bgp, "neighbor")
		*array_add(to->neighbors, to->n_neighbors) =
			load_node_ref(load, it, "node", silent);
	xml_for_each(it, bgp, "originate")
		*array_add(to->originate, to->n_originate) =
			load_network_ref(load, it, "network", silent);
}

static void load_resolver(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct topo_resolver *resolver = &node->resolver;
	struct xml_node *it;

	resolver->enabled = true;
	xml_for_each(it, at, "block") {
		struct topo_block *block = array_add(resolver->blocks, resolver->n_blocks);

		block->name = load_domain(it, "name");
		block->answer = load_ip(load, it, "answer");
	}
}

static void load_zone(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct topo_zone *zone = array_add(node->zones, node->n_zones);
	struct xml_node *it;

	zone->name = load_domain(at, "name");
	zone->ns = load_domain(at, "ns");
	zone->ttl = (unsigned int)xml_attr_unsigned(load->problems, at, "ttl", 0, INT32_MAX,
						    TTL_DEFAULT);
	xml_for_each(it, at, "record") {
		struct topo_record *record = array_add(zone->records, zone->n_records);
		char *p;

		record->name = load_name(it, "name");
		for (p = record->name; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		record->type = load_name(it, "type");
		record->data = load_name(it, "data");
		record->ttl = (unsigned int)xml_attr_unsigned(load->problems, it, "ttl", 0,
							      INT32_MAX, zone->ttl);
	}
}

/* A host is written without the final dot: in certificates and in the browser. */
static void load_web_server(struct topo_node *node, const struct xml_node *at)
{
	size_t len;

	node->web.host = load_domain(at, "host");
	len = strlen(node->web.host);
	if (len)
		node->web.host[len - 1] = '\0';
}

void load_roles(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	bool silent = xml_tainted(at);
	const struct xml_node *role;
	struct xml_node *it;

	node->client.nic = SIZE_MAX;
	node->access_point.nic = SIZE_MAX;
	role = xml_child(at, "client");
	if (role)
		load_client(load, node, role, silent);
	role = xml_child(at, "access-point");
	if (role)
		node->access_point.nic = load_nic_ref(load, node, role, "nic", silent);
	role = xml_child(at, "dhcp-server");
	if (role)
		load_dhcp_server(load, node, role);
	role = xml_child(at, "router");
	if (role)
		load_router(load, node, role, silent);
	role = xml_child(at, "resolver");
	if (role)
		load_resolver(load, node, role);
	role = xml_child(at, "name-server");
	if (role) {
		xml_for_each(it, role, "zone")
			load_zone(load, node, it);
	}
	role = xml_child(at, "web-server");
	if (role)
		load_web_server(node, role);
}
