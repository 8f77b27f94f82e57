/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The loader against good and bad files: tests/golden/experiment.
 * Covers: src/experiment/element.c src/experiment/load.c src/experiment/load-expect.c src/experiment/rules.c
 * Covers: src/experiment/rules-expect.c
 */
#include "lib/fake-lab.h"
#include "lib/tests.h"

/* The text that was loaded gives the same experiment again. */
static void test_flat(void **state)
{
	auto_experiment struct experiment experiment = { 0 }, again = { 0 };

	(void)state;
	load_experiment(FULL, &experiment);
	load_experiment(experiment.flat, &again);
	assert_string_equal(experiment.flat, again.flat);
	assert_int_equal(again.n_expects, 2);
}

/* tests/golden/experiment/NAME.xml must have exactly the problems of NAME.txt. */
static void test_golden(void **state)
{
	const char *name = *state;
	auto_free char *schemas = source_path("topologies");
	auto_free char *path = source_path("tests/golden/experiment/%s.xml", name);
	auto_free char *expected = source_path("tests/golden/experiment/%s.txt", name);
	auto_free char *file = xasprintf("%s.xml", name);
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_experiment struct experiment experiment = { 0 };
	auto_str struct str text = { 0 }, found = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(io_read_file(path, XML_SIZE_MAX, &text, &err), 0);
	assert_int_equal(experiment_load_text(str_text(&text), text.len, file, schemas, &experiment,
					      &problems, &err),
			 -EINVAL);
	assert_true(err.msg[0]);
	xml_problems_print(&problems, NULL, &found);
	assert_golden(expected, str_text(&found));
}

static void test_unreadable(void **state)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	struct experiment experiment;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
		experiment_load("/nonexistent.xml", "/nonexistent", &experiment, &problems, &err),
		-ENOENT);
	assert_int_equal(problems.n, 0);
	assert_non_null(strstr(err.msg, "/nonexistent.xml"));
}

int main(void)
{
	add_test("flat", test_flat, NULL);
	add_test("unreadable", test_unreadable, NULL);
	add_files("tests/golden/experiment", test_golden);
	return run_added("load", NULL, NULL);
}
