/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Options that a DHCP server adds to its answers (RFC 2132): what dnsmasq takes. It has a type for
 * the options that it knows, by name as by number, and does not start on a value of another one.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "role/dhcp-server.h"
#include "xml/xml.h"

enum kind { ANY, ADDRESSES, NUMBER, TEXT, DOMAINS, BYTES };

static const struct known {
	unsigned int code;
	const char *name; /* dnsmasq's */
	enum kind kind;
	unsigned long max; /* of a number */
} known[] = {
	{ 2, "time-offset", NUMBER, INT32_MAX },
	{ 7, "log-server", ADDRESSES, 0 },
	{ 9, "lpr-server", ADDRESSES, 0 },
	{ 13, "boot-file-size", NUMBER, UINT16_MAX },
	{ 15, "domain-name", TEXT, 0 },
	{ 16, "swap-server", ADDRESSES, 0 },
	{ 17, "root-path", TEXT, 0 },
	{ 18, "extension-path", TEXT, 0 },
	{ 19, "ip-forward-enable", NUMBER, 1 },
	{ 20, "non-local-source-routing", NUMBER, 1 },
	{ 21, "policy-filter", ADDRESSES, 0 },
	{ 22, "max-datagram-reassembly", NUMBER, UINT16_MAX },
	{ 23, "default-ttl", NUMBER, UINT8_MAX },
	{ 26, "mtu", NUMBER, UINT16_MAX },
	{ 27, "all-subnets-local", NUMBER, 1 },
	{ 31, "router-discovery", NUMBER, 1 },
	{ 32, "router-solicitation", ADDRESSES, 0 },
	{ 33, "static-route", ADDRESSES, 0 },
	{ 34, "trailer-encapsulation", NUMBER, 1 },
	{ 35, "arp-timeout", NUMBER, INT32_MAX },
	{ 36, "ethernet-encap", NUMBER, 1 },
	{ 37, "tcp-ttl", NUMBER, UINT8_MAX },
	{ 38, "tcp-keepalive", NUMBER, INT32_MAX },
	{ 40, "nis-domain", TEXT, 0 },
	{ 41, "nis-server", ADDRESSES, 0 },
	{ 42, "ntp-server", ADDRESSES, 0 },
	{ 44, "netbios-ns", ADDRESSES, 0 },
	{ 45, "netbios-dd", ADDRESSES, 0 },
	{ 46, "netbios-nodetype", NUMBER, UINT8_MAX },
	{ 47, "netbios-scope", ANY, 0 },
	{ 48, "x-windows-fs", ADDRESSES, 0 },
	{ 49, "x-windows-dm", ADDRESSES, 0 },
	{ 64, "nis+-domain", TEXT, 0 },
	{ 65, "nis+-server", ADDRESSES, 0 },
	{ 66, "tftp-server", TEXT, 0 },
	{ 67, "bootfile-name", TEXT, 0 },
	{ 68, "mobile-ip-home", ADDRESSES, 0 },
	{ 69, "smtp-server", ADDRESSES, 0 },
	{ 70, "pop3-server", ADDRESSES, 0 },
	{ 71, "nntp-server", ADDRESSES, 0 },
	{ 74, "irc-server", ADDRESSES, 0 },
	{ 100, "posix-timezone", TEXT, 0 },
	{ 101, "tzdb-timezone", TEXT, 0 },
	{ 108, "ipv6-only", NUMBER, INT32_MAX },
	{ 119, "domain-search", DOMAINS, 0 },
	{ 120, "sip-server", BYTES, 0 },
	{ 121, "classless-static-route", BYTES, 0 },
	{ 125, "vendor-id-encap", BYTES, 0 },
	{ 150, "tftp-server-address", ADDRESSES, 0 },
};

/* What the server says by itself, or by what is written elsewhere. */
static bool is_own(unsigned int code)
{
	static const unsigned int own[] = { 1, 3, 6, 12, 28, 43, 77, 80, 81, 82, 93, 94, 97, 118 };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (own[i] == code)
			return true;
	return code >= 50 && code <= 61;
}

static const struct known *find(const struct role_dhcp_option *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (option->code ? known[i].code == option->code
				 : str_eq(known[i].name, option->name))
			return &known[i];
	return NULL;
}

unsigned int dhcp_option_code(const struct role_dhcp_option *option)
{
	const struct known *as = find(option);

	return as ? as->code : option->code;
}

