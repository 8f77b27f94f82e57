/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the data of a record has to look like, so that a name server takes it. */
#include "role/record.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "net/addr.h"
#include "topo/rules.h"

#define STRING_MAX 255 /* bytes; RFC 1035, section 3.3 */

static bool is_name(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	return *name && strspn(name, allowed) == strlen(name) && !rules_is_long(name) &&
	       !strstr(name, "..");
}

/* A number up to max and blanks behind it; where it goes on, or NULL. */
static const char *skip_number(const char *data, unsigned long max)
{
	size_t digits = strspn(data, "0123456789");

	if (digits == 0 || digits > 5 || data[digits] != ' ' || strtoul(data, NULL, 10) > max)
		return NULL;
	data += digits;
	return data + strspn(data, " ");
}

/* "10 mail.example.com." : numbers of 16 bits, then a name. */
static bool is_numbers_and_name(const char *data, int numbers)
{
	for (; data && numbers; numbers--)
		data = skip_number(data, 65535);
	return data && is_name(data);
}

/*
 * One string from *data on, in quotes or a word without, and the blanks behind it; *data goes on
 * there. Appends its characters, escapes as they are written, to out (NULL: nowhere), in quotes, in
 * as many strings as it takes. False where a zone file would go on in the next line, or see a
 * comment, or the quotes do not close.
 */
static bool take_string(const char **data, struct str *out)
{
	bool quoted = **data == '"';
	const char *p = *data + quoted;
	struct str none = { 0 };
	size_t n = 0;

	out = out ? out : &none;
	str_adds(out, out->len && out->data[out->len - 1] == '"' ? " \"" : "\"");
	while (*p && (quoted ? *p != '"' : *p != ' ')) {
		size_t len = *p == '\\' && p[1] ? 2 : 1; /* \X */

		if (len == 2 && isdigit((unsigned char)p[1]) && isdigit((unsigned char)p[2]) &&
		    isdigit((unsigned char)p[3]))
			len = 4; /* \DDD */
		if (len == 1 && !quoted && strchr("();@$\"", *p))
			break;
		if (n++ == STRING_MAX) {
			str_adds(out, "\" \"");
			n = 1;
		}
		str_add(out, p, len);
		p += len;
	}
	str_adds(out, "\"");
	str_free(&none);
	if (quoted ? *p != '"' : *p && *p != ' ')
		return false;
	p += quoted;
	if (*p && *p != ' ')
		return false;
	*data = p + strspn(p, " ");
	return true;
}

static bool is_strings(const char *data)
{
	bool fine = *data != '\0';

	for (data += strspn(data, " "); fine && *data;)
		fine = take_string(&data, NULL);
	return fine;
}

/* RFC 8659: flags, a tag of letters and digits, one string. */
static bool is_caa(const char *data)
{
	const char *tag = skip_number(data, 255), *value = tag;

	while (value && isalnum((unsigned char)*value))
		value++;
	if (!tag || value == tag || *value != ' ')
		return false;
	value += strspn(value, " ");
	return *value && strlen(value) <= STRING_MAX && take_string(&value, NULL) && !*value;
}

static bool is_address(const char *data, enum net_family family)
{
	struct net_addr addr;

	return net_addr_parse(data, &addr) == 0 && addr.family == family;
}

const char *record_problem(const char *type, const char *data)
{
	if (str_eq(type, "A"))
		return is_address(data, NET_IPV4) ? NULL : "an IPv4 address such as 68.85.2.1";
	if (str_eq(type, "AAAA"))
		return is_address(data, NET_IPV6) ? NULL : "an IPv6 address such as 2001:db8::1";
	if (str_eq(type, "CNAME") || str_eq(type, "PTR"))
		return is_name(data) ? NULL : "a domain name";
	if (str_eq(type, "MX"))
		return is_numbers_and_name(data, 1)
			       ? NULL
			       : "a preference up to 65535 and a name, such as \"10 mail\"";
	if (str_eq(type, "SRV"))
		return is_numbers_and_name(data, 3)
			       ? NULL
			       : "priority, weight and port, each up to 65535, and a name";
	if (str_eq(type, "CAA"))
		return is_caa(data) ? NULL
				    : "flags up to 255, a tag and a value, such as "
				      "'0 issue \"ca.example.net\"'";
	return is_strings(data) ? NULL : "words, or strings in quotes";
}

size_t record_count_strings(const char *data)
{
	size_t n = 0;

	for (data += strspn(data, " "); *data && take_string(&data, NULL);)
		n++;
	return n;
}

void record_add_data(const char *type, const char *data, struct str *out)
{
	struct str strings = { 0 };

	if (!str_eq(type, "TXT") || strlen(data) <= STRING_MAX) {
		str_adds(out, data);
		return;
	}
	data += strspn(data, " ");
	while (*data && take_string(&data, &strings))
		;
	str_adds(out, str_text(&strings));
	str_free(&strings);
}
