/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two small topologies that the tests of the plan share. */
#include "lib/plan-labs.h"

#include "base/auto.h"

#define NET(a, b, c, d, len)        \
	{                           \
		IP(a, b, c, d), len \
	}
#define NO_CLIENT .client = { SIZE_MAX }, .access_point = { SIZE_MAX }

void make_routing(struct topo *ret)
{
	static struct topo_network networks[] = { { TEXT("one"), NET(10, 0, 0, 0, 8) },
						  { TEXT("two"), NET(20, 0, 0, 0, 24) } };
	static struct topo_nic nics_a[] = {
		{ .name = TEXT("lan0"), MAC(1), .address = NET(10, 1, 0, 1, 24), .link = 0 },
		{ .name = TEXT("eth0"), MAC(2), .address = NET(10, 0, 0, 1, 30), .link = 1 }
	};
	static struct topo_nic nics_b[] = {
		{ .name = TEXT("eth0"), MAC(3), .address = NET(10, 0, 0, 2, 30), .link = 1 },
		{ .name = TEXT("eth1"), MAC(4), .address = NET(10, 0, 0, 5, 30), .link = 2 }
	};
	static struct topo_nic nics_c[] = {
		{ .name = TEXT("eth0"), MAC(5), .address = NET(10, 0, 0, 6, 30), .link = 2 },
		{ .name = TEXT("eth1"), MAC(6), .address = NET(20, 0, 0, 1, 24), .link = SIZE_MAX }
	};
	static struct topo_nic nics_h[] = {
		{ .name = TEXT("eth0"), MAC(7), .address = NET(10, 1, 0, 2, 24), .link = 0 }
	};
	static struct topo_route routes_a[] = { { NET(10, 9, 0, 0, 16), IP(10, 1, 0, 2) } };
	static struct topo_route routes_h[] = { { { { 0 }, 0 }, IP(10, 1, 0, 1) } };
	static size_t zero = 0, one = 1, neighbors_b[] = { 0, 2 };
	static struct topo_file files_h[] = { { TEXT("/etc/motd"), 0600, TEXT("hi\n"), 3 },
					      { TEXT("/blob"), 0644, TEXT("\xff\0\1"), 3 } };
	static char *runs_h[] = { TEXT("echo one\necho two"), TEXT("true") };
	static struct topo_node nodes[4];
	static struct topo_end ends[3][2] = { { { 0, 0, 0 }, { 3, 0, 0 } },
					      { { 0, 1, 0 }, { 1, 0, 0 } },
					      { { 1, 1, 0 }, { 2, 0, 0 } } };
	static struct topo_link links[] = { { .name = TEXT("lan"), .ends = ends[0], .n_ends = 2 },
					    { .name = TEXT("a-b"),
					      .ends = ends[1],
					      .n_ends = 2,
					      .shape = { .delay_us = 60000 } },
					    { .name = TEXT("b-c"), .ends = ends[2], .n_ends = 2 } };

	nodes[0] = (struct topo_node){
		.name = TEXT("a"),
		.memory_mib = 128,
		.nics = nics_a,
		.n_nics = 2,
		.routes = routes_a,
		.n_routes = 1,
		NO_CLIENT,
		.router = { true, { true, true, &one, 1 }, { 65001, &one, 1, NULL, 0 } }
	};
	nodes[1] = (struct topo_node){
		.name = TEXT("b"),
		.memory_mib = 128,
		.nics = nics_b,
		.n_nics = 2,
		NO_CLIENT,
		.router = { true, { true, false, &zero, 1 }, { 65001, neighbors_b, 2, &zero, 1 } }
	};
	nodes[2] = (struct topo_node){
		.name = TEXT("c-1"),
		.memory_mib = 96,
		.nics = nics_c,
		.n_nics = 2,
		NO_CLIENT,
		.router = { true, { false, false, NULL, 0 }, { 65002, &one, 1, &one, 1 } }
	};
	nodes[3] = (struct topo_node){ .name = TEXT("h"),
				       .memory_mib = 128,
				       .nics = nics_h,
				       .n_nics = 1,
				       .routes = routes_h,
				       .n_routes = 1,
				       NO_CLIENT,
				       .dns = IP(10, 0, 0, 53),
				       .files = files_h,
				       .n_files = 2,
				       .runs = runs_h,
				       .n_runs = 2 };
	*ret = (struct topo){ .name = TEXT("routing"),
			      .networks = networks,
			      .n_networks = 2,
			      .nodes = nodes,
			      .n_nodes = 4,
			      .links = links,
			      .n_links = 3 };
}

