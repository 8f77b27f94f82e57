/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The setup script of a guest: names, bridges, addresses, routes, and what the kernel may and may
 * not say by itself.
 *
 * Every process costs an emulated guest 20 to 50 ms, so that there is one `ip -batch` for
 * everything, which stops at the first line that fails and names it, and the rest is what a shell
 * does without a child.
 */
#include "base/str.h"
#include "plan/build.h"

/* WPA3 is in its air: group frames that manage it have a checksum of their own (BIP). */
static bool protects_management(const struct topo *topo, const struct topo_nic *nic)
{
	const struct topo_link *link = plan_wifi_of(topo, nic);

	for (size_t i = 0; i < link->n_networks; i++)
		if (link->networks[i].security == TOPO_WPA3 ||
		    link->networks[i].security == TOPO_WPA2_WPA3)
			return true;
	return false;
}

/* The simulated radio and the ciphers that WPA2 asks for; loaded now, and not when a key is set. */
static void add_radio(const struct topo *topo, const struct topo_node *from, struct str *out)
{
	char mac[NET_TEXT];
	size_t i;

	for (i = 0; i < from->n_nics; i++)
		if (plan_wifi_of(topo, &from->nics[i]))
			str_addf(out,
				 "modprobe -a ctr ccm %smac80211_hwsim\n" PLAN_LIB
				 "/labd-radio new %s\n\n",
				 protects_management(topo, &from->nics[i]) ? "cmac " : "",
				 net_mac_text(from->nics[i].mac, mac));
}

/* NICs are found by MAC, parked under a name that nobody has, and then given their own: two may
 * swap names. */
static void add_renames(const struct topo_node *from, struct str *out)
{
	char mac[NET_TEXT];
	size_t i;

	str_adds(out, "park= name= n=0\n"
		      "for nic in /sys/class/net/*; do\n"
		      "\tread -r mac <\"$nic/address\" || continue\n"
		      "\tcase $mac in\n");
	for (i = 0; i < from->n_nics; i++)
		str_addf(out, "\t%s) to=%s ;;\n", net_mac_text(from->nics[i].mac, mac),
			 from->nics[i].name);
	str_addf(out,
		 "\t*) continue ;;\n"
		 "\tesac\n"
		 "\tn=$((n + 1))\n"
		 "\t[ \"${nic##*/}\" != \"$to\" ] || continue\n"
		 "\tpark=\"${park}link set dev ${nic##*/} name labd$n\n\"\n"
		 "\tname=\"${name}link set dev labd$n name $to\n\"\n"
		 "done\n"
		 "if [ $n -ne %zu ]; then\n"
		 "\techo \"setup: $n of %zu NICs are there\" >&2\n"
		 "\texit 1\n"
		 "fi\n\n",
		 from->n_nics, from->n_nics);
}

static void add_addresses(const char *name, const struct topo_addresses *addresses, struct str *out)
{
	char text[NET_TEXT];

	for (size_t i = 0; i < addresses->n; i++)
		if (addresses->list[i].addr.family == NET_IPV4)
			str_addf(out, "address replace %s%s dev %s\n",
				 net_prefix_text(addresses->list[i], text),
				 addresses->list[i].len < 31 ? " broadcast +" : "", name);
}

static void add_tree_ports(const struct topo_node *from, const struct topo_bridge *bridge,
			   struct str *out)
{
	for (size_t i = 0; bridge->stp && i < bridge->n_ports; i++) {
		const struct topo_port *port = &bridge->ports[i];

		str_addf(out, "link set dev %s type bridge_slave priority %u",
			 from->nics[port->nic].name, port->priority);
		if (port->cost)
			str_addf(out, " cost %u", port->cost);
		str_adds(out, "\n");
	}
}

static void add_mtu(const char *name, unsigned int mtu, unsigned int else_mtu, struct str *out)
{
	if (mtu != else_mtu)
		str_addf(out, "link set dev %s mtu %u\n", name, mtu);
}

/*
 * A bridge without spanning tree forwards at once; without snooping it asks nobody about multicast.
 * With it, times are short, and as IEEE 802.1D, 8.10.2 wants them to one another: a port forwards
 * after two times 7 s, and a root that is silent for 12 s is gone (an emulated guest may be kept
 * waiting for some).
 */
