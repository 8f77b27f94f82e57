/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NICs with slaac="yes" whose router says more than a prefix: who to ask for names (RFC 8106), or
 * that DHCPv6 has the rest (RFC 4861, 4.2). The kernel knows nothing of either; there dhcpcd reads
 * the advertisements in its place.
 */
#include "base/str.h"
#include "plan/build.h"

#define CONF "/etc/dhcpcd.conf"
#define SCRIPT PLAN_LIB "/dhcpcd.script"

static const char script[] = "#!/bin/sh\n"
			     "# What dhcpcd calls when it has heard a router or a DHCPv6 server: "
			     "who is asked for names.\n"
			     "case $reason in\n"
			     "ROUTERADVERT)\n"
			     "\tof=ra\n"
			     "\tservers=$(env | sed -n 's/^nd[0-9]*_rdnss[0-9]*_servers=//p')\n"
			     "\tsearch=$(env | sed -n 's/^nd[0-9]*_dnssl[0-9]*_search=//p')\n"
			     "\t;;\n"
			     "*6)\n"
			     "\tof=dhcpv6\n"
			     "\tservers=$new_dhcp6_name_servers\n"
			     "\tsearch=$new_dhcp6_domain_search\n"
			     "\t;;\n"
			     "*)\n"
			     "\texit 0\n"
			     "\t;;\n"
			     "esac\n"
			     "{\n"
			     "\tfor server in $servers; do\n"
			     "\t\techo \"nameserver $server\"\n"
			     "\tdone\n"
			     "\t[ -z \"$search\" ] || echo search $search\n"
			     "} >" PLAN_LEASES "dns.$interface.$of\n";

void plan_dhcpcd(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str names = { 0 }, text = { 0 };

	for (size_t i = 0; i < from->n_nics; i++)
		if (topo_nic_is_told(topo, &from->nics[i]))
			str_addf(&names, " %s", from->nics[i].name);
	if (!names.len)
		return;
	/* Addresses are made of MACs, as the kernel's are, and so is the DUID: without a clock. */
	str_addf(&text,
		 "# Router advertisements, and DHCPv6 where they say so.\n"
		 "allowinterfaces%s\n"
		 "nodev\n"
		 "noipv4\n"
		 "noipv4ll\n"
		 "duid ll\n"
		 "slaac hwaddr\n"
		 "option dhcp6_name_servers, dhcp6_domain_search\n"
		 "script " SCRIPT "\n",
		 str_text(&names));
	plan_add_text(node, CONF, 0644, &text);
	str_adds(&text, script);
	if (!plan_has_resolver(from))
		str_adds(&text, "cat " PLAN_LEASES "dns.* >/etc/resolv.conf\n");
	plan_add_text(node, SCRIPT, 0755, &text);
	plan_add_service(node, "dhcpcd", "mkdir -p " PLAN_LEASES " /run/dhcpcd /var/lib/dhcpcd\n",
			 "dhcpcd -B -f " CONF);
}
