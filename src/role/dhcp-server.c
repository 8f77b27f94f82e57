/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DHCP server: dnsmasq, and nothing else of dnsmasq. */
#include <assert.h>

#include <stdlib.h>

#include "plan/build.h"
#include "role/dhcp-server.h"
#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

#define DNSMASQ_CONF "/etc/dnsmasq.conf"
#define LEASES "/run/dnsmasq.leases"
#define LEASE_DEFAULT 3600

static void *load_dhcp_server(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_dhcp_server *dhcp = xcalloc(1, sizeof(*dhcp));

	(void)node;
	dhcp->on = load_name(at, "on");
	dhcp->first = load_ip(load, at, "first");
	dhcp->last = load_ip(load, at, "last");
	dhcp->router = load_ip(load, at, "router");
	dhcp->dns = load_ip(load, at, "dns");
	dhcp->lease_s = (unsigned int)xml_attr_unsigned(load->problems, at, "lease", 120, 31536000,
							LEASE_DEFAULT);
	return dhcp;
}

static void free_dhcp_server(void *model)
{
	struct role_dhcp_server *dhcp = model;

	free(dhcp->on);
	free(dhcp);
}

static bool in_pool(const struct role_dhcp_server *dhcp, struct net_addr ip)
{
	return dhcp->first.family && dhcp->last.family && net_addr_compare(ip, dhcp->first) >= 0 &&
	       net_addr_compare(ip, dhcp->last) <= 0;
}

/* In the subnet, and neither its first nor its last address. */
static bool is_host_of(struct net_prefix subnet, struct net_addr ip)
{
	return net_addr_compare(ip, net_prefix_network(subnet).addr) > 0 &&
	       net_addr_compare(ip, net_prefix_last(subnet)) < 0;
}

/*
 * Every address in the pool lies in the interface's subnet, is nobody's, and is not the subnet's
 * own.
 */
static void check_pool(struct rules *rules, const struct iface *on, const struct net_prefix *subnet,
		       const struct role_dhcp_server *dhcp, const struct xml_node *at)
{
	char addr[NET_TEXT], ip[NET_TEXT], text[IFACE_TEXT];
	size_t i;

	(void)net_prefix_text(*subnet, addr);
	if (dhcp->first.family && !is_host_of(*subnet, dhcp->first))
		xml_problem(rules->problems, at, "first",
			    "first %s is not a host address of the interface's subnet (%s)",
			    net_addr_text(dhcp->first, ip), addr);
	if (dhcp->last.family && !is_host_of(*subnet, dhcp->last))
		xml_problem(rules->problems, at, "last",
			    "last %s is not a host address of the interface's subnet (%s)",
			    net_addr_text(dhcp->last, ip), addr);
	for (i = 0; i < rules->n_addresses; i++) {
		const struct iface_address *of = &rules->addresses[i];

		if (of->iface->domain == on->domain && in_pool(dhcp, of->address.addr))
			xml_problem(rules->problems, at, NULL,
				    "the pool contains %s, the address of '%s'",
				    net_addr_text(of->address.addr, ip),
				    iface_text(rules, of->iface, text));
	}
}

static void check_options(struct rules *rules, const struct iface *on,
			  const struct net_prefix *subnet, const struct role_dhcp_server *dhcp,
			  const struct xml_node *at)
{
	char ip[NET_TEXT];

	if (dhcp->router.family && !net_prefix_contains(*subnet, dhcp->router))
		xml_problem(rules->problems, at, "router",
			    "router %s is not in the interface's subnet",
			    net_addr_text(dhcp->router, ip));
	else if (dhcp->router.family && !iface_on(rules, on->domain, dhcp->router))
		xml_problem(rules->problems, at, "router", "router %s: no node %s this address",
			    net_addr_text(dhcp->router, ip),
			    iface_with(rules, dhcp->router) ? "on the interface's wire has"
							    : "has");
	if (dhcp->dns.family && !iface_with(rules, dhcp->dns))
		xml_problem(rules->problems, at, "dns", "dns %s: no node has this address",
			    net_addr_text(dhcp->dns, ip));
}

