/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The registry of running labs: claims, finding, the sweep; and when the init gives labd up.
 * Covers: src/sandbox/ended.c src/sandbox/entry.c src/sandbox/registry.c
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/json.h"
#include "lib/tests.h"
#include "sandbox/init.h"
#include "sandbox/registry.h"
#include "sandbox/sandbox.h"

/* A process to stand for a lab's init. */
static pid_t start_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			(void)pause();
	return pid;
}

static void end_process(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void claim(const char *name)
{
	auto_registry_entry struct registry_entry entry = { 0 };
	struct err err = ERR_INIT;

	if (registry_claim(folder, name, "/etc/hostname", &entry, &err) < 0)
		fail_msg("%s", err.msg);
}

static void publish(const char *name, pid_t init)
{
	struct err err = ERR_INIT;

	claim(name);
	if (registry_publish(folder, name, init, &err) < 0)
		fail_msg("%s", err.msg);
}

static void write_log(const char *name, const char *text)
{
	auto_free char *path = xasprintf("%s/labs/%s/labd.log", folder, name);

	assert_int_equal(io_write_file(path, text, strlen(text), 0600, NULL), 0);
}

/* Changes a field of an entry behind the registry's back. */
static void forge(const char *name, const char *key, json_t *value)
{
	auto_free char *path = xasprintf("%s/labs/%s/entry.json", folder, name);
	auto_json json_t *obj = NULL;

	assert_int_equal(json_open(path, &obj, NULL), 0);
	assert_int_equal(json_object_set_new(obj, key, value), 0);
	assert_int_equal(json_save(obj, path, NULL), 0);
}

static bool exists(const char *name)
{
	auto_free char *path = xasprintf("%s/labs/%s", folder, name);

	return access(path, F_OK) == 0;
}

static size_t count(void)
{
	auto_registry_list struct registry_list list = { 0 };

	assert_int_equal(registry_list(folder, &list, NULL), 0);
	return list.n;
}

/* ---- names ---- */

struct name_row {
	const char *title, *name;
	bool good;
};

static void test_name(void **state)
{
	const struct name_row *row = *state;
	auto_registry_entry struct registry_entry entry = { 0 };
	int expected = row->good ? 0 : -EINVAL;

	assert_int_equal(registry_check_name(row->name, NULL), expected);
	assert_int_equal(registry_claim(folder, row->name, "t.xml", &entry, NULL), expected);
	assert_int_equal(registry_find(folder, row->name, &entry, NULL),
			 row->good ? -EAGAIN : -EINVAL);
	assert_int_equal(registry_remove(folder, row->name, NULL), expected);
}

/* ---- one lab ---- */

static void test_published_is_found(void **state)
{
	auto_registry_entry struct registry_entry entry = { 0 };
	pid_t pid = start_process();
	uint64_t start = 0;
	struct stat st;

	(void)state;
	publish("school", pid);
	assert_int_equal(registry_find(folder, NULL, &entry, NULL), 0);
	assert_string_equal(entry.name, "school");
	assert_int_equal(entry.pid, pid);
	assert_int_equal(sandbox_start_time(pid, &start, NULL), 0);
	assert_true(start > 0 && entry.start_time == start);
	assert_string_equal(entry.topology, "/etc/hostname");
	assert_true(entry.created > INT64_C(1600000000) * 1000000000);
	assert_false(entry.starting);
	assert_int_equal(stat(entry.dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(str_prefix(entry.log, entry.dir));
	end_process(pid);
}

static void test_claimed_is_starting(void **state)
{
	auto_registry_entry struct registry_entry entry = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	claim("school");
	assert_int_equal(registry_find(folder, "school", &entry, &err), -EAGAIN);
	assert_non_null(strstr(err.msg, "'school' is still starting"));
	assert_int_equal(count(), 1);
	assert_int_equal(registry_remove(folder, "school", NULL), 0);
	assert_int_equal(count(), 0);
}

static void test_running_name_refused(void **state)
{
	auto_registry_entry struct registry_entry entry = { 0 };
	pid_t pid = start_process();
	struct err err = ERR_INIT;

	(void)state;
	publish("school", pid);
	assert_int_equal(registry_claim(folder, "school", "t.xml", &entry, &err), -EEXIST);
	assert_non_null(strstr(err.msg, "'school' is already running"));
	assert_non_null(strstr(err.msg, "--name"));
	assert_int_equal(registry_claim(folder, "school-2", "t.xml", &entry, &err), 0);
	end_process(pid);
}

static void test_running_not_removed(void **state)
{
	pid_t pid = start_process();

	(void)state;
	publish("school", pid);
	assert_int_equal(registry_remove(folder, "school", NULL), -EBUSY);
	end_process(pid);
	assert_int_equal(registry_remove(folder, "school", NULL), 0);
	assert_false(exists("school"));
	assert_int_equal(registry_remove(folder, "school", NULL), 0);
}

static void test_publish_needs_the_claim(void **state)
{
	pid_t other;
	int status = 0;

	(void)state;
	claim("school");
	other = fork();
	if (other == 0)
		_exit(registry_publish(folder, "school", getpid(), NULL) == -ESTALE ? 0 : 1);
	(void)waitpid(other, &status, 0);
	assert_int_equal(status, 0);
	assert_int_equal(registry_publish(folder, "school", getpid(), NULL), 0);
	assert_int_equal(registry_publish(folder, "school", getpid(), NULL), -ESTALE);
}

/* ---- several labs ---- */

static void test_which_lab(void **state)
{
	auto_registry_entry struct registry_entry entry = { 0 };
	pid_t pid = start_process();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(registry_find(folder, NULL, &entry, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "no lab is running"));
	publish("zebra", pid);
	publish("ant", pid);
	assert_int_equal(registry_find(folder, NULL, &entry, &err), -ENOTUNIQ);
	assert_non_null(strstr(err.msg, "ant, zebra"));
	assert_int_equal(registry_find(folder, "bee", &entry, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "'bee'"));
	assert_non_null(strstr(err.msg, "ant, zebra"));
	assert_int_equal(registry_find(folder, "zebra", &entry, &err), 0);
	assert_string_equal(entry.name, "zebra");
	end_process(pid);
}

/* Many processes want one name at the same moment: one gets it. */
static void test_concurrent_claims(void **state)
{
	enum { N = 16 };
	auto_registry_entry struct registry_entry entry = { 0 };
	pid_t pids[N];
	int pipes[2], won = 0, lost = 0;

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	for (int i = 0; i < N; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			int r = registry_claim(folder, "school", "t.xml", &entry, NULL);

			(void)!write(pipes[1], &r, sizeof(r));
			for (;;)
				(void)pause(); /* a claim lasts as long as its process */
		}
	}
	for (int i = 0; i < N; i++) {
		int r = 1;

		assert_int_equal(read(pipes[0], &r, sizeof(r)), sizeof(r));
		won += r == 0;
		lost += r == -EEXIST;
	}
	for (int i = 0; i < N; i++)
		end_process(pids[i]);
	assert_int_equal(won, 1);
	assert_int_equal(lost, N - 1);
	assert_int_equal(count(), 0);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

/* ---- the sweep ---- */

static void test_ended_is_swept(void **state)
{
	auto_free char *kept = xasprintf("%s/ended/school.log", folder);
	auto_str struct str text = { 0 };
	pid_t pid = start_process();

	(void)state;
	publish("school", pid);
	write_log("school", "why it ended\n");
	assert_int_equal(count(), 1);
	end_process(pid);
	assert_int_equal(count(), 0);
	assert_false(exists("school"));
	assert_int_equal(io_read_file(kept, 100, &text, NULL), 0);
	assert_string_equal(str_text(&text), "why it ended\n");
	claim("school");
}

struct news_row {
	const char *title, *log;
	const char *news;
};

static void test_news(void **state)
{
	const struct news_row *row = *state;
	auto_str struct str news = { 0 }, again = { 0 };
	pid_t pid = start_process();

	publish("school", pid);
	write_log("school", row->log);
	end_process(pid);
	assert_int_equal(count(), 0);
	registry_news(folder, &news);
	assert_string_equal(str_text(&news), row->news);
	registry_news(folder, &again);
	assert_string_equal(str_text(&again), "");
}

/* Who takes a lab down, or never had it started, needs no news of it. */
static void test_no_news(void **state)
{
	auto_str struct str news = { 0 };
	pid_t pid = start_process();

	(void)state;
	publish("school", pid);
	write_log("school", "killed at once\n");
	end_process(pid);
	assert_int_equal(registry_remove(folder, "school", NULL), 0);
	pid = fork();
	if (pid == 0) {
		claim("small");
		write_log("small", "starting\n");
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
	assert_int_equal(count(), 0);
	registry_news(folder, &news);
	assert_string_equal(str_text(&news), "");
}

/* A zombie is no lab. */
static void test_zombie_is_swept(void **state)
{
	pid_t pid = start_process();
	siginfo_t info;

	(void)state;
	publish("school", pid);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(count(), 0);
	(void)waitpid(pid, NULL, 0);
}

struct forged_row {
	const char *title, *key;
	const char *text; /* NULL: the number 1 */
	bool kept;        /* listed no more, but left alone */
};

static void test_forged(void **state)
{
	const struct forged_row *row = *state;
	auto_registry_entry struct registry_entry entry = { 0 };
	pid_t pid = start_process();

	publish("school", pid);
	forge("school", row->key, row->text ? json_string(row->text) : json_integer(1));
	assert_int_equal(count(), 0);
	assert_true(exists("school") == row->kept);
	assert_int_equal(registry_claim(folder, "school", "t.xml", &entry, NULL),
			 row->kept ? -EEXIST : 0);
	end_process(pid);
}

static void test_half_made_is_swept(void **state)
{
	auto_free char *empty = xasprintf("%s/labs/empty", folder);
	auto_free char *broken = xasprintf("%s/labs/broken", folder);
	auto_free char *entry = xasprintf("%s/entry.json", broken);
	auto_free char *alien = xasprintf("%s/labs/Not A Lab", folder);

	(void)state;
	assert_int_equal(io_mkdirs(empty, 0700, NULL), 0);
	assert_int_equal(io_mkdirs(broken, 0700, NULL), 0);
	assert_int_equal(io_mkdirs(alien, 0700, NULL), 0);
	assert_int_equal(io_write_file(entry, "{\"pid\":", 7, 0600, NULL), 0);
	assert_int_equal(count(), 0);
	assert_false(exists("empty"));
	assert_false(exists("broken"));
	assert_true(exists("Not A Lab"));
}

static void test_nothing_made_by_asking(void **state)
{
	auto_free char *labs = xasprintf("%s/labs", folder);

	(void)state;
	assert_int_equal(count(), 0);
	assert_int_equal(registry_remove(folder, "school", NULL), 0);
	assert_int_equal(access(labs, F_OK), -1);
}

/* ---- the init's patience with labd ---- */

struct deaths_row {
	const char *title;
	int64_t seconds[7]; /* of each death, ends with 0 */
	size_t over;        /* the death that is one too many; 0: none */
};

static void test_deaths(void **state)
{
	const struct deaths_row *row = *state;
	struct init_deaths deaths = { 0 };

	for (size_t i = 0; row->seconds[i]; i++)
		assert_true(init_deaths_add(&deaths, row->seconds[i] * NS_PER_S) ==
			    (i + 1 == row->over));
}

static const struct name_row name_rows[] = {
	{ "name: school", "school", true },
	{ "name: digits and dashes", "1-a--1", true },
	{ "name: an option", "-rf", false },
	{ "name: the end of options", "--", false },
	{ "name: a dash at its end", "a-", false },
	{ "name: 32 bytes", "abcdefghijklmnopqrstuvwxyz012345", true },
	{ "name: 33 bytes", "abcdefghijklmnopqrstuvwxyz0123456", false },
	{ "name: empty", "", false },
	{ "name: capital", "School", false },
	{ "name: dots", "..", false },
	{ "name: slash", "a/b", false },
	{ "name: underscore", "a_b", false },
};

static const struct forged_row forged_rows[] = {
	{ "forged: earlier boot", "boot_id", "00000000-0000-0000-0000-000000000000", false },
	{ "forged: pid used again", "start_time", NULL, false },
	{ "forged: other machine", "machine", "elsewhere", true },
	{ "forged: other PID namespace", "pid_namespace", NULL, true },
	{ "forged: pid is text", "pid", "many", false },
};

static const struct news_row news_rows[] = {
	{ "news: a reason", "x\nTIME error: the lab ends: labd died\nTIME info: the lab is over\n",
	  "lab 'school' has ended: labd died\n" },
	{ "news: the last reason", "a: the lab ends: one\nb: the lab ends: two\n",
	  "lab 'school' has ended: two\n" },
	{ "news: in peace", "TIME info: down\nTIME info: the lab is over\n", "" },
	{ "news: no word", "TIME info: ready\n",
	  "lab 'school' has ended: its first process was killed, or the machine was switched "
	  "off\n" },
};

static const struct deaths_row deaths_rows[] = {
	{ "deaths: one", { 1 }, 0 },
	{ "deaths: two at once", { 1, 1 }, 0 },
	{ "deaths: three at once", { 1, 1, 1 }, 0 },
	{ "deaths: four at once", { 1, 1, 1, 1 }, 4 },
	{ "deaths: four in 59 s", { 10, 30, 60, 69 }, 4 },
	{ "deaths: four in 60 s", { 10, 30, 60, 70 }, 0 },
	{ "deaths: the last four count", { 10, 100, 130, 140, 159 }, 5 },
};

int main(void)
{
	static const struct CMUnitTest plain[] = {
		FOLDER_TEST(test_published_is_found),
		FOLDER_TEST(test_claimed_is_starting),
		FOLDER_TEST(test_running_name_refused),
		FOLDER_TEST(test_running_not_removed),
		FOLDER_TEST(test_publish_needs_the_claim),
		FOLDER_TEST(test_which_lab),
		FOLDER_TEST(test_concurrent_claims),
		FOLDER_TEST(test_ended_is_swept),
		FOLDER_TEST(test_no_news),
		FOLDER_TEST(test_zombie_is_swept),
		FOLDER_TEST(test_half_made_is_swept),
		FOLDER_TEST(test_nothing_made_by_asking),
	};

	ADD_TESTS(plain);
	ADD_ROWS_LIKE(name_rows, FOLDER_TEST(test_name));
	ADD_ROWS_LIKE(forged_rows, FOLDER_TEST(test_forged));
	ADD_ROWS_LIKE(deaths_rows, FOLDER_TEST(test_deaths));
	ADD_ROWS_LIKE(news_rows, FOLDER_TEST(test_news));
	return run_added("registry", NULL, NULL);
}
