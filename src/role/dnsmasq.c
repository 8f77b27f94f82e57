/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DHCP servers and relays of a node: dnsmasq, and nothing else of dnsmasq. */
#include <assert.h>
#include <stdint.h>

#include "plan/build.h"
#include "role/dhcp-server.h"

#define DNSMASQ_CONF "/etc/dnsmasq.conf"
#define LEASES "/run/dnsmasq.leases"

/* Where the clients of a pool are; the domain is SIZE_MAX where a relay asks for them. */
struct lan {
	struct net_prefix subnet;
	size_t domain;
};

static struct lan lan_of(const struct topo_node *node, const struct role_dhcp_server *server)
{
	struct plan_iface on = { 0 };
	bool far = server->subnet.addr.family;
	bool found = far || plan_iface_named(node, server->on, server->first, &on);

	assert(found);
	(void)found;
	return far ? (struct lan){ server->subnet, SIZE_MAX }
		   : (struct lan){ on.address, on.domain };
}

/*
 * Another node gives addresses of a subnet of this node's too. Servers of different subnets on one
 * wire refuse each other's leases whether or not they are authoritative.
 */
static bool is_shared(const struct topo *topo, const struct topo_node *from)
{
	const struct role_dhcp *own = dhcp_of(from);

	for (size_t i = 0; i < topo->n_nodes; i++) {
		const struct topo_node *node = &topo->nodes[i];
		const struct role_dhcp *other = node == from ? NULL : dhcp_of(node);

		for (size_t j = 0; other && j < other->n; j++)
			for (size_t k = 0; k < own->n; k++) {
				struct lan a = lan_of(from, &own->servers[k]);
				struct lan b = lan_of(node, &other->servers[j]);
				bool apart = a.domain != SIZE_MAX && b.domain != SIZE_MAX &&
					     a.domain != b.domain;

				if (!apart &&
				    net_prefix_contains(a.subnet, other->servers[j].first))
					return true;
			}
	}
	return false;
}

/* "eth0, eth1", or a line each. */
static void add_ifaces(const struct topo_node *from, const char *before, const char *between,
		       struct str *out)
{
	const struct role_dhcp *dhcp = dhcp_of(from);
	const struct role_dhcp_relays *relays = dhcp_relays_of(from);
	size_t n = dhcp ? dhcp->n : 0, all = n + (relays ? relays->n : 0);

	for (size_t i = 0; i < all; i++) {
		const char *on = i < n ? dhcp->servers[i].on : relays->list[i - n].on;
		size_t j = 0;

		while (j < i && !str_eq(on, j < n ? dhcp->servers[j].on : relays->list[j - n].on))
			j++;
		if (j == i)
			str_addf(out, "%s%s%s", i ? between : "", before, on);
	}
}

static void add_head(const struct topo *topo, const struct topo_node *from, struct str *out)
{
	str_adds(out, "# DHCP on ");
	add_ifaces(from, "", ", ", out);
	str_adds(out, "; port=0: no DNS.\nport=0\n");
	add_ifaces(from, "interface=", "\n", out);
	str_adds(out, "\nbind-dynamic\n"
		      "user=root\n"
		      "no-resolv\n"
		      "no-hosts\n");
	if (!dhcp_of(from))
		return;
	if (is_shared(topo, from))
		str_adds(out, "# Not the only server here; an address is offered without a ping "
			      "first.\n");
	else
		str_adds(out,
			 "# The only server here: an unknown lease is refused at once, an address "
			 "is offered without a ping first.\n"
			 "dhcp-authoritative\n");
	str_adds(out, "no-ping\n"
		      "# From the first address up, instead of by a hash of the client's MAC.\n"
		      "dhcp-sequential-ip\n"
		      "dhcp-leasefile=" LEASES "\n");
}

/* An option without a value is one that dnsmasq does not send; left out, it would name itself. */
static void add_told(const char *tag, const char *name, struct net_addr ip, struct str *out)
{
	char text[NET_TEXT];

	str_addf(out, "dhcp-option=%soption:%s%s%s\n", tag, name, ip.family ? "," : "",
		 net_addr_text(ip, text));
}

