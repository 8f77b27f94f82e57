/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/report/fate.c: what is said of a packet's fate, in both languages; route.c and filter.c.
 * Covers: src/report/fate.c src/report/filter.c src/report/loop.c
 * Covers: src/report/reason.c
 */
#include "lib/tests.h"
#include "report/fate.h"
#include "report/filter.h"
#include "report/route.h"
#include "report/text.h"

/* Journey 1, of the phase p: client:eth0 7 to r2, which does what "action" says; 2 answers it. */
static json_t *story_of(const char *action, const char *before, const char *after,
			const char *error, const char *verdict)
{
	return json_pack(
		"{s:[{s:s, s:s, s:[i,i]}], s:[{s:i, s:s, s:s, s:s, s:s, s:i, s:[{s:s, s:s, s:i, "
		"s:s, s:i, s:n},"
		" {s:s, s:s, s:i, s:s, s:s, s:i, s:i}]},"
		" {s:i, s:s, s:s?, s:i, s:[{s:s, s:s, s:i, s:s}]}], s:[{s:s, s:s, s:s?, s:s?}]}",
		"phases", "name", "p", "verdict", verdict, "journeys", 1, 2, "journeys", "id", 1,
		"phase", "p", "protocol", "ICMP", "what", "Echo (ping) request", "destination",
		"10.0.2.20", "answered_by", 2, "hops", "at", "client:eth0", "node", "client",
		"frame", 7, "way", "out", "ttl", 64, "from", "at", "r2:eth0", "node", "r2", "frame",
		3, "way", "in", "action", action, "ttl", 64, "from", 0, "id", 2, "phase", "p",
		"error", error, "answers", 1, "hops", "at", "r2:eth0", "node", "r2", "frame", 4,
		"way", "out", "tables", "node", "r2", "kind", "routes", "before", before, "after",
		after);
}

#define ELSEWHERE "10.0.1.0/24 dev eth0 proto kernel scope link src 10.0.1.2\n"
#define REJECTED ELSEWHERE "unreachable 10.0.2.0/24 \n"
#define DEFAULT "default via 10.0.1.1 dev eth0\n"

static const struct row {
	const char *name, *action, *before, *after, *error, *verdict;
	const char *en, *ko; /* "": nothing is said */
	bool expected;
} rows[] = {
	{ "no route", "dropped", ELSEWHERE, ELSEWHERE, "network-unreachable", "holds",
	  "r2 has no route to 10.0.2.20; r2 answered: network unreachable (r2:eth0 4)",
	  "r2에는 10.0.2.20으로 가는 경로가 없다; r2의 응답: 네트워크에 도달할 수 없음 (r2:eth0 4)",
	  false },
	{ "no route, and no word", "dropped", ELSEWHERE, ELSEWHERE, NULL, "fails",
	  "r2 has no route to 10.0.2.20", "r2에는 10.0.2.20으로 가는 경로가 없다", false },
	{ "no route any more", "dropped", DEFAULT, ELSEWHERE, NULL, "fails",
	  "r2 had no route to 10.0.2.20 when the run ended",
	  "실행이 끝났을 때 r2에는 10.0.2.20으로 가는 경로가 없었다", false },
	{ "no route yet", "dropped", ELSEWHERE, NULL, NULL, "fails",
	  "r2 had no route to 10.0.2.20 when the run began",
	  "실행을 시작할 때 r2에는 10.0.2.20으로 가는 경로가 없었다", false },
	{ "a route that rejects", "dropped", REJECTED, REJECTED, "host-unreachable", "holds",
	  "the route of r2 to 10.0.2.20 is 'unreachable 10.0.2.0/24'; r2 answered: host "
	  "unreachable "
	  "(r2:eth0 4)",
	  "r2에서 10.0.2.20으로 가는 경로: unreachable 10.0.2.0/24; r2의 응답: 호스트에 "
	  "도달할 수 없음 (r2:eth0 4)",
	  false },
	{ "there is a route", "dropped", DEFAULT, DEFAULT, "prohibited", "holds",
	  "r2 answered: prohibited (r2:eth0 4)", "r2의 응답: 금지됨 (r2:eth0 4)", false },
	{ "no table", "dropped", NULL, NULL, "network-unreachable", "holds",
	  "r2 answered: network unreachable (r2:eth0 4)",
	  "r2의 응답: 네트워크에 도달할 수 없음 (r2:eth0 4)", false },
	{ "no table, no word", "dropped", NULL, NULL, NULL, "fails", "", "", false },
	{ "nobody listens", "answered", DEFAULT, DEFAULT, "port-unreachable", "holds",
	  "r2 answered: port unreachable (r2:eth0 4)",
	  "r2의 응답: 포트에 도달할 수 없음 (r2:eth0 4)", false },
	{ "traceroute", "expired", DEFAULT, DEFAULT, "time-exceeded", "holds",
	  "its TTL was used up at r2; r2 answered: time exceeded (r2:eth0 4)",
	  "r2에서 TTL이 만료되었다; r2의 응답: 시간 초과 (r2:eth0 4)", true },
	{ "traceroute that fails", "expired", DEFAULT, DEFAULT, "time-exceeded", "fails",
	  "its TTL was used up at r2; r2 answered: time exceeded (r2:eth0 4)",
	  "r2에서 TTL이 만료되었다; r2의 응답: 시간 초과 (r2:eth0 4)", false },
	{ "nobody says so", "expired", DEFAULT, DEFAULT, NULL, "holds", "its TTL was used up at r2",
	  "r2에서 TTL이 만료되었다", false },
	{ "it arrived", "delivered", ELSEWHERE, ELSEWHERE, NULL, "holds", "", "", false },
};

