/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan: what each role puts into it on small topologies, and what cannot be planned.
 * Covers: src/plan/interfaces.c src/plan/ipv6.c src/plan/json.c src/plan/link.c src/plan/lookup.c src/plan/node.c src/plan/plan.c
 * Covers: src/plan/print.c src/plan/radio.c src/role/access-point.c src/role/dhcp-server.c
 * Covers: src/plan/dhcp-client.c src/plan/dhcpcd.c src/role/dhcpv6-server.c src/plan/routes.c src/role/dhcp-relay.c src/role/dnsmasq.c
 * Covers: src/role/filter.c src/role/knot.c src/role/nat.c src/role/unbound.c src/role/unbound-checks.c
 * Covers: src/role/name-server.c src/role/resolver.c src/role/router.c src/role/router-bird.c
 * Covers: src/role/router-meet.c src/role/traffic-server.c src/role/web-page.c
 * Covers: src/role/router-advertisement.c src/role/router-bgp.c src/role/router-heard.c src/role/router-ospf.c
 * Covers: src/role/router-rip.c src/role/router-share.c
 * Covers: src/role/web-server.c src/role/zone.c
 */
#include "lib/plan-labs.h"
#include "lib/tests.h"
#include "plan/plan.h"

static const struct plan_node *node_of(const struct plan *plan, const char *name)
{
	size_t i;

	for (i = 0; i < plan->n_nodes; i++)
		if (str_eq(plan->nodes[i].name, name))
			return &plan->nodes[i];
	fail_msg("no node '%s'", name);
	return NULL;
}

/* The file, or one without a path: never NULL. */
static const struct plan_file *file_of(const struct plan_node *node, const char *path)
{
	static const struct plan_file none;
	size_t i;

	for (i = 0; i < node->n_files; i++)
		if (str_eq(node->files[i].path, path))
			return &node->files[i];
	return &none;
}

/* The text of a file, "" where there is none. */
static const char *text_of(const struct plan_node *node, const char *path)
{
	const char *data = file_of(node, path)->data;

	return data ? data : "";
}

/* What a row looks into: a file, or one of these. */
#define CHECKS "(checks)"
#define SERVICES "(services)"
#define RUNS "(runs)"
#define TABLES "(tables)"
#define LENDS "(lends)"

static void add_where(const struct plan_node *node, const char *where, struct str *out)
{
	const struct plan_file *file = file_of(node, where);
	size_t i;

	if (str_eq(where, CHECKS))
		for (i = 0; i < node->n_checks; i++)
			str_addf(out, "%s: %s\n", node->checks[i].name, node->checks[i].command);
	else if (str_eq(where, LENDS))
		str_addf(out, "for %u s\n", node->lends_s);
	else if (str_eq(where, TABLES))
		for (i = 0; i < node->n_tables; i++)
			str_addf(out, "%s: %s\n", node->tables[i].kind, node->tables[i].command);
	else if (str_eq(where, SERVICES))
		for (i = 0; i < node->n_services; i++)
			str_addf(out, "%s\n", node->services[i]);
	else if (str_eq(where, RUNS))
		for (i = 0; i < node->n_runs; i++)
			str_addf(out, "%s\n", node->runs[i]);
	else if (file->data && file->content == PLAN_CONTENT_DATA)
		str_add(out, file->data, file->len);
}

/* One fact about a plan: the text is in that place, or it is not. */
struct fact {
	const char *name;
	enum { HAS, LACKS } what;
	void (*make)(struct topo *ret);
	const char *node, *where, *text;
};

#define SETUP "/etc/labd/setup"
#define BIRD "/etc/bird/bird.conf"
#define REACH "/etc/labd/reach"

