/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests in C share: tables of rows, files, and what cannot run here. */
#include "lib/tests.h"

#include <dirent.h>

char folder[32];

static struct CMUnitTest *all;
static size_t n_all;

void add_tests(const struct CMUnitTest *tests, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct CMUnitTest *test = array_add(all, n_all);

		*test = tests[i];
		test->name = xstrdup(tests[i].name);
	}
}

void add_test(const char *name, CMUnitTestFunction function, const void *state)
{
	add_rows(&name, 1, sizeof(name), (struct CMUnitTest){ .test_func = function });
	all[n_all - 1].initial_state = (void *)(uintptr_t)state;
}

void add_rows(const void *rows, size_t n, size_t size, struct CMUnitTest like)
{
	for (size_t i = 0; i < n; i++) {
		const char *row = (const char *)rows + i * size;

		like.name = *(const char *const *)(const void *)row;
		like.initial_state = (void *)(uintptr_t)row;
		add_tests(&like, 1);
	}
}

static int is_xml(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && str_eq(end, ".xml");
}

void add_files(const char *source_folder, CMUnitTestFunction function)
{
	auto_free char *path = source_path("%s", source_folder);
	struct dirent **files = NULL;
	int n = scandir(path, &files, is_xml, alphasort);

	if (n <= 0) {
		(void)fprintf(stderr, "no .xml in %s\n", path);
		exit(1);
	}
	for (int i = 0; i < n; i++) {
		*strrchr(files[i]->d_name, '.') = '\0';
		add_test(files[i]->d_name, function, NULL);
		all[n_all - 1].initial_state = (void *)(uintptr_t)all[n_all - 1].name;
		free(files[i]);
	}
	free(files);
}

int run_added(const char *group, CMFixtureFunction setup, CMFixtureFunction teardown)
{
	int failed = n_all ? _cmocka_run_group_tests(group, all, n_all, setup, teardown) : 1;

	while (n_all > 0)
		free((char *)(uintptr_t)all[--n_all].name);
	free(all);
	all = NULL;
	return failed ? 1 : 0;
}

char *source_path(const char *format, ...)
{
	const char *dir = getenv("srcdir");
	auto_str struct str path = { 0 };
	va_list args;

	str_addf(&path, "%s/", dir ? dir : ".");
	va_start(args, format);
	str_addv(&path, format, args);
	va_end(args);
	return str_take(&path);
}

char *built_program(const char *name)
{
	const char *dir = getenv("LABD_BUILDDIR");
	auto_free char *path = xasprintf("%s/%s", dir ? dir : ".", name);
	char *found = realpath(path, NULL);

	if (!found || access(found, X_OK) < 0) {
		(void)fprintf(stderr, "'%s' is missing: set LABD_BUILDDIR\n", path);
		exit(1);
	}
	return found;
}

int make_folder(void **state)
{
	(void)state;
	(void)strcpy(folder, "/tmp/labd-test.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

int remove_folder(void **state)
{
	(void)state;
	return io_remove_tree(folder, NULL);
}

void assert_golden(const char *path, const char *text)
{
	auto_str struct str golden = { 0 };
	struct err err = ERR_INIT;

	if (str_eq(getenv("LABD_REGEN"), "1") &&
	    io_write_file(path, text, strlen(text), 0644, &err) < 0)
		fail_msg("%s", err.msg);
	if (io_read_file(path, 1024 * 1024, &golden, &err) < 0)
		fail_msg("%s (LABD_REGEN=1 writes it)", err.msg);
	assert_string_equal(text, str_text(&golden));
}

bool must_run(void)
{
	return str_eq(getenv("LABD_MUST_RUN"), "1");
}

int skip_all(const char *why)
{
	(void)printf("%s: %s\n", must_run() ? "must run here, but" : "SKIP", why);
	return must_run() ? 1 : 77;
}

void skip_test(const char *why)
{
	if (must_run())
		fail_msg("must run here, but: %s", why);
	print_message("SKIP: %s\n", why);
	skip();
}

const char *no_sharkd(void)
{
	return access("/usr/bin/sharkd", X_OK) < 0
		       ? "there is no sharkd (Debian package wireshark-common)"
		       : NULL;
}

void need_sharkd(void)
{
	if (no_sharkd())
		skip_test(no_sharkd());
}
