/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entry of a router's table that won: rows, and tables that a die throws, in which the longest
 * prefix is known.
 * Covers: src/report/decision.c src/report/route.c
 */
#include <inttypes.h>

#include "lib/tests.h"
#include "report/decision.h"

/* A packet to 10.0.2.20, or another, that r passed on from eth0 to eth1, as "action" says. */
static json_t *story_of(const char *to, const char *before, const char *after)
{
	return json_pack(
		"{s:[{s:i, s:s, s:s, s:[{s:s, s:s, s:s, s:n}, {s:s, s:s, s:s, s:s, s:i}, {s:s, "
		"s:s, s:s, s:s, s:i}]}], s:[{s:s, s:s, s:s?, s:s?}]}",
		"journeys", "id", 1, "source", "192.0.2.1", "destination", to, "hops", "node", "a",
		"port", "a:eth0", "way", "out", "from", "node", "r", "port", "r:eth0", "way", "in",
		"action", "forwarded", "from", 0, "node", "r", "port", "r:eth1", "way", "out",
		"action", "forwarded", "from", 1, "tables", "node", "r", "kind",
		strchr(to, ':') ? "routes-ipv6" : "routes", "before", before, "after", after);
}

static json_t *hop_of(const json_t *story)
{
	const json_t *journey = json_array_get(json_object_get(story, "journeys"), 0);

	return json_array_get(json_object_get(journey, "hops"), 1);
}

static void is_told(json_t *story, const json_t *policies, const char *told, const char *lang)
{
	auto_str struct str text = { 0 };

	decision_tell(story, policies);
	decision_text(hop_of(story), lang, &text);
	assert_string_equal(str_text(&text), told);
}

#define DEFAULT "default via 192.0.2.254 dev eth1\n"
#define TWO                                                                            \
	"10.0.2.0/24 proto bird metric 32\n\tnexthop via 10.1.0.1 dev eth1 weight 1\n" \
	"\tnexthop via 10.2.0.1 dev eth2 weight 1\n"

static const struct row {
	const char *name, *to, *before, *after, *en, *ko;
} rows[] = {
	{ "the default", "10.0.2.20", DEFAULT, DEFAULT, "default via 192.0.2.254 dev eth1",
	  "default via 192.0.2.254 dev eth1" },
	{ "on the link", "10.0.2.20", DEFAULT "10.0.2.0/24 dev eth1 proto kernel scope link\n",
	  DEFAULT "10.0.2.0/24 dev eth1 proto kernel scope link\n", "10.0.2.0/24 dev eth1",
	  "10.0.2.0/24 dev eth1" },
	{ "a VLAN", "10.0.2.20", "10.0.2.0/24 dev eth1.20 \n", "10.0.2.0/24 dev eth1.20 \n",
	  "10.0.2.0/24 dev eth1.20", "10.0.2.0/24 dev eth1.20" },
	{ "another way", "10.0.2.20", "10.0.2.0/24 dev eth2\n" DEFAULT,
	  "10.0.2.0/24 dev eth2\n" DEFAULT, "", "" },
	{ "a NIC whose name begins alike", "10.0.2.20", "10.0.2.0/24 dev eth11\n",
	  "10.0.2.0/24 dev eth11\n", "", "" },
	{ "of two paths", "10.0.2.20", TWO, TWO,
	  "10.0.2.0/24 via 10.1.0.1 dev eth1, equal-cost paths: 2",
	  "10.0.2.0/24 via 10.1.0.1 dev eth1, 비용이 같은 경로: 2" },
	{ "of two paths, one dead", "10.0.2.20",
	  "10.0.2.0/24\n\tnexthop via 10.1.0.1 dev eth1 weight 1\n"
	  "\tnexthop via 10.2.0.1 dev eth2 weight 1 dead linkdown\n",
	  "10.0.2.0/24 via 10.1.0.1 dev eth1\n", "10.0.2.0/24 via 10.1.0.1 dev eth1",
	  "10.0.2.0/24 via 10.1.0.1 dev eth1" },
	{ "two at one NIC", "10.0.2.20",
	  "10.0.2.0/24\n\tnexthop via 10.1.0.1 dev eth1\n\tnexthop via 10.1.0.2 dev eth1\n",
	  "10.0.2.0/24\n\tnexthop via 10.1.0.1 dev eth1\n\tnexthop via 10.1.0.2 dev eth1\n", "",
	  "" },
	{ "the least metric", "10.0.2.20",
	  "10.0.2.0/24 via 10.2.0.1 dev eth2 metric 20\n10.0.2.0/24 via 10.1.0.1 dev eth1 metric "
	  "10\n",
	  "10.0.2.0/24 via 10.1.0.1 dev eth1 metric 10\n", "10.0.2.0/24 via 10.1.0.1 dev eth1",
	  "10.0.2.0/24 via 10.1.0.1 dev eth1" },
	{ "changed", "10.0.2.20", DEFAULT, TWO,
	  "before the run: default via 192.0.2.254 dev eth1; after the run: 10.0.2.0/24 via "
	  "10.1.0.1 "
	  "dev eth1, equal-cost paths: 2",
	  "실행 전: default via 192.0.2.254 dev eth1; 실행 후: 10.0.2.0/24 via 10.1.0.1 dev eth1, "
	  "비용이 같은 경로: 2" },
	{ "gone", "10.0.2.20", DEFAULT, "",
	  "before the run: default via 192.0.2.254 dev eth1; after the run: -",
	  "실행 전: default via 192.0.2.254 dev eth1; 실행 후: -" },
	{ "rejects", "10.0.2.20", DEFAULT "blackhole 10.0.2.0/24\n",
	  DEFAULT "blackhole 10.0.2.0/24\n", "", "" },
	{ "half a table", "10.0.2.20", DEFAULT, NULL, "", "" },
	{ "IPv6", "2001:db8:2::1",
	  "2001:db8:2::/64 via fe80::1 dev eth1 metric 1024 pref medium\ndefault via fe80::2 dev "
	  "eth1 metric 1\n",
	  "2001:db8:2::/64 via fe80::1 dev eth1 metric 1024 pref medium\n",
	  "2001:db8:2::/64 via fe80::1 dev eth1", "2001:db8:2::/64 via fe80::1 dev eth1" },
	{ "IPv4 by IPv6", "10.0.2.20", "default via inet6 fe80::1 dev eth1\n",
	  "default via inet6 fe80::1 dev eth1\n", "default via fe80::1 dev eth1",
	  "default via fe80::1 dev eth1" },
	{ "nonsense", "10.0.2.20", "x\n\n\t\nvia dev\n10.0.2.0/24 via\n10.0.2.0/99 dev eth1\n",
	  "10.0.2.0/24 dev", "", "" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	const struct {
		const char *lang, *told;
	} langs[] = { { "en", row->en }, { "ko", row->ko } };

	for (size_t i = 0; i < ARRAY_SIZE(langs); i++) {
		auto_json json_t *story = story_of(row->to, row->before, row->after);

		is_told(story, NULL, langs[i].told, langs[i].lang);
	}
}

/* Where rules choose among tables, nothing is said of that node. */
static void test_policies(void **state)
{
	auto_json json_t *mine = json_pack("[s]", "r"), *other = json_pack("[s]", "a");
	auto_json json_t *story = story_of("10.0.2.20", DEFAULT, DEFAULT);
	auto_json json_t *again = story_of("10.0.2.20", DEFAULT, DEFAULT);

	(void)state;
	is_told(story, mine, "", "en");
	is_told(again, other, "default via 192.0.2.254 dev eth1", "en");
}

/* By what the router made of the destination, not by what it was; what it made of the source does
 * not count. */
static void test_translated(void **state)
{
	static const char table[] = DEFAULT "192.168.0.0/24 dev eth1\n";
	auto_json json_t *story = story_of("10.0.2.20", table, table);

	(void)state;
	(void)json_object_set_new(hop_of(story), "action", json_string("translated"));
	(void)json_object_set_new(hop_of(story), "translated",
				  json_pack("[{s:s, s:s}, {s:s, s:s}]", "from", "192.0.2.1:9", "to",
					    "172.16.0.1:9", "from", "10.0.2.20:80", "to",
					    "192.168.0.5:8080"));
	is_told(story, NULL, "192.168.0.0/24 dev eth1", "en");
}

/* --- a die --- */

#define ENTRIES 24

static uint32_t throw(uint64_t * die, uint32_t n)
{
	*die = *die * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*die >> 33) % n;
}