static void says(const json_t *journey, const char *en, const char *ko)
{
	const json_t *text = json_object_get(journey, "explain");

	assert_string_equal(json_get_text(text, "en", ""), en);
	assert_string_equal(json_get_text(text, "ko", ""), ko);
}

/* The text has the sentence below the packet. */
static void is_told(const json_t *story, const char *sentence, const char *lang)
{
	const struct text_options options = { .lang = lang, .columns = 400, .verbose = true };
	auto_free char *line = xasprintf("\n        %s\n", sentence);
	auto_str struct str text = { 0 };

	text_story(story, &options, &text);
	if (*sentence && !strstr(str_text(&text), line))
		fail_msg("%s: %s", sentence, str_text(&text));
}

static void test_row(void **state)
{
	const struct row *row = *state;
	auto_json json_t *story =
		story_of(row->action, row->before, row->after, row->error, row->verdict);
	const json_t *journeys = json_object_get(story, "journeys");

	assert_non_null(story);
	fate_tell(story);
	is_told(story, row->en, "en");
	is_told(story, row->ko, "ko");
	says(json_array_get(journeys, 0), row->en, row->ko);
	assert_int_equal(json_is_true(json_object_get(json_array_get(journeys, 0), "expected")),
			 row->expected);
	says(json_array_get(journeys, 1),
	     row->error ? "it is about the packet ICMP Echo (ping) request (client:eth0 7)" : "",
	     row->error ? "이 패킷에 대한 것이다: ICMP Echo (ping) request (client:eth0 7)" : "");
}