static const struct fact facts[] = {
	/* interfaces */
	{ "setup: names by MAC", HAS, make_routing, "a", SETUP, "02:00:00:00:00:01) to=lan0 ;;" },
	{ "setup: address", HAS, make_routing, "a", SETUP,
	  "address replace 10.1.0.1/24 broadcast + dev lan0\n" },
	{ "setup: a second address", HAS, make_switching, "r1", SETUP,
	  "address replace 10.0.0.1/24 broadcast + dev eth0\n"
	  "address replace 10.0.1.1/24 broadcast + dev eth0\n" },
	{ "setup: loopback", HAS, make_switching, "r2", SETUP,
	  "address replace 10.255.0.2/32 dev lo\naddress replace 10.255.0.4/32 dev lo\n" },
	{ "setup: a bridge with VLANs", HAS, make_switching, "sw", SETUP,
	  " type bridge forward_delay 0 stp_state 0 mcast_snooping 0 vlan_filtering 1 "
	  "vlan_default_pvid 0\n" },
	{ "setup: spanning tree", HAS, make_switching, "tree", SETUP,
	  "link add name br0 type bridge forward_delay 700 hello_time 200 max_age 1200 stp_state 1 "
	  "priority 4096 mcast_snooping 0\n" },
	{ "setup: ports of spanning tree", HAS, make_switching, "tree", SETUP,
	  "link set dev eth0 type bridge_slave priority 32\n"
	  "link set dev eth1 type bridge_slave priority 16 cost 50\n" },
	{ "tables: spanning tree", HAS, make_switching, "tree", TABLES,
	  "stp: /usr/lib/labd/spanning-tree\n" },
	{ "tables: no spanning tree", LACKS, make_switching, "sw", TABLES, "stp" },
	{ "check: spanning tree", HAS, make_switching, "tree", CHECKS,
	  "spanning tree has settled: ! /usr/lib/labd/spanning-tree | grep -E " },
	{ "setup: VLANs of ports", HAS, make_switching, "sw", SETUP,
	  "bridge -batch - <<END\n"
	  "vlan add dev eth2 vid 1 pvid untagged\n"
	  "vlan add dev eth0 vid 10 pvid untagged\n"
	  "vlan add dev eth1 vid 10\nvlan add dev eth1 vid 20\n"
	  "vlan add dev eth1 vid 30 pvid untagged\n"
	  "vlan add dev br0 vid 1 pvid untagged self\nvlan add dev br0 vid 20 self\nEND\n" },
	{ "setup: a VLAN of a bridge", HAS, make_switching, "sw", SETUP,
	  "link add link br0 name v20 type vlan id 20\n"
	  "address replace 10.7.0.1/24 broadcast + dev v20\nlink set dev v20 up\n" },
	{ "setup: no VLANs", LACKS, make_services, "ap", SETUP, "vlan" },
	{ "ospf: on a VLAN", HAS, make_switching, "arm", BIRD,
	  "interface \"v10\" { type broadcast;" },
	{ "dhcp: on a VLAN", HAS, make_switching, "arm", "/etc/dnsmasq.conf", "interface=v10\n" },
	{ "setup: default route of a host", HAS, make_routing, "h", SETUP,
	  "route replace default via 10.1.0.1 rto_min 1s\n" },
	{ "setup: bird's routes are bird's", LACKS, make_routing, "a", SETUP, "route replace" },
	{ "setup: neighbours stay known", HAS, make_routing, "h", SETUP,
	  "echo 600000 >\"$neigh/base_reachable_time_ms\"" },
	{ "setup: a router forwards", HAS, make_routing, "a", SETUP,
	  "echo 1 >/proc/sys/net/ipv4/ip_forward" },
	{ "setup: a host does not", LACKS, make_routing, "h", SETUP, "ip_forward" },
	{ "setup: no IGMP with OSPF", HAS, make_routing, "a", SETUP,
	  "echo 0 >/proc/sys/net/ipv4/igmp_link_local" },
	{ "setup: bridge with its MAC", HAS, make_services, "ap", SETUP,
	  "link add name br0 address 02:00:00:00:00:02 type bridge forward_delay 0 stp_state 0 "
	  "mcast_snooping 0\n" },
	{ "setup: ports", HAS, make_services, "ap", SETUP, "link set dev eth0 master br0\n" },
	{ "setup: count of NICs", HAS, make_services, "ap", SETUP, "[ $n -ne 2 ]" },
	{ "host: resolv.conf", HAS, make_routing, "h", "/etc/resolv.conf",
	  "nameserver 20.0.0.1\n" },
	{ "host: no service", LACKS, make_routing, "h", SERVICES, "\n" },
	{ "user: file", HAS, make_routing, "h", "/etc/motd", "hi\n" },
	{ "user: run", HAS, make_routing, "h", RUNS, "echo one\necho two\ntrue\n" },
	{ "user: check", HAS, make_routing, "h", CHECKS, "a is near: ping -c 1 10.1.0.1\n" },
	{ "forget: bridge", HAS, make_services, "ap", "/usr/lib/labd/forget",
	  "dev br0 type bridge fdb_flush" },
	{ "forget: cache", HAS, make_services, "dns", "/usr/lib/labd/forget", "flush_zone ." },

	/* tables */
	{ "tables: ARP everywhere", HAS, make_routing, "h", TABLES, "arp: ip -4 neighbor show\n" },
	{ "tables: routes are a router's", LACKS, make_routing, "h", TABLES, "routes:" },
	{ "tables: routes", HAS, make_routing, "a", TABLES, "routes: /usr/lib/labd/routes 4\n" },
	{ "tables: bridge", HAS, make_services, "ap", TABLES,
	  "switch: bridge fdb show br br0 dynamic\n" },
	{ "tables: leases", HAS, make_services, "ap", TABLES, "cat /run/dnsmasq.leases\n" },
	{ "tables: cache", HAS, make_services, "dns", TABLES, "dns-cache: unbound-control" },

	/* router */
	/* IPv6 */
	{ "IPv6: only where there is some", HAS, make_dual, "r", SETUP,
	  "for i in lo eth0 eth1; do\n" },
	{ "IPv6: an interface of both", HAS, make_dual, "r", SETUP,
	  "address replace 10.0.2.1/24 broadcast + dev eth1\n" },
	{ "IPv6: its addresses", HAS, make_dual, "r", SETUP,
	  "ip -6 -batch - <<END\naddress replace 2001:db8:1::1/64 dev eth0\n"
	  "address replace 2001:db8:2::1/64 dev eth1\n"
	  "route replace 2001:db8:9::/48 via 2001:db8:2::2\n"
	  "route replace default via 2001:db8:2::2\nEND\n" },
	{ "IPv6: a router forwards", HAS, make_dual, "r", SETUP,
	  "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding\n" },
	{ "IPv6: a host does not", LACKS, make_dual, "h", SETUP, "forwarding" },
	{ "IPv6: who makes itself an address", HAS, make_dual, "h", SETUP,
	  "\t*) echo 0 >$conf/accept_ra ;;\n" },
	{ "IPv6: who does not", LACKS, make_dual, "w", SETUP, "eth0) echo" },
	{ "IPv6: not on a node of IPv4", LACKS, make_dual, "f", SETUP, "ipv6" },
	{ "IPv6: no DHCP beside", LACKS, make_dual, "h", SERVICES, "udhcpc" },
	{ "IPv6: an address is waited for", HAS, make_dual, "h", CHECKS,
	  "eth0 has an IPv6 address" },
	{ "IPv6: resolv.conf", HAS, make_dual, "w", "/etc/resolv.conf",
	  "nameserver 2001:db8:2::2\n" },
	{ "IPv6: web server", HAS, make_dual, "w", "/etc/nginx/nginx.conf",
	  "listen [::]:443 ssl http2 default_server;\n" },
	{ "IPv6: web server is asked", HAS, make_dual, "h", CHECKS, "/dev/tcp/2001:db8:2::2/443" },
	{ "IPv6: not by IPv4", LACKS, make_dual, "h", CHECKS, "/dev/tcp/10.0.2.2/443" },
	{ "IPv4: not by IPv6", LACKS, make_dual, "f", CHECKS, "/dev/tcp/2001" },
	{ "IPv6: tables", HAS, make_dual, "w", TABLES, "routes-ipv6: ip -6 route show\n" },
	{ "IPv6: a name server's glue", HAS, make_dual, "w", "/etc/knot/example.org.zone",
	  "ns.example.org. IN AAAA 2001:db8:2::2\n" },
	{ "IPv6: and its address by name", HAS, make_dual, "w",
	  "/etc/knot/8.b.d.0.1.0.0.2.ip6.arpa.zone",
	  "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. IN PTR "
	  "ns.example.org.\n" },
	{ "IPv6: a name server listens", HAS, make_dual, "w", "/etc/knot/knot.conf",
	  ", 10.0.2.2@53, 2001:db8:2::2@53" },
	{ "IPv6: a resolver's root", HAS, make_dual, "n", "/etc/unbound/root.hints",
	  "ns.root. 3600000 IN AAAA 2001:db8:2::2\n" },
	{ "IPv6: a resolver of IPv6 alone", HAS, make_dual, "n", "/etc/unbound/unbound.conf",
	  "\tinterface: 2001:db8:2::3\n\tport: 53\n\taccess-control: 0.0.0.0/0 allow\n"
	  "\taccess-control: ::/0 allow\n\tprefer-ip6: yes\n\tdo-ip4: no\n" },
	{ "IPv6: servers are asked by it", HAS, make_dual, "n", CHECKS, "kdig @2001:db8:2::2 " },
	{ "IPv6: OSPF version 3", HAS, make_routing_ipv6, "r1", BIRD,
	  "protocol ospf v3 ospf_ipv6 {\n\tipv6 {\n\t\timport all;\n\t\texport where net = ::/0 || "
	  "((proto = \"static_ipv6\" || source = RTS_BGP) && net != ::/0);\n\t};\n\tecmp "
	  "no;\n\tarea 0 {\n"
	  "\t\tinterface \"eth0\" { type broadcast; wait 5; hello 2; dead 20; retransmit 2; };\n"
	  "\t\tstubnet 2001:db8:ff::1/128;\n" },
	{ "IPv6: OSPF from point to point", HAS, make_routing_ipv6, "r2", BIRD,
	  "\t\tinterface \"eth1\" { type ptp; " },
	{ "IPv6: BGP beside IPv4's", HAS, make_routing_ipv6, "r1", BIRD,
	  "protocol bgp bgp_r2_ipv6 from peer_ipv6 {\n\tlocal 2001:db8:1::1 as 65001;\n" },
	{ "IPv6: a policy's prefixes, of that family", HAS, make_routing_ipv6, "r2", BIRD,
	  "\tipv6 {\n\t\timport filter {\n\t\t\tif net ~ [ 2001:db8:f::/48{48,128} ] then { "
	  "accept; }\n"
	  "\t\t\treject;\n" },
	{ "IPv6: BGP alone", LACKS, make_routing_ipv6, "r2", BIRD, "protocol bgp bgp_r3 " },
	{ "IPv6: what an AS announces", HAS, make_routing_ipv6, "r3", BIRD,
	  "protocol static originated_ipv6 {\n\tipv6;\n\troute 2001:db8:f::/48 unreachable;\n" },
	{ "IPv6: not by IPv4", LACKS, make_routing_ipv6, "r3", BIRD, "static originated {" },
	{ "IPv6: static routes are bird's", HAS, make_routing_ipv6, "r3", BIRD,
	  "protocol static static_ipv6 {\n\tcheck link yes;\n\tipv6;\n"
	  "\troute 2001:db8:f:9::/64 blackhole;\n}\n" },
	{ "IPv6: and not the set-up's", LACKS, make_routing_ipv6, "r3", SETUP, "route replace" },
	{ "IPv6: a router without IPv4 has a number", HAS, make_routing_ipv6, "r3", BIRD,
	  "router id 0.0.0.3;" },
	{ "IPv6: OSPF is asked by its name", HAS, make_routing_ipv6, "r2", CHECKS,
	  "birdcl show ospf neighbors ospf_ipv6 | grep -Eq '^0[.]0[.]0[.]3[[:space:]].*Full/" },
	{ "IPv6: BGP is asked", HAS, make_routing_ipv6, "r3", CHECKS,
	  "birdcl show protocols bgp_r2_ipv6 " },
	{ "IPv6: neighbours are known, by their link-local addresses too", HAS, make_routing_ipv6,
	  "r3", PLAN_MEET,
	  "neighbor replace 2001:db8:2::1 dev eth0 use\n"
	  "neighbor replace fe80::ff:fe00:4 dev eth0 use\n" },
	{ "IPv6: reach", HAS, make_routing_ipv6, "r1", REACH, "route get 2001:db8:f::1\n" },
	{ "radv: interface", HAS, make_dual, "r", "/etc/bird/radv.conf", "interface \"eth0\" {\n" },
	{ "radv: not elsewhere", LACKS, make_dual, "r", "/etc/bird/radv.conf", "eth1" },
	{ "radv: resolver", HAS, make_dual, "r", "/etc/bird/radv.conf",
	  "rdnss { ns 2001:db8:2::2; };\n" },
	{ "radv: check", HAS, make_dual, "r", CHECKS, "router advertisements are sent" },

	{ "bird: service", HAS, make_routing, "a", SERVICES, "bird\n" },
	{ "bird: router id", HAS, make_routing, "b", BIRD, "router id 10.0.0.2;" },
	{ "bird: router id of one with a loopback", HAS, make_switching, "r2", BIRD,
	  "router id 10.255.0.2;" },
	{ "ospf: announces a loopback", HAS, make_switching, "r1", BIRD,
	  "interface \"lo\" { stub yes; };" },
	{ "ospf: an interface once", LACKS, make_switching, "r1", BIRD,
	  "wait 5; hello 2; dead 20; retransmit 2; };\n\t\tinterface \"eth0\"" },
	{ "ospf: neighbour on the second subnet", HAS, make_switching, "r1", CHECKS,
	  "OSPF with r2 on eth0 is up" },
	{ "bgp: between loopbacks", HAS, make_switching, "r1", BIRD,
	  "\tlocal 10.255.0.1 as 65001;\n\tneighbor 10.255.0.3 as 65001;\n}\n" },
	{ "reach: a loopback", HAS, make_switching, "r1", REACH, "route get 10.255.0.3\n" },
	{ "bird: static route", HAS, make_routing, "a", BIRD,
	  "\troute 10.9.0.0/16 via 10.1.0.2;\n" },
	{ "ospf: point to point on a /30", HAS, make_routing, "a", BIRD,
	  "interface \"eth0\" { type ptp; hello 2; dead 20;" },
	{ "ospf: stub elsewhere", HAS, make_routing, "a", BIRD,
	  "interface \"lan0\" { stub yes; };" },
	{ "ospf: statics where told", HAS, make_routing, "a", BIRD,
	  "export where proto = \"static_routes\" && net != 0.0.0.0/0;" },
	{ "ospf: no statics where not", LACKS, make_routing, "b", BIRD, "static_routes" },
	{ "ospf: not where not told", LACKS, make_routing, "c-1", BIRD, "protocol ospf" },
	{ "bgp: eBGP over the shared subnet", HAS, make_routing, "b", BIRD,
	  "protocol bgp bgp_c_1 from peer {\n\tlocal 10.0.0.5 as 65001;\n\tneighbor 10.0.0.6 as "
	  "65002;\n\tdirect;\n\tcheck link yes;\n}" },
	{ "bgp: iBGP", HAS, make_routing, "a", BIRD,
	  "protocol bgp bgp_b from peer {\n\tlocal 10.0.0.1 as 65001;\n\tneighbor 10.0.0.2 as "
	  "65001;\n\tdirect;\n\tcheck link yes;\n}" },
	{ "bgp: originates", HAS, make_routing, "b", BIRD, "\troute 10.0.0.0/8 unreachable;\n" },
	{ "bgp: exports its own and what it learned", HAS, make_routing, "b", BIRD,
	  "export where source = RTS_BGP || net ~ [ 10.0.0.0/8 ];" },
	{ "bgp: exports only what it learned", HAS, make_routing, "a", BIRD,
	  "export where source = RTS_BGP;" },
	{ "check: BGP", HAS, make_routing, "b", CHECKS,
	  "BGP with c-1 is established: birdcl show protocols bgp_c_1 | grep" },
	{ "check: OSPF", HAS, make_routing, "a", CHECKS,
	  "OSPF with b on eth0 is up: birdcl show ospf neighbors | grep -Eq '^10[.]0[.]0[.]2[" },
	{ "check: no OSPF over BGP's wire", LACKS, make_routing, "b", CHECKS, "OSPF with c-1" },
	{ "check: routes", HAS, make_routing, "c-1", CHECKS,
	  "has a route to every network: ip -batch /etc/labd/reach >/dev/null 2>&1 ||" },
	{ "reach: through another AS", HAS, make_routing, "c-1", REACH, "route get 10.1.0.2\n" },
	{ "reach: of another AS", HAS, make_routing, "a", REACH, "route get 20.0.0.1\n" },
	{ "reach: a host has none", LACKS, make_routing, "h", REACH, "route" },

	/* areas, RIP, redistribution */
	{ "ospf: areas", HAS, make_protocols, "border", BIRD, "protocol ospf v2 ospf_areas {" },
	{ "ospf: cost", HAS, make_protocols, "border", BIRD,
	  "\tarea 0 {\n\t\tinterface \"eth0\" { cost 50; type ptp; hello 2;" },
	{ "ospf: passive by name", HAS, make_protocols, "border", BIRD,
	  "interface \"eth2\" { stub yes; };\n\t};\n" },
	{ "ospf: what is not passive by name is not announced", LACKS, make_protocols, "border",
	  BIRD, "interface \"eth3\" { stub" },
	{ "ospf: totally stubby", HAS, make_protocols, "border", BIRD,
	  "\tarea 1 {\n\t\tstub yes;\n\t\tsummary no;\n\t\tinterface \"eth1\" { type ptp;" },
	{ "ospf: stub", HAS, make_protocols, "inner", BIRD,
	  "\tarea 1 {\n\t\tstub yes;\n\t\tinterface \"eth0\"" },
	{ "ospf: takes from others", HAS, make_protocols, "border", BIRD,
	  "export where net = 0.0.0.0/0 || ((proto = \"static_routes\" || source = RTS_RIP) && net "
	  "!= 0.0.0.0/0);" },
	{ "ospf: connected as external", HAS, make_protocols, "back", BIRD,
	  "export where source = RTS_DEVICE && net != 0.0.0.0/0;" },
	{ "ospf: and not as internal", LACKS, make_protocols, "back", BIRD, "\"lan0\"" },
	{ "rip: interface", HAS, make_protocols, "border", BIRD,
	  "interface \"eth3\" { metric 2; update time 5; timeout time 180; garbage time 60; };" },
	{ "rip: takes from OSPF", HAS, make_protocols, "border", BIRD,
	  "export where source = RTS_DEVICE || source = RTS_RIP || (source ~ [ RTS_OSPF, "
	  "RTS_OSPF_IA, RTS_OSPF_EXT1, RTS_OSPF_EXT2 ] && net != 0.0.0.0/0);" },
	{ "rip: only where told", LACKS, make_protocols, "hop", BIRD, "interface \"lan0\"" },
	{ "rip: no IGMP", HAS, make_protocols, "hop", SETUP, "igmp_link_local" },
	{ "rip: check", HAS, make_protocols, "hop", CHECKS,
	  "RIP with border on eth0 is up: birdcl show rip neighbors | grep -q '^10.2.0.1 '\n" },
	{ "bgp: takes from others", HAS, make_protocols, "border", BIRD,
	  "export where source = RTS_BGP || ((proto = \"static_routes\" || source = RTS_DEVICE) && "
	  "net != 0.0.0.0/0);" },
	{ "routes: one way of those that cost the same", HAS, make_protocols, "border", BIRD,
	  "if dest = RTD_UNICAST && gw != 0.0.0.0 then gw = gw;" },
	{ "routes: all of them", LACKS, make_protocols, "back", BIRD, "gw" },
	{ "routes: bird's end here", HAS, make_protocols, "border", BIRD,
	  "\troute 10.7.0.0/16 blackhole;\n" },
	{ "routes: the kernel's end here", HAS, make_protocols, "end", SETUP,
	  "route replace prohibit 10.3.0.0/16\n" },
	{ "reach: out of a stub area", HAS, make_protocols, "inner", REACH,
	  "route get 10.0.0.2\n" },
	{ "reach: into it", HAS, make_protocols, "back", REACH, "route get 10.3.0.1\n" },
	{ "reach: RIP", HAS, make_protocols, "border", REACH, "route get 10.4.0.1\n" },
	{ "reach: not what is thrown away", LACKS, make_protocols, "end", REACH, "10.3.0.1" },
	{ "reach: but what is beside it", HAS, make_protocols, "end", REACH,
	  "route get 10.5.0.1\n" },

	/* DHCP */
	{ "dhcp: no DNS", HAS, make_services, "ap", "/etc/dnsmasq.conf", "port=0\n" },
	{ "dhcp: pool", HAS, make_services, "ap", "/etc/dnsmasq.conf",
	  "dhcp-range=10.0.0.100,10.0.0.200,255.255.255.0,3600\n" },
	{ "dhcp: how long a lease is good", HAS, make_services, "ap", LENDS, "for 3600 s\n" },
	{ "dhcp: a host lends nothing", HAS, make_routing, "h", LENDS, "for 0 s\n" },
	{ "dhcp: router", HAS, make_services, "ap", "/etc/dnsmasq.conf",
	  "dhcp-option=option:router,10.0.0.1\n" },
	{ "dhcp: name server", HAS, make_services, "ap", "/etc/dnsmasq.conf",
	  "dhcp-option=option:dns-server,10.0.0.2\n" },
	{ "dhcp: no ping", HAS, make_services, "ap", "/etc/dnsmasq.conf", "no-ping\n" },
	{ "dhcp: foreground", HAS, make_services, "ap", "/etc/service/dnsmasq/run",
	  "exec dnsmasq -k " },
	{ "dhcp: check", HAS, make_services, "ap", CHECKS, "/proc/net/udp" },
	{ "dhcp: two pools, one interface", HAS, make_dhcp, "s", "/etc/dnsmasq.conf",
	  "# DHCP on eth0; port=0: no DNS.\nport=0\ninterface=eth0\nbind-dynamic\n" },
	{ "dhcp: a pool has a tag beside others", HAS, make_dhcp, "s", "/etc/dnsmasq.conf",
	  "dhcp-range=set:pool2,192.0.2.100,192.0.2.199,255.255.255.0,3600\n"
	  "dhcp-option=tag:pool2,option:router,192.0.2.1\n"
	  "dhcp-option=tag:pool2,option:dns-server\n" },
	{ "dhcp: option of addresses", HAS, make_dhcp, "s", "/etc/dnsmasq.conf",
	  "dhcp-option-force=tag:pool2,42,198.51.100.5,198.51.100.1\n" },
	{ "dhcp: option by name", HAS, make_dhcp, "s", "/etc/dnsmasq.conf",
	  "dhcp-option-force=tag:pool2,option:domain-name,example.net\n" },
	{ "dhcp: option of words", HAS, make_dhcp, "s", "/etc/dnsmasq.conf",
	  "dhcp-option-force=tag:pool2,224,two words\n" },
	{ "dhcp: reservation", HAS, make_dhcp, "s", "/etc/dnsmasq.conf",
	  "dhcp-host=02:00:00:00:00:0c,192.0.2.50,desk\n" },
	{ "dhcp: the only one is authoritative", HAS, make_dhcp, "s", "/etc/dnsmasq.conf",
	  "dhcp-authoritative\n" },
	{ "dhcp: one of two is not", LACKS, make_dhcp, "t", "/etc/dnsmasq.conf",
	  "dhcp-authoritative\n" },
	{ "dhcp: nor is the other", LACKS, make_dhcp, "r", "/etc/dnsmasq.conf",
	  "dhcp-authoritative\n" },
	{ "dhcp: server and relay are one", HAS, make_dhcp, "r", "/etc/dnsmasq.conf",
	  "interface=eth2\ninterface=eth0\n" },
	{ "dhcp: relay", HAS, make_dhcp, "r", "/etc/dnsmasq.conf",
	  "dhcp-relay=192.0.2.1,198.51.100.5\n" },
	{ "dhcp: who is relayed has a lease", HAS, make_dhcp, "pc", CHECKS,
	  "eth0 has a lease: [ -s /run/labd/lease ]\n" },

	{ "nic dhcp: one of its own", HAS, make_dhcp, "t", "/etc/service/udhcpc-eth1/run",
	  "exec busybox udhcpc -f -i eth1 -s /usr/lib/labd/udhcpc-nic.script " },
	{ "nic dhcp: check", HAS, make_dhcp, "t", CHECKS,
	  "eth1 has a lease: [ -s /run/labd/lease.eth1 ]\n" },
	{ "nic dhcp: whom to ask for names", HAS, make_dhcp, "t", "/usr/lib/labd/udhcpc-nic.script",
	  "cat /run/labd/dns.* >/etc/resolv.conf\n" },
	{ "nic dhcp: or the client says so", LACKS, make_dhcp, "pc",
	  "/usr/lib/labd/udhcpc-nic.script", "resolv.conf" },
	{ "nic dhcp: beside a client", HAS, make_dhcp, "pc", CHECKS,
	  "eth1 has a lease: [ -s /run/labd/lease.eth1 ]\n" },

	/* resolver */
	{ "resolver: hints", HAS, make_services, "dns", "/etc/unbound/root.hints",
	  ". 3600000 IN NS a.root.\na.root. 3600000 IN A 10.0.0.3\n" },
	{ "resolver: interface", HAS, make_services, "dns", "/etc/unbound/unbound.conf",
	  "\tinterface: 10.0.0.2\n" },
	{ "resolver: block", HAS, make_services, "dns", "/etc/unbound/unbound.conf",
	  "local-zone: \"bad.example.org.\" redirect\n\tlocal-data: \"bad.example.org. 60 IN A "
	  "10.0.0.5\"" },
	{ "resolver: control by socket", HAS, make_services, "dns", "/etc/unbound/unbound.conf",
	  "control-interface: /run/unbound.ctl\n\tcontrol-use-cert: no\n" },
	{ "resolver: check follows a CNAME", HAS, make_services, "dns", CHECKS,
	  "resolves www.example.org: kdig @127.0.0.1 +short +retry=0 +timeout=5 www.example.org. A "
	  "| grep -qxF 10.0.0.5\n" },

	/* name servers */
	{ "zone: SOA of the root", HAS, make_services, "root", "/etc/knot/root.zone",
	  ". IN SOA a.root. hostmaster. 1 " },
	{ "zone: NS of the root", HAS, make_services, "root", "/etc/knot/root.zone",
	  "\n. IN NS a.root.\n" },
	{ "zone: address of its server", HAS, make_services, "root", "/etc/knot/root.zone",
	  "\na.root. IN A 10.0.0.3\n" },
	{ "zone: delegation past a missing level", HAS, make_services, "root",
	  "/etc/knot/root.zone", "\nexample.org. IN NS ns.example.org.\n" },
	{ "zone: glue", HAS, make_services, "root", "/etc/knot/root.zone",
	  "\nns.example.org. IN A 10.0.0.4\n" },
	{ "zone: a grandchild is not delegated", LACKS, make_services, "root",
	  "/etc/knot/root.zone", "sub.example.org." },
	{ "zone: a server that no zone holds", HAS, make_services, "root", "/etc/knot/root.zone",
	  "\nns.elsewhere.net. IN A 10.0.0.4\n" },
	{ "zone: TTL", HAS, make_services, "org", "/etc/knot/example.org.zone",
	  "$ORIGIN example.org.\n$TTL 600\n" },
	{ "zone: child on the same server", HAS, make_services, "org", "/etc/knot/example.org.zone",
	  "\nsub.example.org. IN NS ns.elsewhere.net.\n" },
	{ "zone: no glue for a foreign name", LACKS, make_services, "org",
	  "/etc/knot/example.org.zone", "ns.elsewhere.net. IN A" },
	{ "zone: record with a TTL", HAS, make_services, "org", "/etc/knot/example.org.zone",
	  "\nweb.example.org. 30 IN A 10.0.0.5\n" },
	{ "zone: apex", HAS, make_services, "org", "/etc/knot/example.org.zone",
	  "\nexample.org. IN TXT \"a text\"\n" },
	{ "knot: listens", HAS, make_services, "org", "/etc/knot/knot.conf",
	  "listen: [ 127.0.0.1@53, 10.0.0.4@53 ]\n" },
	{ "knot: zones", HAS, make_services, "org", "/etc/knot/knot.conf",
	  "  - domain: sub.example.org.\n    file: sub.example.org.zone\n" },
	{ "knot: check", HAS, make_services, "root", CHECKS, "serves .: kdig @127.0.0.1 +short" },

	/* web server, traffic server and client */
	{ "web: redirect", HAS, make_services, "web", "/etc/nginx/nginx.conf",
	  "return 301 https://www.example.org$request_uri;" },
	{ "web: HTTP/2", HAS, make_services, "web", "/etc/nginx/nginx.conf",
	  "listen 443 ssl http2 default_server;" },
	{ "web: RSA key exchange", HAS, make_services, "web", "/etc/nginx/nginx.conf",
	  ":AES128-GCM-SHA256;" },
	{ "web: page is escaped", HAS, make_services, "web", "/srv/www/index.html",
	  "a &lt;b&gt;web&lt;/b&gt; server" },
	{ "web: check", HAS, make_services, "web", CHECKS,
	  "--resolve www.example.org:443:127.0.0.1 -w '%{http_code} %{http_version}'" },
	{ "traffic: service", HAS, make_services, "root", SERVICES, "iperf3\n" },
	{ "traffic: iperf3's own port", HAS, make_services, "root", "/etc/service/iperf3/run",
	  "exec iperf3 -s -4 -p 5201 " },
	{ "traffic: port", HAS, make_services, "web", "/etc/service/iperf3/run", " -p 8080 " },
	{ "traffic: check", HAS, make_services, "web", CHECKS,
	  "iperf3 listens on port 8080: ss -Hltnp 'sport = :8080' | grep -q '\"iperf3\"'\n" },
	{ "client: DHCP", HAS, make_services, "laptop", "/etc/service/udhcpc/run",
	  "exec busybox udhcpc -f -i wlan0 " },
	{ "client: silent until started", LACKS, make_services, "laptop", SETUP,
	  "address replace" },
	{ "client: release", HAS, make_services, "laptop", "/usr/lib/labd/release", "sv 2 udhcpc" },
	{ "client: curl trusts the lab", HAS, make_services, "laptop", "/root/.curlrc",
	  "cacert = /etc/labd/ca.crt\n" },
	{ "IPv6: a host is told whom to ask", HAS, make_dual, "h", "/etc/dhcpcd.conf",
	  "allowinterfaces eth0\nnodev\nnoipv4\n" },
	{ "IPv6: its kernel does not listen to routers", LACKS, make_dual, "h", SETUP,
	  "eth0) echo 1 >$conf/accept_ra" },
	{ "routes: by protocol", HAS, make_routing, "a", "/usr/lib/labd/routes",
	  "birdcl show route" },
	{ "client: renew gives up", HAS, make_services, "laptop", "/usr/lib/labd/renew",
	  "no DHCP server answers" },
	{ "client: release has no rounds", LACKS, make_services, "laptop", "/usr/lib/labd/release",
	  "leasefail" },
	{ "client: check lease", HAS, make_services, "laptop", CHECKS,
	  "wlan0 has a lease: [ -s /run/labd/lease ]\n" },
	{ "nat: masquerade", HAS, make_edge, "box", "/etc/nftables.d/nat.nft",
	  "oifname \"eth1\" counter masquerade\n" },
	{ "nat: forward", HAS, make_edge, "box", "/etc/nftables.d/nat.nft",
	  "iifname \"eth1\" fib daddr type local tcp dport 8443 counter dnat to "
	  "192.168.0.10:443\n" },
	{ "nat: address", HAS, make_edge, "fixed", "/etc/nftables.d/nat.nft",
	  "oifname \"eth1\" counter snat to 203.0.113.3\n" },
	{ "nat: forward of UDP", HAS, make_edge, "fixed", "/etc/nftables.d/nat.nft",
	  "ip daddr 203.0.113.3 udp dport 53 counter dnat to 192.168.1.10:53\n" },
	{ "nat: loaded at once", HAS, make_edge, "box", SETUP, "nft -f /etc/nftables.d/nat.nft\n" },
	{ "nat: tables", HAS, make_edge, "box", TABLES, "conntrack: conntrack -L" },
	{ "nat: asked from inside", HAS, make_edge, "pc", CHECKS, "/dev/tcp/192.168.0.10/443" },
	{ "nat: asked from outside", HAS, make_edge, "out", CHECKS, "/dev/tcp/203.0.113.2/8443" },
	{ "nat: nothing leads to it", LACKS, make_edge, "out", CHECKS, "reaches hidden" },
	{ "filter: policy", HAS, make_edge, "box", "/etc/nftables.d/filter.nft",
	  "hook forward priority filter; policy drop;\n" },
	{ "filter: state", HAS, make_edge, "box", "/etc/nftables.d/filter.nft",
	  "ct state { established, related } counter accept comment \"known\"\n" },
	{ "filter: addresses", HAS, make_edge, "box", "/etc/nftables.d/filter.nft",
	  "iifname \"eth0\" ip saddr 192.168.0.0/24 counter accept\n" },
	{ "filter: ports", HAS, make_edge, "box", "/etc/nftables.d/filter.nft",
	  "ip daddr 192.168.0.10 tcp dport 443-444 counter accept\n" },
	{ "filter: reject", HAS, make_edge, "box", "/etc/nftables.d/filter.nft",
	  "counter reject with icmpx admin-prohibited\n" },
	{ "filter: what no rule matches is counted", HAS, make_edge, "box",
	  "/etc/nftables.d/filter.nft", "counter comment \"no rule: drop\"\n" },
	{ "filter: ruleset", HAS, make_edge, "out", "/etc/nftables.d/filter.nft",
	  "table inet own { }\n" },
	{ "filter: table", HAS, make_edge, "out", TABLES, "filter: nft list ruleset" },
	{ "client: check reach", HAS, make_services, "laptop", CHECKS,
	  "reaches web: timeout 10 bash -c ':</dev/tcp/10.0.0.5/443' || {\n" },
};

