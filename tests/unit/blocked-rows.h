/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The changes of test-article for blocked.xml; part of its table. */
/* clang-format off */

#define KT "kt-dns:eth0"
#define DOUBTS "validator:eth0"
#define WARNING "warning:eth0"
#define LIE "dns.flags.response == 1 and ip.src == 68.80.0.10 and dns.a == 68.80.0.26"

	{ "blocked: a server at school is asked", RUN_BLOCKED, WIRE,
	  EDIT("dns.flags.response == 0 and ip.dst == 68.80.0.10", "ip.dst", "44550202"),
	  "dns-query@" WIRE, "ip.dst", "68.85.2.2" },
	{ "blocked: KT has another address", RUN_BLOCKED, KT, EDIT(LIE, "dns.a", "44500a01"),
	  "dns-lie@" KT, "dns.a", "68.80.10.1" },
	{ "blocked: the truth", RUN_BLOCKED, WIRE, EDIT(LIE, "dns.a", "acd919e4"),
	  "dns-lie@" WIRE " not-the-truth@" WIRE, "dns.a", "172.217.25.228" },
	{ "blocked: something else is asked for", RUN_BLOCKED, WIRE,
	  EDIT("http.request", "http.request.method", "505554"), "http-get@" WIRE,
	  "http.request.method", "\"PUT\"" },
	{ "blocked: no page", RUN_BLOCKED, WIRE, DROP("http.response"),
	  "http-warning@" WIRE " warning-page", NULL, NULL },
	{ "blocked: a hello to another name", RUN_BLOCKED, WIRE,
	  EDIT("tls.handshake.type == 1", "tls.handshake.extensions_server_name",
	       "626c6f636b65642e676f6f676c652e6f7267"),
	  "tls-client-hello@" WIRE, "tls.handshake.extensions_server_name",
	  "\"blocked.google.org\"" },
	{ "blocked: a certificate that nobody can read", RUN_BLOCKED, WIRE,
	  { .mutation = MUTATION_NO_SECRETS }, "tls-wrong-certificate@" WIRE " whose-certificate", NULL,
	  NULL },
	{ "blocked: the laptop stays", RUN_BLOCKED, WIRE, SPOIL("tls.alert_message.desc == 0"),
	  "tls-laptop-closes@" WIRE, NULL, NULL },
	{ "blocked: the laptop asks for something all the same", RUN_BLOCKED, WIRE,
	  PAYLOAD("tls.alert_message.desc == 0", "170303001500112233445566778899aabbccddeeff0011223344", NULL),
	  "https-nothing-asked@" WIRE, NULL, NULL },
	{ "blocked: who doubts wants no signatures", RUN_BLOCKED, DOUBTS,
	  EDIT_ALL("dns.flags.response == 0 and ip.src == 68.85.2.3 and dns.resp.z.do == 1",
		   "dns.resp.z", "0000"),
	  "asks-for-signatures@" DOUBTS, NULL, NULL },
	{ "blocked: it is told the truth", RUN_BLOCKED, DOUBTS, EDIT(LIE, "dns.a", "acd919e4"),
	  "lie-unsigned@" DOUBTS, "dns.a", "172.217.25.228" },
	{ "blocked: no zone is signed", RUN_BLOCKED, DOUBTS,
	  SIMPLE(MUTATION_DROP_ALL, "dns.flags.response == 1 and dns.qry.type == 48"),
	  "zone-is-signed@" DOUBTS, NULL, NULL },
	{ "blocked: the lie is passed on", RUN_BLOCKED, DOUBTS,
	  COPY(LIE, "ip.src", "44550203", NULL), "no-false-address@" DOUBTS, NULL, NULL },
	{ "blocked: the laptop hears of no failure", RUN_BLOCKED, WIRE,
	  EDIT("dns.flags.rcode == 2", "dns.flags", "8180"), "servfail@" WIRE, NULL, NULL },