/* A table of IPv4 says nothing of IPv6; its routes are a table of their own. */
static void test_ipv6(void **state)
{
	static const struct {
		const char *action, *kind, *en, *ko;
	} told[] = {
		{ "dropped", "routes", "", "" },
		{ "dropped", "routes-ipv6", "r2 has no route to 2001:db8:ffff:ffff:ffff::1",
		  "r2에는 2001:db8:ffff:ffff:ffff::1로 가는 경로가 없다" },
		{ "expired", "routes-ipv6", "its hop limit was used up at r2",
		  "r2에서 홉 제한이 만료되었다" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		auto_json json_t *story = story_of(told[i].action, "2001:db8::/64 dev eth0\n",
						   "2001:db8::/64 dev eth0\n", NULL, "fails");
		json_t *journey = json_array_get(json_object_get(story, "journeys"), 0);
		json_t *table = json_array_get(json_object_get(story, "tables"), 0);

		(void)json_object_set_new(table, "kind", json_string(told[i].kind));
		(void)json_object_set_new(journey, "kind", json_string("ipv6"));
		(void)json_object_set_new(journey, "destination",
					  json_string("2001:db8:ffff:ffff:ffff::1"));
		fate_tell(story);
		says(journey, told[i].en, told[i].ko);
	}
}

/* r1 and r2 send it to one another until TTL hops are used up. */
static json_t *looping(int ttl)
{
	json_t *hops = json_array();
	json_int_t from = 0;

	(void)json_array_append_new(hops, json_pack("{s:s, s:s, s:i, s:n}", "node", "client", "way",
						    "out", "ttl", ttl, "from"));
	for (int i = 0; i < ttl; i++) {
		const char *node = i % 2 ? "r2" : "r1";

		(void)json_array_append_new(hops, json_pack("{s:s, s:s, s:s, s:i, s:I}", "node",
							    node, "way", "in", "action",
							    i == ttl - 1 ? "expired" : "forwarded",
							    "ttl", ttl - i, "from", from++));
		if (i < ttl - 1)
			(void)json_array_append_new(hops, json_pack("{s:s, s:s, s:i, s:I}", "node",
								    node, "way", "out", "ttl",
								    ttl - i - 1, "from", from++));
	}
	return json_pack("{s:[{s:i, s:o}]}", "journeys", "id", 1, "hops", hops);
}

static const struct loop_row {
	const char *name;
	int ttl;
	json_int_t times;
	const char *en, *ko;
} loop_rows[] = {
	{ "not round", 2, 0, "its TTL was used up at r2", "r2에서 TTL이 만료되었다" },
	{ "once", 3, 1, "a loop: it went round once (r1 - r2 - r1); its TTL was used up at r1",
	  "루프: 1번 돌았다 (r1 - r2 - r1); r1에서 TTL이 만료되었다" },
	{ "31 times", 64, 31,
	  "a loop: it went round 31 times (r1 - r2 - r1); its TTL was used up at r2",
	  "루프: 31번 돌았다 (r1 - r2 - r1); r2에서 TTL이 만료되었다" },
};

static void test_loop(void **state)
{
	const struct loop_row *row = *state;
	auto_json json_t *story = looping(row->ttl);
	const json_t *journey = json_array_get(json_object_get(story, "journeys"), 0);

	fate_tell(story);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(journey, "loop"), "times")),
		row->times);
	says(journey, row->en, row->ko);
}

/* r1 is a switch that r2, a router with one cable, is on. */
static void test_one_armed(void **state)
{
	auto_json json_t *story = looping(3);
	json_t *journey = json_array_get(json_object_get(story, "journeys"), 0), *hop;
	size_t i;

	(void)state;
	json_array_foreach(json_object_get(journey, "hops"), i, hop)
		if (str_eq(json_get_text(hop, "node", ""), "r1"))
			(void)json_object_set_new(hop, "action", json_string("switched"));
	fate_tell(story);
	assert_null(json_object_get(journey, "loop"));
}

static const struct route_row {
	const char *table, *address;
	enum route found;
} route_rows[] = {
	{ NULL, "10.0.2.20", ROUTE_UNKNOWN },
	{ "", "no address", ROUTE_UNKNOWN },
	{ "", "10.0.2.20", ROUTE_NONE },
	{ ELSEWHERE, "10.0.1.255", ROUTE_THERE },
	{ ELSEWHERE, "10.0.2.20", ROUTE_NONE },
	{ "10.0.2.20 via 10.0.1.1 dev eth0\n", "10.0.2.20", ROUTE_THERE },
	{ DEFAULT, "10.0.2.20", ROUTE_THERE },
	{ DEFAULT REJECTED, "10.0.2.20", ROUTE_REJECTS },
	{ REJECTED "10.0.2.16/28 via 10.0.1.1 dev eth0", "10.0.2.20", ROUTE_THERE },
	{ "10.0.2.0/24 proto bird metric 32\n\tnexthop via 10.0.1.1 dev eth0\n", "10.0.2.20",
	  ROUTE_THERE },
	{ "10.0.2.0/99 x\n1.2.3/24 y\n\n/ z\n", "10.0.2.20", ROUTE_NONE },
};

static void test_routes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(route_rows); i++) {
		const struct route_row *row = &route_rows[i];
		struct route_entry entry;

		if (route_look_up(row->table, row->address, &entry) != row->found)
			fail_msg("row %zu", i);
	}
}

/* As the role's tables are: counters of rules that accept, reject and, in two chains, drop. */
#define FILTER(web, telnet, none, input)                                                           \
	"table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; "       \
	"policy drop;\n\t\tcounter packets " input " bytes 60 comment \"no rule: drop\"\n\t}\n\n"  \
	"\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n"          \
	"\t\ttcp dport 80 counter packets " web " bytes 60 accept comment \"drop no web\"\n"       \
	"\t\ttcp dport 23 counter packets " telnet " bytes 60 reject with icmpx admin-prohibited " \
	"comment \"no telnet\"\n\t\tcounter packets " none " bytes 60 comment \"no rule: drop\"\n" \
	"\t}\n}\n"

