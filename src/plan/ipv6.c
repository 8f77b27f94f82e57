/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A node's IPv6. The kernel comes up with it, but silent on every interface (SILENT_IPV6), and
 * speaks only where the topology says so: a card without it sends no router solicitation, no
 * listener's report and asks about no address.
 *
 * Addresses are made of MACs (RFC 4291, appendix A), so that they are the same in every run, and
 * nobody takes a second one for privacy. Whether anybody has an address already is asked as ever;
 * services begin when that is over, since an address on trial cannot be listened at.
 */
#include "base/str.h"
#include "plan/build.h"

#define TRIES "30" /* of a fifth of a second: as a rule it takes two seconds */

/* $i: an interface. A router takes a router's word only where it says so (2). */
static void add_interfaces(const struct topo *topo, const struct topo_node *from, struct str *out)
{
	struct topo_iface iface;

	str_adds(out, "\nfor i in lo");
	for (size_t i = 0; topo_iface(from, i, &iface); i++)
		if (iface.kind != TOPO_IFACE_LOOPBACK && topo_iface_speaks_ipv6(from, &iface))
			str_addf(out, " %s", iface.name);
	str_adds(out, "; do\n"
		      "\tconf=/proc/sys/net/ipv6/conf/$i\n"
		      "\techo 0 >$conf/addr_gen_mode\n"
		      "\techo 0 >$conf/use_tempaddr\n"
		      "\tcase $i in\n");
	for (size_t i = 0; i < from->n_nics; i++)
		if (from->nics[i].slaac && !topo_nic_is_told(topo, &from->nics[i]))
			str_addf(out, "\t%s) echo %d >$conf/accept_ra ;;\n", from->nics[i].name,
				 from->forwards ? 2 : 1);
	str_adds(out, "\t*) echo 0 >$conf/accept_ra ;;\n"
		      "\tesac\n"
		      "\techo 0 >$conf/disable_ipv6\n"
		      "done\n");
}

static void add_addresses(const struct topo_node *from, struct str *out)
{
	struct plan_iface iface;
	char address[NET_TEXT];

	str_adds(out, "ip -6 -batch - <<END\n");
	for (size_t i = 0; plan_iface_ipv6(from, i, &iface); i++)
		str_addf(out, "address replace %s dev %s\n",
			 net_prefix_text(iface.address, address), iface.name);
	plan_routes(from, NET_IPV6, out);
	str_adds(out, "END\n");
}

/* See neighbours in interfaces.c. */
static const char neighbours[] = "for neigh in /proc/sys/net/ipv6/neigh/*; do\n"
				 "\techo 600000 >\"$neigh/base_reachable_time_ms\"\n"
				 "\techo 600 >\"$neigh/delay_first_probe_time\"\n"
				 "done\n";

/* The fifth word of a line has the flag 0x40 while the address is on trial; where there is no
 * carrier it stays so. */
static const char wait_for_addresses[] =
	"trial() {\n"
	"\twhile read -r _ _ _ _ flags name; do\n"
	"\t\tread -r carrier </sys/class/net/$name/carrier && [ \"$carrier\" = 1 ] || continue\n"
	"\t\tcase $flags in *[4567cdef]?) return 0 ;; esac\n"
	"\tdone </proc/net/if_inet6 2>/dev/null\n"
	"\treturn 1\n"
	"}\n"
	"n=0\n"
	"while [ $n -lt " TRIES " ] && trial; do\n"
	"\tsleep 0.2\n"
	"\tn=$((n + 1))\n"
	"done\n";

void plan_ipv6(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str out = { 0 };

	if (from->forwards)
		str_adds(&out, "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding\n");
	add_interfaces(topo, from, &out);
	add_addresses(from, &out);
	str_adds(&out, neighbours);
	str_adds(&out, wait_for_addresses);
	plan_add_lines(node, PLAN_SETUP, str_text(&out));
	plan_add_table(node, "neighbours", "ip -6 neighbor show");
	plan_add_table(node, "routes-ipv6", from->routed ? PLAN_ROUTES " 6" : "ip -6 route show");
	for (size_t i = 0; i < from->n_nics; i++)
		if (from->nics[i].slaac)
			plan_add_check(node, PLAN_SETTLED, NULL,
				       xasprintf("%s has an IPv6 address", from->nics[i].name),
				       xasprintf("ip -6 -o address show dev %s scope global "
						 "-tentative | grep -q .",
						 from->nics[i].name));
}
