/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What sharkd answered is kept, and asked again where anything has changed: over a recorded
 * session, by a sharkd that notes each of its starts.
 * Covers: src/wireshark/data.c src/wireshark/keep.c src/wireshark/made.c
 */
#include <dirent.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "lib/tests.h"
#include "report/frames.h"
#include "wireshark/columns.h"
#include "wireshark/keep.h"
#include "wireshark/wireshark.h"

static char *program, *starts, *cache, *capture;

/* A sharkd of the folder's own, whose text the tests can change. */
static void write_program(const char *comment)
{
	auto_free char *script =
		xasprintf("#!/bin/sh\n# %s\necho >>'%s'\nexec sharkd \"$@\"\n", comment, starts);

	assert_int_equal(io_write_file(program, script, strlen(script), 0700, NULL), 0);
}

static void write_capture(const char *name, size_t less)
{
	auto_free char *from = source_path("tests/fuzz/corpus/pcapng/%s", name);
	auto_str struct str data = { 0 };

	assert_int_equal(io_read_file(from, 1 << 20, &data, NULL), 0);
	assert_int_equal(io_write_file(capture, data.data, data.len - less, 0600, NULL), 0);
}

static int setup(void **state)
{
	assert_int_equal(make_folder(state), 0);
	program = xasprintf("%s/sharkd", folder);
	starts = xasprintf("%s/starts", folder);
	cache = xasprintf("%s/cache", folder);
	capture = xasprintf("%s/client:eth0.pcapng", folder);
	write_program("first");
	write_capture("h2-tls13.pcapng", 0);
	return 0;
}

static int teardown(void **state)
{
	free(program);
	free(starts);
	free(cache);
	free(capture);
	return remove_folder(state);
}

#define KEEP_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

static size_t count_starts(void)
{
	auto_str struct str text = { 0 };

	return io_read_file(starts, 1 << 20, &text, NULL) < 0 ? 0 : text.len;
}

static void note_column(void *ctx, uint64_t frame, const char *protocol, const char *info)
{
	str_addf(ctx, "%ju %s %s\n", (uintmax_t)frame, protocol, info);
}

/* All kinds of questions, what is answered in one text. */
static char *ask_all(const struct wireshark_setup *how)
{
	const struct wireshark_query queries[] = {
		{ .file = capture,
		  .filter = "http2.headers.status == 200",
		  .fields = { "http2.headers.content_type", "udp.port" } },
		{ .file = capture, .filter = "tcp.prot == 443" },
		{ .file = capture,
		  .filter = "http2.headers.status == 404 and http2.headers.content_type",
		  .nearest = true },
		{ .file = capture, .filter = "tls.handshake.type == 20" },
	};
	struct wireshark_answer a[ARRAY_SIZE(queries)];
	auto_wireshark struct wireshark *ws = NULL;
	struct str text = { 0 };
	struct err err = ERR_INIT;

	wireshark_open(how, folder, &ws);
	if (wireshark_ask(ws, queries, ARRAY_SIZE(queries), a, &err) < 0 ||
	    wireshark_columns(ws, capture, note_column, &text, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < ARRAY_SIZE(queries); i++) {
		str_addf(&text,
			 "%ju at %ju %jd, early %ju, %s %s, near %ju %zu %s %s %s, %d %d %s\n",
			 (uintmax_t)a[i].count, (uintmax_t)a[i].frames[0],
			 (intmax_t)a[i].first_time_ns, (uintmax_t)a[i].early,
			 a[i].values[0] ? a[i].values[0] : "-",
			 a[i].values[1] ? a[i].values[1] : "-", (uintmax_t)a[i].near.frame,
			 a[i].near.differs, a[i].near.field ? a[i].near.field : "-",
			 a[i].near.want ? a[i].near.want : "-",
			 a[i].near.have ? a[i].near.have : "-", a[i].cut, a[i].hidden, a[i].error);
		wireshark_answer_free(&a[i]);
	}
	return str_take(&text);
}

static char *ask(void)
{
	return ask_all(&(struct wireshark_setup){ .sharkd = program, .cache = cache });
}

/* The only keep; free with free(). */
static char *only_keep(void)
{
	auto_free char *path = xasprintf("%s/answers", cache);
	DIR *dir = opendir(path);
	const struct dirent *entry;
	char *found = NULL;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			assert_null(found);
			found = xasprintf("%s/%s", path, entry->d_name);
		}
	(void)closedir(dir);
	assert_non_null(found);
	return found;
}

/* The same answers without a cache, into one, and out of one; a filter that is wrong is asked about
 * again, since it has no answer. */