static const struct filter_row {
	const char *before, *after;
	bool rejects;
	const char *counted;
} filter_rows[] = {
	{ NULL, FILTER("1", "2", "3", "4"), false, "" },
	{ FILTER("1", "2", "3", "4"), NULL, false, "" },
	{ "", "nonsense counter packets x\ncounter packets 3 bytes", false, "" },
	{ FILTER("0", "0", "0", "0"), FILTER("9", "2", "3", "4"), false,
	  "'no telnet' 2, 'no rule: drop' 3" },
	{ FILTER("0", "0", "0", "0"), FILTER("9", "2", "3", "4"), true, "'no telnet' 2" },
	{ FILTER("9", "2", "3", "4"), FILTER("9", "2", "5", "4"), false, "'no rule: drop' 2" },
	/* loaded anew meanwhile */
	{ FILTER("9", "2", "3", "4"), FILTER("0", "0", "0", "0"), false, "" },
	{ "",
	  "chain c {\n\tcounter packets 1 bytes 60 drop\n\tudp dport 53 counter packets 7 "
	  "bytes 1 drop\n\tudp dport 53 counter packets 2 bytes 1 drop\n}",
	  false, "'drop' 1, 'udp dport 53 drop' 9" },
	{ "", "counter packets 1 bytes 2 drop comment \"a\x1b[2Jb\"", false, "'a\\x1b[2Jb' 1" },
};

static void test_filters(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filter_rows); i++) {
		const struct filter_row *row = &filter_rows[i];
		auto_str struct str counted = { 0 };

		filter_counted(row->before, row->after, row->rejects, &counted);
		assert_string_equal(str_text(&counted), row->counted);
	}
}

/* With a filter's table beside that of routes, in which there is one or none. */
static const struct filtered_row {
	const char *name, *action, *routes, *error;
	const char *en, *ko;
} filtered_rows[] = {
	{ "a filter, and silence", "dropped", DEFAULT, NULL,
	  "r2 has a packet filter, whose dropping and rejecting rules counted in this run: 'no "
	  "telnet' 2, 'no rule: drop' 3",
	  "r2의 패킷 필터에서 폐기·거부 규칙이 이번 실행 동안 센 패킷 수: 'no telnet' 2, 'no rule: "
	  "drop' 3" },
	{ "a filter's word", "dropped", DEFAULT, "prohibited",
	  "r2 has a packet filter, whose rejecting rules counted in this run: 'no telnet' 2; r2 "
	  "answered: prohibited (r2:eth0 4)",
	  "r2의 패킷 필터에서 거부 규칙이 이번 실행 동안 센 패킷 수: 'no telnet' 2; r2의 응답: "
	  "금지됨 (r2:eth0 4)" },
	{ "a filter, but no route", "dropped", ELSEWHERE, NULL, "r2 has no route to 10.0.2.20",
	  "r2에는 10.0.2.20으로 가는 경로가 없다" },
	{ "a filter, but no neighbour", "dropped", DEFAULT, "host-unreachable",
	  "r2 answered: host unreachable (r2:eth0 4)",
	  "r2의 응답: 호스트에 도달할 수 없음 (r2:eth0 4)" },
	{ "a filter, and NAT", "changed-or-dropped", DEFAULT, NULL,
	  "r2 rewrites packets: it changed or dropped this one; r2 has a packet filter, whose "
	  "dropping and rejecting rules counted in this run: 'no telnet' 2, 'no rule: drop' 3",
	  "패킷을 고쳐 쓰는 r2에서 변경되었거나 폐기되었다; r2의 패킷 필터에서 폐기·거부 규칙이 "
	  "이번 실행 동안 센 패킷 수: 'no telnet' 2, 'no rule: drop' 3" },
	{ "it passed the filter", "delivered", DEFAULT, NULL, "", "" },
};

