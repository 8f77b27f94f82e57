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
	{ "CAA, a tag with a hyphen", "CAA", "0 is-sue a", false },
	{ "TXT", "TXT", "\"v=spf1 -all\"", true },
	{ "TXT, words", "TXT", "v=spf1 -all", true },
	{ "TXT, two strings", "TXT", "\"a\" \"b\"", true },
	{ "TXT, a quote inside", "TXT", "\"a\\\"b\"", true },
	{ "TXT, an open quote", "TXT", "\"a", false },
	{ "TXT, a comment", "TXT", "a ;b", false },
	{ "TXT, on the next line", "TXT", "( a", false },
	{ "TXT, quotes without a blank", "TXT", "\"a\"\"b\"", false },
	{ "TXT, nothing", "TXT", "", false },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	const char *wanted = record_problem(row->type, row->data);

	if (!wanted != row->good)
		fail_msg("%s '%s': %s", row->type, row->data, wanted ? wanted : "taken");
}

/* Strings of 255 bytes each, an escape in one piece; what is short stays as it is written. */
static void test_long_text(void **state)
{
	auto_str struct str data = { 0 }, want = { 0 }, out = { 0 };

	(void)state;
	record_add_data("TXT", "a  \"b\"", &out);
	assert_string_equal(str_text(&out), "a  \"b\"");
	str_adds(&data, "\"");
	for (int i = 0; i < 254; i++)
		str_adds(&data, "x");
	str_add(&want, data.data, data.len);
	str_adds(&data, "\\034yz\" end");
	str_adds(&want, "\\034\" \"yz\" \"end\"");
	assert_null(record_problem("TXT", str_text(&data)));
	str_free(&out);
	record_add_data("TXT", str_text(&data), &out);
	assert_string_equal(str_text(&out), str_text(&want));
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_long_text) };

	ADD_ROWS(rows, test_row);
	ADD_TESTS(tests);
	return run_added("record", NULL, NULL);
}
