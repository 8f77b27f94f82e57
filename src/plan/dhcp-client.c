/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NICs and bridges with dhcp="yes": a udhcpc of its own for each, which keeps its lease in a file
 * of the interface's name. A <client>'s NIC is its role's.
 */
#include "plan/build.h"

#define SCRIPT PLAN_LIB "/udhcpc-nic.script"
#define STATE PLAN_LEASES

static const char script[] =
	"#!/bin/sh\n"
	"# What udhcpc calls when a lease of a NIC is won, renewed or lost.\n"
	"case $1 in\n"
	"deconfig)\n"
	"\t: >" STATE "lease.$interface\n"
	"\t: >" STATE "dns.$interface\n"
	"\tip -4 -batch - <<-END\n"
	"\t\taddress flush dev $interface\n"
	"\t\tlink set dev $interface up\n"
	"\tEND\n"
	"\t;;\n"
	"bound|renew)\n"
	"\t# Of several NICs with a router the first is preferred.\n"
	"\tread -r index </sys/class/net/$interface/ifindex\n"
	"\tip -4 -batch - <<-END\n"
	"\t\taddress replace $ip/$mask broadcast + dev $interface\n"
	"\t\t${router:+route replace default via ${router%% *} dev $interface metric "
	"$index" PLAN_RTO "}\n"
	"\tEND\n"
	"\tfor server in $dns; do\n"
	"\t\techo \"nameserver $server\"\n"
	"\tdone >" STATE "dns.$interface\n"
	"\techo \"$interface $ip/$mask server $serverid router ${router%% *} dns $dns lease "
	"$lease\" >" STATE "lease.$interface\n"
	"\t;;\n"
	"*)\n"
	"\texit 0\n"
	"\t;;\n"
	"esac\n";

bool plan_has_resolver(const struct topo_node *from)
{
	bool has = from->dns.family;

	for (size_t i = 0; i < from->n_nics; i++)
		has |= from->nics[i].station && from->nics[i].dhcp;
	return has;
}

static void add_client(const char *nic, struct plan_node *node)
{
	auto_free char *service = xasprintf("udhcpc-%s", nic);
	auto_free char *command =
		xasprintf("busybox udhcpc -f -i %s -s " SCRIPT " -t 5 -T 3 -A 1", nic);

	plan_add_service(node, service, "mkdir -p " STATE "\n", command);
	plan_add_check(node, PLAN_SETTLED, NULL, xasprintf("%s has a lease", nic),
		       xasprintf("[ -s " STATE "lease.%s ]", nic));
}

void plan_dhcp_clients(const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str text = { 0 };
	struct topo_iface iface;

	for (size_t i = 0; topo_iface(from, i, &iface); i++)
		if (topo_iface_asks_dhcp(from, &iface) &&
		    !(iface.kind == TOPO_IFACE_NIC && from->nics[iface.index].station)) {
			if (!text.len)
				str_adds(&text, script);
			add_client(iface.name, node);
		}
	if (!text.len)
		return;
	if (!plan_has_resolver(from))
		str_adds(&text, "cat " STATE "dns.* >/etc/resolv.conf\n");
	plan_add_text(node, SCRIPT, 0755, &text);
}