static void add_option(const char *tag, const struct role_dhcp_option *option, struct str *out)
{
	/* Sent to whoever asks or not: what is written is there to be seen. */
	str_addf(out, "dhcp-option-force=%s", tag);
	if (option->code)
		str_addf(out, "%u,", option->code);
	else
		str_addf(out, "option:%s,", option->name);
	dhcp_option_add_value(option, out);
	str_adds(out, "\n");
}

static void add_reservation(const struct role_reservation *one, struct str *out)
{
	char mac[NET_TEXT], ip[NET_TEXT];

	str_addf(out, "dhcp-host=%s,%s%s%s\n", net_mac_text(one->mac, mac),
		 net_addr_text(one->address, ip), *one->name ? "," : "", one->name);
}

/* tag: what tells the options of one pool from those of the others; "" where there is one. */
static void add_server(const struct topo_node *from, const struct role_dhcp_server *server,
		       const char *tag, struct str *out)
{
	char a[NET_TEXT], b[NET_TEXT], mask[NET_TEXT];
	auto_free char *set = *tag ? xasprintf("set:%s,", tag) : xstrdup("");
	auto_free char *of = *tag ? xasprintf("tag:%s,", tag) : xstrdup("");

	str_addf(out, "dhcp-range=%s%s,%s,%s,%u\n", set, net_addr_text(server->first, a),
		 net_addr_text(server->last, b),
		 net_addr_text(net_prefix_mask(lan_of(from, server).subnet), mask),
		 server->lease_s);
	add_told(of, "router", server->router, out);
	add_told(of, "dns-server", server->dns, out);
	for (size_t i = 0; i < server->n_options; i++)
		add_option(of, &server->options[i], out);
	for (size_t i = 0; i < server->n_reservations; i++)
		add_reservation(&server->reservations[i], out);
}

static void add_relays(const struct topo_node *from, struct str *out)
{
	const struct role_dhcp_relays *relays = dhcp_relays_of(from);

	for (size_t i = 0; relays && i < relays->n; i++) {
		const struct role_dhcp_relay *relay = &relays->list[i];
		struct plan_iface iface;
		char own[NET_TEXT], to[NET_TEXT];

		for (size_t j = 0; plan_iface(from, j, &iface); j++)
			if (str_eq(iface.name, relay->on) && !iface.further)
				str_addf(out, "dhcp-relay=%s,%s\n",
					 net_addr_text(iface.address.addr, own),
					 net_addr_text(relay->to, to));
	}
}

void dnsmasq_plan(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	const struct role_dhcp *dhcp = dhcp_of(from);
	auto_str struct str conf = { 0 };

	add_head(topo, from, &conf);
	str_adds(&conf, "log-dhcp\n");
	for (size_t i = 0; dhcp && i < dhcp->n; i++) {
		auto_free char *tag = dhcp->n > 1 ? xasprintf("pool%zu", i + 1) : xstrdup("");

		add_server(from, &dhcp->servers[i], tag, &conf);
		plan_lends(node, dhcp->servers[i].lease_s);
	}
	add_relays(from, &conf);
	plan_add_text(node, DNSMASQ_CONF, 0644, &conf);
	plan_add_service(node, "dnsmasq", "",
			 "dnsmasq -k -C " DNSMASQ_CONF " --log-facility=- --pid-file=");
	/* Port 67, as the kernel lists its UDP sockets. */
	plan_add_check(node, PLAN_READY, DNSMASQ_CONF,
		       xstrdup(dhcp ? "DHCP server listens" : "DHCP relay listens"),
		       xstrdup("grep -q '^ *[0-9]*: 00000000:0043 ' /proc/net/udp"));
	if (dhcp)
		plan_add_table(node, "leases", "[ ! -e " LEASES " ] || cat " LEASES);
}