static void test_fact(void **state)
{
	const struct fact *fact = *state;
	auto_plan struct plan plan = { 0 };
	auto_str struct str at = { 0 };
	auto_topo struct topo topo = { 0 };

	fact->make(&topo);
	plan_build(&topo, &plan);
	add_where(node_of(&plan, fact->node), fact->where, &at);
	if (!strstr(str_text(&at), fact->text) != (fact->what == LACKS))
		fail_msg("%s of '%s' %s \"%s\":\n%s", fact->where, fact->node,
			 fact->what == LACKS ? "has" : "lacks", fact->text, str_text(&at));
}

static void build(void (*make)(struct topo *ret), struct plan *ret)
{
	auto_topo struct topo topo = { 0 };

	make(&topo);
	plan_build(&topo, ret);
}

/* Within an AS two routers that share no subnet still have a session, between their first
 * addresses. */
static void test_distant_ibgp(void **state)
{
	static const char lab[] =
		"<network name='n' prefix='10.0.0.0/8'/>"
		"<node name='l'><nic name='eth0' address='10.0.0.1/30'/><nic name='eth1'/>"
		"<router><ospf nics='eth0'/><bgp as='65001'><neighbor "
		"node='r'/></bgp></router></node>"
		"<node name='r'><nic name='eth0' address='10.0.1.1/30'/><nic name='eth1'/>"
		"<router><ospf nics='eth0'/><bgp as='65001'><neighbor "
		"node='l'/></bgp></router></node>";
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };

	(void)state;
	make_lab(lab, &topo);
	plan_build(&topo, &plan);
	assert_non_null(strstr(text_of(&plan.nodes[0], BIRD),
			       "\tlocal 10.0.0.1 as 65001;\n\tneighbor 10.0.1.1 as 65001;\n}\n"));
	assert_non_null(strstr(text_of(&plan.nodes[1], BIRD),
			       "\tlocal 10.0.1.1 as 65001;\n\tneighbor 10.0.0.1 as 65001;\n}\n"));
}

