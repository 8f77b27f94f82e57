/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DHCPv6 servers of a node (RFC 8415): a dnsmasq of their own, beside that of DHCP. With a pool
 * they lease addresses; without one they only tell the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/build.h"
#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

#define CONF "/etc/dnsmasq-ipv6.conf"
#define LEASES "/run/dnsmasq-ipv6.leases"
#define LEASE_DEFAULT 3600

/* <dhcpv6-server on= first= last= lease= dns= domain=> */
struct role_dhcpv6_server {
	char *on;
	struct net_addr first, last, dns; /* first, last: none, it leases nothing */
	unsigned int lease_s;
	char *domain; /* with its final dot; "" : none */
};

struct role_dhcpv6 {
	struct role_dhcpv6_server *list;
	size_t n;
};

static void *load_dhcpv6(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_dhcpv6 *all = xcalloc(1, sizeof(*all));

	(void)node;
	for (; at; at = xml_next(at, "dhcpv6-server")) {
		struct role_dhcpv6_server *server = array_add(all->list, all->n);

		server->on = load_name(at, "on");
		server->first = load_ip(load, at, "first");
		server->last = load_ip(load, at, "last");
		server->dns = load_ip(load, at, "dns");
		server->domain = xml_attr(at, "domain") ? load_domain(at, "domain") : xstrdup("");
		server->lease_s = (unsigned int)xml_attr_unsigned(load->problems, at, "lease", 120,
								  31536000, LEASE_DEFAULT);
	}
	return all;
}

static void free_dhcpv6(void *model)
{
	struct role_dhcpv6 *all = model;

	for (size_t i = 0; i < all->n; i++) {
		free(all->list[i].on);
		free(all->list[i].domain);
	}
	free(all->list);
	free(all);
}

/* The pool lies in a subnet of the interface, and nobody's address in it. */
static void check_pool(struct rules *rules, const struct role_dhcpv6_server *server,
		       const struct iface *on, const struct xml_node *at)
{
	const struct net_prefix *subnet = iface_subnet(on, server->first);
	char a[NET_TEXT], b[NET_TEXT], text[IFACE_TEXT];

	(void)net_addr_text(server->first, a);
	(void)net_addr_text(server->last, b);
	if (server->first.family != NET_IPV6 || server->last.family != NET_IPV6)
		xml_problem(rules->problems, at,
			    server->first.family != NET_IPV6 ? "first" : "last",
			    "%s is an IPv4 address: those are a <dhcp-server>'s to lease",
			    server->first.family != NET_IPV6 ? a : b);
	else if (!subnet)
		xml_problem(rules->problems, at, "first",
			    "first %s is in no subnet of interface '%s'", a, on->name);
	else if (!net_prefix_contains(*subnet, server->last))
		xml_problem(rules->problems, at, "last", "last %s is not in the subnet of first",
			    b);
	else if (net_addr_compare(server->first, server->last) > 0)
		xml_problem(rules->problems, at, "last", "last %s is before first %s", b, a);
	else
		for (size_t i = 0; i < rules->n_addresses; i++) {
			const struct iface_address *of = &rules->addresses[i];

			if (of->iface->domain == on->domain &&
			    net_addr_compare(of->address.addr, server->first) >= 0 &&
			    net_addr_compare(of->address.addr, server->last) <= 0)
				xml_problem(rules->problems, at, "first",
					    "%s of '%s' is in the pool",
					    net_addr_text(of->address.addr, a),
					    iface_text(rules, of->iface, text));
		}
}

/* Hosts ask when a router says so. */
static bool is_asked(const struct rules *rules, size_t domain, bool leases)
{
	for (size_t i = 0; i < rules->n_ifaces; i++) {
		const struct iface *iface = &rules->ifaces[i];
		unsigned int says = topo_ra_says(&rules->topo->nodes[iface->node], iface->name);

		if (iface->domain == domain && (says & (leases ? TOPO_RA_MANAGED : TOPO_RA_ASK)))
			return true;
	}
	return false;
}

static void check_server(struct rules *rules, size_t node, const struct role_dhcpv6_server *server,
			 const struct xml_node *at)
{
	const struct iface *on = iface_named(rules, node, server->on);
	bool leases = server->first.family && server->last.family;
	char ip[NET_TEXT];

	if (!on && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, "on", "there is no interface '%s' in node '%s'",
			    server->on, rules->topo->nodes[node].name);
	if (server->dns.family == NET_IPV4)
		xml_problem(rules->problems, at, "dns",
			    "dns %s is an IPv4 address, which DHCPv6 cannot carry",
			    net_addr_text(server->dns, ip));
	else if (server->dns.family && !iface_with(rules, server->dns))
		xml_problem(rules->problems, at, "dns", "dns %s: no node has this address",
			    net_addr_text(server->dns, ip));
	if (!on)
		return;
	if (!topo_has_family(on->addresses, NET_IPV6) &&
	    !xml_has_problem(rules->problems, on->at, "address"))
		xml_problem(rules->problems, at, "on", "interface '%s' has no IPv6 address",
			    server->on);
	else if (leases)
		check_pool(rules, server, on, at);
	if (rules_are_whole(rules) && !is_asked(rules, on->domain, leases))
		xml_problem(rules->problems, at, "on",
			    leases ? "no host will ask: no router there says so, by "
				     "<router-advertisement managed=\"yes\"/>"
				   : "no host will ask: no router there says so, by "
				     "<router-advertisement other=\"yes\"/> or managed=\"yes\"");
}