static void test_once(void **state)
{
	const struct wireshark_setup never = { .sharkd = program };
	auto_free char *first = ask_all(&never);
	auto_free char *second = NULL, *third = NULL;
	const struct wireshark_query good = { .file = capture,
					      .filter = "tls.handshake.type == 20" };
	auto_wireshark struct wireshark *ws = NULL;
	struct wireshark_answer a;

	(void)state;
	assert_int_equal(count_starts(), 1);
	second = ask();
	assert_int_equal(count_starts(), 2);
	third = ask();
	assert_string_equal(first, second);
	assert_string_equal(first, third);
	/* Nothing is wrong in it: nobody is asked. */
	(void)unlink(starts);
	wireshark_open(&(struct wireshark_setup){ .sharkd = program, .cache = cache }, folder, &ws);
	assert_int_equal(wireshark_ask(ws, &good, 1, &a, NULL), 0);
	assert_int_equal(a.count, 2);
	wireshark_answer_free(&a);
	assert_int_equal(count_starts(), 0);
}

/* One that every answer of is right, and how many starts it took. */
static uint64_t count_finished(const struct wireshark_setup *how, size_t *n_starts)
{
	const struct wireshark_query q = { .file = capture, .filter = "tls.handshake.type == 20" };
	auto_wireshark struct wireshark *ws = NULL;
	struct wireshark_answer a = { 0 };
	struct err err = ERR_INIT;
	uint64_t count;

	(void)unlink(starts);
	wireshark_open(how, folder, &ws);
	if (wireshark_ask(ws, &q, 1, &a, &err) < 0)
		fail_msg("%s", err.msg);
	count = a.count;
	wireshark_answer_free(&a);
	*n_starts = count_starts();
	return count;
}

static void change_capture(void)
{
	write_capture("h2-tls13.pcapng", 300);
}

static void change_program(void)
{
	write_program("second");
}

static void change_bytes(void)
{
	auto_free char *path = only_keep();
	auto_str struct str text = { 0 };
	char *digit;

	assert_int_equal(io_read_file(path, 1 << 20, &text, NULL), 0);
	/* "frames FILTER":[6, ...: another frame. */
	digit = strstr(text.data, "type == 20\":[");
	assert_non_null(digit);
	digit[13]++;
	assert_int_equal(io_write_file(path, text.data, text.len, 0600, NULL), 0);
}

static void cut_short(void)
{
	auto_free char *path = only_keep();
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size / 2), 0);
}

static void empty_it(void)
{
	auto_free char *path = only_keep();

	assert_int_equal(truncate(path, 0), 0);
}

static void make_it_a_link(void)
{
	auto_free char *path = only_keep();
	auto_free char *other = xasprintf("%s/elsewhere", folder);

	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
}

static void make_it_a_folder(void)
{
	auto_free char *path = only_keep();

	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
}

static const struct wireshark_wifi air = { .ssid = "a", .passphrase = "learn-by-doing" };
static const struct net_mac card = { { 0x00, 0x16, 0xd3, 1, 2, 3 } };

static const struct row {
	const char *name;
	void (*change)(void);
	uint64_t count; /* that it then is */
	size_t n_wifi, n_macs;
	bool never; /* it cannot be kept either */
} rows[] = {
	{ "the capture is another", change_capture, 2, 0, 0, false },
	{ "sharkd is another", change_program, 2, 0, 0, false },
	{ "a byte of the keep is another", change_bytes, 2, 0, 0, false },
	{ "half of the keep is gone", cut_short, 2, 0, 0, false },
	{ "the keep is empty", empty_it, 2, 0, 0, false },
	{ "the keep is a link", make_it_a_link, 2, 0, 0, false },
	{ "the keep is a folder", make_it_a_folder, 2, 0, 0, true },
	{ "there is a key to the air", NULL, 2, 1, 0, false },
	{ "the cards are others", NULL, 2, 0, 1, false },
};

static void test_changed(void **state)
{
	const struct row *row = *state;
	const struct wireshark_setup before = { .sharkd = program, .cache = cache };
	const struct wireshark_setup after = { .sharkd = program,
					       .cache = cache,
					       .wifi = &air,
					       .n_wifi = row->n_wifi,
					       .macs = &card,
					       .n_macs = row->n_macs };
	size_t n;

	need_sharkd();
	assert_int_equal(count_finished(&before, &n), 2);
	assert_int_equal(n, 1);
	assert_int_equal(count_finished(&before, &n), 2);
	assert_int_equal(n, 0);
	if (row->change)
		row->change();
	assert_int_equal(count_finished(&after, &n), row->count);
	if (n != 1)
		fail_msg("%s: sharkd was started %zu times", row->name, n);
	/* And that is kept in turn. */
	assert_int_equal(count_finished(&after, &n), row->count);
	assert_int_equal(n, row->never);
}

