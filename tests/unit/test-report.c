/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/report: a story as text and in its normal form, against golden files (LABD_REGEN=1 writes
 * them anew), and what of it the normal form notices.
 * Covers: src/report/air.c src/report/layout.c src/report/normal.c src/report/sentences.c
 * Covers: src/report/text.c src/report/words.c
 */
#include <locale.h>

#include "lib/tests.h"
#include "report/air.h"
#include "report/layout.h"
#include "report/normal.h"
#include "report/sentences.h"
#include "report/text.h"
#include "report/words.h"

static json_t *open_story(const char *name)
{
	auto_free char *path = source_path("tests/golden/story/%s", name);
	struct err err = ERR_INIT;
	json_t *story = NULL;

	if (json_open(path, &story, &err) < 0)
		fail_msg("%s", err.msg);
	return story;
}

static void compare(const char *name, const struct str *text)
{
	auto_free char *path = source_path("tests/golden/story/%s", name);

	assert_golden(path, str_text(text));
}

/* --- text --- */

static const struct text_row {
	const char *golden;
	struct text_options options;
} text_rows[] = {
	{ "two.en.txt", { .lang = "en", .columns = 80 } },
	{ "two.ko.txt", { .lang = "ko", .columns = 80 } },
	{ "two.verbose.txt", { .lang = "en", .columns = 80, .verbose = true } },
	{ "two.brief.txt", { .lang = "en", .columns = 80, .brief = true } },
	{ "two.narrow.txt", { .lang = "en", .columns = 50, .colour = true } },
};

static void test_text(void **state)
{
	const struct text_row *row = *state;
	auto_json json_t *story = open_story("two.json");
	auto_str struct str out = { 0 };

	text_story(story, &row->options, &out);
	compare(row->golden, &out);
}

/* No line is wider than the terminal, in either language. */
/* An experiment that names no text has remarks all the same, in nobody else's name. */
static void test_no_source(void **state)
{
	auto_json json_t *story = open_story("two.json");
	auto_str struct str out = { 0 };

	(void)state;
	(void)json_object_set_new(story, "source", json_null());
	text_story(story, &(struct text_options){ .lang = "en", .columns = 80 }, &out);
	assert_non_null(strstr(str_text(&out), "    ~ remark: The router answers.\n"));
	assert_null(strstr(str_text(&out), "https:"));
}