/* The same, and the kernel says why it dropped it. */
static const struct reason_row {
	const char *name, *action, *routes, *reason, *function;
	const char *en, *ko;
} reason_rows[] = {
	{ "by the filter", "dropped", ELSEWHERE, "NETFILTER_DROP", "nft_do_chain",
	  "r2 dropped it: a packet filter (NETFILTER_DROP); r2 has a packet filter, whose dropping "
	  "and rejecting rules counted in this run: 'no telnet' 2, 'no rule: drop' 3",
	  "r2에서 폐기: 패킷 필터 (NETFILTER_DROP); r2의 패킷 필터에서 폐기·거부 규칙이 이번 실행 "
	  "동안 센 패킷 수: 'no telnet' 2, 'no rule: drop' 3" },
	{ "not by the filter", "dropped", DEFAULT, "IP_RPFILTER", "ip_rcv_finish",
	  "r2 dropped it: the way back to its source is not the way that it came (IP_RPFILTER)",
	  "r2에서 폐기: 출발지로 돌아가는 길이 들어온 길과 다름 (IP_RPFILTER)" },
	{ "no route", "dropped", ELSEWHERE, "IP_INNOROUTES", "ip_error",
	  "r2 dropped it: no route (IP_INNOROUTES); r2 has no route to 10.0.2.20",
	  "r2에서 폐기: 경로 없음 (IP_INNOROUTES); r2에는 10.0.2.20으로 가는 경로가 없다" },
	{ "a reason by its function", "dropped", DEFAULT, "NOT_SPECIFIED", "neigh_invalidate",
	  "r2 dropped it: nobody answered for the address of the next hop (neigh_invalidate)",
	  "r2에서 폐기: 다음 홉의 주소에 응답하는 곳이 없음 (neigh_invalidate)" },
	{ "no reason", "dropped", DEFAULT, "NOT_SPECIFIED", "br_forward",
	  "r2 dropped it (br_forward)", "r2에서 폐기 (br_forward)" },
	{ "a new reason", "dropped", DEFAULT, "MOON_TOO_FULL", "f", "r2 dropped it (MOON_TOO_FULL)",
	  "r2에서 폐기 (MOON_TOO_FULL)" },
	{ "nobody there", "answered", DEFAULT, "NO_SOCKET", "tcp_v4_rcv",
	  "it reached r2, but no program takes it (NO_SOCKET)",
	  "r2에 도착했지만 받는 프로그램이 없음 (NO_SOCKET)" },
	{ "expired", "expired", DEFAULT, "IP_INHDR", "ip_forward", "its TTL was used up at r2",
	  "r2에서 TTL이 만료되었다" },
};

static void add_filter(json_t *story)
{
	(void)json_array_append_new(json_object_get(story, "tables"),
				    json_pack("{s:s, s:s, s:s, s:s}", "node", "r2", "kind",
					      "filter", "before", FILTER("0", "0", "0", "0"),
					      "after", FILTER("9", "2", "3", "4")));
}

static void test_reason(void **state)
{
	const struct reason_row *row = *state;
	auto_json json_t *story = story_of(row->action, row->routes, row->routes, NULL, "holds");
	json_t *journey = json_array_get(json_object_get(story, "journeys"), 0);

	add_filter(story);
	(void)json_object_set_new(
		json_array_get(json_object_get(journey, "hops"), 1), "drop",
		json_pack("{s:s, s:s}", "reason", row->reason, "function", row->function));
	fate_tell(story);
	says(journey, row->en, row->ko);
}

/* A RST of r2 in place of the one that was asked, and a tag that is nobody's there. */
static void test_instead(void **state)
{
	auto_json json_t *story = story_of("dropped", DEFAULT, DEFAULT, NULL, "holds");
	const json_t *journeys = json_object_get(story, "journeys");
	json_t *reset = json_array_get(journeys, 1);

	(void)state;
	(void)json_object_set_new(reset, "instead", json_true());
	(void)json_object_set_new(reset, "source", json_string("10.0.2.20"));
	fate_tell(story);
	says(json_array_get(journeys, 0),
	     "r2 answered in place of 10.0.2.20: connection reset (r2:eth0 4)",
	     "r2에서 10.0.2.20 대신 응답: 연결 재설정 (r2:eth0 4)");
	says(reset, "it is about the packet ICMP Echo (ping) request (client:eth0 7)",
	     "이 패킷에 대한 것이다: ICMP Echo (ping) request (client:eth0 7)");
}

static void test_stray(void **state)
{
	auto_json json_t *story = story_of("resting", DEFAULT, DEFAULT, NULL, "holds");
	json_t *journey = json_array_get(json_object_get(story, "journeys"), 0);
	json_t *hop = json_array_get(json_object_get(journey, "hops"), 1);

	(void)state;
	(void)json_object_set_new(hop, "vlan", json_integer(7));
	fate_tell(story);
	says(journey, "", "");
	(void)json_object_set_new(hop, "stray", json_true());
	fate_tell(story);
	says(journey,
	     "it arrived with the tag of VLAN 7, for which r2 has nothing in this lab: what became "
	     "of it there is not known",
	     "VLAN 7 태그를 달고 도착했지만 실습망에서 r2에는 그 VLAN이 없다: 거기서 어떻게 "
	     "되었는지는 "
	     "알 수 없다");
}

