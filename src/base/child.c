/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Child processes: argv in, no shell, everything CLOEXEC, bounded output, a deadline. */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

#define STOP_MS 200 /* how often it is asked whether to stop */

extern char **environ;

/* fds: what become 0, 1 and 2; and 3, where it is not negative. */
static int spawn(const char *const *argv, const char *const *env, const int fds[4], pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int r;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setsigdefault(&attr, &all);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	for (int i = 0; i < 4; i++) {
		if (fds[i] < 0 && i == 3)
			break;
		if (fds[i] < 0)
			(void)posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0);
		else
			(void)posix_spawn_file_actions_adddup2(&actions, fds[i], i);
	}
	r = posix_spawnp(ret, argv[0], &actions, &attr, (char *const *)(uintptr_t)argv,
			 env ? (char *const *)(uintptr_t)env : environ);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r;
}

static int cannot_start(int code, const char *name, struct err *err)
{
	if (code == EAGAIN)
		return err_set(err, code, "'%s': %s: raise ulimit -u, or pids.max of the cgroup",
			       name, strerror(code));
	return err_errno(err, code, "'%s'", name);
}

pid_t child_start_with(const char *const *argv, int in, int out, int errfd, int more,
		       struct err *err)
{
	const int fds[4] = { in, out, errfd, more };
	pid_t pid;
	int r = spawn(argv, NULL, fds, &pid);

	if (r)
		return cannot_start(r, argv[0], err);
	return pid;
}

pid_t child_start(const char *const *argv, int in, int out, int errfd, struct err *err)
{
	return child_start_with(argv, in, out, errfd, -1, err);
}

/* Reads what one end has; 1 while it is open, 0 at its end, negative on failure. */
static int drain(int fd, struct str *into, size_t limit)
{
	char buf[16384];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -errno;
	if (n == 0)
		return 0;
	if (into->len + (size_t)n > limit)
		return -EFBIG;
	str_add(into, buf, (size_t)n);
	return 1;
}

static int collect(int out, int errfd, struct str *output, struct str *complaints, size_t limit,
		   int64_t deadline)
{
	struct pollfd pfd[2] = { { .fd = out, .events = POLLIN },
				 { .fd = errfd, .events = POLLIN } };

	while (pfd[0].fd >= 0 || pfd[1].fd >= 0) {
		int n = poll(pfd, 2, deadline_poll_ms(deadline));

		if (n == 0)
			return -ETIMEDOUT;
		for (int i = 0; n > 0 && i < 2; i++) {
			int r = 1;

			if (pfd[i].revents)
				r = drain(pfd[i].fd, i ? complaints : output, limit);
			if (i && complaints->len > 4096)
				str_drop(complaints, complaints->len - 4096);
			if (r < 0)
				return r;
			if (r == 0)
				pfd[i].fd = -1;
		}
	}
	return 0;
}

/* The last line that is not empty; text is cut behind it. */
static const char *last_line(char *text)
{
	size_t n = strlen(text);
	char *start;

	while (n && (text[n - 1] == '\n' || text[n - 1] == ' '))
		text[--n] = '\0';
	start = strrchr(text, '\n');
	return start ? start + 1 : text;
}

/* Waits for the child until the deadline; a late one is killed. */
static int reap(pid_t pid, int64_t deadline, int *status)
{
	auto_close int handle = pidfd_open(pid, 0);
	struct pollfd pfd = { .fd = handle, .events = POLLIN };
	bool ended = handle < 0 || poll(&pfd, 1, deadline_poll_ms(deadline)) == 1;

	if (!ended)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return ended ? 0 : -ETIMEDOUT;
}

int child_run(const char *const *argv, const struct child_opts *opts, struct str *output,
	      struct err *err)
{
	static const struct child_opts none = { .stderr_fd = -1 };
	auto_str struct str complaints = { 0 };
	auto_close int out_r = -1;
	auto_close int err_r = -1;
	int out[2], errs[2] = { -1, -1 }, r, status = 0, late;
	int64_t deadline;
	pid_t pid;