static void test_wires(void **state)
{
	auto_plan struct plan plan = { 0 };

	(void)state;
	build(make_routing, &plan);
	assert_int_equal(plan.n_links, 3);
	assert_string_equal(plan.links[1].name, "a-b");
	assert_string_equal(plan.links[1].bridge, "br1");
	assert_int_equal(plan.links[1].n_ends, 2);
	assert_int_equal(plan.links[1].ends[1].node, 1);
	assert_int_equal(plan.links[1].ends[1].nic, 0);
	assert_int_equal(plan.links[1].ends[0].shape.delay_us, 60000);
	assert_int_equal(plan.nodes[0].nics[1].link, 1);
	assert_string_equal(plan.nodes[0].nics[1].tap, "t0.1");
	assert_true(plan.nodes[2].nics[1].link == SIZE_MAX);
}

/* Nothing is said of what is as usual; a NIC has its link's MTU or its own. */
static void test_wires_unusual(void **state)
{
	static const char lab[] =
		"<node name='a'><nic name='eth0'/><nic name='eth1' mtu='1280'/><nic "
		"name='eth2'/></node>"
		"<node name='b'><nic name='eth0'/><nic name='eth1'/><nic name='eth2' "
		"mtu='9000'/></node>"
		"<link name='one-way' delay='5ms'><end node='a' nic='eth0' loss='10%'/>"
		"<end node='b' nic='eth0' delay='none'/></link>"
		"<link name='large' state='down' mtu='9000'><end node='a' nic='eth1'/>"
		"<end node='b' nic='eth1'/></link>"
		"<link name='damaged' corrupt='0.1%' reorder='5%' duplicate='1%'>"
		"<end node='a' nic='eth2'/><end node='b' nic='eth2'/></link>";
	static const char *const lines[] = {
		"wire one-way: bridge br0, taps t0.0 t1.0, from t0.0 delay=5ms loss=10%\n",
		"wire large: bridge br1, taps t0.1 t1.1, mtu=9000, down\n",
		"wire damaged: bridge br2, taps t0.2 t1.2, duplicate=1% reorder=5% corrupt=0.1%\n",
	};
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	auto_str struct str out = { 0 };

	(void)state;
	make_lab(lab, &topo);
	plan_build(&topo, &plan);
	plan_print(&plan, &out);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (!strstr(str_text(&out), lines[i]))
			fail_msg("'%s' is not in\n%s", lines[i], str_text(&out));
	assert_non_null(strstr(text_of(&plan.nodes[0], SETUP), "\nlink set dev eth1 mtu 1280\n"));
	assert_null(strstr(text_of(&plan.nodes[0], SETUP), "dev eth0 mtu"));
	assert_non_null(strstr(text_of(&plan.nodes[1], SETUP),
			       "\nlink set dev eth1 mtu 9000\nlink set dev eth2 mtu 9000\n"));
}

