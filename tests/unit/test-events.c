/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happened to links and nodes, in words, and which link was down when. */
#include "lib/tests.h"
#include "report/events.h"
#include "report/text.h"

static json_t *link_event(json_int_t time_ns, const char *was, const char *had, const char *is,
			  const char *has)
{
	return json_pack("{s:s, s:s, s:[s,s], s:{s:s, s:s}, s:{s:s, s:s}, s:{}, s:I, s:I}", "what",
			 "link", "link", "r1-r3", "ends", "r1:eth2", "r3:eth2", "was", "state", was,
			 "shape", had, "is", "state", is, "shape", has, "words", "time_ns", time_ns,
			 "done_ns", time_ns + 10);
}

static const struct row {
	const char *name, *was, *had, *is, *has, *en, *ko;
} rows[] = {
	{ "down", "up", "", "down", "", "the link r1-r3 goes down", "r1-r3 링크가 끊긴다" },
	{ "up", "down", "", "up", "", "the link r1-r3 comes up", "r1-r3 링크가 이어진다" },
	{ "up with a delay", "down", "", "up", "delay=5ms", "the link r1-r3 comes up: delay=5ms",
	  "r1-r3 링크가 이어진다: delay=5ms" },
	{ "a delay", "up", "", "up", "delay=5ms", "the link r1-r3 has now delay=5ms",
	  "r1-r3 링크가 바뀐다: delay=5ms" },
	{ "no delay", "up", "delay=5ms", "up", "",
	  "the link r1-r3 delays and loses nothing any more",
	  "r1-r3 링크에 지연과 손실이 없어진다" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	auto_json json_t *record = json_pack("{s:[o]}", "events",
					     link_event(1, row->was, row->had, row->is, row->has));
	auto_json json_t *events = events_of(record);
	const json_t *text = json_object_get(json_array_get(events, 0), "text");

	assert_string_equal(json_get_text(text, "en", ""), row->en);
	assert_string_equal(json_get_text(text, "ko", ""), row->ko);
}

static void test_service(void **state)
{
	auto_json json_t *record =
		json_pack("{s:[{s:s, s:s, s:s, s:b, s:i, s:i}, {s:s, s:s, s:s, s:b, s:i, s:i}]}",
			  "events", "what", "service", "node", "res", "service", "unbound", "again",
			  0, "time_ns", 1, "done_ns", 1, "what", "service", "node", "r1", "service",
			  "bird", "again", 1, "time_ns", 2, "done_ns", 2);
	auto_json json_t *events = events_of(record);
	const json_t *stops = json_object_get(json_array_get(events, 0), "text");
	const json_t *again = json_object_get(json_array_get(events, 1), "text");

	(void)state;
	assert_string_equal(json_get_text(stops, "en", ""), "unbound on res stops");
	assert_string_equal(json_get_text(stops, "ko", ""), "res에서 unbound 서비스가 멈춘다");
	assert_string_equal(json_get_text(again, "en", ""),
			    "bird on r1 has stopped, and is started anew");
	assert_string_equal(json_get_text(again, "ko", ""),
			    "r1에서 bird 서비스가 멈추어 다시 시작한다");
}

/* One way only; and what a damaged record may say is no event, and no end. */
static void test_ways_and_damage(void **state)
{
	auto_json json_t *record = json_loads(
		"{\"events\": [{\"what\": \"link\", \"link\": \"l\", \"ends\": [1], \"time_ns\": "
		"5, "
		"\"done_ns\": 5, \"was\": {\"state\": \"up\"}, \"is\": {\"state\": \"up\", "
		"\"shape\": \"\", "
		"\"ways\": [{\"out_of\": \"a:eth0\", \"shape\": \"loss=5%\"}, {\"out_of\": "
		"\"b:eth0\", "
		"\"shape\": \"\"}]}}, {\"what\": \"link\", \"time_ns\": -1}, {\"what\": \"link\", "
		"\"link\": \"l\", \"ends\": [1, null], \"time_ns\": 9, \"done_ns\": 9, \"is\": "
		"{\"state\": \"down\"}}]}",
		0, NULL);
	auto_json json_t *events = events_of(record);
	const json_t *text = json_object_get(json_array_get(events, 0), "text");

	(void)state;
	assert_int_equal(json_array_size(events), 2);
	assert_string_equal(json_get_text(text, "en", ""), "the link l has now a:eth0 loss=5%");
	assert_null(events_down(events, NULL, "a", 10));
}

/* They are told by their time, which is not the order in which they were done. */
static json_t *some(void)
{
	auto_json json_t *record = json_pack(
		"{s:[o, o, {s:s, s:s, s:i, s:i}]}", "events",
		link_event(3000, "down", "", "up", ""), link_event(1000, "up", "", "down", ""),
		"what", "restart", "node", "r2", "time_ns", 2000, "done_ns", 5000);

	return events_of(record);
}

static void test_down(void **state)
{
	auto_json json_t *events = some();

	(void)state;
	assert_null(events_down(events, "r1-r3", NULL, 1005)); /* it was being pulled */
	assert_string_equal(events_down(events, "r1-r3", NULL, 1010), "r1-r3");
	assert_string_equal(events_down(events, NULL, "r3", 2999), "r1-r3");
	assert_null(events_down(events, NULL, "r", 2999));
	assert_null(events_down(events, "r1-r2", NULL, 2999));
	assert_null(events_down(events, "r1-r3", NULL, 3000));
}

static void test_told(void **state)
{
	const struct text_options options = { .lang = "en", .columns = 80 };
	auto_json json_t *story = json_pack("{s:o}", "events", some());
	auto_str struct str text = { 0 };

	(void)state;
	text_story(story, &options, &text);
	assert_non_null(strstr(str_text(&text), "\n!   0.00 s: the link r1-r3 goes down\n"
						"!   0.00 s: r2 is started anew\n"
						"!   0.00 s: the link r1-r3 comes up\n"));
}

int main(void)
{
	ADD_ROWS(rows, test_row);
	add_test("which was down", test_down, NULL);
	add_test("one way, and damage", test_ways_and_damage, NULL);
	add_test("services", test_service, NULL);
	add_test("they are told", test_told, NULL);
	return run_added("events", NULL, NULL);
}