	if (!opts)
		opts = &none;
	deadline = deadline_in_ms(opts->deadline_ms ? opts->deadline_ms : 60000);
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_errno(err, errno, "'%s': pipe", argv[0]);
	out_r = out[0];
	if (opts->stderr_fd < 0 && pipe2(errs, O_CLOEXEC) < 0) {
		(void)close(out[1]);
		return err_errno(err, errno, "'%s': pipe", argv[0]);
	}
	err_r = errs[0];
	r = spawn(argv, opts->env,
		  (int[4]){ -1, out[1], opts->stderr_fd < 0 ? errs[1] : opts->stderr_fd, -1 },
		  &pid);
	(void)close(out[1]);
	if (errs[1] >= 0)
		(void)close(errs[1]);
	if (r)
		return cannot_start(r, argv[0], err);
	r = collect(out_r, err_r, output, &complaints,
		    opts->output_limit ? opts->output_limit : 1 << 20, deadline);
	if (r < 0)
		(void)kill(pid, SIGKILL);
	late = reap(pid, r < 0 ? deadline_in_ms(5000) : deadline, &status);
	if (r == 0)
		r = late;
	if (r < 0)
		return err_errno(err, -r, "'%s'", argv[0]);
	str_add(&complaints, "", 0);
	if (WIFSIGNALED(status))
		return err_set(err, EIO, "'%s': killed by signal %d (%s)", argv[0],
			       WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status))
		(void)err_set(err, EIO, "'%s': %s", argv[0], last_line(complaints.data));
	return WEXITSTATUS(status);
}

/* The child's part. */
static void __attribute__((noreturn))
compute(void (*fn)(void *ctx, void *ret), void *ctx, void *ret, size_t len, int out)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Nobody shall wait for an end of what we have only by inheritance. */
	if (out > 3)
		(void)close_range(3, (unsigned int)out - 1, 0);
	(void)close_range((unsigned int)out + 1, ~0U, 0);
	fn(ctx, ret);
	_exit(io_write_all(out, ret, len) < 0);
}

