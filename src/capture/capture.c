/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting and stopping labd-capture. */
#include "capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "base/str.h"

#define KILL_MS 5000 /* SIGKILL needs no longer */

struct capture {
	char *dir;
	pid_t pid;
	int handle; /* pidfd */
	bool child; /* ours to reap; an adopted one is the init's */
};

void capture_free(struct capture *c)
{
	if (!c)
		return;
	if (c->handle >= 0)
		(void)close(c->handle);
	free(c->dir);
	free(c);
}

static char *port_text(const struct capture_port *port)
{
	return xasprintf("%s,%s,%s%s", port->ifname, port->name, port->mac ? port->mac : "",
			 port->host ? ",host" : "");
}

static void free_argv(char **argv)
{
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
	free(argv);
}

/* program FLAG [DIR] PORT... NULL */
static char **make_argv(const char *program, const char *dir, const struct capture_port *ports,
			size_t n)
{
	char **argv = xcalloc(n + 4, sizeof(*argv));
	size_t i = 0;

	argv[i++] = xstrdup(program);
	argv[i++] = dir ? xasprintf("--dir=%s", dir) : xstrdup("--live");
	while (n--)
		argv[i++] = port_text(ports++);
	return argv;
}

/* Whether the process is gone by the deadline; reaps it where it is ours. */
static bool wait_end(const struct capture *c, int64_t deadline)
{
	struct pollfd pfd = { .fd = c->handle, .events = POLLIN };
	int n;

	do
		n = poll(&pfd, 1, deadline_poll_ms(deadline));
	while (n < 0 && errno == EINTR);
	if (n == 1 && c->child)
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	return n == 1;
}

static void kill_now(const struct capture *c)
{
	(void)pidfd_send_signal(c->handle, SIGKILL, NULL, 0);
	(void)wait_end(c, deadline_in_ms(KILL_MS));
}

/* Waits for the line "ready": 0, -ECHILD at the end of the stream, -ETIMEDOUT. */
static int wait_ready(int fd, int64_t deadline)
{
	char line[8];
	size_t got = 0;

	while (got < 6) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int n = poll(&pfd, 1, deadline_poll_ms(deadline));
		ssize_t r;

		if (n == 0)
			return -ETIMEDOUT;
		r = n < 0 ? -1 : read(fd, line + got, 6 - got);
		if (r == 0)
			return -ECHILD;
		if (r < 0 && errno != EINTR)
			return -errno;
		got += r > 0 ? (size_t)r : 0;
	}
	return memcmp(line, "ready\n", 6) == 0 ? 0 : -ECHILD;
}

