/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The changes of test-article for lease.xml; part of its table. */
/* clang-format off */

#define CLIENT "client:eth0"
#define OTHER "other:eth0"
#define LAPTOP "dhcp.hw.mac_addr == 00:16:d3:23:68:8a and "
#define OTHERS "dhcp.hw.mac_addr == 00:16:d3:23:68:8b and "

	{ "lease: the laptop asks for nothing", RUN_LEASE, CLIENT,
	  SIMPLE(MUTATION_DROP_ALL, LAPTOP "dhcp.option.dhcp == 1"),
	  "discover@" CLIENT " discover-again@" CLIENT, NULL, NULL },
	{ "lease: the first server offers another address", RUN_LEASE, CLIENT,
	  EDIT("dhcp.option.dhcp == 2 and ip.src == 68.85.2.9", "dhcp.ip.your", "44550266"),
	  "offer-a@" CLIENT, "dhcp.ip.your", "68.85.2.102" },
	{ "lease: the second server is silent", RUN_LEASE, CLIENT,
	  DROP("dhcp.option.dhcp == 2 and ip.src == 68.85.2.8"), "offer-b@" CLIENT, NULL, NULL },
	{ "lease: the laptop chooses nobody", RUN_LEASE, CLIENT,
	  DROP(LAPTOP "dhcp.option.dhcp == 3 and dhcp.option.dhcp_server_id"),
	  "request@" CLIENT " who-is-asked", NULL, NULL },
	{ "lease: for longer than two minutes", RUN_LEASE, CLIENT,
	  EDIT_ALL("dhcp.option.dhcp == 5", "dhcp.option.ip_address_lease_time", "00000e10"),
	  "ack@" CLIENT, "dhcp.option.ip_address_lease_time", "3600" },
	{ "lease: the other gets none", RUN_LEASE, OTHER,
	  SIMPLE(MUTATION_DROP_ALL, OTHERS "dhcp.option.dhcp == 5"), "second-ack@" OTHER, NULL, NULL },
	{ "lease: the third does not ask", RUN_LEASE, "dhcp-a:eth0",
	  SIMPLE(MUTATION_DROP_ALL, OTHERS "dhcp.option.dhcp == 1"), "third-discover@dhcp-a:eth0", NULL,
	  NULL },
	{ "lease: there is one for the third", RUN_LEASE, OTHER, 
	  COPY(OTHERS "dhcp.option.dhcp == 2", "dhcp.id", "a2ce5e1a", NULL), "no-offer@" OTHER, NULL,
	  NULL },
	{ "lease: the laptop does not renew", RUN_LEASE, CLIENT,
	  SIMPLE(MUTATION_DROP_ALL, "dhcp.option.dhcp == 3 and ip.dst != 255.255.255.255"),
	  "renew@" CLIENT " renew-unanswered@" CLIENT, NULL, NULL },
	{ "lease: the renewal is not confirmed", RUN_LEASE, CLIENT,
	  SIMPLE(MUTATION_DROP_ALL, "dhcp.option.dhcp == 5 and dhcp.ip.client != 0.0.0.0"),
	  "renewed@" CLIENT, NULL, NULL },
	{ "lease: the laptop asks nobody else", RUN_LEASE, CLIENT,
	  SIMPLE(MUTATION_DROP_ALL, "dhcp.option.dhcp == 3 and ip.dst == 255.255.255.255 and dhcp.ip.client != 0.0.0.0"),
	  "rebind@" CLIENT, NULL, NULL },
	{ "lease: somebody answers after all", RUN_LEASE, CLIENT,
	  COPY(LAPTOP "dhcp.option.dhcp == 5", NULL, NULL, NULL), "nobody-answers@" CLIENT, NULL, NULL },
	{ "lease: the other is offered another address", RUN_LEASE, OTHER,
	  EDIT_ALL(OTHERS "dhcp.option.dhcp == 2", "dhcp.ip.your", "44550266"), "offered-to-other@" OTHER,
	  "dhcp.ip.your", "68.85.2.102" },