/* Until len bytes are there. */
static int wait_result(int in, char *ret, size_t len, int64_t deadline, bool (*stop)(void *),
		       void *stop_ctx)
{
	while (len) {
		int64_t slice = deadline_in_ms(STOP_MS);
		struct pollfd pfd = { .fd = in, .events = POLLIN };
		ssize_t n;

		if (poll(&pfd, 1, deadline_poll_ms(slice < deadline ? slice : deadline)) <= 0) {
			if (stop && stop(stop_ctx))
				return -ECANCELED;
			if (deadline_passed(deadline))
				return -ETIMEDOUT;
			continue;
		}
		n = read(in, ret, len);
		if (n == 0)
			return -EIO;
		if (n < 0 && errno != EINTR)
			return -errno;
		ret += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int child_compute(void (*fn)(void *ctx, void *ret), void *ctx, void *ret, size_t len,
		  int64_t deadline, bool (*stop)(void *ctx), void *stop_ctx)
{
	auto_close int in = -1;
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	in = ends[0];
	pid = fork();
	r = pid < 0 ? -errno : 0;
	if (pid == 0)
		compute(fn, ctx, ret, len, ends[1]);
	(void)close(ends[1]);
	if (r < 0)
		return r;
	r = wait_result(in, ret, len, deadline, stop, stop_ctx);
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

/* --- helpers --- */

/* What a helper says until it is ready: 0, -ECHILD at its end, or another failure. */
static int hear_ready(int fd, int64_t deadline, struct str *said)
{
	int r = 1;

	while (r > 0 && !str_eq(str_text(said), "ready\n")) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int n = poll(&pfd, 1, deadline_poll_ms(deadline));

		r = n == 0 ? -ETIMEDOUT : n < 0 ? 1 : drain(fd, said, 65536);
	}
	return r == 0 ? -ECHILD : r < 0 ? r : 0;
}

int child_serve(const char *const *argv, int errfd, int64_t deadline, struct err *err)
{
	auto_str struct str said = { 0 };
	auto_close int handle = -1;
	auto_close int in = -1;
	int pipes[2], r;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_errno(err, errno, "'%s': pipe", argv[0]);
	in = pipes[0];
	pid = child_start(argv, -1, pipes[1], errfd < 0 ? pipes[1] : errfd, err);
	(void)close(pipes[1]);
	if (pid < 0)
		return pid;
	handle = pidfd_open(pid, 0);
	if (handle < 0) {
		r = err_errno(err, errno, "pidfd_open");
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		return r;
	}
	r = hear_ready(in, deadline, &said);
	if (r == 0)
		return take_fd(&handle);
	child_kill(handle);
	if (r == -ECHILD && said.len)
		return err_set(err, ECHILD, "'%s': %s", argv[0], last_line(said.data));
	return r == -ECHILD ? err_set(err, ECHILD, "'%s': ended and said nothing", argv[0])
			    : err_errno(err, -r, "'%s'", argv[0]);
}

int child_ready(struct err *err)
{
	auto_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return err_errno(err, errno, "/dev/null");
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		return err_errno(err, errno, "standard output");
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	return 0;
}

int child_peer(int fd, struct err *err)
{
	struct pollfd pfd = { .fd = fd };
	struct ucred peer;
	socklen_t len = sizeof(peer);
	auto_close int handle = -1;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return err_errno(err, errno, "SO_PEERCRED");
	handle = pidfd_open(peer.pid, 0);
	/* Where the connection still holds, the pid has not become another's. */
	if (handle < 0 || poll(&pfd, 1, 0) != 0)
		return err_set(err, ESRCH, "it has ended");
	return take_fd(&handle);
}

static void describe_end(const siginfo_t *info, struct str *how)
{
	/* Who stands before a helper in its jail says its signal as a shell does (jail_fork()). */
	int code = info->si_code == CLD_EXITED ? info->si_status - 128 : info->si_status;

	if (code > 0)
		str_addf(how, "ended by signal %d", code);
	else
		str_addf(how, "ended with status %d", info->si_status);
}

bool child_ended(int pidfd, struct str *how)
{
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };
	siginfo_t info = { 0 };

	if (poll(&pfd, 1, 0) != 1)
		return false;
	/* A helper of a labd before this one is the init's child. */
	if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) < 0)
		info.si_pid = 0;
	if (how && info.si_pid)
		describe_end(&info, how);
	else if (how)
		str_adds(how, "has ended");
	return true;
}

/* The number behind a word in a small file of /proc's; 0: none. */
static long number_in(const char *path, const char *word)
{
	auto_str struct str text = { 0 };
	const char *at;

	if (io_read_file(path, 8192, &text, NULL) < 0)
		return 0;
	at = strstr(str_text(&text), word);
	return at ? strtol(at + strlen(word), NULL, 10) : 0;
}

static bool is_stopped(long pid)
{
	auto_free char *path = xasprintf("/proc/%ld/stat", pid);
	auto_str struct str text = { 0 };
	const char *name;

	if (pid <= 0 || io_read_file(path, 8192, &text, NULL) < 0)
		return false;
	name = strrchr(str_text(&text), ')');
	return name && str_prefix(name, ") T ");
}

bool child_stopped(int pidfd)
{
	auto_free char *info = xasprintf("/proc/self/fdinfo/%d", pidfd);
	long pid = number_in(info, "\nPid:"); /* not positive: it has ended */
	auto_free char *path = xasprintf("/proc/%ld/task/%ld/children", pid, pid);

	return is_stopped(pid) || (pid > 0 && is_stopped(number_in(path, "")));
}

void child_kill(int pidfd)
{
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };

	(void)pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	while (poll(&pfd, 1, -1) < 0 && errno == EINTR)
		;
	(void)child_ended(pidfd, NULL);
}
