/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sessions of labctl: streams, terminals, and who goes away.
 * Covers: src/labctl/cmd-session.c src/labctl/collect.c src/labctl/interrupt.c src/labctl/session.c
 * Covers: src/labctl/terminal.c
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <utmp.h>

#include "base/child.h"
#include "base/clock.h"
#include "lib/labctl-bench.h"
#include "lib/tests.h"

static const struct row rows[] = {
	{ .name = "ssh: streams apart, out",
	  .args = { "ssh", "client", "both" },
	  .out = "to out\n",
	  .err = "to err\n" },
	{ .name = "ssh: input",
	  .args = { "ssh", "client", "cat" },
	  .out = "hello",
	  .input = "hello\nthere\n",
	  .err = "" },
	{ .name = "ssh: status", .args = { "ssh", "client", "exit", "7" }, .code = 7 },
	{ .name = "ssh: options of the command",
	  .args = { "ssh", "client", "exit", "-l" },
	  .code = 0 },
	{ .name = "ssh --json: both outputs",
	  .args = { "ssh", "--json", "client", "both" },
	  .out = "\"stderr\": \"to err\\n\"",
	  .err = "" },
	{ .name = "ssh --json: status",
	  .args = { "--json", "ssh", "client", "exit", "7" },
	  .code = 7,
	  .out = "\"status\": 7" },
	{ .name = "ssh --json: output without an end",
	  .args = { "--json", "ssh", "client", "endless" },
	  .code = 255,
	  .out = "more than the 16 MiB" },
	{ .name = "ssh: no such node",
	  .args = { "ssh", "nobody" },
	  .code = 255,
	  .err = "'nobody'" },
	{ .name = "ssh: interrupted",
	  .args = { "ssh", "client", "hang" },
	  .code = 130,
	  .until = "hanging",
	  .signal_number = SIGTERM },
	{ .name = "console", .args = { "console", "client" }, .out = "HELLO", .input = "hello\n" },
	{ .name = "console --json",
	  .args = { "console", "--json", "client" },
	  .out = "\"text\": \"HELLO\\n",
	  .input = "hello\n" },
};

static void test_large_output(void **unused)
{
	static const char *const args[] = { "ssh", "client", "large", NULL };
	auto_outcome struct outcome o = { 0 };

	(void)unused;
	run(labctl, args, NULL, NULL, 0, &o);
	assert_int_equal(o.code, 0);
	assert_int_equal(o.out.len, 4 << 20);
}

/* A reader that goes away ends the command, and labctl with it. */
static void test_reader_goes(void **unused)
{
	const char *argv[] = { labctl, "ssh", "client", "endless", NULL };
	int64_t begun = clock_mono_ns();
	int out[2];
	char c;
	pid_t pid;

	(void)unused;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = child_start(argv, -1, out[1], -1, NULL);
	assert_true(pid > 0);
	(void)close(out[1]);
	assert_int_equal(read(out[0], &c, 1), 1);
	(void)close(out[0]);
	(void)reap(pid);
	assert_true(clock_mono_ns() - begun < PATIENCE_MS * NS_PER_MS);
}

/* Reads the terminal until text appears in what was read. */
static bool read_until(int fd, const char *text, struct str *seen)
{
	int64_t deadline = deadline_in_ms(PATIENCE_MS);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	while (!strstr(str_text(seen), text))
		if (poll(&pfd, 1, deadline_poll_ms(deadline)) != 1 || !collect(fd, seen))
			return false;
	return true;
}

static pid_t start_on_terminal(const char *const *args, int *master, struct termios *before)
{
	struct winsize size = { .ws_row = 30, .ws_col = 100 };
	const char *argv[ARGS_MAX] = { labctl };
	int slave;
	pid_t pid;

	for (size_t i = 0; args[i]; i++)
		argv[i + 1] = args[i];
	assert_int_equal(openpty(master, &slave, NULL, NULL, &size), 0);
	assert_int_equal(tcgetattr(slave, before), 0);
	pid = fork();
	if (pid == 0) {
		(void)login_tty(slave);
		(void)setenv("TERM", "xterm", 1);
		(void)execv(labctl, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	(void)close(slave);
	return pid;
}

static void expect_restored(int master, const struct termios *before)
{
	struct termios after;

	assert_int_equal(tcgetattr(master, &after), 0);
	assert_int_equal(after.c_lflag & (ICANON | ECHO | ISIG),
			 before->c_lflag & (ICANON | ECHO | ISIG));
	assert_int_equal(after.c_oflag & OPOST, before->c_oflag & OPOST);
}

static void test_terminal(void **unused)
{
	static const char *const args[] = { "ssh", "-t", "client", "sizes", NULL };
	struct winsize size = { .ws_row = 50, .ws_col = 132 };
	auto_str struct str seen = { 0 };
	struct termios before;
	int master;
	pid_t pid = start_on_terminal(args, &master, &before);

	(void)unused;
	assert_true(read_until(master, "pty xterm 100x30", &seen));
	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	assert_true(read_until(master, "size=132x50", &seen));
	assert_int_equal(reap(pid), 0);
	expect_restored(master, &before);
	(void)close(master);
}

static void test_greeting(void **unused)
{
	static const char *const args[] = { "ssh", "client", NULL };
	auto_str struct str seen = { 0 };
	struct termios before;
	int master;
	pid_t pid = start_on_terminal(args, &master, &before);

	(void)unused;
	assert_true(read_until(master, "You are root on 'client' in lab 'alpha'.\r\n", &seen));
	assert_true(read_until(master, "Its roles: client.\r\n", &seen));
	assert_true(read_until(master, "Its addresses: wlan0 198.51.100.2/24.\r\n", &seen));
	assert_true(read_until(master, "lost at `labctl down`", &seen));
	assert_true(read_until(master, "`labctl help guest`", &seen));
	assert_int_equal(reap(pid), 0);
	(void)close(master);
}

static void test_console_escape(void **unused)
{
	static const char *const args[] = { "console", "client", NULL };
	auto_str struct str seen = { 0 };
	struct termios before;
	int master;
	pid_t pid = start_on_terminal(args, &master, &before);

	(void)unused;
	assert_true(read_until(master, "Ctrl-]", &seen));
	assert_int_equal(io_write_all(master, "abc", 3), 0);
	assert_true(read_until(master, "ABC", &seen));
	assert_int_equal(io_write_all(master, "\x1d", 1), 0);
	assert_int_equal(reap(pid), 0);
	expect_restored(master, &before);
	(void)close(master);
}

/* A terminal that hangs up in the middle: labctl ends. */
static void test_hangup(void **unused)
{
	static const char *const args[] = { "console", "client", NULL };
	auto_str struct str seen = { 0 };
	struct termios before;
	int master;
	pid_t pid = start_on_terminal(args, &master, &before);

	(void)unused;
	assert_true(read_until(master, "Ctrl-]", &seen));
	assert_int_equal(io_write_all(master, "abc", 3), 0);
	assert_true(read_until(master, "ABC", &seen));
	(void)close(master);
	(void)reap(pid);
}

static int run_groups(void)
{
	ADD_ROWS(rows, test_row);
	ADD_TEST(test_large_output);
	ADD_TEST(test_reader_goes);
	ADD_TEST(test_terminal);
	ADD_TEST(test_greeting);
	ADD_TEST(test_console_escape);
	ADD_TEST(test_hangup);
	return run_added("sessions", begin_alpha, end_labs);
}

int main(void)
{
	return run_labctl(run_groups);
}