/* Where nothing can be written, all is answered. */
static void test_no_cache(void **state)
{
	const struct wireshark_setup how = { .sharkd = program, .cache = capture };
	size_t n;

	(void)state;
	need_sharkd();
	assert_int_equal(count_finished(&how, &n), 2);
	assert_int_equal(n, 1);
}

/* Of many, those that were written last stay. */
static void test_prune(void **state)
{
	auto_free char *answers = xasprintf("%s/answers", cache);
	size_t left = 0;

	(void)state;
	assert_int_equal(io_mkdirs(answers, 0700, NULL), 0);
	for (int i = 0; i < 9; i++) {
		auto_free char *path = xasprintf("%s/%d", answers, i);
		const struct timeval times[2] = { { 1000 + i, 0 }, { 1000 + i, 0 } };

		assert_int_equal(io_write_file(path, "", 0, 0600, NULL), 0);
		assert_int_equal(truncate(path, 30 << 20), 0);
		assert_int_equal(utimes(path, times), 0);
		keep_prune(cache);
		if (i < 8)
			assert_int_equal(access(path, F_OK), 0);
	}
	for (int i = 0; i < 9; i++) {
		auto_free char *path = xasprintf("%s/%d", answers, i);
		bool there = access(path, F_OK) == 0;

		assert_int_equal(there, i > 4);
		left += there;
	}
	assert_int_equal(left, 4);
}

/* Frames that were opened: the same again, by nobody. */
static void test_opened(void **state)
{
	static const char text[] = "{\"notes\":[],\"phases\":[],\"journeys\":[{\"hops\":["
				   "{\"at\":\"client:eth0\",\"frame\":14}]}]}";
	const struct story_options how = { .sharkd = program, .cache = cache };
	auto_json json_t *first = json_loads(text, 0, NULL);
	auto_json json_t *second = json_loads(text, 0, NULL);
	auto_json json_t *third = json_loads(text, 0, NULL);
	struct err err = ERR_INIT;

	(void)state;
	need_sharkd();
	assert_int_equal(frames_add(first, folder, &how, &err), 0);
	assert_int_equal(count_starts(), 2);
	assert_int_equal(frames_add(second, folder, &how, &err), 0);
	assert_int_equal(count_starts(), 2);
	assert_true(json_equal(first, second));
	assert_int_equal(json_array_size(json_object_get(first, "notes")), 0);
	change_program();
	assert_int_equal(frames_add(third, folder, &how, &err), 0);
	assert_int_equal(count_starts(), 4);
	assert_true(json_equal(first, third));
}

/* Wireshark's own data but for its large tables, with the makers of the cards. */
static void test_data(void **state)
{
	const struct wireshark_setup how = {
		.sharkd = program, .cache = cache, .macs = &card, .n_macs = 1
	};
	auto_free char *parent = xasprintf("%s/wireshark", cache);
	struct stat st;
	DIR *dir;
	const struct dirent *entry;
	size_t n, n_folders = 0;

	(void)state;
	need_sharkd();
	if (stat("/usr/share/wireshark/manuf", &st) < 0)
		skip(); /* Wireshark 4.4 has them in its programs: there is nothing to leave out */
	assert_int_equal(count_finished(&how, &n), 2);
	dir = opendir(parent);
	if (!dir)
		skip_test("there are no user namespaces");
	while ((entry = readdir(dir))) {
		auto_free char *makers = xasprintf("%s/%s/manuf", parent, entry->d_name);
		auto_free char *radius = xasprintf("%s/%s/radius", parent, entry->d_name);
		auto_str struct str text = { 0 };

		if (entry->d_name[0] == '.')
			continue;
		n_folders++;
		assert_int_equal(io_read_file(makers, 4096, &text, NULL), 0);
		assert_true(str_prefix(str_text(&text), "00:16:D3\t"));
		assert_int_equal(access(radius, R_OK), 0);
	}
	(void)closedir(dir);
	assert_int_equal(n_folders, 1);
}

int main(void)
{
	static const struct CMUnitTest fixed[] = { KEEP_TEST(test_once), KEEP_TEST(test_no_cache),
						   KEEP_TEST(test_prune), KEEP_TEST(test_opened),
						   KEEP_TEST(test_data) };

	ADD_TESTS(fixed);
	ADD_ROWS_LIKE(rows, KEEP_TEST(test_changed));
	if (no_sharkd())
		return skip_all(no_sharkd());
	return run_added("keep", NULL, NULL);
}
