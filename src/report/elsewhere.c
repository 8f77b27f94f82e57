/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is who in a capture that was made elsewhere. */
#include "report/elsewhere.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/str.h"
#include "wireshark/wireshark.h"

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."

struct look {
	struct wireshark *ws;
	const char *file;
	json_t *parts, *lacks, *values, *roles;
	char *src, *dst;     /* the fields with MAC addresses */
	char *mac, *address; /* the client's; NULL: not known */
	struct err *err;
	int r; /* of the first question that was not answered */
};

/* --- asking --- */

/* How many frames match; values: of the fields in the first of them, to be freed; "" where it has
 * none. */
static uint64_t ask(struct look *l, const char *const *fields, char **values, const char *fmt, ...)
{
	struct wireshark_query query = { .file = l->file };
	struct wireshark_answer answer = { 0 };
	auto_str struct str filter = { 0 };
	uint64_t count;
	va_list ap;

	va_start(ap, fmt);
	str_addv(&filter, fmt, ap);
	va_end(ap);
	query.filter = str_text(&filter);
	for (size_t i = 0; fields && fields[i]; i++)
		query.fields[i] = fields[i];
	if (l->r == 0)
		l->r = wireshark_ask(l->ws, &query, 1, &answer, l->err);
	if (l->r == 0 && *answer.error)
		l->r = err_set(l->err, EINVAL, "%s", answer.error);
	for (size_t i = 0; fields && fields[i]; i++) {
		const char *text = l->r == 0 && answer.values[i] ? answer.values[i] : "";
		size_t quoted = *text == '"';

		values[i] = xstrndup(text + quoted, strlen(text) - 2 * quoted);
	}
	count = l->r == 0 ? answer.count : 0;
	wireshark_answer_free(&answer);
	return count;
}

static void put(struct look *l, const char *part, const char *word, const char *text)
{
	if (!json_object_get(l->parts, part))
		(void)json_object_set_new(l->parts, part, json_object());
	if (text && *text)
		(void)json_object_set_new(json_object_get(l->parts, part), word, json_text(text));
}

static void lack(struct look *l, const char *key, const char *why)
{
	(void)json_object_set_new(l->lacks, key, json_text(why));
}

/* A part with its address, at no port of its own: all was captured at one place. */
static void put_part(struct look *l, const char *part, const char *address)
{
	auto_free char *port = xasprintf("%s.port", part), *mac = xasprintf("%s.mac", part);

	put(l, part, "node", part);
	put(l, part, "address", address);
	lack(l, port, "the capture was made at one place");
	lack(l, mac, "the capture does not show this MAC address");
}

static void free_all(char **values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(values[i]);
}

/* --- the client --- */

/* Of those who do what a client does, the one that comes first in the list. */
static const struct {
	const char *filter, *mac, *address; /* fields */
	const char *does;
} deeds[] = {
	{ "dhcp.option.dhcp == 1", "dhcp.hw.mac_addr", NULL, "asks for an address by DHCP" },
	{ "dns.flags.response == 0 and udp.dstport == 53 and dns.flags.recdesired == 1 and ip",
	  NULL, "ip.src", "asks a DNS server" },
	{ "tls.handshake.type == 1 and tls.handshake.extensions_server_name and ip", NULL, "ip.src",
	  "begins a TLS connection" },
};

static void find_client(struct look *l)
{
	bool air = !ask(l, NULL, NULL, "eth") && ask(l, NULL, NULL, "wlan");
	const char *does = NULL;

	l->src = xstrdup(air ? "wlan.sa" : "eth.src");
	l->dst = xstrdup(air ? "wlan.da" : "eth.dst");
	for (size_t i = 0; i < ARRAY_SIZE(deeds) && !does; i++) {
		const char *const fields[] = { deeds[i].mac ? deeds[i].mac : l->src,
					       deeds[i].address ? deeds[i].address : "ip.src",
					       NULL };
		char *values[2] = { NULL };

		if (ask(l, fields, values, "%s", deeds[i].filter)) {
			does = deeds[i].does;
			l->mac = *values[0] ? take_ptr(values[0]) : NULL;
			l->address = deeds[i].address ? take_ptr(values[1]) : NULL;
		}
		free_all(values, 2);
	}
	if (!does)
		return;
	put(l, "client", "node", "client");
	put(l, "client", "nic", "nic");
	put(l, "client", "port", ELSEWHERE_PORT);
	put(l, "client", "wire", ELSEWHERE_PORT);
	put(l, "client", "src", l->src);
	put(l, "client", "dst", l->dst);
	put(l, "client", "mac", l->mac);
	if (l->mac) {
		auto_free char *up = xasprintf("%s == %s", l->src, l->mac);

		put(l, "client", "up", up);
	}
	lack(l, "client.mac", "the capture has no MAC addresses");
	lack(l, "client.up", "the capture has no MAC addresses");
	(void)json_array_append_new(l->roles, json_sprintf("%s is the client: it %s",
							   l->mac ? l->mac : l->address, does));
}