static void test_wifi(void **state)
{
	static const struct {
		size_t node;
		const char *path, *text;
	} rows[] = {
		{ 0, "/etc/hostapd.conf", "\nbridge=br0\n" },
		{ 0, "/etc/hostapd.conf", "\nssid=s p\n" },
		{ 0, "/etc/hostapd.conf", "\nchannel=3\n" },
		{ 0, "/etc/hostapd.conf", "\nwpa_passphrase=secret word\n" },
		{ 0, "/etc/labd/setup", "labd-radio new 02:00:00:00:00:02\n" },
		{ 0, "/etc/service/radio/run", "labd-radio run 02:00:00:00:00:02\n" },
		{ 5, "/etc/wpa_supplicant.conf", "\tssid=\"s p\"\n\tpsk=\"secret word\"\n" },
		{ 5, "/etc/wpa_supplicant.conf", "\tscan_freq=2412 2422 2437 2462\n" },
		{ 5, "/usr/lib/labd/join", "$w disable_network all; $w enable_network all;" },
		{ 5, "/etc/wpa_supplicant.conf", "passive_scan=1\n" },
		{ 5, "/etc/labd/setup", "link set dev wlan0 up\n" },
	};
	auto_plan struct plan plan = { 0 };
	size_t i;

	(void)state;
	build(make_services, &plan);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strstr(text_of(&plan.nodes[rows[i].node], rows[i].path), rows[i].text))
			fail_msg("%s of node %zu has no '%s'", rows[i].path, rows[i].node,
				 rows[i].text);
	/* hostapd makes the radio a port of the bridge, and brings it up. */
	assert_null(strstr(text_of(&plan.nodes[0], "/etc/labd/setup"), "dev wlan0"));
	assert_int_equal(plan.n_links, 2);
	assert_int_equal(plan.links[1].kind, TOPO_LINK_WIFI);
	assert_int_equal(plan.links[1].n_ends, 2);
	assert_int_equal(plan.links[1].paths[0].signal, -70);
	assert_string_equal(plan.nodes[5].nics[0].tap, "");
	assert_int_equal(plan.nodes[5].nics[0].link, 1);
	assert_ptr_equal(plan_radio_of(&plan.nodes[0]), &plan.nodes[0].nics[1]);
	assert_null(plan_radio_of(&plan.nodes[1]));
}

