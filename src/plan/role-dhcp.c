/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DHCP server: dnsmasq, and nothing else of dnsmasq. */
#include <assert.h>

#include "base/str.h"
#include "plan/build.h"

static void add_conf(const struct topo_dhcp_server *server, const struct plan_iface *on,
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
		 "dhcp-leasefile=" PLAN_LEASES "\n"
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

void plan_role_dhcp_server(const struct topo *topo, const struct topo_node *from,
			   struct plan_node *node)
{
	const struct topo_dhcp_server *server = &from->dhcp_server;
	auto_str struct str conf = { 0 };
	struct plan_iface on = { 0 };
	bool found;

	(void)topo;
	if (!server->on)
		return;
	found = plan_iface_named(from, server->on, &on);
	assert(found);
	(void)found;
	add_conf(server, &on, &conf);
	plan_add_text(node, "/etc/dnsmasq.conf", 0644, &conf);
	plan_add_service(node, "dnsmasq", "",
			 "dnsmasq -k -C /etc/dnsmasq.conf --log-facility=- --pid-file=");
	/* Port 67, as the kernel lists its UDP sockets. */
	plan_add_check(node, xstrdup("DHCP server listens"),
		       xstrdup("grep -q '^ *[0-9]*: 00000000:0043 ' /proc/net/udp"));
}
