/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The changes of test-article for arp.xml; part of its table. */
/* clang-format off */

#define GATEWAY "router:eth0"
#define LIAR "ldns:eth0"
#define WHO_HAS "arp.opcode == 1 and arp.src.hw_mac == 00:16:d3:23:68:8a and eth.dst == ff:ff:ff:ff:ff:ff"
#define PATTERN(byte_) "icmp.type == 8 and data.data[20:4] == " byte_ ":" byte_ ":" byte_ ":" byte_

	{ "arp: nobody is asked", RUN_ARP, WIRE, SIMPLE(MUTATION_DROP_ALL, WHO_HAS),
	  "who-has@" WIRE " two-questions@" WIRE " who-has-again@" WIRE, NULL, NULL },
	{ "arp: the gateway has another MAC", RUN_ARP, WIRE,
	  EDIT_ALL("arp.opcode == 2 and arp.src.proto_ipv4 == 68.85.2.1", "arp.src.hw_mac", "0200000000aa"),
	  "is-at@" WIRE " false-answer@" WIRE, "arp.src.hw_mac", "02:00:00:00:00:aa" },
	{ "arp: a request to another machine", RUN_ARP, GATEWAY,
	  EDIT_ALL("icmp.type == 8 and ip.dst == 68.85.2.1", "eth.dst", "0200000000aa"), "echo@" GATEWAY,
	  NULL, NULL },
	{ "arp: the second request does not come", RUN_ARP, GATEWAY, DROP(PATTERN("02")),
	  "hit-echo@" GATEWAY, NULL, NULL },
	{ "arp: the laptop asks before each request", RUN_ARP, WIRE, COPY(WHO_HAS, NULL, NULL, NULL),
	  "two-questions@" WIRE, NULL, NULL },
	{ "arp: nothing is flooded", RUN_ARP, LIAR, DROP(PATTERN("03")),
	  "unknown-echo@" LIAR " not-always-everybody", NULL, NULL },
	{ "arp: what is known does not come", RUN_ARP, GATEWAY, DROP(PATTERN("04")), "known-echo@" GATEWAY,
	  NULL, NULL },
	{ "arp: what is known is flooded, too", RUN_ARP, LIAR,
	  COPY(PATTERN("04"), NULL, NULL, "article/arp/router_eth0.pcapng"), "not-flooded@" LIAR, NULL,
	  NULL },
	{ "arp: no request after the entry is gone", RUN_ARP, GATEWAY, DROP(PATTERN("05")),
	  "echo-again@" GATEWAY, NULL, NULL },
	{ "arp: the liar keeps silent", RUN_ARP, LIAR,
	  SIMPLE(MUTATION_DROP_ALL, "arp.opcode == 2 and arp.src.proto_ipv4 == 68.85.2.1"),
	  "false-answer@" LIAR, NULL, NULL },
	{ "arp: the laptop does not believe it", RUN_ARP, WIRE,
	  EDIT(PATTERN("06") " and eth.src == 00:16:d3:23:68:8a", "eth.dst", "00226b451f1b"),
	  "through-the-liar@" WIRE, "eth.dst", "00:22:6b:45:1f:1b" },
	{ "arp: the liar keeps the packet", RUN_ARP, GATEWAY,
	  SIMPLE(MUTATION_DROP_ALL, PATTERN("06")), "passed-on@" GATEWAY, NULL, NULL },
	{ "arp: no answer", RUN_ARP, WIRE,
	  SIMPLE(MUTATION_DROP_ALL, "icmp.type == 0 and ip.src == 172.217.25.228"), "answered@" WIRE, NULL,
	  NULL },
