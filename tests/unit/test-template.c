/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/image: templates that are written, found, damaged, too many, or made by two at once.
 * Covers: src/image/template.c src/image/template-prune.c
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "image/template.h"
#include "lib/tests.h"

#define RAM_LEN (64 * 4096)

static const atomic_bool go = false, stop = true;
static char *ram, *stream; /* where copies go */

static int setup(void **state)
{
	assert_int_equal(make_folder(state), 0);
	ram = xasprintf("%s/copy.ram", folder);
	stream = xasprintf("%s/copy.stream", folder);
	return 0;
}

static int teardown(void **state)
{
	free(ram);
	free(stream);
	return remove_folder(state);
}

/* A key of 64 digits. */
static const char *key(char digit)
{
	static char keys[128][DIGEST_TEXT];
	char *text = keys[(unsigned char)digit];

	memset(text, digit, DIGEST_TEXT - 1);
	return text;
}

/* Pages 3, 4 and 40 are not zero, and the last is not on the disk. */
static void fill(struct template_draft *draft)
{
	assert_int_equal(ftruncate(draft->ram, RAM_LEN), 0);
	assert_int_equal(pwrite(draft->ram, "three", 5, 3 * 4096), 5);
	assert_int_equal(pwrite(draft->ram, "four", 4, 4 * 4096 + 4092), 4);
	assert_int_equal(pwrite(draft->ram, "forty", 5, 40 * 4096), 5);
	assert_true(fputs("all else", draft->stream) >= 0);
}

static void make(const char *name)
{
	struct template_draft draft;
	struct err err = ERR_INIT;

	assert_int_equal(template_begin(folder, name, &go, &draft, &err), 0);
	fill(&draft);
	if (template_finish(&draft, json_pack("{s:i}", "memory_mib", 128), &err) < 0)
		fail_msg("%s", err.msg);
	template_end(&draft);
}

static int take(const char *name, struct err *err)
{
	return template_take(folder, name, ram, stream, err);
}

static void expect_mode(const char *path, mode_t mode)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, mode);
}

