/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DHCP servers of a node: what is written of them. */
#include "role/dhcp-server.h"

#include <stdint.h>
#include <stdlib.h>

#include "role/role.h"
#include "topo/load.h"

#define LEASE_DEFAULT 3600

/* Of two attributes it has one. */
static void check_one(const struct load *load, const struct xml_node *at, const char *a,
		      const char *b, const char *wanted)
{
	if (!xml_attr(at, a) == !xml_attr(at, b) && !xml_tainted(at))
		xml_problem(load->problems, at, NULL, "it needs %s", wanted);
}

static void load_reservation(struct load *load, const struct xml_node *at,
			     struct role_dhcp_server *server)
{
	struct role_reservation *new = array_add(server->reservations, server->n_reservations);

	*new = (struct role_reservation){ .node = SIZE_MAX, .nic = SIZE_MAX };
	new->address = load_ip(load, at, "address");
	new->name = load_name(at, "name");
	new->mac = load_mac(load, at, "mac");
	check_one(load, at, "mac", "node", "either mac=, or node= and nic=");
	if (!xml_attr(at, "node") != !xml_attr(at, "nic"))
		xml_problem(load->problems, at, NULL, "node= and nic= belong together");
	if (!xml_attr(at, "node"))
		return;
	new->node = load_node_ref(load, at, "node", false);
	if (new->node == SIZE_MAX)
		return;
	new->nic = load_nic_ref(load, &load->topo->nodes[new->node], at, "nic", false);
	if (new->nic != SIZE_MAX)
		new->mac = load->topo->nodes[new->node].nics[new->nic].mac;
}

static void load_option(struct load *load, const struct xml_node *at,
			struct role_dhcp_server *server)
{
	struct role_dhcp_option *new = array_add(server->options, server->n_options);

	new->code = (unsigned int)xml_attr_unsigned(load->problems, at, "code", 1, 254, 0);
	new->name = load_name(at, "name");
	new->value = load_name(at, "value");
	check_one(load, at, "code", "name", "either code= or name=");
}

static void load_server(struct load *load, const struct xml_node *at, struct role_dhcp *dhcp)
{
	struct role_dhcp_server *server = array_add(dhcp->servers, dhcp->n);
	struct xml_node *it;

	server->on = load_name(at, "on");
	server->first = load_ip(load, at, "first");
	server->last = load_ip(load, at, "last");
	server->subnet = load_prefix(load, at, "subnet");
	server->router = load_ip(load, at, "router");
	server->dns = load_ip(load, at, "dns");
	server->lease_s = (unsigned int)xml_attr_unsigned(load->problems, at, "lease", 120,
							  31536000, LEASE_DEFAULT);
	xml_for_each(it, at, "reservation")
		load_reservation(load, it, server);
	xml_for_each(it, at, "option")
		load_option(load, it, server);
}

static void *load_servers(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_dhcp *dhcp = xcalloc(1, sizeof(*dhcp));

	for (; at; at = xml_next(at, "dhcp-server"))
		load_server(load, at, dhcp);
	for (size_t i = 0; i < dhcp->n; i++)
		if (!dhcp->servers[i].subnet.addr.family)
			*array_add(node->dhcp_on, node->n_dhcp_on) = dhcp->servers[i].on;
	return dhcp;
}

static void free_server(struct role_dhcp_server *server)
{
	for (size_t i = 0; i < server->n_reservations; i++)
		free(server->reservations[i].name);
	for (size_t i = 0; i < server->n_options; i++) {
		free(server->options[i].name);
		free(server->options[i].value);
	}
	free(server->reservations);
	free(server->options);
	free(server->on);
}

static void free_servers(void *model)
{
	struct role_dhcp *dhcp = model;

	for (size_t i = 0; i < dhcp->n; i++)
		free_server(&dhcp->servers[i]);
	free(dhcp->servers);
	free(dhcp);
}

static bool gives(const struct role_dhcp_server *server, struct net_addr ip)
{
	for (size_t i = 0; i < server->n_reservations; i++)
		if (net_addr_equal(server->reservations[i].address, ip))
			return true;
	return server->first.family && server->last.family &&
	       net_addr_compare(ip, server->first) >= 0 && net_addr_compare(ip, server->last) <= 0;
}

bool dhcp_gives(const struct topo *topo, struct net_addr ip)
{
	for (size_t i = 0; i < topo->n_nodes; i++) {
		const struct role_dhcp *dhcp = dhcp_of(&topo->nodes[i]);

		for (size_t j = 0; dhcp && j < dhcp->n; j++)
			if (gives(&dhcp->servers[j], ip))
				return true;
	}
	return false;
}

static void plan_servers(const struct topo *topo, const struct topo_node *from, const void *model,
			 struct plan_node *node)
{
	(void)model;
	dnsmasq_plan(topo, from, node);
}

static const struct xml_bound bounds[] = {
	{ "node", "dhcp-server", 32, 0 },
	{ "dhcp-server", "reservation", 250, 0 },
	{ "dhcp-server", "option", 32, 0 },
};

const struct topo_role role_dhcp_server = {
	.name = "dhcp-server",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_servers,
	.check = dhcp_server_check,
	.note = dhcp_server_note,
	.plan = plan_servers,
	.free = free_servers,
};
