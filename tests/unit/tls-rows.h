/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The changes of test-fetch for tls.xml; part of its table. */

#define NO_GOOGLE "7777772e676f6f676c652e6f7267" /* www.google.org */
#define SAY_SERVER_HELLO "tls.handshake.type == 2 and "
/* The third connection: what the laptop sends encrypted. */
#define SHUT "tcp.stream == 2 and tls.record.opaque_type == 23 and tcp.dstport == 443"

{ "tls: no hello names the page",
  RUN_TLS,
  WIRE,
  EDIT_ALL(SAY_HELLO " and tcp.dstport == 443", "tls.handshake.extensions_server_name", NO_GOOGLE),
  "tls13-client-hello@" WIRE,
  "tls.handshake.extensions_server_name",
  "\"www.google.org\"" },
	{ "tls: another hello arrives",
	  RUN_TLS,
	  "www:eth0",
	  EDIT(SAY_HELLO, "tls.handshake.random", "00000000"),
	  "tls13-client-hello-arrives@www:eth0",
	  NULL,
	  NULL },
	{ "tls: a hello of TLS 1.2",
	  RUN_TLS,
	  WIRE,
	  EDIT(SAY_SERVER_HELLO "tcp.srcport == 443", "tls.handshake.extensions.supported_version",
	       "0303"),
	  "tls13-server-hello@" WIRE,
	  "tls.handshake.extensions.supported_version",
	  "0x0303" },
	{ "tls: no hello of the server",
	  RUN_TLS,
	  WIRE,
	  DROP(SAY_SERVER_HELLO "tcp.srcport == 443"),
	  "tls13-encrypted-extensions@" WIRE " tls13-certificate@" WIRE " certificate-of-its-own",
	  NULL,
	  NULL },
	{ "tls: no signature",
	  RUN_TLS,
	  WIRE,
	  DROP("tls.handshake.type == 15"),
	  "tls13-certificate-verify@" WIRE,
	  NULL,
	  NULL },
	{ "tls: the server's Finished is changed",
	  RUN_TLS,
	  WIRE,
	  SPOIL("tls.handshake.type == 20 and tcp.srcport == 443"),
	  "tls13-server-finished@" WIRE,
	  NULL,
	  NULL },
	{ "tls: the laptop's Finished is changed",
	  RUN_TLS,
	  WIRE,
	  SPOIL("tls.handshake.type == 20 and tcp.dstport == 443"),
	  "tls13-client-finished@" WIRE,
	  NULL,
	  NULL },
	{ "tls: a page that is changed",
	  RUN_TLS,
	  WIRE,
	  SPOIL("http.response"),
	  "tls13-page@" WIRE,
	  NULL,
	  NULL },

	{ "tls: the hello of RSA names another page",
	  RUN_TLS,
	  WIRE,
	  EDIT(SAY_HELLO " and tls.handshake.ciphersuite == 0x009c",
	       "tls.handshake.extensions_server_name", NO_GOOGLE),
	  "rsa-client-hello@" WIRE,
	  "tls.handshake.extensions_server_name",
	  "\"www.google.org\"" },
	{ "tls: another suite than RSA's",
	  RUN_TLS,
	  WIRE,
	  EDIT(SAY_SERVER_HELLO "tls.handshake.ciphersuite == 0x009c", "tls.handshake.ciphersuite",
	       "c02f"),
	  "rsa-server-hello@" WIRE,
	  "tls.handshake.ciphersuite",
	  "0xc02f" },
	{ "tls: a certificate of another page",
	  RUN_TLS,
	  WIRE,
	  EDIT("tls.handshake.type == 14", "x509ce.dNSName", NO_GOOGLE),
	  "rsa-certificate@" WIRE,
	  "x509ce.dNSName",
	  "\"www.google.org\"" },
	{ "tls: the server says nothing", RUN_TLS, WIRE, DROP("tls.handshake.type == 14"),
	  "rsa-server-hello-done@" WIRE,  NULL,    NULL },
	{ "tls: no premaster secret",
	  RUN_TLS,
	  WIRE,
	  DROP("tls.handshake.type == 16"),
	  "rsa-premaster-secret@" WIRE " rsa-change-cipher@" WIRE " opened-client-finished@" WIRE
	  " opened-server-finished@" WIRE " opened-request@" WIRE " opened-page@" WIRE,
	  NULL,
	  NULL },
	{ "tls: nobody has a key",
	  RUN_TLS,
	  WIRE,
	  SIMPLE(MUTATION_NO_SECRETS, NULL),
	  "tls13-certificate@" WIRE " tls13-page@" WIRE " opened-request@" WIRE " opened-page@" WIRE
	  " expired-certificate@" WIRE,
	  NULL,
	  NULL },

	{ "tls: the third hello names another page",
	  RUN_TLS,
	  WIRE,
	  EDIT(SAY_HELLO " and tcp.stream == 2", "tls.handshake.extensions_server_name", NO_GOOGLE),
	  "shut-client-hello@" WIRE,
	  NULL,
	  NULL },
	{ "tls: the third server says nothing",
	  RUN_TLS,
	  WIRE,
	  DROP(SAY_SERVER_HELLO "tcp.stream == 2"),
	  "shut-server-hello@" WIRE,
	  NULL,
	  NULL },
	{ "tls: the third connection has no more",
	  RUN_TLS,
	  WIRE,
	  SIMPLE(MUTATION_DROP_ALL, "tcp.stream == 2 and tcp.srcport == 443 and tcp.len > 0 and "
				    "not tls.handshake.type == 2"),
	  "shut-ciphertext@" WIRE,
	  NULL,
	  NULL },
	{ "tls: a certificate in the third connection",
	  RUN_TLS,
	  WIRE,
	  PAYLOAD(SAY_HELLO " and tcp.stream == 2", "16030300070b000003000000", NULL),
	  "shut-no-certificate@" WIRE,
	  NULL,
	  NULL },
	{ "tls: a Finished in the third connection",
	  RUN_TLS,
	  WIRE,
	  PAYLOAD(SHUT, "160303000414000000", NULL),
	  "shut-no-finished@" WIRE,
	  NULL,
	  NULL },
	{ "tls: a request in the clear",
	  RUN_TLS,
	  WIRE,
	  PAYLOAD(SHUT, "474554202f20485454502f312e310d0a486f73743a20780d0a0d0a", &to_port_80),
	  "shut-no-page@" WIRE,
	  NULL,
	  NULL },