/* All kinds of networks in one air, and a radio that only listens. */
static void test_networks(void **state)
{
	static const struct {
		size_t node;
		const char *path, *text;
	} rows[] = {
		{ 0, "/etc/hostapd.conf", "\nssid=우리학교\n" },
		{ 0, "/etc/hostapd.conf", "\nutf8_ssid=1\n" },
		{ 0, "/etc/hostapd.conf", "\nwpa_key_mgmt=SAE\nieee80211w=2\n" },
		{ 0, "/etc/hostapd.conf", "\nwpa_passphrase=12345678\n" },
		{ 0, "/etc/labd/setup", "modprobe -a ctr ccm cmac mac80211_hwsim\n" },
		{ 1, "/etc/hostapd.conf", "\nchannel=3\n" },
		{ 1, "/etc/hostapd.conf", "\nwpa=0\n" },
		{ 2, "/etc/hostapd.conf", "\nssid=staff\n" },
		{ 2, "/etc/hostapd.conf", "\nignore_broadcast_ssid=1\n" },
		{ 2, "/etc/hostapd.conf", "\nwpa_key_mgmt=WPA-EAP\n" },
		{ 2, "/etc/hostapd.users", "\n\"kim\" MSCHAPV2 \"secret7\" [2]\n" },
		{ 3, "/etc/hostapd.conf", "\nwpa_key_mgmt=WPA-PSK SAE\nieee80211w=1\n" },
		{ 4, "/etc/wpa_supplicant.conf", "\tssid=\"우리학교\"\n\tpsk=\"12345678\"\n" },
		{ 4, "/etc/wpa_supplicant.conf", "\tkey_mgmt=SAE\n\tieee80211w=2\n" },
		{ 4, "/etc/wpa_supplicant.conf", "\tbgscan=" },
		{ 5, "/etc/wpa_supplicant.conf", "\tscan_ssid=1\n" },
		{ 5, "/etc/wpa_supplicant.conf", "\tkey_mgmt=WPA-EAP\n" },
		{ 5, "/etc/wpa_supplicant.conf", "\tidentity=\"kim\"\n" },
		{ 5, "/etc/wpa_supplicant.conf", "\tdomain_match=\"office.wifi.test\"\n" },
		{ 6, "/etc/wpa_supplicant.conf", "\tkey_mgmt=NONE\n" },
		{ 7, "/etc/wpa_supplicant.conf", "\tkey_mgmt=WPA-PSK\n" },
		{ 8, "/etc/labd/setup", "iw dev wlan0 set channel 3\n" },
	};
	static const char *const no_rows[] = { "wpa_passphrase", "utf8_ssid", "ap_isolate" };
	auto_plan struct plan plan = { 0 };

	(void)state;
	build(make_air, &plan);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strstr(text_of(&plan.nodes[rows[i].node], rows[i].path), rows[i].text))
			fail_msg("%s of node %zu has no '%s'", rows[i].path, rows[i].node,
				 rows[i].text);
	for (size_t i = 0; i < ARRAY_SIZE(no_rows); i++)
		assert_null(strstr(text_of(&plan.nodes[1], "/etc/hostapd.conf"), no_rows[i]));
	assert_null(
		strstr(text_of(&plan.nodes[8], "/etc/labd/setup"), "link set dev wlan0 up\nEND"));
	assert_int_equal(plan.links[0].n_networks, 5);
	assert_int_equal(plan.links[0].ends[9].network, 4); /* the twin has one of its own */
}

/* A zone may be called as the root's file is. */
static void test_zone_files(void **state)
{
	static const char lab[] =
		"<network name='n' prefix='10.0.0.0/24'/>"
		"<node name='ns'><nic name='eth0' address='10.0.0.5/24'/><name-server>"
		"<zone name='.' ns='a.root.'/><zone name='root.' ns='b.root.'/>"
		"</name-server></node>";
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };

	(void)state;
	make_lab(lab, &topo);
	plan_build(&topo, &plan);
	assert_non_null(strstr(text_of(&plan.nodes[0], "/etc/knot/root.zone"), "$ORIGIN .\n"));
	assert_non_null(strstr(text_of(&plan.nodes[0], "/etc/knot/root..zone"), "$ORIGIN root.\n"));
	assert_non_null(strstr(text_of(&plan.nodes[0], "/etc/knot/knot.conf"),
			       "  - domain: root.\n    file: root..zone\n"));
}

