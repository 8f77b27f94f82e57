/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/report/story where sharkd cannot be asked; all else, with a run that is kept, is
 * tests/e2e/test-story.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "report/story.h"

static char *source_path(const char *name)
{
	const char *dir = getenv("srcdir");

	return xasprintf("%s/%s", dir ? dir : ".", name);
}

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
	struct CMUnitTest tests[ARRAY_SIZE(rows) + 1] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].sharkd,
						  .test_func = test_without,
						  .initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_no_run);
	return cmocka_run_group_tests_name("story", tests, NULL, NULL);
}