/* Words with one blank in between, each of which holds. */
static bool each_word(const char *value, bool (*holds)(const char *word))
{
	auto_free char *copy = xstrdup(value);
	char *rest = copy, *word;

	while ((word = strsep(&rest, " ")))
		if (!holds(word))
			return false;
	return true;
}

static bool is_address(const char *word)
{
	struct net_addr ip;

	return net_addr_parse(word, &ip) == 0 && ip.family == NET_IPV4;
}

static bool is_addresses(const char *value)
{
	return each_word(value, is_address);
}

static bool is_domain(const char *name)
{
	size_t label = 0, len = strlen(name);

	for (const char *c = name; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr(".-_", *c))
			return false;
		label = *c == '.' ? 0 : label + 1;
		if (label > 63 || (!label && (c == name || !c[1])))
			return false;
		if (!label && c[1] == '.')
			return false;
	}
	return len > 0 && len <= 253;
}

static bool is_number(const char *value, unsigned long max)
{
	size_t len = strlen(value);

	return len > 0 && len <= 10 && strspn(value, "0123456789") == len &&
	       strtoul(value, NULL, 10) <= max;
}

/* "01:ff" : at least two, as one alone is no bytes to dnsmasq */
static bool is_bytes(const char *value)
{
	size_t n = 0;

	for (; isxdigit((unsigned char)value[0]) && isxdigit((unsigned char)value[1]); value += 3) {
		n++;
		if (!value[2])
			return n > 1;
		if (value[2] != ':')
			return false;
	}
	return false;
}

/* Nothing that could be taken for one of the others: "5s" is a number of two bytes to dnsmasq. */
static bool is_plain_text(const char *value)
{
	size_t digits = strspn(value, "0123456789");

	if (digits && strchr("bis", value[digits]) && strlen(value) == digits + 1)
		return false;
	if (strspn(value, "0123456789ABCDEFabcdef:") == strlen(value) && strchr(value, ':'))
		return false;
	for (; *value; value++)
		if (isalpha((unsigned char)*value))
			return true;
	return false;
}

static bool is_good(enum kind kind, unsigned long max, const char *value)
{
	switch (kind) {
	case ADDRESSES:
		return is_addresses(value);
	case NUMBER:
		return is_number(value, max);
	case TEXT:
		return true;
	case DOMAINS:
		return each_word(value, is_domain);
	case BYTES:
		return is_bytes(value);
	case ANY:
		return is_addresses(value) || is_number(value, UINT32_MAX) || is_bytes(value) ||
		       is_plain_text(value);
		break;
	}
	return false;
}

static const char *wanted(enum kind kind)
{
	switch (kind) {
	case ADDRESSES:
		return "IPv4 addresses with a blank in between";
	case NUMBER:
		return "a number";
	case DOMAINS:
		return "domain names with a blank in between";
	case BYTES:
		return "two or more bytes such as 18:c0:00:02";
	case ANY:
		return "IPv4 addresses, a number, bytes such as 01:ff, or words";
	case TEXT:
		break;
	}
	return "words";
}

bool dhcp_option_is_good(const struct role_dhcp_option *option, struct str *why)
{
	const struct known *as = find(option);
	enum kind kind = as ? as->kind : ANY;

	if (!option->code && !as) {
		const char *names[ARRAY_SIZE(known)];
		size_t n = 0;

		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			names[n++] = known[i].name;
		str_addf(why, "no option '%s' can be set", option->name);
		xml_add_hint(why, option->name, names, n);
		return false;
	}
	if (is_own(option->code)) {
		str_addf(why, "option %u is the server's own to say%s", option->code,
			 option->code == 3 ? ": write router="
					   : (option->code == 6 ? ": write dns=" : ""));
		return false;
	}
	if (is_good(kind, as ? as->max : 0, option->value))
		return true;
	str_addf(why, "value '%s' should be %s", option->value, wanted(kind));
	if (kind == NUMBER)
		str_addf(why, " up to %lu", as->max);
	return false;
}

void dhcp_option_add_value(const struct role_dhcp_option *option, struct str *out)
{
	const struct known *as = find(option);
	bool is_list = as && as->kind != ANY ? as->kind == ADDRESSES || as->kind == DOMAINS
					     : is_addresses(option->value);

	for (const char *c = option->value; *c; c++)
		str_add(out, *c == ' ' && is_list ? "," : c, 1);
}