static void test_fits(void **state)
{
	auto_json json_t *story = open_story("two.json");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct text_options options = { .lang = words_languages[i],
						.columns = 80,
						.verbose = true };
		auto_str struct str out = { 0 };
		char *save = NULL;

		text_story(story, &options, &out);
		for (char *line = strtok_r(out.data, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			if (layout_width(line) > 80)
				fail_msg("%zu columns: %s", layout_width(line), line);
	}
}

/* A story of which nothing is there is told, too. */
static void test_empty(void **state)
{
	struct text_options options = { .lang = "ko", .columns = 80, .verbose = true };
	auto_json json_t *story = json_object();
	auto_str struct str out = { 0 };

	(void)state;
	text_story(story, &options, &out);
	assert_non_null(strstr(str_text(&out), "판정하지 못함"));
	normal_story(story, &out);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(layout_width("abc"), 3);
	assert_int_equal(layout_width("노트북"), 6);
	assert_int_equal(layout_width("a\u0301"), 1);
	assert_int_equal(layout_width("\xff"), 1);
}

static void test_words(void **state)
{
	auto_json json_t *text = json_pack("{s:s, s:n}", "en", "page", "ko");

	(void)state;
	for (int i = 0; i < N_WORDS; i++)
		for (size_t j = 0; words_languages[j]; j++)
			assert_non_null(words_get((enum word)i, words_languages[j]));
	assert_string_equal(words_of("holds", "ko"), "맞음");
	assert_string_equal(words_of("no such value", "ko"), "no such value");
	assert_string_equal(words_text(text, "ko"), "page");
	assert_string_equal(words_text(NULL, "en"), "");
}

/* What other parts say, as they say it. */
static const struct sentence_row {
	const char *en, *ko;
} sentence_rows[] = {
	{ "phase 'loop': expectation 'loop-reply' at client:eth0: no frame matches; frame 8 came "
	  "nearest: its ip.src is 10.0.3.20, not 10.0.9.21; and 2 more; and 3 more",
	  "‘loop’ 단계: client:eth0의 기대 조건 ‘loop-reply’: 일치하는 프레임이 없다; 가장 가까운 "
	  "것은 "
	  "프레임 8: ip.src "
	  "값이 10.0.9.21이 아니라 10.0.3.20이다; 그 밖에 2개 더; 그 밖에 3개 더" },
	{ "no frame matches; frame 7 came nearest: it has no dns.id (dns.id == 1)",
	  "일치하는 프레임이 없다; 가장 가까운 것은 프레임 7: dns.id가 없다 (dns.id == 1)" },
	{ "2 frames match 'icmp.type == 8', the first is 5; it should be at most 1",
	  "프레임 2개가 일치하고, 첫 번째는 5다: ‘icmp.type == 8’; 최대 1개여야 한다" },
	{ "1 frame matches 'arp', the first is 11; none may",
	  "프레임 1개가 일치하고, 첫 번째는 11이다: ‘arp’; 하나도 없어야 한다" },
	{ "it needs the value 'xid', which was not found", "필요한 값을 찾지 못했다: ‘xid’" },
	{ "step 'ping' on node 'client': exit status 1: connect: Network is unreachable",
	  "노드 ‘client’의 작업 ‘ping’: 종료 상태 1: connect: Network is unreachable" },
	{ "step 'route' on node 'r1': the output does not contain 'via'; its last line: none, "
	  "still so after 30 s",
	  "노드 ‘r1’의 작업 ‘route’: 출력에 다음이 없다: ‘via’; 마지막 줄: none, 30초 뒤에도 "
	  "그대로다" },
	{ "'/x/www_eth0.pcapng': No such file or directory: what it would have shown is not known",
	  "‘/x/www_eth0.pcapng’: 그런 파일이나 폴더가 없다: 무엇을 보여 주었을지 알 수 없다" },
	{ "'/x/ldns:eth0.pcapng': ends inside the block at byte 3672: what comes after is not "
	  "known",
	  "‘/x/ldns:eth0.pcapng’: 바이트 3672에서 시작하는 블록 안에서 끝난다: 그 뒤는 알 수 "
	  "없다" },
	{ "table 'arp' of 'r1' before the run: exit status 1",
	  "실행 전 ‘r1’의 테이블 ‘arp’: 종료 상태 1" },
	{ "link 'ap-switch' was down when the run began",
	  "실행을 시작할 때 끊겨 있던 링크: ‘ap-switch’" },
	{ "the captures cannot be asked: 'sharkd': has stood still for 60 s",
	  "캡처에 물어볼 수 없다: ‘sharkd’: 60초 동안 멈춰 있었다" },
	{ "capture 'ldns_eth0.pcapng': belongs to www:eth0, not to ldns:eth0",
	  "캡처 ‘ldns_eth0.pcapng’: ldns:eth0이 아니라 www:eth0의 것이다" },
	{ "node 'r1': the guest hangs, or its sshd was killed: it does not answer",
	  "노드 ‘r1’: 게스트가 멈췄거나 sshd가 강제로 끝나, 응답하지 않는다" },
	{ "node 'r1': its QEMU was killed or has failed",
	  "노드 ‘r1’: QEMU가 강제로 끝났거나 실패했다" },
	{ "node 'r1': the guest shut itself down", "노드 ‘r1’: 게스트가 스스로 종료했다" },
	{ "link 'a-b': is not as it was before the run: File exists",
	  "링크 ‘a-b’: 실행 전의 상태로 돌아가지 않았다: File exists" },
	{ "step 'x' on node 'r1': node 'r1': not finished within 5 s",
	  "노드 ‘r1’의 작업 ‘x’: 노드 ‘r1’: 5초 안에 끝나지 않았다" },
	{ "step 'x' on node 'r1': the regular expression 'a*' takes too long on the output",
	  "노드 ‘r1’의 작업 ‘x’: 출력에 정규식을 적용하는 데 너무 오래 걸린다: ‘a*’" },
	{ "the run is still in progress: what was captured so far is told",
	  "실행이 아직 진행 중이다: 지금까지 캡처한 것을 보여 준다" },
	{ "something that nobody foresaw", "something that nobody foresaw" },
	{ "", "" },
};

static void test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sentence_rows); i++) {
		auto_free char *korean = sentences_in(sentence_rows[i].en, "ko");
		auto_free char *english = sentences_in(sentence_rows[i].en, "en");

		assert_string_equal(korean, sentence_rows[i].ko);
		assert_string_equal(english, sentence_rows[i].en);
	}
}