static void check_dhcpv6(struct rules *rules, size_t node, const void *model,
			 const struct xml_node *at)
{
	const struct role_dhcpv6 *all = model;

	for (size_t i = 0; i < all->n; i++, at = xml_next(at, "dhcpv6-server")) {
		check_server(rules, node, &all->list[i], at);
		for (size_t j = 0, more = 1; j < i && more; j++)
			if (str_eq(all->list[j].on, all->list[i].on) && more--)
				xml_problem(rules->problems, at, "on",
					    "a second dhcpv6-server on '%s'", all->list[i].on);
	}
}

static const struct net_prefix *subnet_of(const struct topo_node *from,
					  const struct role_dhcpv6_server *server,
					  struct plan_iface *iface)
{
	for (size_t i = 0; plan_iface_ipv6(from, i, iface); i++)
		if (str_eq(iface->name, server->on) &&
		    (!server->first.family || net_prefix_contains(iface->address, server->first)))
			return &iface->address;
	return NULL;
}

/* "static": nothing is leased, and who asks for the rest is answered. */
static void add_server(const struct topo_node *from, const struct role_dhcpv6_server *server,
		       struct str *out, struct plan_node *node)
{
	struct plan_iface iface = { 0 };
	const struct net_prefix *subnet = subnet_of(from, server, &iface);
	char a[NET_TEXT], b[NET_TEXT];

	if (!subnet)
		return;
	if (server->first.family)
		plan_lends(node, server->lease_s);
	str_addf(out, "interface=%s\n", server->on);
	if (server->first.family)
		str_addf(out, "dhcp-range=set:%s,%s,%s,%u,%u\n", server->on,
			 net_addr_text(server->first, a), net_addr_text(server->last, b),
			 subnet->len, server->lease_s);
	else
		str_addf(out, "dhcp-range=set:%s,%s,static,%u,%u\n", server->on,
			 net_addr_text(net_prefix_network(*subnet).addr, a), subnet->len,
			 server->lease_s);
	if (server->dns.family)
		str_addf(out, "dhcp-option=tag:%s,option6:dns-server,[%s]\n", server->on,
			 net_addr_text(server->dns, a));
	else
		str_addf(out, "dhcp-option=tag:%s,option6:dns-server\n", server->on);
	if (*server->domain)
		str_addf(out, "dhcp-option=tag:%s,option6:domain-search,%.*s\n", server->on,
			 (int)strlen(server->domain) - 1, server->domain);
}

static void plan_dhcpv6(const struct topo *topo, const struct topo_node *from, const void *model,
			struct plan_node *node)
{
	const struct role_dhcpv6 *all = model;
	auto_str struct str conf = { 0 };

	(void)topo;
	str_adds(&conf, "# DHCPv6 alone; router advertisements are another program's.\n"
			"port=0\n"
			"bind-dynamic\n"
			"user=root\n"
			"no-resolv\n"
			"no-hosts\n"
			"dhcp-authoritative\n"
			"dhcp-sequential-ip\n"
			"dhcp-leasefile=" LEASES "\n"
			"log-dhcp\n");
	for (size_t i = 0; i < all->n; i++)
		add_server(from, &all->list[i], &conf, node);
	plan_add_text(node, CONF, 0644, &conf);
	plan_add_service(node, "dnsmasq-ipv6", "",
			 "dnsmasq -k -C " CONF " --log-facility=- --pid-file=");
	/* Port 547, as the kernel lists its UDP sockets. */
	plan_add_check(node, PLAN_READY, CONF, xstrdup("DHCPv6 server listens"),
		       xstrdup("grep -q '^ *[0-9]*: 0*:0223 ' /proc/net/udp6"));
	plan_add_table(node, "leases-ipv6", "[ ! -e " LEASES " ] || cat " LEASES);
}

static const struct xml_bound bounds[] = { { "node", "dhcpv6-server", 32, 0 } };

const struct topo_role role_dhcpv6_server = {
	.name = "dhcpv6-server",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_dhcpv6,
	.check = check_dhcpv6,
	.plan = plan_dhcpv6,
	.free = free_dhcpv6,
};
