/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two stories side by side: over the story of tests/golden/story, and what becomes of it when one
 * thing is other in it; whatever that is, it is found, in its phase, and on the side that has it.
 * Covers: src/report/compare.c
 */
#include "base/json.h"
#include "lib/tests.h"
#include "report/compare.h"
#include "report/words.h"

static json_t *story(void)
{
	auto_free char *path = source_path("tests/golden/story/two.json");
	struct err err = ERR_INIT;
	json_t *ret = NULL;

	if (json_open(path, &ret, &err) < 0)
		fail_msg("%s", err.msg);
	return ret;
}

static json_int_t number(const json_t *of, const char *key)
{
	return json_integer_value(json_object_get(of, key));
}

/* How many facts only one side has, in a phase or, with NULL, in all. */
static size_t only(const json_t *comparison, const char *phase, const char *side)
{
	const json_t *one;
	size_t i, n = 0;

	json_array_foreach(json_object_get(comparison, "phases"), i, one)
		if (!phase || str_eq(json_get_text(one, "name", ""), phase))
			n += json_array_size(json_object_get(one, side));
	return n;
}

static void test_same(void **state)
{
	auto_json json_t *a = story(), *both = compare_stories(a, a);
	const struct text_options options = { .lang = "en", .columns = 80 };
	auto_str struct str out = { 0 };

	(void)state;
	assert_int_equal(number(both, "differ"), 0);
	assert_true(number(both, "same") > 10);
	assert_int_equal(json_array_size(json_object_get(both, "phases")),
			 json_array_size(json_object_get(a, "phases")) + 1);
	compare_tell(both, &options, &out);
	assert_null(strstr(str_text(&out), "\n  A "));
	assert_null(strstr(str_text(&out), "only in"));
}

/* Each packet in turn is missing, each is there twice, each takes another way. */
static void test_packets(void **state)
{
	auto_json json_t *a = story();
	size_t n = json_array_size(json_object_get(a, "journeys")), changed = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		auto_json json_t *b = json_deep_copy(a);
		json_t *journeys = json_object_get(b, "journeys");
		const char *phase = json_get_text(json_array_get(journeys, i), "phase", "");
		auto_free char *in = xstrdup(phase);
		auto_json json_t *both = NULL, *back = NULL;

		(void)json_array_remove(journeys, i);
		both = compare_stories(a, b);
		back = compare_stories(b, a);
		/* Beacons and acknowledgements do not count; another like it leaves fewer of it. */
		if (!number(both, "differ"))
			continue;
		changed++;
		assert_int_equal(number(both, "differ"), 1);
		assert_int_equal(only(both, in, "only_a"), 1);
		assert_int_equal(only(both, NULL, "only_b"), 0);
		assert_int_equal(only(back, in, "only_b"), 1);
		assert_int_equal(only(back, NULL, "only_a"), 0);
		assert_int_equal(number(both, "same"), number(back, "same"));
	}
	assert_true(changed > 2);
}

static void test_phase(void **state)
{
	auto_json json_t *a = story(), *b = json_deep_copy(a), *both = NULL;
	json_t *phases = json_object_get(b, "phases");
	auto_free char *gone = xstrdup(json_get_text(json_array_get(phases, 0), "name", ""));
	const struct text_options options = { .lang = "en", .columns = 80 };
	auto_str struct str out = { 0 };

	(void)state;
	(void)json_array_remove(phases, 0);
	both = compare_stories(a, b);
	assert_true(only(both, gone, "only_a") > 0);
	assert_int_equal(only(both, NULL, "only_b"), 0);
	compare_tell(both, &options, &out);
	assert_non_null(strstr(str_text(&out), "only in A"));
	/* A phase of b alone stands where it stands in b. */
	json_decref(both);
	both = compare_stories(b, a);
	assert_string_equal(
		json_get_text(json_array_get(json_object_get(both, "phases"), 1), "name", ""),
		gone);
}

static void test_verdict(void **state)
{
	auto_json json_t *a = story(), *b = json_deep_copy(a), *both = NULL;
	json_t *phase = json_array_get(json_object_get(b, "phases"), 0);
	json_t *expect = json_array_get(json_object_get(phase, "expectations"), 0);
	const struct text_options options = { .lang = "ko", .columns = 80 };
	auto_str struct str out = { 0 };

	(void)state;
	(void)json_object_set_new(phase, "verdict", json_string("not-judged"));
	(void)json_object_set_new(expect, "verdict", json_string("not-judged"));
	both = compare_stories(a, b);
	assert_true(only(both, NULL, "only_a") >= 1);
	assert_int_equal(only(both, NULL, "only_a"), only(both, NULL, "only_b"));
	compare_tell(both, &options, &out);
	assert_non_null(strstr(str_text(&out), words_of("not-judged", "ko")));
}

int main(void)
{
	ADD_TEST(test_same);
	ADD_TEST(test_packets);
	ADD_TEST(test_phase);
	ADD_TEST(test_verdict);
	return run_added("compare", NULL, NULL);
}