/* Without a lease: the one that it sends from. */
static void find_address(struct look *l)
{
	static const char *const fields[] = { "ip.src", NULL };
	char *values[1] = { NULL };

	if (!l->address && l->mac &&
	    ask(l, fields, values, "%s == %s and ip.src != 0.0.0.0", l->src, l->mac))
		l->address = take_ptr(values[0]);
	free_all(values, 1);
}

static void find_lease(struct look *l)
{
	static const char *const fields[] = { "dhcp.ip.your",
					      "ip.src",
					      "dhcp.option.ip_address_lease_time",
					      "dhcp.option.renewal_time_value",
					      "dhcp.option.rebinding_time_value",
					      "dhcp.option.router",
					      NULL };
	char *values[6] = { NULL };

	if (!l->mac ||
	    !ask(l, NULL, NULL, "dhcp.option.dhcp == 1 and dhcp.hw.mac_addr == %s", l->mac)) {
		lack(l, "dhcp-server", "the client asks for no address in this capture");
		return;
	}
	if (ask(l, fields, values,
		"dhcp.option.dhcp == 5 and dhcp.hw.mac_addr == %s and dhcp.ip.your != 0.0.0.0",
		l->mac)) {
		auto_free char *offers = xasprintf("dhcp.ip.your == %s", values[0]);

		put_part(l, "dhcp-server", values[1]);
		put(l, "dhcp-server", "name", values[1]);
		put(l, "dhcp-server", "name-ko", values[1]);
		put(l, "dhcp-server", "offers", offers);
		put(l, "dhcp-server", "lease", values[2]);
		put(l, "dhcp-server", "renewal", values[3]);
		put(l, "dhcp-server", "rebinding", values[4]);
		lack(l, "dhcp-server.renewal", "the DHCP server does not say when to renew");
		lack(l, "dhcp-server.rebinding", "the DHCP server does not say when to rebind");
		lack(l, "dhcp-server.lease", "the DHCP server does not say for how long");
		if (*values[5])
			put_part(l, "gateway", values[5]);
		free(l->address);
		l->address = xstrdup(values[0]);
		(void)json_array_append_new(
			l->roles,
			json_sprintf("%s is the DHCP server: it leases %s", values[1], values[0]));
	} else {
		lack(l, "dhcp-server", "no DHCP server acknowledges an address in this capture");
	}
	free_all(values, ARRAY_SIZE(values));
}

/* --- what it opens, and whom it asks for the name --- */

static bool is_plain(const char *host)
{
	return *host && strspn(host, PLAIN) == strlen(host);
}

/* To whom the client sends for it: next-mac is given. */
static void put_next(struct look *l, const char *part, const char *mac)
{
	static const char *const fields[] = { "arp.src.proto_ipv4", NULL };
	auto_free char *next_mac = xasprintf("%s.next-mac", part),
		       *next_address = xasprintf("%s.next-address", part);
	char *values[1] = { NULL };

	put(l, part, "next-mac", mac);
	lack(l, next_mac, "the capture has no MAC addresses");
	lack(l, next_address, "no ARP for it is in the capture");
	if (*mac && ask(l, fields, values, "arp.opcode == 2 and arp.src.hw_mac == %s", mac))
		put(l, part, "next-address", values[0]);
	free_all(values, 1);
}

static void find_page(struct look *l)
{
	const char *const fields[] = { "tls.handshake.extensions_server_name", "ip.dst", l->dst,
				       NULL };
	static const char *const paths[] = { "http2.headers.path", "http.request.uri", NULL };
	char *values[3] = { NULL }, *path[2] = { NULL };

	if (l->address &&
	    ask(l, fields, values,
		"tls.handshake.type == 1 and tls.handshake.extensions_server_name and "
		"tcp.dstport == 443 and ip.src == %s",
		l->address) &&
	    is_plain(values[0])) {
		auto_free char *url = NULL;

		(void)ask(l, paths, path,
			  "ip.dst == %s and (http2.headers.path or http.request.uri)", values[1]);
		url = xasprintf("https://%s%s", values[0],
				*path[0]   ? path[0]
				: *path[1] ? path[1]
					   : "/");
		put_part(l, "web", values[1]);
		put(l, "web", "host", values[0]);
		put(l, "web", "path", url + strlen("https://") + strlen(values[0]));
		put(l, "web", "url", url);
		put_next(l, "web", values[2]);
		(void)json_array_append_new(
			l->roles, json_sprintf("%s is the page's server: the client opens "
					       "%s there",
					       values[1], url));
	} else {
		lack(l, "web", "the client begins no TLS connection to port 443 in this capture");
	}
	lack(l, "web.rtt", "how far away it is is not known");
	lack(l, "redirect", "port 80 is not looked at");
	free_all(values, ARRAY_SIZE(values));
	free_all(path, ARRAY_SIZE(path));
}

