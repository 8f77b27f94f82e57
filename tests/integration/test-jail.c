/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/jail: what is seen from inside, the process that stays outside, and Landlock alone.
 * Covers: src/jail/jail.c src/jail/landlock.c src/jail/privilege.c
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "jail/jail.h"
#include "jail/landlock.h"
#include "lib/tests.h"

static char given[64], file[64], other[64]; /* a folder, a file in another, one beside it */

/* Each returns 0, or a number that says where it went wrong; what is printed is a test's output. */
typedef int inside_fn(void);

static int fails_with(int code, int r)
{
	return r < 0 && errno == code ? 0 : 1;
}

static int enter(void)
{
	const struct jail_path paths[] = { { given, true }, { file, false } };
	struct err err = ERR_INIT;

	if (jail_enter(paths, ARRAY_SIZE(paths), &err) == 0)
		return 0;
	(void)printf("# %s\n", err.msg);
	return 99;
}

static int wait_for(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int run(inside_fn *fn)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn());
	return wait_for(pid);
}

/* --- what is seen --- */

static int look_around(void)
{
	auto_free char *made = xasprintf("%s/made", given);
	char text[8] = "";
	struct err err = ERR_INIT;
	int fd, r = enter();

	if (r || jail_fork(&err) < 0)
		return 1;
	fd = open(file, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text)) != 4)
		return 2;
	if (fails_with(EROFS, open(file, O_WRONLY)) && fails_with(EACCES, open(file, O_WRONLY)))
		return 3;
	if (open(made, O_WRONLY | O_CREAT | O_EXCL, 0600) < 0)
		return 4;
	if (fails_with(ENOENT, access(other, F_OK)) || fails_with(ENOENT, access("/proc", F_OK)) ||
	    fails_with(ENOENT, access("/etc", F_OK)))
		return 5;
	if (mkdir("/tmp/more", 0700) == 0 || mkdir("/more", 0700) == 0)
		return 6;
	if (open("/dev/null", O_RDWR) < 0)
		return 7;
	if (getpid() != 1 || fails_with(ESRCH, kill(2, 0)))
		return 8;
	if (unshare(CLONE_NEWUSER) == 0 || prctl(PR_CAPBSET_READ, 0) != 0 ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 9;
	return socket(AF_PACKET, SOCK_RAW, 0) < 0 ? 0 : 10;
}

static void test_view(void **state)
{
	auto_free char *made = xasprintf("%s/made", given);

	(void)state;
	assert_int_equal(run(look_around), 0);
	assert_int_equal(access(made, F_OK), 0); /* it is the same folder */
}

static int enter_missing(void)
{
	const struct jail_path path = { "/nonexistent", false };
	struct err err = ERR_INIT;

	return jail_enter(&path, 1, &err) == -ENOENT &&
			       str_eq(err.msg, "jail: '/nonexistent': No such file or directory")
		       ? 0
		       : 1;
}

static void test_missing(void **state)
{
	(void)state;
	assert_int_equal(run(enter_missing), 0);
}

/* --- the process that stays --- */

static int exit_with_7(void)
{
	return jail_fork(NULL) < 0 ? 1 : 7;
}

static int die_of_a_trap(void)
{
	if (enter() || jail_fork(NULL) < 0 || signal(SIGILL, SIG_DFL) == SIG_ERR)
		return 1;
	__builtin_trap();
}

static volatile sig_atomic_t asked;

static void on_term(int sig)
{
	asked = sig;
}

/* Says that it is ready, and ends with 5 when it is told to by a signal. */
static int wait_for_term(void)
{
	struct sigaction action = { .sa_handler = on_term };

	if (enter() || jail_fork(NULL) < 0)
		return 1;
	(void)sigaction(SIGTERM, &action, NULL);
	if (write(STDOUT_FILENO, "r", 1) != 1)
		return 2;
	for (int i = 0; !asked && i < 2000; i++)
		(void)poll(NULL, 0, 10);
	return asked == SIGTERM ? 5 : 6;
}

static void test_status(void **state)
{
	(void)state;
	assert_int_equal(run(exit_with_7), 7);
	assert_int_equal(run(die_of_a_trap), 128 + SIGILL);
}

/* Starts it with its stdout in a pipe, and waits until it is ready; the pipe's end is in *out. */
static pid_t start_waiting(int *out)
{
	int pipes[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(pipes[1], STDOUT_FILENO);
		(void)close(pipes[0]);
		(void)close(pipes[1]);
		_exit(wait_for_term());
	}
	(void)close(pipes[1]);
	assert_int_equal(read(pipes[0], &c, 1), 1);
	*out = pipes[0];
	return pid;
}

static void test_signal(void **state)
{
	int out;
	pid_t pid = start_waiting(&out);

	(void)state;
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(wait_for(pid), 5);
	(void)close(out);
}

/* Whoever kills the one that stays has killed the other: its end of the pipe closes. */
static void test_killed(void **state)
{
	struct pollfd pfd = { .events = POLLIN };
	pid_t pid = start_waiting(&pfd.fd);

	(void)state;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(wait_for(pid), 1000 + SIGKILL);
	assert_int_equal(poll(&pfd, 1, 10000), 1);
	assert_int_equal(pfd.revents, POLLHUP);
	(void)close(pfd.fd);
}

/* --- Landlock, without namespaces --- */

static long landlock_abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
}

static int lock_only(void)
{
	const struct jail_path paths[] = { { given, true }, { file, false } };
	auto_free char *made = xasprintf("%s/locked", given);
	struct err err = ERR_INIT;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (jail_landlock(paths, ARRAY_SIZE(paths), &err) < 0) {
		(void)printf("# %s\n", err.msg);
		return 1;
	}
	if (open(file, O_RDONLY) < 0 || open(made, O_WRONLY | O_CREAT | O_EXCL, 0600) < 0 ||
	    unlink(made) < 0)
		return 2;
	if (fails_with(EACCES, open(file, O_WRONLY)) || fails_with(EACCES, open(other, O_RDONLY)) ||
	    fails_with(EACCES, open("/etc/passwd", O_RDONLY)))
		return 3;
	if (landlock_abi() >= 6 && fails_with(EPERM, kill(getppid(), 0)))
		return 4;
	return kill(getpid(), 0) == 0 ? 0 : 5;
}

static void test_landlock(void **state)
{
	(void)state;
	if (landlock_abi() < 1)
		skip();
	assert_int_equal(run(lock_only), 0);
}

static int set_up(void **state)
{
	auto_free char *apart = NULL;

	if (make_folder(state) < 0)
		return -1;
	apart = xasprintf("%s/apart", folder);
	(void)snprintf(given, sizeof(given), "%s/given", folder);
	(void)snprintf(file, sizeof(file), "%s/apart/file", folder);
	(void)snprintf(other, sizeof(other), "%s/apart/other", folder);
	return mkdir(given, 0700) < 0 || mkdir(apart, 0700) < 0 ||
			       io_write_file(file, "text", 4, 0600, NULL) < 0 ||
			       io_write_file(other, "text", 4, 0600, NULL) < 0
		       ? -1
		       : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_view),   cmocka_unit_test(test_missing),
		cmocka_unit_test(test_status), cmocka_unit_test(test_signal),
		cmocka_unit_test(test_killed), cmocka_unit_test(test_landlock),
	};

	if (no_namespaces())
		return skip_all(no_namespaces());
	return cmocka_run_group_tests(tests, set_up, remove_folder);
}
