/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frozen labs in the cache: whole or not there, what was written or refused, kept while used.
 * Covers: src/image/frozen-prune.c src/image/frozen.c
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "image/frozen.h"
#include "lib/tests.h"

#define KEY "00000000000000000000000000000000000000000000000000000000000000aa"
#define OTHER "00000000000000000000000000000000000000000000000000000000000000bb"

static char *in_dir(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

static void write_to(const char *dir, const char *name, const char *text)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);

	assert_int_equal(io_write_file(path, text, strlen(text), 0600, NULL), 0);
}

/* One with two files; text is the first one's. */
static int make(const char *key, const char *text, struct err *err)
{
	struct frozen_draft draft;
	int r = frozen_begin(folder, key, &draft, err);

	if (r < 0)
		return r;
	write_to(draft.dir, "0.guest", text);
	write_to(draft.dir, "id_ed25519", "secret");
	r = frozen_finish(&draft, json_pack("{s:s, s:i}", "lab", "school", "nodes", 1), err);
	frozen_end(&draft);
	return r;
}

static void must_make(const char *key, const char *text)
{
	struct err err = ERR_INIT;

	if (make(key, text, &err) < 0)
		fail_msg("%s", err.msg);
}

/* What lies in the folder of frozen labs. */
static size_t entries(void)
{
	auto_free char *above = in_dir("frozen");
	DIR *dir = opendir(above);
	const struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

static void test_made_and_taken(void **state)
{
	struct frozen frozen = FROZEN_INIT;
	auto_free char *to = in_dir("copy");
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(frozen_open(folder, KEY, &frozen, &err), -ENOENT);
	must_make(KEY, "the guest");
	assert_int_equal(frozen_open(folder, OTHER, &frozen, &err), -ENOENT);
	assert_int_equal(frozen_open(folder, KEY, &frozen, &err), 0);
	assert_string_equal(json_get_text(frozen.about, "lab", ""), "school");
	assert_int_equal(frozen_check(&frozen, "0.guest", &err), 0);
	assert_int_equal(frozen_take(&frozen, "0.guest", to, &err), 0);
	assert_int_equal(io_read_file(to, 100, &text, &err), 0);
	assert_string_equal(text.data, "the guest");
	assert_int_equal(frozen_take(&frozen, "0.guest", to, &err), -EEXIST);
	assert_int_equal(stat(frozen.dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	frozen_close(&frozen);
	assert_int_equal(entries(), 1);
}

static const struct damage {
	const char *name, *command; /* in the frozen lab's folder */
	int opened, checked;
} damages[] = {
	{ "a byte", "printf X | dd of=0.guest bs=1 seek=3 conv=notrunc status=none", 0, -EBADMSG },
	{ "cut", "truncate -s 4 0.guest", 0, -EBADMSG },
	{ "longer", "echo >>0.guest", 0, -EBADMSG },
	{ "empty", ": >0.guest", 0, -EBADMSG },
	{ "gone", "rm 0.guest", 0, -EBADMSG },
	{ "another's", "cp id_ed25519 0.guest", 0, -EBADMSG },
	{ "no manifest", "rm manifest.json", -EBADMSG, 0 },
	{ "half a manifest", "truncate -s 20 manifest.json", -EBADMSG, 0 },
	{ "a manifest without files", "echo '{}' >manifest.json", -EBADMSG, 0 },
	{ "an empty manifest", ": >manifest.json", -EBADMSG, 0 },
};

static void test_damaged(void **state)
{
	const struct damage *row = *state;
	auto_free char *command = xasprintf("cd '%s/frozen/" KEY "' && %s", folder, row->command);
	auto_free char *to = in_dir("copy");
	struct frozen frozen = FROZEN_INIT;
	struct err err = ERR_INIT;

	must_make(KEY, "the guest");
	assert_int_equal(system(command), 0);
	assert_int_equal(frozen_open(folder, KEY, &frozen, &err), row->opened);
	if (row->opened == 0) {
		assert_int_equal(frozen_check(&frozen, "0.guest", &err), row->checked);
		assert_int_equal(frozen_take(&frozen, "0.guest", to, &err), row->checked);
		assert_int_equal(access(to, F_OK), -1);
		assert_non_null(strstr(err.msg, "'0.guest'"));
	}
	frozen_close(&frozen);
	assert_int_equal(frozen_remove(folder, KEY, &err), 0);
	assert_int_equal(entries(), 0);
}

/* One that is being made is not seen; one whose maker died is removed by the next. */
static void test_half(void **state)
{
	auto_free char *dead = in_dir("frozen/" KEY ".abcdef");
	struct frozen_draft draft, second;
	struct frozen frozen = FROZEN_INIT;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(io_mkdirs(dead, 0700, &err), 0);
	write_to(dead, "0.guest", "half");
	assert_int_equal(frozen_begin(folder, KEY, &draft, &err), 0);
	assert_int_equal(access(dead, F_OK), -1);
	write_to(draft.dir, "0.guest", "half");
	assert_int_equal(frozen_open(folder, KEY, &frozen, &err), -ENOENT);
	assert_int_equal(frozen_begin(folder, KEY, &second, &err), 0);
	assert_int_equal(access(draft.dir, F_OK), 0); /* its maker lives */
	frozen_end(&second);
	frozen_end(&draft);
	assert_int_equal(entries(), 0);
}

static void test_used(void **state)
{
	struct frozen frozen = FROZEN_INIT;
	struct err err = ERR_INIT;
	auto_str struct str text = { 0 };
	auto_free char *path = NULL;
	int64_t bytes;

	(void)state;
	must_make(KEY, "first");
	assert_int_equal(frozen_open(folder, KEY, &frozen, &err), 0);
	assert_int_equal(frozen_remove(folder, KEY, &err), -EBUSY);
	assert_int_equal(make(KEY, "second", &err), -EBUSY);
	assert_int_equal(frozen_prune(folder, 0, &bytes, &err), 0);
	assert_int_equal(frozen_check(&frozen, "0.guest", &err), 0);
	frozen_close(&frozen);
	must_make(KEY, "second");
	path = in_dir("frozen/" KEY "/0.guest");
	assert_int_equal(io_read_file(path, 100, &text, &err), 0);
	assert_string_equal(text.data, "second");
	assert_int_equal(entries(), 1);
}

/* Those used longest ago go first. */
static void test_pruned(void **state)
{
	static const char *const keys[] = { "a", "b", "c" };
	const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
	struct err err = ERR_INIT;
	auto_json json_t *list = NULL;
	int64_t bytes, one;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		must_make(keys[i], "guest");
	for (size_t i = 0; i < 3; i++) { /* all of b was used long ago */
		static const char *const names[] = { "0.guest", "id_ed25519", "manifest.json" };
		auto_free char *path = xasprintf("%s/frozen/b/%s", folder, names[i]);

		assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	}
	list = frozen_list(folder);
	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(json_get_text(json_array_get(list, 2), "key", ""), "b");
	assert_null(json_object_get(json_array_get(list, 0), "files"));
	assert_string_equal(json_get_text(json_array_get(list, 0), "lab", ""), "school");
	one = json_integer_value(json_object_get(json_array_get(list, 0), "bytes"));
	assert_true(one > 0);
	assert_int_equal(frozen_prune(folder, one * 2, &bytes, &err), 1);
	assert_int_equal(bytes, one);
	json_decref(list);
	list = frozen_list(folder);
	assert_int_equal(json_array_size(list), 2);
	assert_string_not_equal(json_get_text(json_array_get(list, 1), "key", ""), "b");
	assert_int_equal(frozen_prune(folder, 0, &bytes, &err), 2);
	assert_int_equal(entries(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { FOLDER_TEST(test_made_and_taken),
					    FOLDER_TEST(test_half), FOLDER_TEST(test_used),
					    FOLDER_TEST(test_pruned) };

	ADD_TESTS(tests);
	ADD_ROWS_LIKE(damages,
		      cmocka_unit_test_setup_teardown(test_damaged, make_folder, remove_folder));
	return run_added("frozen", NULL, NULL);
}
