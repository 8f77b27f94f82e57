/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/report/phases and join: phases out of what was judged, and which packet belongs to which.
 * Covers: src/report/join.c src/report/phases.c
 */
#include "lib/tests.h"
#include "report/phases.h"

static json_t *parse(const char *text)
{
	json_error_t where;
	json_t *value = json_loads(text, 0, &where);

	if (!value)
		fail_msg("line %d: %s", where.line, where.text);
	return value;
}

/* Phases a, b, c as judged: when each began and ended, and its verdict; each has one expectation at
 * x:eth0, with the frame 10, 20, 30 where it has begun. */
struct judged {
	const char *verdict;
	int begin, end;
};

static json_t *phases_with(const struct judged judged[3])
{
	static const char *const names[] = { "a", "b", "c" };
	auto_json json_t *outcome = json_pack("{s:[], s:[]}", "phases", "expects");

	for (int i = 0; i < 3; i++) {
		json_t *frames = json_array();

		if (judged[i].begin)
			(void)json_array_append_new(frames, json_integer(10 * (i + 1)));
		(void)json_array_append_new(json_object_get(outcome, "phases"),
					    json_pack("{s:s, s:s, s:i, s:i}", "name", names[i],
						      "verdict", judged[i].verdict, "begin_ns",
						      judged[i].begin, "end_ns", judged[i].end));
		(void)json_array_append_new(json_object_get(outcome, "expects"),
					    json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "name", "e",
						      "phase", names[i], "node", "x", "nic", "eth0",
						      "verdict", judged[i].verdict, "frames",
						      frames));
	}
	return phases_of(outcome, NULL);
}

#define ALL_HOLD                                              \
	{                                                     \
		{ "holds", 100, 150 }, { "holds", 200, 250 }, \
		{                                             \
			"holds", 300, 350                     \
		}                                             \
	}
#define B_MISSING                                         \
	{                                                 \
		{ "holds", 100, 150 }, { "fails", 0, 0 }, \
		{                                         \
			"not-reached", 0, 0               \
		}                                         \
	}
#define B_BEGUN                                               \
	{                                                     \
		{ "holds", 100, 150 }, { "fails", 200, 200 }, \
		{                                             \
			"not-reached", 0, 0                   \
		}                                             \
	}

/* One packet: seen first at a time, as a frame of x:eth0. */
static const struct join_row {
	const char *name;
	struct judged judged[3];
	int time, frame;
	const char *phase;
	bool proof;
} join_rows[] = {
	{ "within a phase", ALL_HOLD, 220, 1, "b", false },
	{ "between two", ALL_HOLD, 270, 1, "b", false },
	{ "at the moment of a beginning", ALL_HOLD, 300, 1, "c", false },
	{ "before all", ALL_HOLD, 50, 1, "a", false },
	{ "behind all", ALL_HOLD, 900, 1, "c", false },
	{ "a proof, though late", ALL_HOLD, 320, 10, "a", true },
	{ "a proof, though early", ALL_HOLD, 90, 30, "c", true },
	{ "behind the last proof of what fails", B_MISSING, 160, 1, "b", false },
	{ "with the last proof", B_MISSING, 140, 1, "a", false },
	{ "in a phase that began and fails", B_BEGUN, 900, 1, "b", false },
	{ "before it began", B_BEGUN, 190, 1, "a", false },
};

static json_t *journey(int id, int time, int frame, const char *kind, const char *outcome)
{
	return json_pack("{s:i, s:s, s:s, s:[{s:s, s:s, s:i, s:i}]}", "id", id, "kind", kind,
			 "outcome", outcome, "hops", "at", "x:eth0", "node", "x", "frame", frame,
			 "time_ns", time);
}

static void test_join(void **state)
{
	const struct join_row *row = *state;
	auto_json json_t *phases = phases_with(row->judged);
	auto_json json_t *journeys =
		json_pack("[o]", journey(1, row->time, row->frame, "ipv4", "delivered"));
	const json_t *joined = json_array_get(journeys, 0), *phase;
	size_t i;

	phases_join(phases, journeys);
	assert_string_equal(json_get_text(joined, "phase", "none"), row->phase);
	assert_int_equal(json_is_true(json_object_get(joined, "proof")), row->proof);
	json_array_foreach(phases, i, phase)
		assert_int_equal(json_array_size(json_object_get(phase, "journeys")),
				 str_eq(json_get_text(phase, "name", ""), row->phase));
}

/* Of the packets of a phase that fails: which one tells how far they came? */
/* The error proves phase c: the packet that it quotes belongs there as well, and proves nothing. */
static void test_quoted(void **state)
{
	static const struct judged judged[3] = ALL_HOLD;
	auto_json json_t *phases = phases_with(judged);
	auto_json json_t *journeys = json_pack("[o, o]", journey(1, 220, 1, "ipv4", "dropped"),
					       journey(2, 230, 30, "ipv4", "delivered"));
	json_t *packet = json_array_get(journeys, 0), *error = json_array_get(journeys, 1);

	(void)state;
	(void)json_object_set_new(packet, "answered_by", json_integer(2));
	(void)json_object_set_new(error, "error", json_string("network-unreachable"));
	phases_join(phases, journeys);
	assert_string_equal(json_get_text(error, "phase", "none"), "c");
	assert_string_equal(json_get_text(packet, "phase", "none"), "c");
	assert_false(json_is_true(json_object_get(packet, "proof")));
}