/* Both name both servers; each knows the other's address. */
static void test_secondary(void **state)
{
	static const char lab[] =
		"<network name='n' prefix='192.0.2.0/24'/>"
		"<node name='one'><nic name='eth0' address='192.0.2.5/24'/><name-server>"
		"<zone name='.' ns='ns.'/><zone name='a.' ns='ns1.a.'>"
		"<record name='www' type='A' data='192.0.2.9'/>"
		"<record name='*.x' type='A' data='192.0.2.9'/></zone>"
		"<zone name='2.0.192.in-addr.arpa.' ns='ns1.a.' reverse='yes'>"
		"<record name='6' type='PTR' data='six.a.'/></zone>"
		"</name-server></node>"
		"<node name='two'><nic name='eth0' address='192.0.2.6/24'/><name-server>"
		"<secondary zone='a.' ns='ns2.a.'/></name-server></node>";
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	const char *text;

	(void)state;
	make_lab(lab, &topo);
	plan_build(&topo, &plan);
	text = text_of(&plan.nodes[0], "/etc/knot/root.zone");
	assert_non_null(strstr(text, "a. IN NS ns2.a.\n"));
	assert_non_null(strstr(text, "ns2.a. IN A 192.0.2.6\n"));
	text = text_of(&plan.nodes[0], "/etc/knot/a.zone");
	assert_non_null(strstr(text, "a. IN SOA ns1.a. "));
	assert_non_null(strstr(text, "a. IN NS ns2.a.\n"));
	text = text_of(&plan.nodes[0], "/etc/knot/2.0.192.in-addr.arpa.zone");
	assert_non_null(strstr(text, "9.2.0.192.in-addr.arpa. IN PTR www.a.\n"));
	assert_non_null(strstr(text, "6.2.0.192.in-addr.arpa. IN PTR six.a.\n"));
	assert_null(strstr(text, "PTR ns2.a."));
	assert_null(strstr(text, "*"));
	text = text_of(&plan.nodes[0], "/etc/knot/knot.conf");
	assert_non_null(strstr(text, "    notify: [ two ]\n    acl: [ two ]\n"));
	assert_non_null(strstr(text, "  - id: two\n    address: 192.0.2.6@53\n"));
	text = text_of(&plan.nodes[1], "/etc/knot/knot.conf");
	assert_non_null(strstr(text, "    master: [ one ]\n    acl: [ one ]\n"));
	assert_null(text_of(&plan.nodes[1], "/etc/knot/a.zone")[0] ? text : NULL);
	assert_string_equal(plan.nodes[1].checks[1].name, "has a. from one");
}

static const struct plan_check *check_of(const struct plan_node *node, const char *name)
{
	for (size_t i = 0; i < node->n_checks; i++)
		if (str_eq(node->checks[i].name, name))
			return &node->checks[i];
	return NULL;
}

/* The chain of keys: who has which, what the parent says, what a resolver is then to find. */
static void test_dnssec(void **state)
{
	static const char lab[] =
		"<network name='n' prefix='192.0.2.0/24'/>"
		"<node name='ns'><nic name='eth0' address='192.0.2.5/24'/><name-server>"
		"<zone name='.' ns='ns.a.' dnssec='yes'/><zone name='a.' ns='ns.a.' dnssec='yes'/>"
		"<zone name='b.' ns='ns.a.' dnssec='yes' ds='wrong'/>"
		"<zone name='sub.b.' ns='ns.a.' dnssec='yes'/>"
		"<zone name='c.' ns='ns.a.' dnssec='yes' ds='none'/><zone name='d.' ns='ns.a.'/>"
		"<zone name='sub.d.' ns='ns.a.' dnssec='yes'/>"
		"<zone name='e.' ns='ns.a.' dnssec='expired'/>"
		"</name-server></node>"
		"<node name='evil'><nic name='eth0' address='192.0.2.7/24'/><name-server>"
		"<zone name='a.' ns='ns.evil.' lies='yes'>"
		"<record name='www' type='A' data='192.0.2.66'/></zone></name-server></node>"
		"<node name='dns'><nic name='eth0' address='192.0.2.6/24'/>"
		"<resolver validate='yes'/></node>";
	static const struct {
		const char *path;
		enum plan_content content;
		const char *subject;
	} secrets[] = {
		{ "/etc/knot/root.zone.ksk", PLAN_CONTENT_ZONE_KEY, "ksk.." },
		{ "/etc/knot/a.zone.zsk", PLAN_CONTENT_ZONE_KEY, "zsk.a." },
		{ "/etc/knot/a.zone.ds", PLAN_CONTENT_ZONE_DS, "ksk.a." },
		{ "/etc/knot/b.zone.ksk", PLAN_CONTENT_ZONE_KEY, "ksk.b." },
		{ "/etc/knot/b.zone.ds", PLAN_CONTENT_ZONE_DS, "other.b." },
	};
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	const char *text;

	(void)state;
	make_lab(lab, &topo);
	plan_build(&topo, &plan);
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		const struct plan_file *file = file_of(&plan.nodes[0], secrets[i].path);

		assert_int_equal(file->content, secrets[i].content);
		assert_string_equal(file->subject, secrets[i].subject);
	}
	assert_int_equal(plan.nodes[0].lends_s, 14 * 24 * 60 * 60);
	assert_int_equal(plan.nodes[1].lends_s, 0);
	text = text_of(&plan.nodes[0], "/etc/knot/root.zone");
	assert_non_null(strstr(text, "$INCLUDE a.zone.ds\n"));
	assert_null(strstr(text, "$INCLUDE c.zone.ds\n"));
	assert_null(strstr(text, "evil"));
	assert_null(strstr(text, "sub"));
	assert_null(file_of(&plan.nodes[0], "/etc/knot/c.zone.ds")->path);
	assert_non_null(strstr(text, "$INCLUDE e.zone.ds\n"));
	text = text_of(&plan.nodes[0], "/etc/service/knot/run");
	assert_non_null(
		strstr(text, " -o /run/knot e. &&\n\tcat /run/knot/e.zone >/etc/knot/e.zone &&\n"));
	assert_null(strstr(text, " -o /run/knot a."));
	text = text_of(&plan.nodes[1], "/etc/knot/a.zone");
	assert_non_null(strstr(text, "a. IN NS ns.evil.\n"));
	assert_null(strstr(text, "ns.a."));
	text = text_of(&plan.nodes[2], "/etc/unbound/unbound.conf");
	assert_non_null(strstr(text, "module-config: \"validator iterator\""));
	assert_non_null(strstr(text, "trust-anchor-file: \"/etc/unbound/root.ds\""));
	assert_non_null(strstr(text, "trust-anchor-file: \"/etc/unbound/sub.d.ds\""));
	assert_non_null(strstr(text, "discard-timeout: 0\n"));
	assert_null(strstr(text, "unbound/a.ds"));
	assert_non_null(check_of(&plan.nodes[2], "validates a."));
	assert_non_null(check_of(&plan.nodes[2], "validates sub.d."));
	assert_null(check_of(&plan.nodes[2], "validates b."));
	assert_null(check_of(&plan.nodes[2], "validates sub.b."));
	assert_null(check_of(&plan.nodes[2], "validates c."));
	assert_null(check_of(&plan.nodes[2], "validates e."));
}

/* A switch that asks for its address; MTUs of what lies on NICs. */
static void test_bridge_asks(void **state)
{
	static const char lab[] =
		"<network name='n' prefix='192.0.2.0/24'/>"
		"<node name='r'><nic name='eth0' address='192.0.2.1/24'/>"
		"<dhcp-server on='eth0' first='192.0.2.100' last='192.0.2.199'/></node>"
		"<node name='sw'><nic name='eth0'/><nic name='eth1' mtu='9000'/>"
		"<bridge name='br0' ports='eth0 eth1' dhcp='yes' mtu='1400'>"
		"<port nic='eth1' vlan='5'/></bridge>"
		"<vlan name='v5' on='br0' id='5' mtu='1300'/></node>"
		"<link name='l'><end node='r' nic='eth0'/><end node='sw' nic='eth0'/></link>";
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	const char *setup;

	(void)state;
	make_lab(lab, &topo);
	plan_build(&topo, &plan);
	setup = text_of(&plan.nodes[1], SETUP);
	assert_non_null(strstr(setup, "link set dev br0 mtu 1400\n"));
	assert_non_null(strstr(setup, "link set dev v5 mtu 1300\n"));
	assert_non_null(strstr(setup, "link set dev eth1 mtu 9000\n"));
	assert_non_null(strstr(setup, "vlan add dev br0 vid 1 pvid untagged self\n"));
	assert_non_null(strstr(text_of(&plan.nodes[1], "/etc/service/udhcpc-br0/run"),
			       "udhcpc -f -i br0 "));
	assert_non_null(check_of(&plan.nodes[1], "br0 has a lease"));
}

