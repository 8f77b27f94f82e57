/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How labs come and go: up, down, several of them, and what is said of one that ended by itself.
 * Covers: src/labctl/cmd-down.c src/labctl/cmd-up.c src/labctl/progress.c
 */
#include <signal.h>
#include <time.h>

#include "base/child.h"
#include "base/clock.h"
#include "lib/labctl-bench.h"
#include "lib/tests.h"
#include "sandbox/registry.h"
#include "sandbox/sandbox.h"

static void test_several(void **unused)
{
	(void)unused;
	start_lab("beta");
	check_row(&(struct row){
		.name = "which one", .args = { "status" }, .code = 3, .err = "beta" });
	check_row(&(struct row){
		.name = "-l", .args = { "-l", "beta", "status" }, .out = "lab 'beta'" });
	assert_int_equal(setenv("LABCTL_LAB", "alpha", 1), 0);
	check_row(
		&(struct row){ .name = "LABCTL_LAB", .args = { "status" }, .out = "lab 'alpha'" });
	check_row(&(struct row){ .name = "-l before LABCTL_LAB",
				 .args = { "-l", "beta", "status" },
				 .out = "lab 'beta'" });
	assert_int_equal(unsetenv("LABCTL_LAB"), 0);
	check_row(&(struct row){ .name = "down of one",
				 .args = { "-l", "beta", "down" },
				 .out = "lab 'beta' has ended" });
	assert_int_equal(count_labs(), 1);
}

static void test_down_of_the_deaf(void **unused)
{
	int64_t begun = clock_mono_ns();

	(void)unused;
	start_lab("deaf");
	check_row(&(struct row){
		.name = "down", .args = { "-l", "deaf", "down" }, .out = "'deaf' has ended" });
	assert_true(clock_mono_ns() - begun < PATIENCE_MS * NS_PER_MS);
	assert_int_equal(count_labs(), 1);
}

static void test_down_all(void **unused)
{
	(void)unused;
	start_lab("gamma");
	check_row(&(struct row){
		.name = "down --all", .args = { "down", "--all" }, .out = "'gamma' has ended" });
	assert_int_equal(count_labs(), 0);
}

static const struct row up_rows[] = {
	{ .name = "up",
	  .args = { "up", "valid.xml", "--name", "u1" },
	  .out = "s. What next:\n  labctl status\n  labctl help experiment   how to write "
		 "an experiment for this lab\n  labctl ssh client\n",
	  .err = "ready" },
	{ .name = "up: a running name",
	  .args = { "up", "valid.xml", "--name", "u1" },
	  .code = 1,
	  .err = "--name" },
	{ .name = "up: the topology's name",
	  .args = { "up", "valid.xml" },
	  .out = "lab 'valid' is up" },
	{ .name = "up: what can be run in this one, by its name beside others",
	  .args = { "up", "small", "--name", "u3" },
	  .out = "  labctl -l u3 run NAME   (one of arp, cached, fetch, " },
	{ .name = "up: no name", .args = { "up", "valid.xml", "--name", "A B" }, .code = 2 },
	{ .name = "up --json",
	  .args = { "--json", "up", "valid.xml", "--name", "u2" },
	  .out = "{\"result\":",
	  .err = "" },
	{ .name = "down of all four", .args = { "down", "--all" }, .out = "'valid' has ended" },
	{ .name = "up that fails",
	  .args = { "up", "valid.xml", "--name", "fails" },
	  .code = 5,
	  .err = "| Kernel panic" },
	{ .name = "up that fails, JSON",
	  .args = { "up", "--json", "valid.xml", "--name", "fails" },
	  .code = 5,
	  .out = "\"stage\":\"ssh\"" },
	{ .name = "up whose labd ends",
	  .args = { "up", "valid.xml", "--name", "dies" },
	  .code = 5,
	  .err = "labd for the test of labctl: dies" },
	{ .name = "up, Ctrl-C",
	  .args = { "up", "valid.xml", "--name", "hangs" },
	  .code = 130,
	  .until = "client  ssh",
	  .signal_number = SIGINT },
	{ .name = "up, SIGTERM",
	  .args = { "up", "valid.xml", "--name", "hangs" },
	  .code = 130,
	  .until = "client  ssh",
	  .signal_number = SIGTERM },
	{ .name = "up, SIGHUP",
	  .args = { "up", "valid.xml", "--name", "hangs" },
	  .code = 130,
	  .until = "client  ssh",
	  .signal_number = SIGHUP },
};

static void test_up_row(void **state_of_row)
{
	const struct row *row = *state_of_row;

	check_row(row);
	if (row->code != 0 && row->code != 1 && row->code != 2)
		assert_int_equal(count_labs(), 0);
}

static void test_up_keep(void **unused)
{
	(void)unused;
	check_row(&(struct row){ .name = "up --keep",
				 .args = { "up", "valid.xml", "--keep", "--name", "fails" },
				 .code = 5,
				 .err = "kept" });
	assert_int_equal(count_labs(), 1);
	check_row(&(struct row){ .name = "down", .args = { "down" } });
	assert_int_equal(count_labs(), 0);
}

/* Ctrl-C at any moment: after so many milliseconds, whatever goes on then. */
static void test_up_any_moment(void **unused)
{
	const char *argv[] = { labctl, "up", "valid.xml", "--name", "hangs", NULL };

	(void)unused;
	for (int ms = 0; ms < 400; ms += 25) {
		struct timespec wait = { 0, ms * 1000000L };
		pid_t pid = child_start(argv, -1, -1, -1, NULL);
		int code;

		assert_true(pid > 0);
		(void)nanosleep(&wait, NULL); /* the moment is what this test varies */
		(void)kill(pid, SIGINT);
		code = reap(pid);
		assert_true(code == 130 || code == 128 + SIGINT);
		assert_int_equal(count_labs(), 0);
	}
}

/* A lab that ends by itself: the next command says so, and the one after that does not. */
static void test_news(void **unused)
{
	auto_registry_entry struct registry_entry entry = { 0 };

	(void)unused;
	start_lab("delta");
	assert_int_equal(registry_find(labs_state, "delta", &entry, NULL), 0);
	assert_int_equal(kill(entry.pid, SIGKILL), 0);
	assert_int_equal(
		sandbox_end(entry.pid, entry.start_time, deadline_in_ms(PATIENCE_MS), NULL), 0);
	check_row(&(struct row){ .name = "news",
				 .args = { "plan", "valid.xml" },
				 .err = "lab 'delta' has ended: its first process was killed" });
	check_row(&(struct row){ .name = "no news", .args = { "ls" }, .err = "" });
}

static int run_groups(void)
{
	int failed;

	ADD_TEST(test_several);
	ADD_TEST(test_down_of_the_deaf);
	ADD_TEST(test_down_all);
	failed = run_added("several labs", begin_alpha, end_labs);
	ADD_ROWS(up_rows, test_up_row);
	failed += run_added("up", NULL, end_labs);
	ADD_TEST(test_up_keep);
	ADD_TEST(test_up_any_moment);
	ADD_TEST(test_news);
	return failed + run_added("up, in any case", NULL, NULL);
}

int main(void)
{
	return run_labctl(run_groups);
}