/* What the process said last, without its name. */
static int said(const char *dir, const char *log, struct err *err)
{
	auto_str struct str text = { 0 };
	char *line;

	if (io_read_file(log, 64 << 10, &text, NULL) < 0 || !text.len)
		return err_set(err, EIO, "capture in '%s': labd-capture ended and said nothing",
			       dir);
	while (text.len && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	line = strrchr(text.data, '\n');
	line = line ? line + 1 : text.data;
	if (str_prefix(line, "labd-capture: "))
		line += strlen("labd-capture: ");
	return err_set(err, EIO, "capture in '%s': %s", dir, line);
}

static int start_failed(const struct capture *c, int r, const char *log, struct err *err)
{
	kill_now(c);
	if (r == -ECHILD)
		r = said(c->dir, log, err);
	else
		r = err_errno(err, -r, "capture in '%s': waiting for the taps to open", c->dir);
	(void)unlink(log);
	return r;
}

/* Starts the process with its complaints in a file, which outlives us as the process does. */
static int launch(const char *program, struct capture *c, const struct capture_port *ports,
		  size_t n, int out, const char *log, struct err *err)
{
	auto_close int errors =
		open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	char **argv = make_argv(program, c->dir, ports, n);

	if (errors < 0)
		c->pid = err_errno(err, errno, "'%s'", log);
	else
		c->pid = child_start((const char *const *)(uintptr_t)argv, -1, out, errors, err);
	free_argv(argv);
	if (c->pid < 0)
		return c->pid;
	c->child = true;
	c->handle = pidfd_open(c->pid, 0);
	if (c->handle >= 0)
		return 0;
	(void)kill(c->pid, SIGKILL);
	(void)waitpid(c->pid, NULL, 0);
	return err_errno(err, errno, "pidfd_open");
}

int capture_start(const char *program, const char *dir, const struct capture_port *ports, size_t n,
		  int64_t deadline, struct capture **ret, struct err *err)
{
	auto_free char *log = xasprintf("%s/capture.log", dir);
	struct capture *c = xcalloc(1, sizeof(*c));
	auto_close int ready = -1;
	int pipes[2], r;

	c->handle = -1;
	c->dir = xstrdup(dir);
	if (pipe2(pipes, O_CLOEXEC) < 0) {
		capture_free(c);
		return err_errno(err, errno, "pipe");
	}
	ready = pipes[0];
	r = launch(program, c, ports, n, pipes[1], log, err);
	(void)close(pipes[1]);
	if (r == 0) {
		r = wait_ready(ready, deadline);
		if (r < 0)
			r = start_failed(c, r, log, err);
	}
	if (r < 0) {
		capture_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

int capture_adopt(const char *dir, struct capture **ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/capture.json", dir);
	auto_close int fd = open(path, O_RDWR | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct capture *c;
	int handle;

	if (fd < 0 && errno != ENOENT)
		return err_errno(err, errno, "'%s'", path);
	if (fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0)
		return err_set(err, ESRCH, "no capture runs in '%s'", dir);
	handle = pidfd_open(lock.l_pid, 0);
	if (handle < 0)
		return err_errno(err, errno, "capture in '%s'", dir);
	c = xcalloc(1, sizeof(*c));
	c->dir = xstrdup(dir);
	c->pid = lock.l_pid;
	c->handle = handle;
	*ret = c;
	return 0;
}

static uint64_t counter(const json_t *port, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(port, key));

	return v > 0 ? (uint64_t)v : 0;
}

static int read_report(const char *dir, struct capture_stats *total, struct err *err)
{
	auto_free char *path = xasprintf("%s/capture.json", dir);
	auto_json json_t *report = NULL;
	const char *problem = NULL;
	json_t *port;
	size_t i;
	int r = json_open(path, &report, err);

	if (r < 0)
		return r;
	if (json_is_true(json_object_get(report, "running")))
		return err_set(err, EIO, "capture in '%s': labd-capture died", dir);
	*total = (struct capture_stats){ 0 };
	json_array_foreach(json_object_get(report, "ports"), i, port) {
		total->frames += counter(port, "frames");
		total->bytes += counter(port, "bytes");
		total->dropped += counter(port, "dropped");
		if (!problem)
			problem = json_get_text(port, "error", NULL);
	}
	return problem ? err_set(err, EIO, "capture in '%s': %s", dir, problem) : 0;
}

int capture_stop(struct capture **c, int64_t deadline, struct capture_stats *total, struct err *err)
{
	struct capture *taken = take_ptr(*c);
	auto_free char *log = xasprintf("%s/capture.log", taken->dir);
	int r;

	(void)pidfd_send_signal(taken->handle, SIGTERM, NULL, 0);
	if (wait_end(taken, deadline)) {
		r = read_report(taken->dir, total, err);
	} else {
		kill_now(taken);
		r = err_errno(err, ETIMEDOUT, "capture in '%s': waiting for its end", taken->dir);
	}
	if (r == 0)
		(void)unlink(log); /* nothing was wrong: it says nothing */
	capture_free(taken);
	return r;
}

int capture_live(const char *program, const struct capture_port *port, int out_fd, pid_t *ret,
		 struct err *err)
{
	char **argv = make_argv(program, NULL, port, 1);
	pid_t pid =
		child_start((const char *const *)(uintptr_t)argv, -1, out_fd, STDERR_FILENO, err);

	free_argv(argv);
	if (pid < 0)
		return pid;
	*ret = pid;
	return 0;
}
