/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses of both families, prefixes and MACs: by rows, and by what has to hold of any.
 * Covers: src/net/addr.c src/net/mac.c src/net/point.c
 */
#include "lib/tests.h"
#include "net/addr.h"
#include "net/mac.h"
#include "net/point.h"

static struct net_addr addr(const char *text)
{
	struct net_addr ret = { 0 };

	if (*text && net_addr_parse(text, &ret) < 0)
		fail_msg("'%s' is refused", text);
	return ret;
}

static struct net_prefix prefix(const char *text)
{
	struct net_prefix ret;

	if (net_prefix_parse(text, &ret) < 0)
		fail_msg("'%s' is refused", text);
	return ret;
}

static void is_text(struct net_addr a, const char *want)
{
	char buf[NET_TEXT];

	assert_string_equal(net_addr_text(a, buf), want);
}

static void test_text(void **state)
{
	/* RFC 5952, 4: the longest run of zeros, the first of two, never one alone; lower case. */
	static const char *const rows[][2] = {
		{ "68.85.2.1", "68.85.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "::", "::" },
		{ "0:0:0:0:0:0:0:1", "::1" },
		{ "2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "FE80::ABCD", "fe80::abcd" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	static const char *const refused[] = {
		"",
		"1",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.256",
		"01.2.3.4 ",
		" 1.2.3.4",
		"1.2.3.4/24",
		"0x7f.1",
		":",
		":::",
		"1::2::3",
		"12345::",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"fe80::1%eth0",
		"::1.2.3",
		"g::",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		is_text(addr(rows[i][0]), rows[i][1]);
	is_text((struct net_addr){ 0 }, "");
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct net_addr a = addr("192.0.2.1");

		if (net_addr_parse(refused[i], &a) != -EINVAL)
			fail_msg("'%s' is taken", refused[i]);
		is_text(a, "192.0.2.1");
	}
}

static void test_kinds(void **state)
{
	static const struct {
		const char *text;
		bool host, group, unspecified;
	} rows[] = {
		{ "68.85.2.1", true, false, false },
		{ "0.0.0.0", false, false, true },
		{ "0.1.2.3", false, false, false },
		{ "127.0.0.1", false, false, false },
		{ "223.255.0.1", true, false, false },
		{ "224.0.0.5", false, true, false },
		{ "239.1.1.1", false, true, false },
		{ "240.0.0.1", false, false, false },
		{ "255.255.255.255", false, true, false },
		{ "::", false, false, true },
		{ "::1", false, false, false },
		{ "::2", true, false, false },
		{ "2001:db8::1", true, false, false },
		{ "fe80::1", true, false, false },
		{ "ff02::5", false, true, false },
		{ "", false, false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct net_addr a = addr(rows[i].text);

		if (net_addr_is_host(a) != rows[i].host || net_addr_is_group(a) != rows[i].group ||
		    net_addr_is_unspecified(a) != rows[i].unspecified)
			fail_msg("'%s'", rows[i].text);
	}
}

static void test_prefix(void **state)
{
	static const struct {
		const char *text, *network, *last, *mask, *inside, *outside;
	} rows[] = {
		{ "68.85.2.101/24", "68.85.2.0/24", "68.85.2.255", "255.255.255.0", "68.85.2.0",
		  "68.85.3.0" },
		{ "68.80.0.0/13", "68.80.0.0/13", "68.87.255.255", "255.248.0.0", "68.87.255.255",
		  "68.88.0.0" },
		{ "255.255.255.255/32", "255.255.255.255/32", "255.255.255.255", "255.255.255.255",
		  "255.255.255.255", "255.255.255.254" },
		{ "10.0.0.1/31", "10.0.0.0/31", "10.0.0.1", "255.255.255.254", "10.0.0.0",
		  "10.0.0.2" },
		{ "1.2.3.4/0", "0.0.0.0/0", "255.255.255.255", "0.0.0.0", "255.1.2.3", "::" },
		{ "2001:db8:1::5/48", "2001:db8:1::/48", "2001:db8:1:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff::", "2001:db8:1:9::1", "2001:db8:2::" },
		{ "2001:db8::1/127", "2001:db8::/127", "2001:db8::1",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "2001:db8::", "2001:db8::2" },
		{ "::1/0", "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "::", "2001:db8::", "192.0.2.1" },
	};
	static const char *const refused[] = { "68.85.2.0",    "68.85.2.0/", "68.85.2.0/33",
					       "68.85.2.0/-1", "/24",        "68.85.2.0/2 4",
					       "::/129",       "68.85.2/24", "::/",
					       "1.2.3.4/24/5" };
	char buf[NET_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct net_prefix p = prefix(rows[i].text);

		assert_string_equal(net_prefix_text(p, buf), rows[i].text);
		assert_string_equal(net_prefix_text(net_prefix_network(p), buf), rows[i].network);
		is_text(net_prefix_last(p), rows[i].last);
		is_text(net_prefix_mask(p), rows[i].mask);
		assert_true(net_prefix_contains(p, addr(rows[i].inside)));
		assert_false(net_prefix_contains(p, addr(rows[i].outside)));
		assert_true(net_prefix_same(p, prefix(rows[i].network)));
	}
	assert_false(net_prefix_same(prefix("10.0.0.1/24"), prefix("10.0.0.2/25")));
	assert_false(net_prefix_same(prefix("10.0.0.1/24"), prefix("10.0.1.1/24")));
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct net_prefix p;

		if (net_prefix_parse(refused[i], &p) != -EINVAL)
			fail_msg("'%s' is taken", refused[i]);
	}
}

static void test_next(void **state)
{
	static const char *const rows[][2] = {
		{ "68.85.2.255", "68.85.3.0" },
		{ "0.255.255.255", "1.0.0.0" },
		{ "255.255.255.255", "" },
		{ "2001:db8::ffff", "2001:db8::1:0" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		is_text(net_addr_next(addr(rows[i][0])), rows[i][1]);
		if (*rows[i][1])
			is_text(net_addr_previous(addr(rows[i][1])), rows[i][0]);
	}
	is_text(net_addr_previous(addr("0.0.0.0")), "");
	is_text(net_addr_previous(addr("::")), "");
	assert_int_equal(net_addr_common(addr("68.85.2.1"), addr("68.85.3.1")), 23);
	assert_int_equal(net_addr_common(addr("2001:db8::"), addr("2001:db8::1")), 127);
	assert_int_equal(net_addr_common(addr("0.0.0.0"), addr("::")), 0);
	assert_true(net_addr_compare(addr(""), addr("0.0.0.0")) < 0);
	assert_true(net_addr_compare(addr("255.255.255.255"), addr("::")) < 0);
}

/* Of any address and any length. */
static void test_any(void **state)
{
	(void)state;
	srandom(5952);
	for (unsigned int n = 0; n < 20000; n++) {
		struct net_addr a = { n & 1 ? NET_IPV4 : NET_IPV6, { 0 } }, b = { 0 }, next;
		struct net_prefix p;
		char buf[NET_TEXT];

		for (unsigned int i = 0; i < net_bits(a) / 8; i++)
			a.byte[i] = random() & 1 ? 0 : (uint8_t)random();
		p = (struct net_prefix){ a, (uint8_t)(random() % (net_bits(a) + 1)) };
		assert_int_equal(net_addr_parse(net_addr_text(a, buf), &b), 0);
		assert_memory_equal(&a, &b, sizeof(a));
		next = net_addr_next(a);
		assert_true(!next.family || net_addr_equal(net_addr_previous(next), a));
		assert_true(!next.family || net_addr_compare(next, a) > 0);
		assert_true(net_prefix_contains(p, net_prefix_network(p).addr));
		assert_true(net_prefix_contains(p, net_prefix_last(p)));
		assert_int_equal(net_prefix_contains(p, net_addr_next(net_prefix_last(p))), 0);
		assert_int_equal(
			net_prefix_contains(p, net_addr_previous(net_prefix_network(p).addr)), 0);
		assert_true(net_addr_compare(net_prefix_network(p).addr, a) <= 0);
		assert_true(net_addr_compare(net_prefix_last(p), a) >= 0);
	}
}

static void test_mac(void **state)
{
	static const char *const refused[] = { "",
					       "00:16:d3:23:68",
					       "00:16:d3:23:68:8a:01",
					       "00-16-d3-23-68-8a",
					       "00:16:d3:23:68:8g",
					       "0:016:d3:23:68:8a",
					       "00:16:d3:23:68:+1" };
	struct net_mac mac;
	char buf[NET_TEXT];

	(void)state;
	assert_int_equal(net_mac_parse("00:16:D3:23:68:8a", &mac), 0);
	assert_string_equal(net_mac_text(mac, buf), "00:16:d3:23:68:8a");
	assert_false(net_mac_is_group(mac) || net_mac_is_zero(mac));
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (net_mac_parse(refused[i], &mac) != -EINVAL)
			fail_msg("'%s' is taken", refused[i]);
	assert_int_equal(net_mac_parse("01:80:c2:00:00:00", &mac), 0);
	assert_true(net_mac_is_group(mac));
	assert_int_equal(net_mac_parse("00:00:00:00:00:00", &mac), 0);
	assert_true(net_mac_is_zero(mac));
}

static void test_point(void **state)
{
	(void)state;
	assert_string_equal(net_air_of("wifi:client-ap"), "client-ap");
	assert_null(net_air_of("wifis:eth0"));
	assert_null(net_air_of("client:wifi"));
}

int main(void)
{
	ADD_TEST(test_text);
	ADD_TEST(test_kinds);
	ADD_TEST(test_prefix);
	ADD_TEST(test_next);
	ADD_TEST(test_any);
	ADD_TEST(test_mac);
	ADD_TEST(test_point);
	return run_added("net", NULL, NULL);
}