/* The frames of 802.11 itself. */
static void test_air(void **state)
{
	static const struct {
		const char *info, *en, *ko;
	} rows[] = {
		{ "Beacon frame, SN=0, FN=0, Flags=........, BI=100, SSID=\"iptime01\"",
		  "Beacon: an access point announces its network, ‘iptime01’",
		  "비컨: AP가 자기 네트워크를 알림, ‘iptime01’" },
		{ "Probe Request, SN=3, FN=0, Flags=........, SSID=Wildcard (Broadcast)",
		  "Probe request: who is there?", "프로브 요청: 누가 있는가?" },
		{ "Authentication, SN=0, FN=0, Flags=........",
		  "Authentication: the first step of joining", "인증: 접속의 첫 단계" },
		{ "Authenticated", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_json json_t *words = air_words(rows[i].info);

		assert_string_equal(json_get_text(words, "en", "-"), rows[i].en ? rows[i].en : "-");
		assert_string_equal(json_get_text(words, "ko", "-"), rows[i].ko ? rows[i].ko : "-");
	}
}

/* --- normal form --- */

static void test_normal(void **state)
{
	auto_json json_t *story = open_story("two.json");
	auto_str struct str out = { 0 };

	(void)state;
	normal_story(story, &out);
	compare("two.normal.txt", &out);
}

/* One change of a story: the value at a path of keys and indexes, and whether it is noticed. */
static const struct change_row {
	const char *name;
	const char *path[7];
	const char *value; /* JSON */
	bool noticed;
} change_rows[] = {
	/* the list in docs/story.md */
	{ "a time", { "journeys", "0", "hops", "0", "time_ns" }, "7", false },
	{ "a phase's time", { "phases", "0", "begin_ns" }, "7", false },
	{ "the duration", { "seconds" }, "7.5", false },
	{ "when it was", { "started" }, "\"2030-01-01T00:00:00.000Z\"", false },
	{ "a frame's number", { "journeys", "0", "hops", "0", "frame" }, "7", false },
	{ "the lab's name", { "lab" }, "\"other\"", false },
	{ "the run's name", { "run" }, "\"other\"", false },
	{ "versions", { "versions" }, "{\"qemu\":\"9\"}", false },
	{ "a transaction's id",
	  { "journeys", "2", "what" },
	  "\"Standard query 0x9999 A www.google.com\"",
	  false },
	{ "a captured id",
	  { "phases", "1", "expectations", "0", "values", "id" },
	  "\"0x99\"",
	  false },
	{ "a captured port that was chosen",
	  { "phases", "1", "expectations", "0", "values", "port" },
	  "\"50001\"",
	  false },
	{ "a captured port that was not",
	  { "phases", "1", "expectations", "0", "values", "server" },
	  "\"53\"",
	  true },
	{ "a chosen port, a clock, a window",
	  { "journeys", "3", "what" },
	  "\"50000 \u2192 443 [SYN] Seq=0 Win=1 Len=0 MSS=1460 SACK_PERM TSval=9 TSecr=8 WS=128\"",
	  false },
	/* and all else */
	{ "a verdict", { "phases", "0", "verdict" }, "\"fails\"", true },
	{ "an expectation", { "phases", "0", "expectations", "0", "verdict" }, "\"fails\"", true },
	{ "a captured value",
	  { "phases", "0", "expectations", "0", "values", "asked" },
	  "\"68.85.2.3\"",
	  true },
	{ "a TTL", { "journeys", "2", "hops", "1", "ttl" }, "63", true },
	{ "a MAC", { "journeys", "2", "hops", "1", "dst" }, "\"00:22:6b:45:1f:1c\"", true },
	{ "what a node did", { "journeys", "2", "hops", "1", "action" }, "\"delivered\"", true },
	{ "another question",
	  { "journeys", "2", "what" },
	  "\"Standard query 0x1f2e A www.google.co\"",
	  true },
	{ "another port",
	  { "journeys", "3", "what" },
	  "\"49152 \u2192 80 [SYN] Seq=0 Win=64240 Len=0 MSS=1460 SACK_PERM TSval=123 TSecr=0 "
	  "WS=128\"",
	  true },
	{ "a remark less", { "phases", "0", "remarks" }, "[]", true },
	{ "one hop less", { "journeys", "3", "hops", "3" }, NULL, true },
	{ "one packet less", { "journeys", "1" }, NULL, true },
	{ "one phase less", { "phases", "2" }, NULL, true },
	{ "unmatched frames", { "unmatched", "ports", "client:eth0" }, "3", true },
};

static void change(json_t *at, const char *const *path, const char *value)
{
	json_t *new = value ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;

	while (path[1]) {
		at = json_is_array(at) ? json_array_get(at, strtoul(path[0], NULL, 10))
				       : json_object_get(at, path[0]);
		assert_non_null(at);
		path++;
	}
	if (!json_is_array(at))
		assert_int_equal(json_object_set_new(at, path[0], new), 0);
	else if (new)
		assert_int_equal(json_array_set_new(at, strtoul(path[0], NULL, 10), new), 0);
	else
		assert_int_equal(json_array_remove(at, strtoul(path[0], NULL, 10)), 0);
}

static void test_change(void **state)
{
	const struct change_row *row = *state;
	auto_json json_t *story = open_story("two.json");
	auto_str struct str before = { 0 }, after = { 0 };

	normal_story(story, &before);
	change(story, row->path, row->value);
	normal_story(story, &after);
	if (str_eq(str_text(&before), str_text(&after)) == row->noticed)
		fail_msg("%s", row->noticed ? "is not noticed" : "is noticed");
}

/* A BGP session says something every 80 s: whether a run sees that, is chance. */
static void test_routing_remark(void **state)
{
	auto_json json_t *story = open_story("two.json");
	auto_str struct str before = { 0 }, after = { 0 }, other = { 0 };
	json_t *journey =
		json_pack("{s:i, s:s, s:s, s:s, s:[{s:s, s:i}]}", "id", 99, "kind", "ipv4",
			  "protocol", "BGP", "phase", "", "hops", "at", "r1:eth0", "frame", 9);
	json_t *remarks =
		json_object_get(json_array_get(json_object_get(story, "phases"), 0), "remarks");

	(void)state;
	normal_story(story, &before);
	(void)json_array_append_new(json_object_get(story, "journeys"), journey);
	(void)json_array_append_new(remarks, json_pack("{s:s, s:s, s:i}", "name", "session", "at",
						       "r1:eth0", "frame", 9));
	normal_story(story, &after);
	assert_string_equal(str_text(&before), str_text(&after));
	(void)json_object_set_new(json_array_get(remarks, json_array_size(remarks) - 1), "frame",
				  json_integer(8));
	normal_story(story, &other);
	assert_string_not_equal(str_text(&before), str_text(&other));
}

#define N_TEXT ARRAY_SIZE(text_rows)
#define N_CHANGES ARRAY_SIZE(change_rows)

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(test_fits),           cmocka_unit_test(test_no_source),
		cmocka_unit_test(test_empty),          cmocka_unit_test(test_width),
		cmocka_unit_test(test_words),          cmocka_unit_test(test_air),
		cmocka_unit_test(test_sentences),      cmocka_unit_test(test_normal),
		cmocka_unit_test(test_routing_remark),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 99;
	ADD_ROWS(text_rows, test_text);
	ADD_ROWS(change_rows, test_change);
	ADD_TESTS(fixed);
	return run_added("report", NULL, NULL);
}
