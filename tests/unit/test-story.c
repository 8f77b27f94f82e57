/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/report/story where sharkd cannot be asked; all else, with a run that is kept, is
 * tests/e2e/test-story.
 * Covers: src/report/ladder.c src/report/map.c src/report/merged.c src/report/ports.c
 * Covers: src/report/reading.c src/report/story.c
 */
#include "base/child.h"
#include "base/clock.h"
#include "lib/tests.h"
#include "report/story.h"
#include "report/text.h"

static bool has_note(const json_t *story, const char *text)
{
	const json_t *note;
	size_t i;

	json_array_foreach(json_object_get(story, "notes"), i, note) {
		if (strstr(json_string_value(note), text))
			return true;
	}
	return false;
}

/* A program that is not there, one that ends at once, and one that says nothing of sense. */
static const struct row {
	const char *sharkd, *note;
} rows[] = {
	{ "no-such-sharkd", "'no-such-sharkd'" },
	{ "true", "'true'" },
	{ "cat", "'cat'" },
};

static void test_without(void **state)
{
	const struct row *row = *state;
	auto_free char *dir = source_path("tests/fixtures/run");
	auto_free char *schemas = source_path("topologies");
	const struct story_options options = { .sharkd = row->sharkd, .schemas = schemas };
	auto_json json_t *story = NULL;
	struct err err = ERR_INIT;

	if (story_read(dir, &options, &story, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(has_note(story, row->note));
	assert_true(has_note(story, "the verdicts are those that the run recorded"));
	assert_string_equal(json_get_text(story, "verdict", ""), "holds");
	assert_int_equal(json_array_size(json_object_get(story, "phases")), 12);
	/* What is not encrypted can be followed. */
	assert_true(json_array_size(json_object_get(story, "journeys")) > 30);
	assert_int_equal(json_array_size(json_object_get(json_object_get(story, "map"), "nodes")),
			 9);
}

/* What became of each packet, without sharkd: from captures and tables alone; and where the frames
 * are in all.pcapng. */
static void test_fates(void **state)
{
	static const struct {
		size_t journey;
		const char *explain;
		json_int_t all; /* of the first hop */
		bool expected;
	} fates[] = {
		{ 2, "its TTL was used up at r1; r1 answered: time exceeded (r1:eth0 4)", 5, true },
		{ 12,
		  "a loop: it went round 31 times (r1 - r2 - r1); its TTL was used up at r2; r2 "
		  "answered: time exceeded (r2:eth0 70)",
		  37, false },
		{ 14, "r2 has no route to 10.0.8.20; r2 answered: network unreachable (r2:eth0 72)",
		  169, false },
	};
	auto_free char *dir = source_path("tests/fixtures/routing");
	auto_free char *schemas = source_path("topologies");
	const struct story_options options = { .sharkd = "no-such-sharkd", .schemas = schemas };
	auto_json json_t *story = NULL;
	struct err err = ERR_INIT;

	(void)state;
	if (story_read(dir, &options, &story, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < ARRAY_SIZE(fates); i++) {
		const json_t *journey =
			json_array_get(json_object_get(story, "journeys"), fates[i].journey);
		const json_t *hop = json_array_get(json_object_get(journey, "hops"), 0);

		assert_string_equal(json_get_text(json_object_get(journey, "explain"), "en", ""),
				    fates[i].explain);
		assert_int_equal(json_integer_value(json_object_get(hop, "all")), fates[i].all);
		assert_int_equal(json_is_true(json_object_get(journey, "expected")),
				 fates[i].expected);
	}
}

/* Three words of English in a row, of what the story itself says; what Wireshark says is left out.
 */
static const char *find_english(const json_t *story, char *text)
{
	const json_t *journey;
	size_t i, words = 0;

	json_array_foreach(json_object_get(story, "journeys"), i, journey) {
		const char *what = json_get_text(journey, "what", "");

		for (char *at = *what ? strstr(text, what) : NULL; at; at = strstr(at, what))
			memset(at, '.', strlen(what));
	}
	for (char *at = text; *at;) {
		size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz");
		bool word = len > 1 && strchr(" ,.;\n", at[len]);

		words = word ? words + 1 : 0;
		if (words == 3)
			return at;
		at += len ? len : 1;
		if (word)
			at += strspn(at, " ");
	}
	return NULL;
}

/* Whole, and where much is missing. */
static void test_korean(void **state)
{
	static const struct {
		const char *run, *without;
	} told[] = {
		{ "run", NULL },     { "run", "www:eth0.pcapng" },  { "run", "experiment.xml" },
		{ "routing", NULL }, { "routing", "topology.xml" }, { "routing", "run.json" }
	};
	const struct text_options options = { .lang = "ko", .columns = 4000, .verbose = true };
	auto_free char *schemas = source_path("topologies");
	const struct story_options how = { .sharkd = "no-such-sharkd", .schemas = schemas };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		auto_free char *source = source_path("tests/fixtures/%s", told[i].run);
		const char *copy[] = { "cp", "-r", source, folder, NULL };
		auto_free char *run = xasprintf("%s/%s", folder, told[i].run);
		auto_free char *gone =
			xasprintf("%s/%s", run, told[i].without ? told[i].without : "");
		auto_str struct str text = { 0 };
		auto_json json_t *story = NULL;
		const char *english;

		assert_int_equal(child_run(copy, NULL, NULL, NULL), 0);
		if (told[i].without)
			assert_int_equal(unlink(gone), 0);
		assert_int_equal(story_read(run, &how, &story, NULL), 0);
		text_story(story, &options, &text);
		english = find_english(story, text.data);
		if (english)
			fail_msg("%s without %s: %.80s", told[i].run,
				 told[i].without ? told[i].without : "nothing", english);
	}
}

static void test_no_run(void **state)
{
	const struct story_options options = { .sharkd = "true", .schemas = "/" };
	json_t *story = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(story_read("/no/such/folder", &options, &story, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "'/no/such/folder'"));
	assert_int_equal(story_read("/", &options, &story, &err), -EINVAL);
	assert_null(story);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_fates),
		FOLDER_TEST(test_korean),
		cmocka_unit_test(test_no_run),
	};

	ADD_ROWS(rows, test_without);
	ADD_TESTS(others);
	return run_added("story", NULL, NULL);
}