static void what_is_made_is_taken(void **state)
{
	auto_free char *above = xasprintf("%s/templates", folder);
	auto_free char *kept = xasprintf("%s/templates/%s/ram", folder, key('a'));
	auto_str struct str text = { 0 }, pages = { 0 };
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	make(key('a'));
	expect_mode(above, 0700);
	expect_mode(kept, 0600);
	if (take(key('a'), &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(io_read_file(stream, 100, &text, NULL), 0);
	assert_string_equal(text.data, "all else");
	assert_int_equal(io_read_file(ram, RAM_LEN, &pages, NULL), 0);
	assert_int_equal(pages.len, RAM_LEN);
	assert_string_equal(pages.data + 3 * 4096, "three");
	assert_memory_equal(pages.data + 4 * 4096 + 4092, "four", 4);
	assert_string_equal(pages.data + 40 * 4096, "forty");
	expect_mode(ram, 0600);
	assert_int_equal(stat(ram, &st), 0);
	assert_true(st.st_blocks * 512 < RAM_LEN / 2); /* holes are holes */
}

static void one_that_is_not_there(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(take(key('b'), &err), -ENOENT);
	assert_int_equal(access(ram, F_OK), -1);
}

static void write_at(const char *file, off_t at, const char *text)
{
	auto_free char *path = xasprintf("%s/templates/%s/%s", folder, key('a'), file);
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (text)
		assert_int_equal(pwrite(fd, text, strlen(text), at), strlen(text));
	else
		assert_int_equal(ftruncate(fd, at), 0);
}

static const struct damage {
	const char *name, *file;
	off_t at;
	const char *text; /* NULL: the file ends there */
	const char *says;
} damages[] = {
	{ "a page", "ram", 4 * 4096, "x", "its file 'ram' is not what was written" },
	{ "a hole", "ram", 20 * 4096, "x", "its file 'ram' is not what was written" },
	{ "a shorter memory", "ram", RAM_LEN - 4096, NULL,
	  "its file 'ram' is not what was written" },
	{ "a longer memory", "ram", RAM_LEN + 4096, NULL,
	  "its file 'ram' is not what was written" },
	{ "an empty memory", "ram", 0, NULL, "its file 'ram' is not what was written" },
	{ "the stream", "stream", 3, "X", "its file 'stream' is not what was written" },
	{ "a shorter stream", "stream", 3, NULL, "its file 'stream' is not what was written" },
	{ "an empty manifest", "manifest.json", 0, NULL, "its manifest cannot be read" },
	{ "another manifest", "manifest.json", 1, "[", "its manifest cannot be read" },
};

static void what_is_damaged_is_gone(void **state)
{
	const struct damage *damage = *state;
	struct err err = ERR_INIT;

	setup(NULL);
	make(key('a'));
	write_at(damage->file, damage->at, damage->text);
	assert_int_equal(take(key('a'), &err), -EBADMSG);
	if (!strstr(err.msg, damage->says))
		fail_msg("%s", err.msg);
	assert_int_equal(access(ram, F_OK), -1);
	assert_int_equal(access(stream, F_OK), -1);
	assert_int_equal(take(key('a'), &err), -ENOENT);
	make(key('a'));
	assert_int_equal(take(key('a'), &err), 0);
	teardown(NULL);
}

static void a_file_that_is_missing(void **state)
{
	auto_free char *path = xasprintf("%s/templates/%s/stream", folder, key('a'));
	struct err err = ERR_INIT;

	(void)state;
	make(key('a'));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(take(key('a'), &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "it has no file 'stream'"));
}

static size_t count_entries(void)
{
	auto_free char *above = xasprintf("%s/templates", folder);
	struct stat st;

	assert_int_equal(stat(above, &st), 0);
	return st.st_nlink - 2;
}

/* A maker that was killed: nobody ends its draft. */
static void what_is_half_made_is_no_template(void **state)
{
	struct template_draft killed;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(template_begin(folder, key('a'), &go, &killed, &err), 0);
	fill(&killed);
	assert_int_equal(take(key('a'), &err), -ENOENT);
	assert_int_equal(count_entries(), 1);
	(void)close(killed.lock);
	make(key('c'));
	assert_int_equal(count_entries(), 1);
	(void)close(killed.ram);
	(void)fclose(killed.stream);
	free(killed.dir);
	free(killed.whole);
}

static void what_is_given_up_leaves_nothing(void **state)
{
	struct template_draft draft;

	(void)state;
	assert_int_equal(template_begin(folder, key('a'), &go, &draft, NULL), 0);
	fill(&draft);
	template_end(&draft);
	assert_int_equal(count_entries(), 0);
}

static void *make_too(void *arg)
{
	struct template_draft draft;

	*(int *)arg = template_begin(folder, key('a'), &go, &draft, NULL);
	return NULL;
}

static void two_make_it_once(void **state)
{
	struct template_draft draft;
	struct err err = ERR_INIT;
	pthread_t thread;
	int r = -1;

	(void)state;
	assert_int_equal(template_begin(folder, key('a'), &go, &draft, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, make_too, &r), 0);
	fill(&draft);
	assert_int_equal(template_finish(&draft, json_object(), &err), 0);
	template_end(&draft);
	(void)pthread_join(thread, NULL);
	assert_int_equal(r, 1);
}

static void a_wait_can_be_cancelled(void **state)
{
	struct template_draft draft, other;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(template_begin(folder, key('a'), &go, &draft, &err), 0);
	assert_int_equal(template_begin(folder, key('a'), &stop, &other, &err), -ECANCELED);
	template_end(&draft);
}

/* The one that was not used for longest is the first to go. */
static void only_so_many_are_kept(void **state)
{
	static const char digits[] = "0123456789";
	auto_json json_t *list = NULL;
	struct err err = ERR_INIT;
	int64_t bytes;

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		auto_free char *path =
			xasprintf("%s/templates/%s/manifest.json", folder, key(digits[i]));
		const struct timespec used[2] = { { .tv_sec = 1000 + (time_t)i },
						  { .tv_sec = 1000 + (time_t)i } };

		make(key(digits[i]));
		assert_int_equal(utimensat(AT_FDCWD, path, used, 0), 0);
		if (i == 5)
			assert_int_equal(take(key('0'), &err), 0);
	}
	list = template_list(folder);
	assert_int_equal(json_array_size(list), TEMPLATE_KEPT);
	assert_string_equal(json_get_text(json_array_get(list, 0), "key", ""), key('0'));
	assert_string_equal(json_get_text(json_array_get(list, 1), "key", ""), key('9'));
	assert_int_equal(json_get_int(json_array_get(list, 1), "memory_mib", 0), 128);
	assert_int_equal(json_get_int(json_array_get(list, 1), "used", 0), 1009);
	assert_true(json_get_int(json_array_get(list, 1), "bytes", 0) > 0);
	assert_int_equal(template_prune(folder, 1, &bytes, &err), TEMPLATE_KEPT - 1);
	assert_true(bytes > 0);
	assert_int_equal(count_entries(), 1);
}

static void the_key_is_of_all_inputs(void **state)
{
	auto_free char *manifest = xasprintf("%s/manifest.json", folder);
	char keys[4][DIGEST_TEXT];
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(template_key(folder, "qemu 1\n", keys[0], &err), -ENOENT);
	assert_int_equal(io_write_file(manifest, "{}", 2, 0600, NULL), 0);
	assert_int_equal(template_key(folder, "qemu 1\n", keys[0], NULL), 0);
	assert_int_equal(template_key(folder, "qemu 1\n", keys[1], NULL), 0);
	assert_int_equal(template_key(folder, "qemu 2\n", keys[2], NULL), 0);
	assert_int_equal(io_write_file(manifest, "[]", 2, 0600, NULL), 0);
	assert_int_equal(template_key(folder, "qemu 1\n", keys[3], NULL), 0);
	assert_string_equal(keys[0], keys[1]);
	assert_string_not_equal(keys[0], keys[2]);
	assert_string_not_equal(keys[0], keys[3]);
}

#define FRESH(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FRESH(what_is_made_is_taken),           FRESH(one_that_is_not_there),
		FRESH(a_file_that_is_missing),          FRESH(what_is_half_made_is_no_template),
		FRESH(what_is_given_up_leaves_nothing), FRESH(two_make_it_once),
		FRESH(a_wait_can_be_cancelled),         FRESH(only_so_many_are_kept),
		FRESH(the_key_is_of_all_inputs),
	};

	ADD_TESTS(tests);
	ADD_ROWS(damages, what_is_damaged_is_gone);
	return run_added("template", NULL, NULL);
}