static void add_bridge(const struct topo *topo, const struct topo_node *from,
		       const struct topo_bridge *bridge, struct str *out)
{
	auto_free char *tree =
		xasprintf("forward_delay 700 hello_time 200 max_age 1200 stp_state 1 priority %u",
			  bridge->priority);
	char mac[NET_TEXT];
	size_t i;

	str_addf(out, "link add name %s%s%s type bridge %s mcast_snooping 0%s\n", bridge->name,
		 net_mac_is_zero(bridge->mac) ? "" : " address ",
		 net_mac_is_zero(bridge->mac) ? "" : net_mac_text(bridge->mac, mac),
		 bridge->stp ? tree : "forward_delay 0 stp_state 0",
		 bridge->vlans ? " vlan_filtering 1 vlan_default_pvid 0" : "");
	/* A radio cannot be a port before it is an access point: hostapd puts it there. */
	for (i = 0; i < bridge->n_ports; i++)
		if (!plan_wifi_of(topo, &from->nics[bridge->ports[i].nic]))
			str_addf(out, "link set dev %s master %s\n",
				 from->nics[bridge->ports[i].nic].name, bridge->name);
	add_tree_ports(from, bridge, out);
	add_mtu(bridge->name, bridge->mtu, 0, out);
	add_addresses(bridge->name, &bridge->addresses, out);
	str_addf(out, "link set dev %s up\n", bridge->name);
}

/* A device comes up when the one below it is. */
static void add_vlans(const struct topo_node *from, struct str *out)
{
	for (size_t i = 0; i < from->n_vlans; i++) {
		const struct topo_vlan *vlan = &from->vlans[i];

		str_addf(out, "link add link %s name %s type vlan id %u\n",
			 vlan->nic != SIZE_MAX ? from->nics[vlan->nic].name
					       : from->bridges[vlan->bridge].name,
			 vlan->name, vlan->id);
		add_mtu(vlan->name, vlan->mtu, 0, out);
		add_addresses(vlan->name, &vlan->addresses, out);
		str_addf(out, "link set dev %s up\n", vlan->name);
	}
}

/* Which VLANs a bridge with VLANs has on its ports, and for itself. */
static void add_port_vlans(const struct topo_node *from, size_t index, struct str *out)
{
	const struct topo_bridge *bridge = &from->bridges[index];

	for (size_t i = 0; i < bridge->n_ports; i++) {
		const struct topo_port *port = &bridge->ports[i];
		const char *nic = from->nics[port->nic].name;

		for (size_t j = 0; j < port->n_trunk; j++)
			if (port->trunk[j] != port->vlan)
				str_addf(out, "vlan add dev %s vid %u\n", nic, port->trunk[j]);
		if (port->vlan)
			str_addf(out, "vlan add dev %s vid %u pvid untagged\n", nic, port->vlan);
	}
	if (bridge->addresses.n || bridge->dhcp)
		str_addf(out, "vlan add dev %s vid 1 pvid untagged self\n", bridge->name);
	for (size_t i = 0; i < from->n_vlans; i++)
		if (from->vlans[i].bridge == index)
			str_addf(out, "vlan add dev %s vid %u self\n", bridge->name,
				 from->vlans[i].id);
}

static void add_bridge_vlans(const struct topo_node *from, struct str *out)
{
	auto_str struct str lines = { 0 };

	for (size_t i = 0; i < from->n_bridges; i++)
		if (from->bridges[i].vlans)
			add_port_vlans(from, i, &lines);
	if (lines.len)
		str_addf(out, "bridge -batch - <<END\n%sEND\n", str_text(&lines));
}

/*
 * A neighbour that is known stays known for as long as a run lasts. As the kernel comes, it asks
 * again, now and then, whether somebody is still there, after times that it draws by lot: frames
 * that are in one run and not in the next.
 */
static const char neighbours[] = "\nfor neigh in /proc/sys/net/ipv4/neigh/*; do\n"
				 "\techo 600000 >\"$neigh/base_reachable_time_ms\"\n"
				 "\techo 600 >\"$neigh/delay_first_probe_time\"\n"
				 "done\n";

/*
 * TCP takes a segment for lost only after the second that RFC 6298, 2.4 asks for (PLAN_RTO), not
 * after what the kernel makes of the times it saw, in this connection or an earlier one: a guest
 * whose processor was taken from it for a while has lost nothing. For the same reason there is no
 * tail loss probe (RFC 8985, 7).
 */
static const char patience[] = "echo 0 >/proc/sys/net/ipv4/tcp_early_retrans\n"
			       "echo 1 >/proc/sys/net/ipv4/tcp_no_metrics_save\n";