static void test_filtered(void **state)
{
	const struct filtered_row *row = *state;
	auto_json json_t *story =
		story_of(row->action, row->routes, row->routes, row->error, "holds");

	add_filter(story);
	fate_tell(story);
	says(json_array_get(json_object_get(story, "journeys"), 0), row->en, row->ko);
}

static void test_rewrites(void **state)
{
	auto_json json_t *story = story_of("changed-or-dropped", DEFAULT, DEFAULT, NULL, "fails");

	(void)state;
	fate_tell(story);
	says(json_array_get(json_object_get(story, "journeys"), 0),
	     "r2 rewrites packets: it changed or dropped this one",
	     "패킷을 고쳐 쓰는 r2에서 변경되었거나 폐기되었다");
}

/* It came to r2, which gave it another source. */
static void test_translated(void **state)
{
	auto_json json_t *story = story_of("forwarded", DEFAULT, DEFAULT, NULL, "holds");
	json_t *journey = json_array_get(json_object_get(story, "journeys"), 0);

	(void)state;
	(void)json_object_set_new(
		json_array_get(json_object_get(journey, "hops"), 1), "translated",
		json_pack("[{s:s, s:s}]", "from", "10.0.1.10:40000", "to", "192.0.2.1:40000"));
	fate_tell(story);
	says(journey, "translated by r2: 10.0.1.10:40000 to 192.0.2.1:40000",
	     "r2에서 주소 변환: 10.0.1.10:40000 → 192.0.2.1:40000");
}

/* Frames left r2 at "last", and its link was pulled at 10 and came up at 20. */
static const struct down_row {
	const char *name, *link; /* where it was lost; NULL: in r2 */
	int last;
	const char *en, *ko;
} down_rows[] = {
	{ "on a link that was down", "r1-r2", 15, "the link r1-r2 was down",
	  "r1-r2 링크가 끊겨 있었다" },
	{ "while a link was down", NULL, 15, "the link r1-r2 of r2 was down then",
	  "그때 r2의 r1-r2 링크가 끊겨 있었다" },
	{ "before it was down", "r1-r2", 5, "", "" },
	{ "when it was up again", NULL, 25, "", "" },
	{ "on another link", "r2-r3", 15, "", "" },
};

static void test_down(void **state)
{
	const struct down_row *row = *state;
	auto_json json_t *story =
		story_of(row->link ? "forwarded" : "dropped", DEFAULT, DEFAULT, NULL, "fails");
	json_t *journey = json_array_get(json_object_get(story, "journeys"), 0);

	(void)json_object_set_new(
		story, "events",
		json_pack("[{s:s, s:s, s:[s,s], s:i, s:i, s:{s:s}}, {s:s, s:s, s:i, s:i, s:{s:s}}]",
			  "what", "link", "link", "r1-r2", "ends", "r1:eth1", "r2:eth1", "time_ns",
			  9, "done_ns", 10, "is", "state", "down", "what", "link", "link", "r1-r2",
			  "time_ns", 20, "done_ns", 21, "is", "state", "up"));
	(void)json_object_set_new(journey, "outcome", json_string(row->link ? "lost" : "dropped"));
	if (row->link)
		(void)json_object_set_new(journey, "lost", json_pack("{s:s}", "link", row->link));
	(void)json_object_set_new(json_array_get(json_object_get(journey, "hops"), 1), "time_ns",
				  json_integer(row->last));
	fate_tell(story);
	says(journey, row->en, row->ko);
}

#define N ARRAY_SIZE(rows)
#define N_LOOPS ARRAY_SIZE(loop_rows)

int main(void)
{
	ADD_ROWS(rows, test_row);
	add_test("IPv6", test_ipv6, NULL);
	ADD_ROWS(loop_rows, test_loop);
	ADD_TEST(test_one_armed);
	ADD_TEST(test_routes);
	ADD_TEST(test_filters);
	ADD_ROWS(filtered_rows, test_filtered);
	ADD_ROWS(reason_rows, test_reason);
	add_test("instead", test_instead, NULL);
	add_test("stray", test_stray, NULL);
	ADD_TEST(test_rewrites);
	ADD_TEST(test_translated);
	ADD_ROWS(down_rows, test_down);
	return run_added("fate", NULL, NULL);
}
