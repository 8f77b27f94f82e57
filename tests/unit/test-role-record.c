/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The data of resource records: what a name server takes, and what it does not. */
#include "lib/tests.h"
#include "role/record.h"

static const struct row {
	const char *name, *type, *data;
	bool good;
} rows[] = {
	{ "A", "A", "192.0.2.1", true },
	{ "A of IPv6", "A", "2001:db8::1", false },
	{ "AAAA", "AAAA", "2001:db8::1", true },
	{ "AAAA of IPv4", "AAAA", "192.0.2.1", false },
	{ "CNAME", "CNAME", "www.example.org.", true },
	{ "CNAME with a blank", "CNAME", "www example", false },
	{ "MX", "MX", "10 mail.example.org.", true },
	{ "MX, the most", "MX", "65535 mail", true },
	{ "MX, more", "MX", "65536 mail", false },
	{ "MX, much more", "MX", "99999 mail", false },
	{ "MX without a preference", "MX", "mail", false },
	{ "MX without a name", "MX", "10 ", false },
	{ "SRV", "SRV", "0 5 5060 sip.example.org.", true },
	{ "SRV, a port too large", "SRV", "0 5 65536 sip", false },
	{ "SRV, a number short", "SRV", "0 5060 sip", false },
	{ "CAA", "CAA", "0 issue \"letsencrypt.org\"", true },
	{ "CAA, a word", "CAA", "128 issuewild ca.example.net", true },
	{ "CAA without flags", "CAA", "issue letsencrypt.org", false },
	{ "CAA, flags too large", "CAA", "256 issue \"a\"", false },
	{ "CAA without a value", "CAA", "0 issue", false },
	{ "CAA, two values", "CAA", "0 issue a b", false },
	{ "TXT", "TXT", "\"v=spf1 -all\"", true },
	{ "TXT, words", "TXT", "v=spf1 -all", true },
	{ "TXT, two strings", "TXT", "\"a\" \"b\"", true },
	{ "TXT, a quote inside", "TXT", "\"a\\\"b\"", true },
	{ "TXT, an open quote", "TXT", "\"a", false },
	{ "TXT, a comment", "TXT", "a ;b", false },
	{ "TXT, on the next line", "TXT", "( a", false },
	{ "TXT, quotes without a blank", "TXT", "\"a\"\"b\"", false },
	{ "TXT, nothing", "TXT", "", false },
	{ "NS", "NS", "ns.example.org.", true },
	{ "NS, an address", "NS", "ns 192.0.2.1", false },
	{ "DS", "DS", "1 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	  true },
	{ "DS, an algorithm too large", "DS", "1 256 2 0123", false },
	{ "HTTPS", "HTTPS", "1 . alpn=h2,h3 ipv4hint=192.0.2.1", true },
	{ "HTTPS, a key twice", "HTTPS", "1 . alpn=h2 alpn=h3", false },
	{ "SVCB, an alias", "SVCB", "0 svc.example.org.", true },
	{ "TLSA", "TLSA", "3 1 1 0123456789abcdef", true },
	{ "TLSA, not hexadecimal", "TLSA", "3 1 1 xyz", false },
	{ "NAPTR", "NAPTR", "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@example.org!\" .", true },
	{ "NAPTR, a string short", "NAPTR", "100 10 \"u\" \"E2U+sip\" .", false },
	{ "DNSKEY", "DNSKEY", "257 3 13 AAECAwQFBgc=", true },
	{ "LOC", "LOC", "37 34 0 N 126 58 0 E 38m", true },
	{ "RFC 3597", "TYPE65280", "\\# 4 0a000001", true },
	{ "RFC 3597 without bytes", "TYPE65280", "\\# 0", true },
	{ "RFC 3597, a byte short", "TYPE65280", "\\# 4 0a0000", false },
	{ "RFC 3597, words", "TYPE65280", "abc", false },
	{ "RFC 3597, a type that is known", "A", "\\# 4 0a000001", true },
	{ "on two lines", "MX", "( 10 mail )", true },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	auto_str struct str why = { 0 };

	if (record_is_good(row->type, row->data, &why) != row->good)
		fail_msg("%s '%s'%s", row->type, row->data, row->good ? str_text(&why) : ": taken");
	assert_true(!*str_text(&why) == row->good);
}

/* Strings of 255 bytes each, an escape in one piece; what is short stays as it is written. */
static void test_long_text(void **state)
{
	auto_str struct str data = { 0 }, want = { 0 }, out = { 0 }, why = { 0 };

	(void)state;
	record_add_data("TXT", "a  \"b\"", &out);
	assert_string_equal(str_text(&out), "a  \"b\"");
	str_adds(&data, "\"");
	for (int i = 0; i < 254; i++)
		str_adds(&data, "x");
	str_add(&want, data.data, data.len);
	str_adds(&data, "\\034yz\" end");
	str_adds(&want, "\\034\" \"yz\" \"end\"");
	assert_true(record_is_good("TXT", str_text(&data), &why));
	str_free(&out);
	record_add_data("TXT", str_text(&data), &out);
	assert_string_equal(str_text(&out), str_text(&want));
}

static void test_types(void **state)
{
	static const char *const good[] = { "A", "HTTPS", "TYPE1", "TYPE65535" }, *const bad[] = {
		"B", "TYPE65536", "TYPE", "ANY", "AXFR"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!record_is_type(good[i]))
			fail_msg("%s is no type", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (record_is_type(bad[i]))
			fail_msg("%s is a type", bad[i]);
}

static void test_count(void **state)
{
	(void)state;
	assert_int_equal(record_count_strings("v=spf1 -all"), 2);
	assert_int_equal(record_count_strings("\"v=spf1 -all\""), 1);
	assert_int_equal(record_count_strings("\"open"), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_count),
	};

	ADD_ROWS(rows, test_row);
	ADD_TESTS(tests);
	return run_added("record", NULL, NULL);
}
