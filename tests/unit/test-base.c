/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/base: errors, strings, numbers, files, children.
 * Covers: src/base/child.c src/base/clock.c src/base/control.c src/base/err.c src/base/io.c
 * Covers: src/base/json.c src/base/korean.c src/base/log.c src/base/socket.c
 * Covers: src/base/str.c
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/control.h"
#include "base/json.h"
#include "base/korean.h"
#include "base/log.h"
#include "lib/tests.h"

static void test_err(void **state)
{
	struct err err = ERR_INIT;
	char longest[700];

	(void)state;
	assert_int_equal(err_set(&err, ENOENT, "link '%s'", "x"), -ENOENT);
	assert_int_equal(err_context(&err, "lab '%s'", "y"), -ENOENT);
	assert_string_equal(err.msg, "lab 'y': link 'x'");
	assert_int_equal(err_errno(&err, EEXIST, "bridge 'br3'"), -EEXIST);
	assert_string_equal(err.msg, "bridge 'br3': File exists");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	(void)err_set(&err, EIO, "%s", longest);
	(void)err_context(&err, "front");
	assert_memory_equal(err.msg, "front: aaa", 10);
	assert_true(strlen(err.msg) < sizeof(err.msg));
	assert_int_equal(err_set(NULL, EIO, "nobody cares"), -EIO);
}

static void test_base64(void **state)
{
	static const struct {
		const char *plain, *coded;
	} rows[] = { /* RFC 4648, section 10 */
		     { "", "" },
		     { "f", "Zg==" },
		     { "fo", "Zm8=" },
		     { "foo", "Zm9v" },
		     { "foob", "Zm9vYg==" },
		     { "fooba", "Zm9vYmE=" },
		     { "foobar", "Zm9vYmFy" }
	};
	static const char *const bad[] = { "Z", "Zg=", "Zg==Zg==", "Z!==", "====" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_str struct str coded = { 0 }, plain = { 0 };

		str_add_base64(&coded, rows[i].plain, strlen(rows[i].plain));
		assert_string_equal(str_text(&coded), rows[i].coded);
		assert_int_equal(str_add_unbase64(&plain, rows[i].coded), 0);
		assert_string_equal(str_text(&plain), rows[i].plain);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_str struct str plain = { 0 };

		assert_int_equal(str_add_unbase64(&plain, bad[i]), -EINVAL);
	}
}

static void test_nearest(void **state)
{
	static const char *const names[] = { "client", "router", "ldns", "www", "root-dns" };
	static const struct {
		const char *word, *near;
	} rows[] = { { "cliant", "client" },
		     { "ruoter", "router" },
		     { "lnds", "ldns" },
		     { "banana", NULL },
		     { "rootdns", "root-dns" },
		     { "zzz", NULL },
		     { "", NULL },
		     { "w", NULL },
		     { "ww", NULL },
		     { "wwx", "www" },
		     { "wxx", NULL },
		     { "WWW", "www" },
		     { "wxw", "www" },
		     { "cli", "client" },
		     { "clixxt", "client" },
		     { "clxxxt", NULL },
		     { "ldsn", "ldns" },
		     { "lxxs", NULL } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *got = str_nearest(rows[i].word, names, ARRAY_SIZE(names));

		if (!str_eq(got, rows[i].near))
			fail_msg("%s: got %s", rows[i].word, got ? got : "nothing");
	}
}

static void test_numbers(void **state)
{
	unsigned long v = 7;

	(void)state;
	assert_int_equal(str_to_ulong("42", 0, 100, &v), 0);
	assert_int_equal(v, 42);
	assert_int_equal(str_to_ulong("101", 0, 100, &v), -EINVAL);
	assert_int_equal(str_to_ulong("-1", 0, 100, &v), -EINVAL);
	assert_int_equal(str_to_ulong("4x", 0, 100, &v), -EINVAL);
	assert_int_equal(str_to_ulong("", 0, 100, &v), -EINVAL);
	assert_int_equal(str_to_ulong("99999999999999999999999", 0, UINT64_MAX, &v), -EINVAL);
	assert_int_equal(v, 42);
}

