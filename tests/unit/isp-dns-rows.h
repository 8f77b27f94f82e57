/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The changes of test-article for isp-dns.xml; part of its table. */
/* clang-format off */


#define KT_SAYS "dns.flags.response == 1 and ip.src == 68.80.0.10 and dns.id "
#define FIRST_ID "0xef4e"
#define GOOGLE "dns.qry.name == \"www.google.com\""
#define LAPTOP_ARP "arp.opcode == 1 and arp.src.hw_mac == 00:16:d3:23:68:8a"

	{ "isp-dns: a DNS server at school", RUN_ISP_DNS, AIR,
	  EDIT("dhcp.option.dhcp == 5", "dhcp.option.domain_name_server", "44550202"),
	  "dhcp-names-far-server@" AIR, "dhcp.option.domain_name_server", "68.85.2.2" },
	{ "isp-dns: the laptop asks for no MAC", RUN_ISP_DNS, AIR,
	  SIMPLE(MUTATION_DROP_ALL, LAPTOP_ARP),
	  "arp-gateway@" AIR, NULL, NULL },
	{ "isp-dns: the laptop asks for the DNS server's MAC", RUN_ISP_DNS, AIR,
	  EDIT(LAPTOP_ARP, "arp.dst.proto_ipv4", "4450000a"), "no-arp-server@" AIR, NULL, NULL },
	{ "isp-dns: questions for a server at school", RUN_ISP_DNS, AIR,
	  EDIT_ALL("dns.flags.response == 0", "ip.dst", "44550202"), "dns-query@" AIR, "ip.dst",
	  "68.85.2.2" },
	{ "isp-dns: a question that no router has passed on", RUN_ISP_DNS, KT,
	  EDIT("dns.flags.response == 0 and ip.dst == 68.80.0.10", "ip.ttl", "40"),
	  "dns-query-arrives@" KT " routers-do-not-look", "ip.ttl", "64" },
	{ "isp-dns: KT's server asks another root", RUN_ISP_DNS, KT,
	  EDIT("dns.flags.response == 0 and ip.dst == 198.51.100.53 and " GOOGLE, "ip.dst",
	       "c6336436"),
	  "dns-to-root@" KT, NULL, NULL },
	{ "isp-dns: the root is silent", RUN_ISP_DNS, KT,
	  DROP("dns.flags.response == 1 and ip.src == 198.51.100.53 and " GOOGLE),
	  "dns-root-refers@" KT, NULL, NULL },
	{ "isp-dns: com is silent", RUN_ISP_DNS, KT,
	  DROP("dns.flags.response == 1 and ip.src == 203.0.113.53 and " GOOGLE),
	  "dns-tld-refers@" KT, NULL, NULL },
	{ "isp-dns: Google's server has another address", RUN_ISP_DNS, KT,
	  EDIT("dns.flags.response == 1 and ip.src == 172.217.10.53 and " GOOGLE, "dns.a",
	       "4450001a"),
	  "dns-authority-answers@" KT, "dns.a", "68.80.0.26" },
	{ "isp-dns: KT answers with another address", RUN_ISP_DNS, KT,
	  EDIT(KT_SAYS "== " FIRST_ID, "dns.a", "4450001a"), "dns-answer@" KT, "dns.a",
	  "68.80.0.26" },
	{ "isp-dns: the first question once more, with its number", RUN_ISP_DNS, AIR,
	  EDIT("dns.flags.response == 0 and dns.id != " FIRST_ID, "dns.id", "ef4e"),
	  "dns-query-again@" AIR, "dns.id", "0xef4e" },
	{ "isp-dns: another address the second time", RUN_ISP_DNS, KT,
	  EDIT(KT_SAYS "!= " FIRST_ID, "dns.a", "4450001a"), "dns-answer-again@" KT, "dns.a",
	  "68.80.0.26" },
	{ "isp-dns: the root is asked once more", RUN_ISP_DNS, KT,
	  COPY("dns.flags.response == 0 and ip.dst == 198.51.100.53 and " GOOGLE, NULL, NULL, NULL),
	  "nobody-asked@" KT, NULL, NULL },