#define REFUSED(name_, port_)                                                                   \
	{ "tls: " name_ ": another page is asked for",                                          \
	  RUN_TLS,                                                                              \
	  WIRE,                                                                                 \
	  EDIT(SAY_HELLO " and tcp.dstport == " port_, "tls.handshake.extensions_server_name",  \
	       NO_GOOGLE),                                                                      \
	  name_ "-client-hello@" WIRE,                                                          \
	  "tls.handshake.extensions_server_name",                                               \
	  "\"www.google.org\"" },                                                               \
		{ "tls: " name_ ": no certificate",                                             \
		  RUN_TLS,                                                                      \
		  WIRE,                                                                         \
		  DROP(SAY_SERVER_HELLO "tcp.srcport == " port_),                               \
		  name_ "-certificate@" WIRE,                                                   \
		  NULL,                                                                         \
		  NULL },                                                                       \
		{ "tls: " name_ ": another alert",                                              \
		  RUN_TLS,                                                                      \
		  WIRE,                                                                         \
		  EDIT("tls.alert_message and tcp.dstport == " port_, "tls.alert_message.desc", \
		       "28"),                                                                   \
		  name_ "-alert@" WIRE,                                                         \
		  "tls.alert_message.desc",                                                     \
		  "40" },                                                                       \
	{                                                                                       \
		"tls: " name_ ": the laptop finishes", RUN_TLS, WIRE,                           \
			PAYLOAD("tls.alert_message and tcp.dstport == " port_,                  \
				"160303000414000000", NULL),                                    \
			name_ "-not-finished@" WIRE, NULL, NULL                                 \
	}
	REFUSED("expired", "8441"), REFUSED("foreign", "8442"), REFUSED("wrong-name", "8443"),