static void find_resolver(struct look *l)
{
	const char *host = json_get_text(json_object_get(l->parts, "web"), "host", NULL);
	const char *const fields[] = { "ip.dst", l->dst, NULL };
	char *values[2] = { NULL };

	lack(l, "local-resolver", "no ARP for the DNS server is in the capture");
	if (host && ask(l, fields, values,
			"dns.flags.response == 0 and udp.dstport == 53 and ip.src == %s and "
			"dns.qry.name == \"%s\" and dns.qry.type == 1",
			l->address, host)) {
		put_part(l, "resolver", values[0]);
		put_next(l, "resolver", values[1]);
		if (ask(l, NULL, NULL, "arp.opcode == 2 and arp.src.proto_ipv4 == %s", values[0])) {
			put(l, "local-resolver", "node", "resolver");
			put(l, "resolver", "mac", values[1]);
		}
		(void)json_array_append_new(
			l->roles, json_sprintf("%s is the DNS server: the client asks it for %s",
					       values[0], host));
	} else {
		lack(l, "resolver",
		     host ? "the client does not ask for the page's name in this capture"
			  : "no page is opened whose name could be asked for");
		lack(l, "local-resolver",
		     "the client does not ask for the page's name in this capture");
	}
	free_all(values, ARRAY_SIZE(values));
}

/* What one place does not see, or is not looked for here. */
static void lack_rest(struct look *l)
{
	static const struct {
		const char *part, *why;
	} rest[] = {
		{ "access-point", "how the client joined a Wi-Fi network is not looked at" },
		{ "wpa2", "how the client joined a Wi-Fi network is not looked at" },
		{ "gateway", "the capture does not say who the gateway is" },
		{ "gateway.bystander", "the capture was made at one place" },
		{ "resolver-gateway", "what the DNS server asks others is not looked at" },
		{ "root", "what the DNS server asks others is not looked at" },
		{ "tld", "what the DNS server asks others is not looked at" },
		{ "authority", "what the DNS server asks others is not looked at" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rest); i++)
		lack(l, rest[i].part, rest[i].why);
}

/* The experiment's choices, where the capture shows what was chosen. */
static json_t *parameters_of(struct look *l)
{
	const char *web = json_get_text(json_object_get(l->parts, "web"), "address", NULL);
	json_t *all = json_object();

	if (web && ask(l, NULL, NULL,
		       "tls.handshake.type == 2 and ip.src == %s and "
		       "tls.handshake.ciphersuite == 0x009c",
		       web))
		(void)json_object_set_new(all, "tls", json_string("1.2-rsa"));
	if (web && ask(l, NULL, NULL, "http and ip.dst == %s and tls", web))
		(void)json_object_set_new(all, "http", json_string("1.1"));
	return all;
}

static int look_at(struct look *l, json_t **found)
{
	find_client(l);
	find_lease(l);
	find_address(l);
	find_page(l);
	find_resolver(l);
	lack_rest(l);
	if (l->address)
		(void)json_object_set_new(l->values, "offered", json_text(l->address));
	*found = json_pack("{s:O, s:o}", "roles", l->roles, "parameters", parameters_of(l));
	if (l->r == 0 && !json_object_get(l->parts, "client"))
		l->r = err_set(
			l->err, EINVAL,
			"'%s': nobody in this capture asks for an address by DHCP, asks a DNS "
			"server or begins a TLS connection",
			l->file);
	return l->r;
}

int elsewhere_cast(void *ctx, const char *url, json_t **ret, struct err *err)
{
	struct elsewhere *e = ctx;
	const struct wireshark_setup setup = { .sharkd = e->sharkd, .cache = e->cache };
	auto_wireshark struct wireshark *ws = NULL;
	auto_json json_t *parts = json_object(), *roles = json_array();
	struct look l = { .file = e->file, .parts = parts, .roles = roles, .err = err };
	int r;

	(void)url; /* what it opens is in the capture */
	l.lacks = json_object();
	l.values = json_object();
	(void)json_object_set_new(parts, "lacks", l.lacks);
	(void)json_object_set_new(parts, "values", l.values);
	(void)json_object_set_new(parts, "notes", json_array());
	wireshark_open(&setup, "/", &ws);
	l.ws = ws;
	r = look_at(&l, &e->found);
	free(l.src);
	free(l.dst);
	free(l.mac);
	free(l.address);
	if (r == 0)
		*ret = json_incref(parts);
	return r;
}