/* Each prefix once; a part of them has the address. */
static void test_random(void **state)
{
	uint64_t die = *(const uint64_t *)*state;
	uint32_t to = 10U << 24 | throw(&die, 1 << 24);
	auto_free char *address =
		xasprintf("%u.%u.%u.%u", to >> 24, to >> 16 & 255, to >> 8 & 255, to & 255);
	auto_str struct str table = { 0 }, told = { 0 };
	bool taken[33] = { false };
	unsigned int longest = 0;
	auto_json json_t *story = NULL;

	for (unsigned int i = 0; i < ENTRIES; i++) {
		unsigned int len = 1 + throw(&die, 32), paths = 1 + throw(&die, 3);
		uint32_t bit = 1U << (32 - len);
		bool has = throw(&die, 2) && !taken[len];
		uint32_t prefix = ((has ? to : to ^ bit) / bit) * bit; /* the last bit, or not */

		taken[len] |= has;
		str_addf(&table, "%u.%u.%u.%u/%u", prefix >> 24, prefix >> 16 & 255,
			 prefix >> 8 & 255, prefix & 255, len);
		if (paths == 1)
			str_addf(&table, " via 192.0.2.%u dev eth1 proto bird metric 32\n", len);
		for (unsigned int p = 0; paths > 1 && p < paths; p++)
			str_addf(&table, "%s\tnexthop via 192.0.2.%u dev eth%u weight 1\n",
				 p ? "" : " proto bird\n", len, p + 1);
		if (!has || len < longest)
			continue;
		longest = len;
		str_free(&told);
		str_addf(&told, "%u.%u.%u.%u/%u via 192.0.2.%u dev eth1", prefix >> 24,
			 prefix >> 16 & 255, prefix >> 8 & 255, prefix & 255, len, len);
		if (paths > 1)
			str_addf(&told, ", equal-cost paths: %u", paths);
	}
	story = story_of(address, table.data, table.data);
	is_told(story, NULL, str_text(&told), "en");
}

int main(void)
{
	static uint64_t seeds[100];

	ADD_ROWS(rows, test_row);
	add_test("policies", test_policies, NULL);
	add_test("translated", test_translated, NULL);
	for (uint64_t i = 0; i < ARRAY_SIZE(seeds); i++) {
		seeds[i] = i + 1;
		add_test("seed", test_random, &seeds[i]);
	}
	return run_added("forwarding decisions", NULL, NULL);
}