/* One resolver asks another, or a server that the root does not know; and one beside its server. */
static void test_forward(void **state)
{
	static const char lab[] =
		"<network name='n' prefix='192.0.2.0/24'/>"
		"<node name='dns'><nic name='eth0' address='192.0.2.1/24'/><resolver>"
		"<forward to='192.0.2.2'/><forward to='192.0.2.3' zone='corp'/></resolver></node>"
		"<node name='both'><nic name='eth0' address='192.0.2.2/24'/><resolver>"
		"<block name='w.' answer='192.0.2.9'/></resolver>"
		"<name-server><zone name='home.' ns='ns.home.'/></name-server></node>"
		"<node name='ns'><nic name='eth0' address='192.0.2.3/24'/><name-server>"
		"<zone name='.' ns='ns.'/></name-server></node>"
		"<node name='web'><nic name='eth0' address='192.0.2.4/24'/>"
		"<web-server host='www.w'/></node>";
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	const struct plan_check *check;
	const char *text;

	(void)state;
	make_lab(lab, &topo);
	plan_build(&topo, &plan);
	text = text_of(&plan.nodes[0], "/etc/unbound/unbound.conf");
	assert_non_null(strstr(text, "forward-zone:\n\tname: \".\"\n\tforward-addr: 192.0.2.2\n"));
	assert_non_null(strstr(text, "stub-zone:\n\tname: \"corp.\"\n\tstub-addr: 192.0.2.3\n"));
	assert_non_null(check_of(&plan.nodes[0], "asks both about ."));
	assert_null(check_of(&plan.nodes[0], "reaches ns"));
	check = check_of(&plan.nodes[0], "resolves www.w");
	assert_non_null(strstr(check ? check->command : "", "192.0.2.9"));
	text = text_of(&plan.nodes[1], "/etc/unbound/unbound.conf");
	assert_non_null(strstr(text, "auth-zone:\n\tname: \"home.\"\n\tprimary: 127.0.0.2\n"));
	text = text_of(&plan.nodes[1], "/etc/knot/knot.conf");
	assert_non_null(strstr(text, "listen: [ 127.0.0.2@53 ]\n"));
	assert_non_null(strstr(text, "    notify: [ own_resolver ]\n"));
}

static void test_secrets(void **state)
{
	auto_plan struct plan plan = { 0 };
	const struct plan_file *file;
	size_t i;

	(void)state;
	build(make_services, &plan);
	for (i = 0; i < plan.n_nodes; i++) {
		file = file_of(&plan.nodes[i], "/etc/labd/ca.crt");
		assert_non_null(file->path);
		assert_int_equal(file->content, PLAN_CONTENT_CA_CERT);
	}
	file = file_of(node_of(&plan, "web"), "/etc/nginx/site.key");
	assert_non_null(file->path);
	assert_int_equal(file->content, PLAN_CONTENT_SITE_KEY);
	assert_int_equal(file->mode, 0600);
	assert_string_equal(file->subject, "www.example.org");
	assert_null(file->data);
}

/* Sites of one server: ports, certificates with and without a fault, pages. */
static void test_sites(void **state)
{
	static const char lab[] = "<network name='n' prefix='10.0.0.0/24'/>"
				  "<node name='web'><nic name='eth0' address='10.0.0.5/24'/>"
				  "<web-server host='a.example' http='pages'>"
				  "<site host='b.example' https='no' root='/srv/b'/>"
				  "<site host='c.example.' http='no' certificate='expired'/>"
				  "</web-server></node>";
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	const struct plan_node *web;
	const char *conf;

	(void)state;
	make_lab(lab, &topo);
	plan_build(&topo, &plan);
	web = &plan.nodes[0];
	conf = text_of(web, "/etc/nginx/nginx.conf");
	assert_non_null(strstr(conf,
			       "listen 80 default_server;\n\t\tserver_name a.example;\n\t\troot "
			       "/srv/www;"));
	assert_non_null(
		strstr(conf, "listen 443 ssl http2 default_server;\n\t\tserver_name a.example;"));
	assert_non_null(strstr(conf, "listen 80;\n\t\tserver_name b.example;\n\t\troot /srv/b;"));
	assert_non_null(strstr(conf, "listen 443 ssl http2;\n\t\tserver_name c.example;"));
	assert_null(strstr(conf, "listen 80;\n\t\tserver_name c.example;"));
	assert_null(strstr(conf, "return 301"));
	assert_null(file_of(web, "/etc/nginx/site.crt")->fault);
	assert_string_equal(file_of(web, "/etc/nginx/sites/c.example.crt")->fault, "expired");
	assert_non_null(file_of(web, "/srv/c.example/index.html"));
}

/* What a user gives for a path that a role writes is what the guest gets, once. */
static void test_user_file_wins(void **state)
{
	static const char own[] = "/srv/www/index.html",
			  lab[] = "<network name='n' prefix='10.0.0.0/24'/>"
				  "<node name='web'><nic name='eth0' "
				  "address='10.0.0.5/24'/><web-server host='a.b'/>"
				  "<file path='/srv/www/index.html'>mine</file></node>";
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	size_t i, seen = 0;

	(void)state;
	make_lab(lab, &topo);
	plan_build(&topo, &plan);
	for (i = 0; i < plan.nodes[0].n_files; i++)
		seen += str_eq(plan.nodes[0].files[i].path, own);
	assert_int_equal(seen, 1);
	assert_string_equal(text_of(&plan.nodes[0], own), "mine");
}

/* Every service has its run script, every NIC and bridge a name that the kernel takes. */
static void test_services_have_scripts(void **state)
{
	void (*const makes[])(struct topo * ret) = { make_routing, make_services };
	size_t m, i, j;

	(void)state;
	for (m = 0; m < ARRAY_SIZE(makes); m++) {
		auto_plan struct plan plan = { 0 };

		build(makes[m], &plan);
		for (i = 0; i < plan.n_nodes; i++)
			for (j = 0; j < plan.nodes[i].n_services; j++) {
				auto_free char *path =
					xasprintf("/etc/service/%s/run", plan.nodes[i].services[j]);
				const struct plan_file *file = file_of(&plan.nodes[i], path);

				assert_non_null(file->path);
				assert_int_equal(file->mode, 0755);
				assert_true(
					str_prefix(text_of(&plan.nodes[i], path), "#!/bin/sh\n"));
			}
	}
}

static void test_print(void **state)
{
	auto_plan struct plan plan = { 0 };
	auto_str struct str text = { 0 };

	(void)state;
	build(make_routing, &plan);
	plan_print(&plan, &text);
	assert_non_null(strstr(text.data, "wire a-b: bridge br1, taps t0.1 t1.0, delay=60ms\n"));
	assert_non_null(
		strstr(text.data, "  nic eth1 02:00:00:00:00:06, tap t2.1, not connected\n"));
	assert_non_null(strstr(text.data, "  memory 96 MiB\n"));
	assert_non_null(strstr(text.data, "  file /etc/motd 0600\n    | hi\n"));
	assert_non_null(strstr(text.data, "  file /blob 0644\n    (3 bytes that are no text)\n"));
	assert_non_null(strstr(text.data, "  run: echo one\n    | echo two\n"));
	assert_non_null(strstr(text.data, " labd.node=c-1\n"));
}

static void test_json(void **state)
{
	auto_plan struct plan plan = { 0 };
	auto_json json_t *json = NULL;
	const json_t *node, *files, *nic;

	(void)state;
	build(make_routing, &plan);
	json = plan_to_json(&plan);
	assert_string_equal(json_get_text(json, "lab", ""), "test");
	assert_int_equal(json_array_size(json_object_get(json, "nodes")), 4);
	assert_int_equal(json_array_size(json_object_get(json, "wires")), 3);
	node = json_array_get(json_object_get(json, "nodes"), 2);
	nic = json_array_get(json_object_get(node, "nics"), 0);
	assert_string_equal(json_get_text(nic, "link", ""), "b-c");
	assert_int_equal(json_get_int(nic, "wire", -1), 2);
	assert_true(json_is_null(
		json_object_get(json_array_get(json_object_get(node, "nics"), 1), "wire")));
	node = json_array_get(json_object_get(json, "nodes"), 3);
	files = json_object_get(node, "files");
	assert_string_equal(json_get_text(json_array_get(files, 0), "content", ""), "ca-cert");
	assert_string_equal(
		json_get_text(json_array_get(files, json_array_size(files) - 1), "data_base64", ""),
		"/wAB");
	assert_string_equal(
		json_get_text(json_array_get(files, json_array_size(files) - 2), "mode", ""),
		"0600");
}

int main(void)
{
	const struct CMUnitTest fixed[] = {
		cmocka_unit_test(test_distant_ibgp),   cmocka_unit_test(test_wires),
		cmocka_unit_test(test_wires_unusual),  cmocka_unit_test(test_wifi),
		cmocka_unit_test(test_zone_files),     cmocka_unit_test(test_dnssec),
		cmocka_unit_test(test_bridge_asks),    cmocka_unit_test(test_forward),
		cmocka_unit_test(test_secondary),      cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_networks),       cmocka_unit_test(test_sites),
		cmocka_unit_test(test_user_file_wins), cmocka_unit_test(test_services_have_scripts),
		cmocka_unit_test(test_print),          cmocka_unit_test(test_json),
	};

	ADD_ROWS(facts, test_fact);
	ADD_TESTS(fixed);
	return run_added("plan", NULL, NULL);
}
