/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the data of a record has to look like, so that a name server takes it.
 *
 * Knot's zone scanner is asked, which knows every type that knot does: parsers of our own would be
 * one more for each type, and could be of another opinion. What a student gets wrong most often has
 * words of ours.
 */
#include "role/record.h"

#include <ctype.h>
#include <libzscanner/scanner.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

#define STRING_MAX 255 /* bytes; RFC 1035, section 3.3 */
#define CLASS_IN 1

static const struct form {
	const char *type, *wanted;
} forms[] = {
	{ "A", "an IPv4 address such as 68.85.2.1" },
	{ "AAAA", "an IPv6 address such as 2001:db8::1" },
	{ "CAA", "flags up to 255, a tag and a value, such as '0 issue \"ca.example.net\"'" },
	{ "CNAME", "a domain name" },
	{ "MX", "a preference up to 65535 and a name, such as \"10 mail\"" },
	{ "NS", "a domain name" },
	{ "PTR", "a domain name" },
	{ "SRV", "priority, weight and port, each up to 65535, and a name" },
	{ "TXT", "words, or strings in quotes" },
};

static void scanner_freep(zs_scanner_t **scanner)
{
	if (*scanner)
		zs_deinit(*scanner);
	free(*scanner);
}

/* 0, or a code of the scanner's, ret being the scanner with the record. */
static int scan(const char *type, const char *data, zs_scanner_t **ret)
{
	zs_scanner_t *scanner = *ret = xcalloc(1, sizeof(**ret));
	auto_str struct str line = { 0 };

	str_addf(&line, "@ IN %s ", type);
	record_add_data(type, data, &line);
	str_adds(&line, "\n");
	if (zs_init(scanner, "zone.", CLASS_IN, 0) != 0 ||
	    zs_set_input_string(scanner, line.data, line.len) != 0 || zs_parse_record(scanner) != 0)
		return scanner->error.code;
	if (scanner->state == ZS_STATE_DATA)
		/* What is behind a semicolon would be gone without a word. */
		return scanner->buffer_length ? ZS_BAD_REST : 0;
	return scanner->state == ZS_STATE_ERROR ? scanner->error.code : ZS_UNCLOSED_MULTILINE;
}

bool record_is_type(const char *type)
{
	AUTO(scanner_freep) zs_scanner_t *scanner = NULL;

	return scan(type, "\\# 1 00", &scanner) == 0;
}

bool record_is_good(const char *type, const char *data, struct str *why)
{
	AUTO(scanner_freep) zs_scanner_t *scanner = NULL;
	int code = scan(type, data, &scanner);
	const char *wanted = NULL;

	if (code == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (str_eq(forms[i].type, type))
			wanted = forms[i].wanted;
	if (wanted)
		str_addf(why, ", not %s", wanted);
	else
		str_addf(why, ": %s", zs_strerror(code));
	return false;
}

size_t record_count_strings(const char *data)
{
	AUTO(scanner_freep) zs_scanner_t *scanner = NULL;
	size_t n = 0;

	if (scan("TXT", data, &scanner) == 0)
		for (size_t i = 0; i < scanner->r_data_length; i += 1U + scanner->r_data[i])
			n++;
	return n;
}

/* Bytes of the character at p as it is written: \DDD, \X or one. */
static size_t escape_length(const char *p)
{
	if (*p != '\\' || !p[1])
		return 1;
	return isdigit((unsigned char)p[1]) && isdigit((unsigned char)p[2]) &&
			       isdigit((unsigned char)p[3])
		       ? 4
		       : 2;
}

/* One string from p on, in quotes or a word without, in as many as it takes; where it goes on. */
static const char *add_string(const char *p, struct str *out)
{
	bool quoted = *p == '"';
	size_t n = 0;

	p += quoted;
	str_adds(out, "\"");
	while (*p && (quoted ? *p != '"' : !strchr(" ();\"", *p))) {
		size_t len = escape_length(p);

		if (n++ == STRING_MAX) {
			str_adds(out, "\" \"");
			n = 1;
		}
		str_add(out, p, len);
		p += len;
	}
	/* What does not close stays open: the scanner says so. */
	if (*p || !quoted)
		str_adds(out, "\"");
	return p + (quoted && *p);
}

void record_add_data(const char *type, const char *data, struct str *out)
{
	if (!str_eq(type, "TXT") || strlen(data) <= STRING_MAX) {
		str_adds(out, data);
		return;
	}
	while (*data)
		if (strchr(" ();", *data))
			str_add(out, data++, 1);
		else
			data = add_string(data, out);
}