static void check_dhcp_server(struct rules *rules, size_t node, const void *model,
			      const struct xml_node *at)
{
	const struct role_dhcp_server *dhcp = model;
	const struct net_prefix *subnet;
	const struct iface *on;
	char first[NET_TEXT], last[NET_TEXT];

	if (!*dhcp->on)
		return;
	if (dhcp->first.family && dhcp->last.family &&
	    net_addr_compare(dhcp->first, dhcp->last) > 0)
		xml_problem(rules->problems, at, "first", "first %s comes after last %s",
			    net_addr_text(dhcp->first, first), net_addr_text(dhcp->last, last));
	on = iface_named(rules, node, dhcp->on);
	if (!on && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, "on", "there is no interface '%s' in node '%s'",
			    dhcp->on, rules->topo->nodes[node].name);
	if (!on)
		return;
	if (!on->addresses->n) {
		if (!xml_has_problem(rules->problems, on->at, "address"))
			xml_problem(rules->problems, at, "on",
				    "interface '%s' has no address to serve from", dhcp->on);
		return;
	}
	subnet = iface_subnet(on, dhcp->first);
	if (!subnet)
		subnet = on->addresses->list;
	check_pool(rules, on, subnet, dhcp, at);
	check_options(rules, on, subnet, dhcp, at);
}

static void add_conf(const struct role_dhcp_server *server, const struct plan_iface *on,
		     struct str *out)
{
	char a[NET_TEXT], b[NET_TEXT], mask[NET_TEXT];

	str_addf(out,
		 "# DHCP on %s; port=0: no DNS.\n"
		 "port=0\n"
		 "interface=%s\n"
		 "bind-dynamic\n"
		 "user=root\n"
		 "no-resolv\n"
		 "no-hosts\n"
		 "# The only server here: an unknown lease is refused at once, an address is "
		 "offered without a ping first.\n"
		 "dhcp-authoritative\n"
		 "no-ping\n"
		 "# From the first address up, instead of by a hash of the client's MAC.\n"
		 "dhcp-sequential-ip\n"
		 "dhcp-leasefile=" LEASES "\n"
		 "log-dhcp\n",
		 on->name, on->name);
	str_addf(out, "dhcp-range=%s,%s,%s,%u\n", net_addr_text(server->first, a),
		 net_addr_text(server->last, b), net_addr_text(net_prefix_mask(on->address), mask),
		 server->lease_s);
	/* An option without a value is one that dnsmasq does not send; left out, it would name
	 * itself. */
	str_addf(out, "dhcp-option=option:router%s%s\n", server->router.family ? "," : "",
		 net_addr_text(server->router, a));
	str_addf(out, "dhcp-option=option:dns-server%s%s\n", server->dns.family ? "," : "",
		 net_addr_text(server->dns, a));
}

static void plan_dhcp_server(const struct topo *topo, const struct topo_node *from,
			     const void *model, struct plan_node *node)
{
	const struct role_dhcp_server *server = model;
	auto_str struct str conf = { 0 };
	struct plan_iface on = { 0 };
	bool found = plan_iface_named(from, server->on, server->first, &on);

	(void)topo;
	assert(found);
	(void)found;
	add_conf(server, &on, &conf);
	plan_add_text(node, DNSMASQ_CONF, 0644, &conf);
	plan_add_service(node, "dnsmasq", "",
			 "dnsmasq -k -C " DNSMASQ_CONF " --log-facility=- --pid-file=");
	/* Port 67, as the kernel lists its UDP sockets. */
	plan_add_check(node, PLAN_READY, DNSMASQ_CONF, xstrdup("DHCP server listens"),
		       xstrdup("grep -q '^ *[0-9]*: 00000000:0043 ' /proc/net/udp"));
	plan_add_table(node, "leases", "[ ! -e " LEASES " ] || cat " LEASES);
}

const struct topo_role role_dhcp_server = {
	.name = "dhcp-server",
	.load = load_dhcp_server,
	.check = check_dhcp_server,
	.plan = plan_dhcp_server,
	.free = free_dhcp_server,
};
