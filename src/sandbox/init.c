/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PID 1 of a lab. */
#include "sandbox/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/log.h"
#include "base/str.h"
#include "sandbox/enter.h"
#include "sandbox/limits.h"
#include "sandbox/sandbox.h"

/* How long labd has to end after a SIGTERM to the init. */
#define GRACE (2 * NS_PER_S)

struct init {
	char *const *argv;
	char *const *env;
	int talk;         /* to the starter, and the first labd's leash; -1 afterwards */
	sigset_t signals; /* all of them: blocked, and taken one by one */
	pid_t labd;
	struct init_deaths deaths;
	int64_t ending; /* the moment to end at the latest; 0: no end is in sight */
};

bool init_deaths_add(struct init_deaths *deaths, int64_t now)
{
	deaths->times[deaths->count % INIT_DEATHS_MAX] = now;
	deaths->count++;
	if (deaths->count < INIT_DEATHS_MAX)
		return false;
	/* The ring is full: its next slot holds the death INIT_DEATHS_MAX - 1 before this one. */
	return now - deaths->times[deaths->count % INIT_DEATHS_MAX] < INIT_DEATHS_WINDOW;
}

static bool may_pass(const char *variable)
{
	static const char *const prefixes[] = { "PATH=", "LANG=", "LC_", "TZ=", "LABD_" };
	const char *eq = strchr(variable, '=');

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (str_prefix(variable, prefixes[i]))
			return !str_prefix(variable, "LABD_RESTARTED=") &&
			       !str_prefix(variable, "LABD_LEASH=");
	/* ASAN_OPTIONS and its kin */
	return eq && eq - variable > 11 && str_prefix(eq - 11, "SAN_OPTIONS=");
}

/* Environment of labd: what may pass, and the lab's own folders. Lives as long as one start. */
static char **make_env(char *const *from, size_t restarts, int leash)
{
	static const char *const own[] = {
		"HOME=" SANDBOX_RUN "/home",
		"XDG_RUNTIME_DIR=" SANDBOX_RUN "/run",
		"XDG_CACHE_HOME=" SANDBOX_RUN "/cache",
		"XDG_CONFIG_HOME=" SANDBOX_RUN "/config",
		"XDG_DATA_HOME=" SANDBOX_RUN "/data",
		"TMPDIR=" SANDBOX_RUN "/tmp",
	};
	char **env = NULL;
	size_t n = 0;

	for (; *from; from++)
		if (may_pass(*from))
			*array_add(env, n) = xstrdup(*from);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		*array_add(env, n) = xstrdup(own[i]);
	if (restarts)
		*array_add(env, n) = xasprintf("LABD_RESTARTED=%zu", restarts);
	if (leash >= 0)
		*array_add(env, n) = xasprintf("LABD_LEASH=%d", leash);
	(void)array_add(env, n);
	return env;
}

static void free_env(char ***env)
{
	for (char **p = *env; p && *p; p++)
		free(*p);
	free(*env);
}

static _Noreturn void exec_labd(const struct init *init, char **env, int out)
{
	sigset_t none;
	int code;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	if (init->talk >= 0)
		(void)fcntl(init->talk, F_SETFD, 0);
	(void)execve(init->argv[0], init->argv, env);
	code = errno;
	if (write(out, &code, sizeof(code)) != (ssize_t)sizeof(code))
		_exit(126);
	_exit(127);
}

/* Starts labd; the pipe closes when exec went well. */
static int start_labd(struct init *init, struct err *err)
{
	AUTO(free_env) char **env = make_env(init->env, init->deaths.count, init->talk);
	auto_close int in = -1;
	int pipes[2], code = 0;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_errno(err, errno, "pipe");
	in = pipes[0];
	init->labd = fork();
	if (init->labd == 0)
		exec_labd(init, env, pipes[1]);
	code = init->labd < 0 ? errno : 0;
	(void)close(pipes[1]);
	if (init->labd < 0)
		return err_errno(err, code, "fork");
	if (read(in, &code, sizeof(code)) == (ssize_t)sizeof(code))
		return err_errno(err, code, "'%s'", init->argv[0]);
	return 0;
}

static void log_death(int status, size_t count)
{
	if (WIFSIGNALED(status))
		log_error("labd was killed by signal %d (%s); death %zu", WTERMSIG(status),
			  strsignal(WTERMSIG(status)), count);
	else
		log_error("labd ended with status %d; death %zu", WEXITSTATUS(status), count);
}

/* labd is gone: 0 when it runs again, else the lab is over and this is 1 + the init's status. */
static int labd_gone(struct init *init, int status)
{
	struct err err = ERR_INIT;
	bool over;

	init->labd = 0;
	if (init->ending || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
		log_info("the lab is over");
		return 1;
	}
	over = init_deaths_add(&init->deaths, clock_mono_ns());
	log_death(status, init->deaths.count);
	if (over) {
		log_error("the lab ends: labd died %d times within %d s", INIT_DEATHS_MAX,
			  (int)(INIT_DEATHS_WINDOW / NS_PER_S));
		return 2;
	}
	/* An exec that fails shows as one more death, with status 127. */
	if (start_labd(init, &err) < 0)
		log_error("restarting labd: %s", err.msg);
	else
		log_info("labd was restarted");
	return init->labd > 0 ? 0 : 2;
}

static int reap(struct init *init)
{
	int over = 0, status;
	pid_t pid;

	while (!over && (pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == init->labd)
			over = labd_gone(init, status);
	return over;
}

static void begin_end(struct init *init)
{
	if (init->ending)
		return;
	log_info("asked to end the lab");
	init->ending = clock_mono_ns() + GRACE;
	if (init->labd > 0)
		(void)kill(init->labd, SIGTERM);
}

static int serve(struct init *init)
{
	int over = 0;

	while (!over) {
		int64_t left = init->ending ? init->ending - clock_mono_ns() : 3600 * NS_PER_S;
		struct timespec ts = { .tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S };
		int sig = left > 0 ? sigtimedwait(&init->signals, NULL, &ts) : -1;

		if (sig == SIGCHLD)
			over = reap(init);
		else if (sig == SIGTERM || sig == SIGINT)
			begin_end(init);
		else if (init->ending && clock_mono_ns() >= init->ending)
			over = 1;
	}
	return over - 1;
}

static int prepare(struct init *init, struct err *err)
{
	int r;

	(void)sigfillset(&init->signals);
	(void)sigprocmask(SIG_SETMASK, &init->signals, NULL);
	limits_raise_files();
	/* Without the keys of the login (keyrings(7)), which belong to no namespace. */
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	r = sandbox_mount(err);
	if (r == 0)
		r = sandbox_drop_caps(err);
	return r < 0 ? r : start_labd(init, err);
}

int init_run(int talk, char *const *argv, char *const *env)
{
	struct init init = { .argv = argv, .env = env, .talk = talk };
	struct sandbox_report msg;
	int r;

	memset(&msg, 0, sizeof(msg));
	(void)fcntl(talk, F_SETFD, FD_CLOEXEC);
	r = prepare(&init, &msg.err);
	if (r < 0)
		log_error("%s", msg.err.msg);
	(void)send(talk, &msg, sizeof(msg), MSG_NOSIGNAL);
	(void)close(talk);
	init.talk = -1;
	return r < 0 ? 1 : serve(&init);
}
