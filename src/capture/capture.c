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
#include "run/run.h"

struct capture {
	char *dir;
	int handle; /* pidfd */
};

void capture_free(struct capture *c)
{
	if (!c)
		return;
	auto_closep(&c->handle);
	free(c->dir);
	free(c);
}

int capture_handle(const struct capture *c)
{
	return c->handle;
}

static struct capture *new_capture(const char *dir, int handle)
{
	struct capture *c = xcalloc(1, sizeof(*c));

	c->dir = xstrdup(dir);
	c->handle = handle;
	return c;
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

/* Starts the process with its complaints in a file, which outlives us as the process does. */
static int launch(const char *program, const char *dir, const struct capture_port *ports, size_t n,
		  const char *log, int64_t deadline, struct err *err)
{
	auto_close int errors =
		open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	char **argv = make_argv(program, dir, ports, n);
	int handle = errors < 0 ? err_errno(err, errno, "'%s'", log)
				: child_serve((const char *const *)(uintptr_t)argv, errors,
					      deadline, err);

	free_argv(argv);
	return handle;
}

int capture_start(const char *program, const char *dir, const struct capture_port *ports, size_t n,
		  int64_t deadline, struct capture **ret, struct err *err)
{
	auto_free char *log = xasprintf("%s/capture.log", dir);
	int handle = launch(program, dir, ports, n, log, deadline, err);

	if (handle >= 0) {
		*ret = new_capture(dir, handle);
		return 0;
	}
	if (handle == -ECHILD)
		handle = said(dir, log, err);
	(void)unlink(log);
	return handle == -ETIMEDOUT ? err_context(err, "waiting for the taps to open") : handle;
}

int capture_adopt(const char *dir, struct capture **ret, struct err *err)
{
	auto_free char *path = run_path(dir, RUN_COUNTS);
	auto_close int fd = open(path, O_RDWR | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int handle;

	if (fd < 0 && errno != ENOENT)
		return err_errno(err, errno, "'%s'", path);
	if (fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK || lock.l_pid <= 0)
		return err_set(err, ESRCH, "no capture is running in '%s'", dir);
	handle = pidfd_open(lock.l_pid, 0);
	if (handle < 0)
		return err_errno(err, errno, "capture in '%s'", dir);
	*ret = new_capture(dir, handle);
	return 0;
}

static uint64_t counter(const json_t *port, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(port, key));

	return v > 0 ? (uint64_t)v : 0;
}

/* What the process did not live to report: its files are counted instead. */
static int count_all(const char *dir, const char *path, json_t *report, struct capture_stats *total,
		     struct err *err)
{
	json_t *port;
	size_t i;

	json_array_foreach(json_object_get(report, "ports"), i, port) {
		auto_free char *file = run_capture_path(dir, json_get_text(port, "name", ""));
		struct capture_stats own = { 0 };

		/* It may have died before it had made them all. */
		(void)capture_count(file, &own, NULL);
		total->frames += own.frames;
		total->bytes += own.bytes;
		(void)json_object_set_new(port, "frames", json_integer((json_int_t)own.frames));
		(void)json_object_set_new(port, "bytes", json_integer((json_int_t)own.bytes));
		(void)json_object_set_new(port, "dropped", json_integer(0));
		(void)json_object_set_new(port, "error",
					  json_string("labd-capture died: counted in the file"));
	}
	(void)json_object_del(report, "running");
	return json_save(report, path, err);
}

int capture_rescue(const char *dir, struct capture_stats *total, struct err *err)
{
	auto_free char *path = run_path(dir, RUN_COUNTS);
	auto_json json_t *report = NULL;
	const char *problem = NULL;
	json_t *port;
	size_t i;
	int r = json_open(path, &report, err);

	if (r < 0)
		return r;
	*total = (struct capture_stats){ 0 };
	if (json_is_true(json_object_get(report, "running"))) {
		r = count_all(dir, path, report, total, err);
		return r < 0 ? r : err_set(err, EPIPE, "capture in '%s': labd-capture died", dir);
	}
	json_array_foreach(json_object_get(report, "ports"), i, port) {
		total->frames += counter(port, "frames");
		total->bytes += counter(port, "bytes");
		total->dropped += counter(port, "dropped");
		if (!problem)
			problem = json_get_text(port, "error", NULL);
	}
	return problem ? err_set(err, EIO, "capture in '%s': %s", dir, problem) : 0;
}

static bool wait_end(int handle, int64_t deadline)
{
	struct pollfd pfd = { .fd = handle, .events = POLLIN };

	while (poll(&pfd, 1, deadline_poll_ms(deadline)) < 0 && errno == EINTR)
		;
	return child_ended(handle, NULL);
}

int capture_stop(struct capture **c, int64_t deadline, struct capture_stats *total, struct err *err)
{
	struct capture *taken = take_ptr(*c);
	auto_free char *log = xasprintf("%s/capture.log", taken->dir);
	bool late;
	int r;

	(void)pidfd_send_signal(taken->handle, SIGTERM, NULL, 0);
	late = !wait_end(taken->handle, deadline);
	if (late)
		child_kill(taken->handle);
	r = capture_rescue(taken->dir, total, late ? NULL : err);
	if (late)
		r = err_errno(err, ETIMEDOUT, "capture in '%s': waiting for its end", taken->dir);
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
