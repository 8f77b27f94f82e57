/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The changes of test-article for routing.xml; part of its table. */
/* clang-format off */

#define ECHO_REQUEST "icmp.type == 8 and ip.dst == 172.217.25.228"
#define ECHO_REPLY "icmp.type == 0 and ip.src == 172.217.25.228"
#define WITHDRAWN "bgp.type == 2 and bgp.withdrawn_prefix == "
#define ANNOUNCED "bgp.type == 2 and bgp.nlri_prefix == "
#define DROP_ALL(filter_) SIMPLE(MUTATION_DROP_ALL, filter_)

	{ "routing: no request leaves the school", RUN_ROUTING, "router:eth1", DROP_ALL(ECHO_REQUEST),
	  "request@router:eth1", NULL, NULL },
	{ "routing: one router more from the start", RUN_ROUTING, "www:eth0",
	  EDIT_ALL(ECHO_REQUEST, "ip.ttl", "3a"), "five-routers@www:eth0 five-again@www:eth0", "ip.ttl",
	  "58" },
	{ "routing: one router less while the cable is out", RUN_ROUTING, "www:eth0",
	  EDIT_ALL(ECHO_REQUEST " and ip.ttl == 58", "ip.ttl", "3b"), "six-routers@www:eth0", "ip.ttl",
	  "59" },
	{ "routing: no reply", RUN_ROUTING, WIRE, DROP_ALL(ECHO_REPLY),
	  "reply@" WIRE " round-reply@" WIRE " answers-again@" WIRE " google-answers@" WIRE, NULL,
	  NULL },
	{ "routing: kt3 hears nothing", RUN_ROUTING, "kt3:eth0", DROP_ALL("ospf.msg == 4"),
	  "update@kt3:eth0", NULL, NULL },
	{ "routing: the longer way is empty", RUN_ROUTING, "kt3:eth0", DROP_ALL(ECHO_REQUEST),
	  "round-request@kt3:eth0", NULL, NULL },
	{ "routing: no reply on the longer way", RUN_ROUTING, "kt3:eth1", DROP_ALL(ECHO_REPLY),
	  "round-reply@kt3:eth1", NULL, NULL },
	{ "routing: a session falls with the cable", RUN_ROUTING, "kt3:eth0",
	  COPY("bgp.type == 3", NULL, NULL, "article/routing/gfiber_eth1.pcapng"),
	  "sessions-stay@kt3:eth0", NULL, NULL },
	{ "routing: nobody greets again", RUN_ROUTING, "kt1:eth1", DROP_ALL("ospf.msg == 2"),
	  "greets-again@kt1:eth1", NULL, NULL },
	{ "routing: the short way stays empty", RUN_ROUTING, "kt2:eth0", DROP_ALL(ECHO_REQUEST),
	  "short-request@kt2:eth0", NULL, NULL },
	{ "routing: the session is closed without a word", RUN_ROUTING, "gfiber:eth1",
	  DROP_ALL("bgp.type == 3"), "cease@gfiber:eth1", NULL, NULL },
	{ "routing: another prefix is withdrawn", RUN_ROUTING, "kt2:eth3",
	  EDIT_ALL(WITHDRAWN "172.217.0.0", "bgp.withdrawn_prefix", "acd920"),
	  "withdraw@kt2:eth3 bgp-decides", NULL, NULL },
	{ "routing: nobody says that it is unreachable", RUN_ROUTING, WIRE,
	  DROP_ALL("icmp.type == 3 and ip.src == 68.80.0.1"), "unreachable@" WIRE, NULL, NULL },
	{ "routing: Google Fiber announces nothing again", RUN_ROUTING, "kt2:eth3",
	  DROP_ALL(ANNOUNCED "172.217.0.0"), "announce@kt2:eth3", NULL, NULL },
	{ "routing: the false prefix stays outside", RUN_ROUTING, "kt1:eth1",
	  DROP_ALL(ANNOUNCED "172.217.25.0"), "false-announce@kt1:eth1", NULL, NULL },
	{ "routing: nothing comes to the thief", RUN_ROUTING, "thief:eth0", DROP_ALL(ECHO_REQUEST),
	  "to-the-thief@thief:eth0", NULL, NULL },
	{ "routing: the thief says nothing", RUN_ROUTING, WIRE,
	  DROP_ALL("icmp.type == 3 and ip.src == 68.80.0.42"), "thief-says-no@" WIRE, NULL, NULL },
	{ "routing: the false prefix is not withdrawn", RUN_ROUTING, "kt1:eth1",
	  DROP_ALL(WITHDRAWN "172.217.25.0"), "false-withdraw@kt1:eth1", NULL, NULL },