static void add_setup(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str out = { 0 };
	size_t i;

	str_addf(&out,
		 "#!/bin/sh\n# Interfaces, addresses and routes of '%s'; run once, before any "
		 "service.\nset -e\n\n",
		 from->name);
	add_radio(topo, from, &out);
	add_renames(from, &out);
	str_adds(&out, "ip -batch - <<END\n${park}${name}\n");
	/* Before anything lies on it: a bridge's is the least of its ports', a VLAN's its card's.
	 */
	for (i = 0; i < from->n_nics; i++)
		add_mtu(from->nics[i].name, topo_nic_mtu(topo, &from->nics[i]), NET_MTU, &out);
	for (i = 0; i < from->n_bridges; i++)
		add_bridge(topo, from, &from->bridges[i], &out);
	for (i = 0; i < from->n_nics; i++) {
		add_addresses(from->nics[i].name, &from->nics[i].addresses, &out);
		/* An access point's radio stays down until hostapd has made it one, one that only
		 * listens until it has been made so. */
		if (!from->nics[i].access_point && !from->nics[i].monitor)
			str_addf(&out, "link set dev %s up\n", from->nics[i].name);
	}
	add_vlans(from, &out);
	add_addresses("lo", &from->loopback, &out);
	plan_routes(from, NET_IPV4, &out);
	str_adds(&out, "END\n");
	add_bridge_vlans(from, &out);
	str_adds(&out, neighbours);
	str_adds(&out, patience);
	plan_add_text(node, PLAN_SETUP, 0755, &out);
}

/* Guests forget on request what they learned, so that an experiment can show how it is learned. */
static void add_forget(const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str out = { 0 };
	size_t i;

	str_adds(&out, "#!/bin/sh\n# Forget what was learned: neighbours' MACs, which port a MAC "
		       "is at, names.\n"
		       "ip neighbor flush all\n");
	for (i = 0; i < from->n_bridges; i++)
		str_addf(&out, "ip link set dev %s type bridge fdb_flush\n", from->bridges[i].name);
	plan_add_text(node, PLAN_FORGET, 0755, &out);
}

/* What spanning tree made of each bridge and its ports, out of sysfs: without a child process. */
static const char tree_script[] =
	"do\n"
	"\tcd \"/sys/class/net/$br/brif\" || exit 1\n"
	"\tread -r id <../bridge/bridge_id\n"
	"\tread -r root <../bridge/root_id\n"
	"\tread -r via <../bridge/root_port\n"
	"\tread -r far <../bridge/root_path_cost\n"
	"\techo \"bridge $br $id: root $root, cost $far\"\n"
	"\tfor port in *; do\n"
	"\t\tread -r state <\"$port/state\"\n"
	"\t\tread -r no <\"$port/port_no\"\n"
	"\t\tread -r cost <\"$port/path_cost\"\n"
	"\t\tcase $state in\n"
	"\t\t0) state=disabled ;; 1) state=listening ;; 2) state=learning ;;\n"
	"\t\t3) state=forwarding ;; 4) state=blocking ;;\n"
	"\t\tesac\n"
	"\t\trole=\n"
	"\t\t[ $((no)) != \"$via\" ] || role=' root'\n"
	"\t\techo \"port $port of $br: $state$role, cost $cost\"\n"
	"\tdone\n"
	"done\n";

static void add_tree(const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str script = { 0 };
	bool found = false;

	str_adds(&script, "#!/bin/sh\nfor br in");
	for (size_t i = 0; i < from->n_bridges; i++) {
		found |= from->bridges[i].stp;
		if (from->bridges[i].stp)
			str_addf(&script, " %s", from->bridges[i].name);
	}
	if (!found)
		return;
	str_addf(&script, "; %s", tree_script);
	plan_add_text(node, PLAN_TREE, 0755, &script);
	plan_add_table(node, "stp", PLAN_TREE);
	plan_add_check(node, PLAN_SETTLED, NULL, xstrdup("spanning tree has settled"),
		       xstrdup("! " PLAN_TREE " | grep -E ': (listening|learning)'"));
}

/*
 * What every node knows at a moment. Only commands that ask the node itself: one that went through
 * the network would put frames on the wires, and teach the tables that it shows.
 */
static void add_tables(const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str command = { 0 };

	plan_add_table(node, "arp", "ip -4 neighbor show");
	/* What it learned, not what it was told or is itself. */
	for (size_t i = 0; i < from->n_bridges; i++)
		str_addf(&command, "%sbridge fdb show br %s dynamic", i ? " && " : "",
			 from->bridges[i].name);
	if (command.len)
		plan_add_table(node, "switch", command.data);
	add_tree(from, node);
}

void plan_interfaces(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	char ip[NET_TEXT];

	add_setup(topo, from, node);
	add_forget(from, node);
	if (from->dns.family) {
		auto_str struct str conf = { 0 };

		str_addf(&conf, "nameserver %s\n", net_addr_text(from->dns, ip));
		plan_add_text(node, "/etc/resolv.conf", 0644, &conf);
	}
	add_tables(from, node);
	if (topo_speaks_ipv6(from))
		plan_ipv6(topo, from, node);
}