static const struct reached_row {
	const char *name;
	struct {
		int time;
		const char *kind, *outcome;
	} journeys[3];
	int id; /* 0: none */
} reached_rows[] = {
	{ "the last that was lost",
	  { { 210, "ipv4", "lost" }, { 220, "ipv4", "dropped" }, { 230, "ipv4", "delivered" } },
	  2 },
	{ "or else the last",
	  { { 210, "ipv4", "delivered" }, { 220, "arp", "delivered" }, { 110, "ipv4", "lost" } },
	  2 },
	{ "not a beacon",
	  { { 210, "ipv4", "delivered" }, { 220, "air", "delivered" }, { 230, "air", "lost" } },
	  1 },
	{ "or none",
	  { { 110, "ipv4", "lost" }, { 120, "ipv4", "lost" }, { 230, "air", "delivered" } },
	  0 },
};

static void test_reached(void **state)
{
	const struct reached_row *row = *state;
	const struct judged judged[3] = B_BEGUN;
	auto_json json_t *phases = phases_with(judged);
	auto_json json_t *journeys = json_array();
	const json_t *reached;

	for (int i = 0; i < 3; i++)
		(void)json_array_append_new(journeys, journey(i + 1, row->journeys[i].time, 1,
							      row->journeys[i].kind,
							      row->journeys[i].outcome));
	phases_join(phases, journeys);
	reached = json_object_get(json_array_get(phases, 1), "reached");
	assert_int_equal(json_get_int(reached, "journey", 0), row->id);
	assert_true(json_is_null(json_object_get(json_array_get(phases, 0), "reached")));
	if (row->id)
		assert_string_equal(json_get_text(reached, "at", ""), "x:eth0");
}

/* What many frames match claims its first: the second is what the next phase is about. */
static void test_claims(void **state)
{
	auto_json json_t *outcome = parse(
		"{\"phases\":[{\"name\":\"a\",\"verdict\":\"holds\",\"begin_ns\":100},"
		"{\"name\":\"b\",\"verdict\":\"holds\",\"begin_ns\":200}],"
		"\"expects\":[{\"name\":\"all\",\"phase\":\"a\",\"node\":\"x\",\"nic\":\"eth0\","
		"\"verdict\":\"holds\",\"frames\":[10,20,30]},"
		"{\"name\":\"one\",\"phase\":\"b\",\"node\":\"x\",\"nic\":\"eth0\","
		"\"verdict\":\"holds\",\"frames\":[20]}]}");
	auto_json json_t *phases = phases_of(outcome, NULL);
	auto_json json_t *journeys = json_pack(
		"[o, o, o]", journey(1, 100, 10, "ipv4", "delivered"),
		journey(2, 200, 20, "ipv4", "delivered"), journey(3, 300, 30, "ipv4", "delivered"));
	static const char *const expected[] = { "a", "b", "a" };

	(void)state;
	phases_join(phases, journeys);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(json_get_text(json_array_get(journeys, i), "phase", ""),
				    expected[i]);
}

static void test_verdict(void **state)
{
	const struct judged hold[3] = ALL_HOLD, missing[3] = B_MISSING;
	auto_json json_t *good = phases_with(hold);
	auto_json json_t *bad = phases_with(missing);
	auto_json json_t *none = json_array();

	(void)state;
	assert_string_equal(phases_verdict(good), "holds");
	assert_null(phases_failed(good));
	assert_string_equal(phases_verdict(bad), "fails");
	assert_string_equal(json_get_text(phases_failed(bad), "name", ""), "b");
	assert_string_equal(phases_verdict(none), "holds");
}

/* run.json of format 1: states instead of verdicts, one frame, no phases. */
static void test_format_1(void **state)
{
	auto_json json_t *outcome =
		parse("{\"expects\":[{\"name\":\"q\",\"node\":\"wifi\",\"nic\":\"air\",\"filter\":"
		      "\"dns\","
		      "\"absent\":false,\"state\":\"ok\",\"count\":3,\"frame\":4,\"why\":null},"
		      "{\"name\":\"r\",\"node\":\"b\",\"nic\":\"eth0\",\"filter\":\"arp\","
		      "\"absent\":true,\"state\":\"not-ok\",\"count\":1,\"frame\":5,\"why\":\"1 "
		      "frame matches\"},"
		      "{\"name\":\"s\",\"node\":\"b\",\"nic\":\"eth0\",\"filter\":\"arp\","
		      "\"state\":\"skipped\"}]}");
	auto_json json_t *phases = phases_of(outcome, NULL);
	const json_t *expectations = json_object_get(json_array_get(phases, 0), "expectations");
	const json_t *q = json_array_get(expectations, 0), *r = json_array_get(expectations, 1);

	(void)state;
	assert_int_equal(json_array_size(phases), 1);
	assert_int_equal(json_array_size(expectations), 2);
	assert_string_equal(phases_verdict(phases), "fails");
	assert_string_equal(json_get_text(q, "at", ""), "wifi:air");
	assert_string_equal(json_get_text(q, "verdict", ""), "holds");
	assert_int_equal(json_integer_value(json_array_get(json_object_get(q, "frames"), 0)), 4);
	assert_string_equal(json_get_text(r, "verdict", ""), "fails");
	assert_string_equal(json_get_text(r, "detail", ""), "1 frame matches");
}

#define N_JOIN ARRAY_SIZE(join_rows)
#define N_REACHED ARRAY_SIZE(reached_rows)

int main(void)
{
	ADD_ROWS(join_rows, test_join);
	ADD_ROWS(reached_rows, test_reached);
	ADD_TEST(test_quoted);
	ADD_TEST(test_claims);
	ADD_TEST(test_verdict);
	ADD_TEST(test_format_1);
	return run_added("phases", NULL, NULL);
}
