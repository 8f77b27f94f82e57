/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starting a lab. Three processes take part: the caller; a middle one that leaves the caller's
 * session, enters the namespaces and goes; and its child, PID 1 of the lab, which waits for the
 * caller's word, then executes labd-init. The caller and the lab talk over one socket pair
 * (enter.h).
 */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/str.h"
#include "sandbox/enter.h"

#define START_MS 10000
#define STOP_MS 5000

/* What the forked processes use; all made before the first fork. */
struct launch {
	const char *program;
	char **argv; /* labd-init's; [1] is the number of talk */
	int talk, log;
};

static void report(int talk, pid_t pid, const struct err *err)
{
	struct sandbox_report msg;

	memset(&msg, 0, sizeof(msg));
	msg.pid = pid;
	if (err)
		msg.err = *err;
	(void)send(talk, &msg, sizeof(msg), MSG_NOSIGNAL);
}

static _Noreturn void run_init(const struct launch *launch)
{
	struct err err = ERR_INIT;
	char go;

	/* A session of its own, so that no signal to the caller's process group reaches the lab. */
	(void)setsid();
	if (recv(launch->talk, &go, 1, 0) != 1)
		_exit(1);
	(void)fcntl(launch->talk, F_SETFD, 0);
	(void)execv(launch->program, launch->argv);
	(void)err_errno(&err, errno, "'%s'", launch->program);
	report(launch->talk, 0, &err);
	_exit(1);
}

static void default_signals(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int leave_caller(const struct launch *launch, struct err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return err_errno(err, errno, "'/dev/null'");
	if (dup2(null, 0) < 0 || dup2(launch->log, 1) < 0 || dup2(launch->log, 2) < 0)
		return err_errno(err, errno, "dup2");
	if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_errno(err, errno, "close_range");
	(void)setsid();
	if (chdir("/") < 0)
		return err_errno(err, errno, "'/'");
	default_signals();
	return 0;
}

static _Noreturn void run_middle(const struct launch *launch)
{
	struct err err = ERR_INIT;
	pid_t pid = -1;
	int r;

	r = leave_caller(launch, &err);
	if (r == 0)
		r = sandbox_enter(&err);
	if (r == 0) {
		pid = fork();
		if (pid == 0)
			run_init(launch);
		if (pid < 0)
			(void)err_errno(&err, errno, "fork");
	}
	report(launch->talk, pid, &err);
	_exit(0);
}

static int receive(int talk, int64_t deadline, const struct sandbox_spec *spec,
		   struct sandbox_report *msg, struct err *err)
{
	struct pollfd pfd = { .fd = talk, .events = POLLIN };
	ssize_t n;
	int r;

	do {
		r = poll(&pfd, 1, deadline_poll_ms(deadline));
	} while (r < 0 && errno == EINTR);
	if (r == 0)
		return err_set(err, ETIMEDOUT, "the lab did not start within %d s; see '%s'",
			       START_MS / 1000, spec->log_path);
	n = recv(talk, msg, sizeof(*msg), MSG_DONTWAIT);
	if (n != (ssize_t)sizeof(*msg))
		return err_set(err, EIO, "the lab ended while it was starting; see '%s'",
			       spec->log_path);
	msg->err.msg[sizeof(msg->err.msg) - 1] = '\0';
	if (msg->err.code >= 0)
		return 0;
	if (err)
		*err = msg->err;
	return msg->err.code;
}

/* After the init exists: publish, let it go on, hear how it went. */
static int follow(int talk, int64_t deadline, const struct sandbox_spec *spec, pid_t init,
		  struct err *err)
{
	struct sandbox_report msg;
	int r = spec->announce ? spec->announce(init, spec->ctx, err) : 0;

	if (r < 0)
		return r;
	if (send(talk, "g", 1, MSG_NOSIGNAL) != 1)
		return err_errno(err, errno, "the lab's init");
	return receive(talk, deadline, spec, &msg, err);
}

static int supervise(int talk, const struct sandbox_spec *spec, pid_t *ret_pid, struct err *err)
{
	int64_t deadline = deadline_in_ms(START_MS);
	struct err why = ERR_INIT;
	struct sandbox_report msg;
	uint64_t start = 0;
	int r = receive(talk, deadline, spec, &msg, &why);

	if (r == 0) {
		(void)sandbox_start_time(msg.pid, &start, NULL);
		r = follow(talk, deadline, spec, msg.pid, &why);
		if (r < 0) {
			/* One that waits for our word goes at once; one that runs takes SIGTERM. */
			(void)shutdown(talk, SHUT_RDWR);
			(void)sandbox_end(msg.pid, start, deadline_in_ms(STOP_MS), NULL);
		}
	}
	if (r == 0) {
		*ret_pid = msg.pid;
		return 0;
	}
	(void)sandbox_explain(&why);
	if (err)
		*err = why;
	return r;
}

/* labd-init TALK -- LABD ARGS... */
static char **init_argv(const struct sandbox_spec *spec, char *talk)
{
	size_t n = 0;
	char **argv;

	while (spec->argv[n])
		n++;
	argv = xcalloc(n + 4, sizeof(*argv));
	argv[0] = (char *)(uintptr_t) "labd-init";
	argv[1] = talk;
	argv[2] = (char *)(uintptr_t) "--";
	for (size_t i = 0; i < n; i++)
		argv[3 + i] = (char *)(uintptr_t)spec->argv[i];
	return argv;
}

int sandbox_start(const struct sandbox_spec *spec, pid_t *ret_pid, struct err *err)
{
	auto_close int log =
		open(spec->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	auto_free char *program = realpath(spec->init_program, NULL);
	auto_close int ours = -1;
	auto_close int theirs = -1;
	auto_free char **argv = NULL;
	char number[16];
	int pair[2], r;
	pid_t middle;

	if (log < 0)
		return err_errno(err, errno, "'%s'", spec->log_path);
	if (!program)
		return err_errno(err, ENOENT, "'%s'", spec->init_program);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(err, errno, "socketpair");
	ours = pair[0];
	theirs = pair[1];
	(void)snprintf(number, sizeof(number), "%d", theirs);
	argv = init_argv(spec, number);
	middle = fork();
	if (middle < 0)
		return err_errno(err, errno, "fork");
	if (middle == 0) {
		/* Its own copy of the caller's end would hide the caller's death from the init. */
		(void)close(ours);
		run_middle(&(struct launch){
			.program = program, .argv = argv, .talk = theirs, .log = log });
	}
	(void)close(take_fd(&theirs));
	r = supervise(ours, spec, ret_pid, err);
	while (waitpid(middle, NULL, 0) < 0 && errno == EINTR)
		;
	if (r == 0 && spec->leash)
		*spec->leash = take_fd(&ours);
	return r;
}
