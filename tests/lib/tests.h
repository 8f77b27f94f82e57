/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests in C share: cmocka with all that it wants included before it, tables of rows,
 * where things are, and what a test does that lacks something.
 */
#ifndef TESTS_LIB_TESTS_H
#define TESTS_LIB_TESTS_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"

/* --- a program's tests: first they are added, then run in that order --- */

/* The state must stay as long as the tests; the name is copied. */
void add_test(const char *name, CMUnitTestFunction function, const void *state);
#define ADD_TEST(function) add_test(#function, (function), NULL)
/* Others of cmocka's, with a setup and a teardown of their own. */
void add_tests(const struct CMUnitTest *tests, size_t n);
#define ADD_TESTS(tests) add_tests((tests), ARRAY_SIZE(tests))

/*
 * A test for each row of a table; its name, a const char *, is the row's first member, and the row
 * is its state. It is like another test: in its function, its setup and its teardown.
 */
void add_rows(const void *rows, size_t n, size_t size, struct CMUnitTest like);
#define ADD_ROWS(rows, function) ADD_ROWS_LIKE(rows, cmocka_unit_test(function))
#define ADD_ROWS_LIKE(rows, ...) \
	add_rows((rows), ARRAY_SIZE(rows), sizeof((rows)[0]), (struct CMUnitTest)__VA_ARGS__)

/* A test for each FOLDER/NAME.xml of the source, of which there is one at least, in the order of
 * names; NAME is its name and its state. */
void add_files(const char *source_folder, CMUnitTestFunction function);

/* The program's exit status; another group can be added afterwards. */
int run_added(const char *group, CMFixtureFunction setup, CMFixtureFunction teardown);

/* --- files --- */

/* In the source, and in the build; to be freed. */
char *source_path(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Without such a program the test ends here, and has failed. */
char *built_program(const char *name);

/* A folder for one test, or for one group: a setup and its teardown. */
extern char folder[32];
int make_folder(void **state);
int remove_folder(void **state);
#define FOLDER_TEST(fn) cmocka_unit_test_setup_teardown(fn, make_folder, remove_folder)

/* A text is that of a golden file; with LABD_REGEN=1 it is written there. */
void assert_golden(const char *path, const char *text);

/* --- what cannot run here --- */

/*
 * It is skipped with the reason, and fails where it has to run (LABD_MUST_RUN=1, as in ./bootstrap
 * check). What no machine need have (root's rights, a kernel's feature) skips by itself.
 */
bool must_run(void);
/* The exit status of a program none of whose tests can run. */
int skip_all(const char *why);
/* Ends the test that calls it, by a jump. */
void skip_test(const char *why);

/* Why there is no sharkd; NULL: there is. */
const char *no_sharkd(void);
/* Skips the test that calls it where there is none. */
void need_sharkd(void);
/* Why a lab cannot be here; NULL: it can. */
const char *no_namespaces(void);

/* The exit status of run(), in a sandbox without labd, whose end ends all that it has started; or
 * of what keeps it from running. */
int run_in_sandbox(int (*run)(void));

#endif