void make_services(struct topo *ret)
{
	static struct topo_nic nic_ap[] = { { .name = TEXT("eth0"), MAC(1), .link = 0 },
					    { .name = TEXT("wlan0"), MAC(2), .link = 1 } };
	static struct topo_nic nic_dns[] = {
		{ .name = TEXT("eth0"), MAC(3), .address = NET(10, 0, 0, 2, 24), .link = SIZE_MAX }
	};
	static struct topo_nic nic_root[] = {
		{ .name = TEXT("eth0"), MAC(4), .address = NET(10, 0, 0, 3, 24), .link = SIZE_MAX }
	};
	static struct topo_nic nic_org[] = {
		{ .name = TEXT("eth0"), MAC(5), .address = NET(10, 0, 0, 4, 24), .link = SIZE_MAX }
	};
	static struct topo_nic nic_web[] = {
		{ .name = TEXT("eth0"), MAC(6), .address = NET(10, 0, 0, 5, 24), .link = 0 }
	};
	static struct topo_nic nic_client[] = {
		{ .name = TEXT("wlan0"), MAC(7), .dhcp = true, .link = 1 }
	};
	static size_t ports[] = { 0, 1 };
	static struct topo_bridge bridges[] = { { TEXT("br0"), MAC(2), NET(10, 0, 0, 1, 24), ports,
						  2 } };
	static struct topo_block blocks[] = { { TEXT("bad.example.org."), IP(10, 0, 0, 5) } };
	static struct topo_record org_records[] = {
		{ TEXT("www"), TEXT("CNAME"), TEXT("web"), 0 },
		{ TEXT("web"), TEXT("A"), TEXT("10.0.0.5"), 30 },
		{ TEXT("@"), TEXT("TXT"), TEXT("\"a text\""), 600 }
	};
	static struct topo_zone root_zone[] = { { TEXT("."), TEXT("a.root."), 3600, NULL, 0 } };
	static struct topo_zone org_zone[] = {
		{ TEXT("example.org."), TEXT("ns.example.org."), 600, org_records, 3 },
		{ TEXT("sub.example.org."), TEXT("ns.elsewhere.net."), 600, NULL, 0 }
	};
	static struct topo_node nodes[6];
	static struct topo_end ends[2][2] = { { { 0, 0, 0 }, { 4, 0, 0 } },
					      { { 5, 0, 0 }, { 0, 1, 3 } } };
	static struct topo_path paths[] = { { 0, 1, -70, 10000 } };
	static struct topo_link links[] = { { .name = TEXT("wire"), .ends = ends[0], .n_ends = 2 },
					    { .name = TEXT("air"),
					      .kind = TOPO_LINK_WIFI,
					      .ends = ends[1],
					      .n_ends = 2,
					      .ssid = TEXT("s p"),
					      .passphrase = TEXT("secret word"),
					      .channel = 6,
					      .paths = paths,
					      .n_paths = 1 } };

	nodes[0] = (struct topo_node){ .name = TEXT("ap"),
				       .memory_mib = 128,
				       .nics = nic_ap,
				       .n_nics = 2,
				       .bridges = bridges,
				       .n_bridges = 1,
				       .client = { SIZE_MAX },
				       .access_point = { 1 },
				       .dhcp_server = { TEXT("br0"), IP(10, 0, 0, 100),
							IP(10, 0, 0, 200), IP(10, 0, 0, 1),
							IP(10, 0, 0, 2), 3600 } };
	nodes[1] = (struct topo_node){ .name = TEXT("dns"),
				       .memory_mib = 128,
				       .nics = nic_dns,
				       .n_nics = 1,
				       NO_CLIENT,
				       .resolver = { true, blocks, 1 } };
	nodes[2] = (struct topo_node){ .name = TEXT("root"),
				       .memory_mib = 128,
				       .nics = nic_root,
				       .n_nics = 1,
				       NO_CLIENT,
				       .zones = root_zone,
				       .n_zones = 1 };
	nodes[3] = (struct topo_node){ .name = TEXT("org"),
				       .memory_mib = 128,
				       .nics = nic_org,
				       .n_nics = 1,
				       NO_CLIENT,
				       .zones = org_zone,
				       .n_zones = 2 };
	nodes[4] = (struct topo_node){ .name = TEXT("web"),
				       .memory_mib = 128,
				       .nics = nic_web,
				       .n_nics = 1,
				       NO_CLIENT,
				       .description = TEXT("a <b>web</b>\n   server"),
				       .web = { TEXT("www.example.org") } };
	nodes[5] = (struct topo_node){ .name = TEXT("laptop"),
				       .memory_mib = 128,
				       .nics = nic_client,
				       .n_nics = 1,
				       .client = { 0 },
				       .access_point = { SIZE_MAX } };
	*ret = (struct topo){
		.name = TEXT("services"), .nodes = nodes, .n_nodes = 6, .links = links, .n_links = 2
	};
}