static void test_quoting(void **state)
{
	auto_str struct str s = { 0 }, out = { 0 };
	const char *argv[] = { "sh", "-c", NULL, NULL };

	(void)state;
	str_adds(&s, "printf %s ");
	str_add_quoted(&s, "a'b $(id) `id` \\ \"x\" ;#");
	argv[2] = s.data;
	assert_int_equal(child_run(argv, NULL, &out, NULL), 0);
	assert_string_equal(out.data, "a'b $(id) `id` \\ \"x\" ;#");
}

/* It is refused at once: a pipe without a writer would be waited for for ever. */
static void check_no_file(const char *name, mode_t kind, const char *why)
{
	auto_free char *path = xasprintf("%s/%s", folder, name);
	auto_free char *message = xasprintf("'%s': %s", path, why);
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(mknod(path, kind | 0600, 0), 0);
	assert_int_equal(io_read_file(path, 4, &text, &err), -EINVAL);
	assert_string_equal(err.msg, message);
	assert_int_equal(io_read_tail(path, 1, &text, &err), -EINVAL);
}

static void test_files(void **state)
{
	auto_free char *deep = NULL;
	auto_free char *file = NULL;
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	deep = xasprintf("%s/a/b/c", folder);
	file = xasprintf("%s/file", deep);
	assert_int_equal(io_mkdirs(deep, 0700, &err), 0);
	assert_int_equal(io_mkdirs(deep, 0700, &err), 0);
	assert_int_equal(io_write_file(file, "hello", 5, 0640, &err), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(io_read_file(file, 5, &text, &err), 0);
	assert_string_equal(text.data, "hello");
	assert_int_equal(io_read_file(file, 4, &text, &err), -EFBIG);
	assert_int_equal(io_read_file(deep, 4, &text, &err), -EISDIR);
	check_no_file("pipe", S_IFIFO, "is a pipe, not a file");
	check_no_file("socket", S_IFSOCK, "is a socket, not a file");
	assert_int_equal(io_read_file("/dev/zero", 4, &text, &err), -EINVAL);
	assert_string_equal(err.msg, "'/dev/zero': is a device, not a file");
	assert_int_equal(io_remove_tree(folder, &err), 0);
	assert_int_equal(access(folder, F_OK), -1);
	assert_int_equal(io_remove_tree(folder, &err), 0);
}

static void test_child(void **state)
{
	const char *echo[] = { "echo", "hi", NULL },
		   *fails[] = { "sh", "-c", "echo first >&2; echo why >&2; exit 3", NULL };
	const char *missing[] = { "/nonexistent/program", NULL }, *slow[] = { "sleep", "60", NULL };
	struct child_opts quick = { .stderr_fd = -1, .deadline_ms = 200 };
	auto_str struct str out = { 0 };
	struct err err = ERR_INIT;
	int64_t begin;

	(void)state;
	assert_int_equal(child_run(echo, NULL, &out, &err), 0);
	assert_string_equal(out.data, "hi\n");
	assert_int_equal(child_run(fails, NULL, &out, &err), 3);
	assert_string_equal(err.msg, "'sh': why");
	assert_int_equal(child_run(missing, NULL, &out, &err), -ENOENT);
	begin = clock_mono_ns();
	assert_int_equal(child_run(slow, &quick, &out, &err), -ETIMEDOUT);
	assert_true(clock_mono_ns() - begin < 20 * NS_PER_S);
}

/* What is filled into "{0}": as it is read, a word ends in a vowel or not, or in l. */
static void test_korean(void **state)
{
	static const struct {
		const char *value, *pattern, *filled;
	} rows[] = {
		{ "노트북", "{0}와 서버", "노트북과 서버" },
		{ "서버", "{0}과", "서버와" },
		{ "서울", "{0}으로", "서울로" },
		{ "68.85.2.101", "{0}와 {0}를, {0}가 {0}는",
		  "68.85.2.101과 68.85.2.101을, "
		  "68.85.2.101이 68.85.2.101은" },
		{ "10.0.2.20", "{0}로 가는", "10.0.2.20으로 가는" },
		{ "10.0.2.1", "{0}으로 가는", "10.0.2.1로 가는" },
		{ "10.0.2.2", "{0}으로부터", "10.0.2.2로부터" },
		{ "255.255.255.0", "{0}다.", "255.255.255.0이다." },
		{ "0x55acbe34", "모두 {0}로 같다", "모두 0x55acbe34로 같다" },
		{ "wlan", "{0}이라는", "wlan이라는" },
		{ "com", "{0}를", "com을" },
		{ "ping", "{0}는", "ping은" },
		{ "router", "{0}을", "router를" },
		{ "tcp.flags == 0x0010", "‘{0}’", "‘tcp.flags == 0x0010’" },
		{ "(r2)", "{0}과", "(r2)와" },
		{ "L", "{0}으로", "L로" },
		/* no particle stands there */
		{ "5", "{0}가지", "5가지" },
		{ "3", "{0}과목", "3과목" },
		{ "3", "{0}, {1}", "3, {1}" },
		{ "", "{0}가", "가" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_str struct str out = { 0 };

		korean_fill(rows[i].pattern, &rows[i].value, 1, &out);
		assert_string_equal(str_text(&out), rows[i].filled);
	}
}

static void twice(void *ctx, void *ret)
{
	*(int *)ret = 2 * *(int *)ctx;
}

static void for_ever(void *ctx, void *ret)
{
	(void)ctx;
	(void)ret;
	for (;;)
		(void)pause();
}

static void crash(void *ctx, void *ret)
{
	(void)ctx;
	(void)ret;
	_exit(1);
}

static bool stop(void *ctx)
{
	return *(bool *)ctx;
}

static void test_compute(void **state)
{
	int value = 21, ret = 0;
	bool yes = true;

	(void)state;
	assert_int_equal(
		child_compute(twice, &value, &ret, sizeof(ret), deadline_in_ms(60000), stop, &yes),
		0);
	assert_int_equal(ret, 42);
	assert_int_equal(
		child_compute(for_ever, NULL, &ret, sizeof(ret), deadline_in_ms(100), NULL, NULL),
		-ETIMEDOUT);
	assert_int_equal(
		child_compute(for_ever, NULL, &ret, sizeof(ret), deadline_in_ms(60000), stop, &yes),
		-ECANCELED);
	assert_int_equal(
		child_compute(crash, NULL, &ret, sizeof(ret), deadline_in_ms(60000), NULL, NULL),
		-EIO);
}

/* A signal's effect may come a moment after it. */
static void await_stop(int handle, bool stopped)
{
	int64_t deadline = deadline_in_ms(20000);

	while (child_stopped(handle) != stopped && !deadline_passed(deadline))
		(void)poll(NULL, 0, 10);
	assert_int_equal(child_stopped(handle), stopped);
}

/* It stands before another, which is stopped until it says that it may go on. */
static void test_stopped_child(void **state)
{
	const char *argv[] = { "sh", "-c",
			       "sh -c 'kill -STOP $$' & child=$!; trap 'kill -CONT $child' TERM; "
			       "echo ready; until wait $child; do :; done",
			       NULL };
	auto_close int handle = child_serve(argv, -1, deadline_in_ms(20000), NULL);
	struct pollfd pfd = { .fd = handle, .events = POLLIN };

	(void)state;
	assert_true(handle >= 0);
	await_stop(handle, true);
	assert_int_equal(pidfd_send_signal(handle, SIGTERM, NULL, 0), 0);
	assert_int_equal(poll(&pfd, 1, 20000), 1);
	assert_false(child_stopped(handle));
	assert_true(child_ended(handle, NULL));
}

static void test_helper(void **state)
{
	static const struct {
		const char *script;
		int code; /* what child_serve() returns, if not a helper */
		const char *says, *how;
	} rows[] = {
		{ "echo ready; kill -9 $$", 0, "", "ended by signal 9" },
		{ "echo ready; exit 137", 0, "", "ended by signal 9" },
		{ "echo ready; exit 3", 0, "", "ended with status 3" },
		{ "echo ready; exec sleep 60", 0, "", "ended by signal 9" },
		{ "echo no tap >&2; exit 1", -ECHILD, "'sh': no tap", NULL },
		{ "exit 0", -ECHILD, "'sh': ended and said nothing", NULL },
		{ "exec sleep 60", -ETIMEDOUT, "'sh': Connection timed out", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *argv[] = { "sh", "-c", rows[i].script, NULL };
		bool waits = !!strstr(rows[i].script, "sleep");
		auto_str struct str how = { 0 };
		struct err err = ERR_INIT;
		auto_close int handle = child_serve(
			argv, -1, deadline_in_ms(rows[i].code && waits ? 200 : 20000), &err);
		struct pollfd pfd = { .fd = handle, .events = POLLIN };

		if ((handle < 0 ? handle : 0) != rows[i].code || strcmp(err.msg, rows[i].says) != 0)
			fail_msg("%s: %d, '%s'", rows[i].script, handle, err.msg);
		if (handle < 0)
			continue;
		if (waits) {
			assert_false(child_ended(handle, NULL));
			assert_false(child_stopped(handle));
			assert_int_equal(pidfd_send_signal(handle, SIGSTOP, NULL, 0), 0);
			await_stop(handle, true);
			assert_int_equal(pidfd_send_signal(handle, SIGCONT, NULL, 0), 0);
			await_stop(handle, false);
			assert_int_equal(pidfd_send_signal(handle, SIGKILL, NULL, 0), 0);
		}
		assert_int_equal(poll(&pfd, 1, 20000), 1);
		assert_false(child_stopped(handle));
		assert_true(child_ended(handle, &how));
		if (!str_eq(str_text(&how), rows[i].how))
			fail_msg("%s: '%s'", rows[i].script, str_text(&how));
		/* It has been reaped: how it ended is not asked twice. */
		str_free(&how);
		assert_true(child_ended(handle, &how));
		assert_string_equal(str_text(&how), "has ended");
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_log(void **state)
{
	auto_free char *path = xasprintf("%s/log", folder);
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	auto_str struct str text = { 0 };

	(void)state;
	log_line(LOG_LEVEL_ERROR, "to nobody");
	log_open(fd, LOG_LEVEL_INFO);
	log_line(LOG_LEVEL_INFO, "%s", "one\nTIME error: forged");
	log_line(LOG_LEVEL_DEBUG, "too much");
	log_open(-1, LOG_LEVEL_INFO);
	assert_int_equal(io_read_file(path, 1000, &text, NULL), 0);
	assert_string_equal(strchr(text.data, ' '), " info: one TIME error: forged\n");
}

/* What json_get_int() and json_get_text() make of a value, and what json_open() says of a file. */
static void test_json(void **state)
{
	auto_json json_t *value =
		json_pack("{s:i, s:I, s:s}", "n", -7, "large", (json_int_t)1 << 40, "text", "7");
	auto_free char *path = xasprintf("%s/x.json", folder);
	auto_json json_t *again = NULL, *unclean = json_text("a\377");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(json_get_int(value, "n", 1), -7);
	assert_int_equal(json_get_int(value, "large", 1), 1);
	assert_int_equal(json_get_int(value, "text", 1), 1);
	assert_string_equal(json_get_text(value, "text", "-"), "7");
	assert_string_equal(json_get_text(value, "n", "-"), "-");
	assert_string_equal(json_string_value(unclean), "a\\xff");
	assert_int_equal(json_save(value, path, &err), 0);
	assert_int_equal(json_open(path, &again, &err), 0);
	assert_true(json_equal(value, again));
	assert_int_equal(io_write_file(path, "{", 1, 0600, &err), 0);
	assert_true(json_open(path, &again, &err) < 0);
	assert_non_null(strstr(err.msg, path));
}

static void test_control(void **state)
{
	auto_free char *path = xasprintf("%s/control", folder);
	struct control first = CONTROL_INIT, second = CONTROL_INIT;
	struct err err = ERR_INIT;
	int fd;

	(void)state;
	assert_int_equal(control_reach(path, NULL), -ENOENT);
	assert_int_equal(control_open(&first, path, &err), 0);
	assert_int_equal(control_open(&second, path, &err), -EADDRINUSE);
	control_close(&second);
	fd = control_reach(path, &err);
	assert_true(fd >= 0);
	(void)close(fd);
	/* It dies, and what it leaves behind gives way to the next. */
	auto_closep(&first.listener);
	first.listener = -1;
	assert_int_equal(control_reach(path, NULL), -ECONNREFUSED);
	assert_int_equal(control_open(&second, path, &err), 0);
	control_close(&second);
	assert_int_equal(access(path, F_OK), -1);
	control_close(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_quoting),
		cmocka_unit_test_setup(test_files, make_folder),
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_helper),
		cmocka_unit_test(test_stopped_child),
		cmocka_unit_test(test_compute),
		cmocka_unit_test(test_korean),
		FOLDER_TEST(test_log),
		FOLDER_TEST(test_json),
		FOLDER_TEST(test_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
