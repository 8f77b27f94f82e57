/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person does in a guest: shell, command, serial console; and watching a wire. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/socket.h"
#include "capture/capture.h"
#include "labd/adopt.h"
#include "labd/health.h"
#include "labd/link.h"
#include "labd/server.h"
#include "labd/watch.h"

static struct lab_node *node_of(const struct request *request, struct err *err)
{
	return lab_find_node(request->lab, json_get_text(request->args, "node", ""), err);
}

/* --- exec --- */

struct shell {
	struct guest *guest;
	struct job *job;
};

static void shell_resize(void *arg, int cols, int rows)
{
	struct shell *shell = arg;

	guest_session_resize(shell->guest, shell->job, cols, rows);
}

int lab_command_exec(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	auto_close int changed = eventfd(0, EFD_CLOEXEC);
	atomic_bool cancel = false;
	struct lab_node *node = node_of(request, err);
	struct guest_session session = {
		.command = json_get_text(request->args, "command", NULL),
		.pty = json_is_true(json_object_get(request->args, "pty")),
		.term = json_get_text(request->args, "term", "xterm"),
		.cols = json_get_int(request->args, "cols", 80),
		.rows = json_get_int(request->args, "rows", 24),
		.in = request->fds->fd[0],
		.out = request->fds->fd[1],
		.errfd = request->fds->fd[2],
		.changed = changed,
	};
	struct shell shell = { 0 };
	struct watch watch = { .ctl = request->ctl,
			       .cancel = &cancel,
			       .resize = shell_resize,
			       .arg = &shell,
			       .changed = changed };
	int status = 0, r;

	(void)extra;
	if (!node)
		return err->code;
	if (!request->lab->prepared)
		return err_set(err, EAGAIN, "node '%s': has not been started", node->plan->name);
	shell.guest = node->guest;
	lab_await_node(node, NULL);
	r = guest_session_start(node->guest, &session, &shell.job, err);
	if (r < 0 && health_is_faulty(node) && health_explain(node, err))
		return err_context(err, "node '%s'", node->plan->name);
	if (r < 0)
		return r;
	r = watch_begin(&watch, err);
	if (r == 0) {
		eventfd_t count;

		do {
			r = guest_session_wait(node->guest, shell.job, 0, &status, err);
		} while (r == 0 && !cancel && eventfd_read(changed, &count) == 0);
		watch_end(&watch);
	}
	guest_session_end(node->guest, shell.job);
	if (r < 0)
		return r;
	*result = json_pack("{s:i}", "status", status);
	return 0;
}

/* --- console --- */

static int open_console(const struct lab_node *node, struct err *err)
{
	int fd = socket_reach(node->console_socket, SOCK_STREAM, NULL);

	return fd < 0 ? err_errno(err, -fd, "node '%s': console", node->plan->name) : fd;
}

/* Moves what there is from one end to the other; false at the end. */
static bool move_bytes(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	return n > 0 && io_write_all(to, buf, (size_t)n) == 0;
}

static void pump_console(int console, int in, int out, int changed)
{
	struct pollfd pfd[3] = { { .fd = in, .events = POLLIN },
				 { .fd = console, .events = POLLIN },
				 { .fd = changed, .events = POLLIN } };

	for (;;) {
		if (poll(pfd, 3, -1) < 0 && errno != EINTR)
			return;
		if (pfd[2].revents || (pfd[0].revents && !move_bytes(in, console)) ||
		    (pfd[1].revents && !move_bytes(console, out)))
			return;
	}
}

/* A serial line has one user at a time. */
static bool use_console(struct lab_node *node, bool use)
{
	bool was;

	(void)pthread_mutex_lock(&node->lab->lock);
	was = node->console_used;
	node->console_used = use;
	(void)pthread_mutex_unlock(&node->lab->lock);
	return was;
}

int lab_command_console(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	auto_close int changed = eventfd(0, EFD_CLOEXEC);
	auto_close int console = -1;
	atomic_bool cancel = false;
	struct lab_node *node = node_of(request, err);
	struct watch watch = { .ctl = request->ctl, .cancel = &cancel, .changed = changed };
	int r;

	(void)extra;
	(void)result;
	if (!node)
		return err->code;
	if (use_console(node, true))
		return err_set(err, EBUSY, "node '%s': its console is already in use",
			       node->plan->name);
	console = open_console(node, err);
	r = console < 0 ? console : watch_begin(&watch, err);
	if (r == 0) {
		pump_console(console, request->fds->fd[0], request->fds->fd[1], changed);
		watch_end(&watch);
	}
	(void)use_console(node, false);
	return r;
}

/* --- capture --- */

static int capture_link(struct request *request, const struct topo_point *point,
			struct watch *watch, struct err *err)
{
	struct lab_link *link = &request->lab->links[point->link];
	int r = watch_begin(watch, err);

	if (r < 0)
		return r;
	r = link->kind->capture_live(link, point->name, request->fds->fd[0], watch->changed, err);
	watch_end(watch);
	return r;
}

int lab_command_capture(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	auto_free char *program = xasprintf("%s/labd-capture", request->lab->options.libexec);
	auto_close int changed = eventfd(0, EFD_CLOEXEC);
	auto_close int handle = -1;
	atomic_bool cancel = false;
	const char *name = json_get_text(request->args, "port", "");
	const struct topo_point *point = topo_find_point(&request->lab->points, name);
	bool air = point && point->node == SIZE_MAX;
	size_t nic = 0;
	struct lab_node *node = air ? NULL : lab_find_port(request->lab, name, &nic, err);
	struct watch watch = { .ctl = request->ctl, .cancel = &cancel, .changed = changed };
	char mac[NET_TEXT];
	struct capture_port port = { .name = name };
	struct pollfd pfd[2];
	pid_t pid = -1;
	int status = 0, r;

	(void)extra;
	(void)result;
	if (air)
		return capture_link(request, point, &watch, err);
	if (!node)
		return err->code;
	if (!request->lab->prepared)
		return err_set(err, EAGAIN, "lab '%s': is still starting",
			       request->lab->options.name);
	if (!point)
		return err_set(err, EINVAL, "port '%s': is a radio; capture its air, 'wifi:%s'",
			       name, request->lab->plan.links[node->plan->nics[nic].link].name);
	port.ifname = node->plan->nics[nic].tap;
	port.mac = net_mac_text(node->plan->nics[nic].mac, mac);
	r = capture_live(program, &port, request->fds->fd[0], &pid, err);
	if (r < 0)
		return r;
	handle = pidfd_open(pid, 0);
	r = watch_begin(&watch, err);
	pfd[0] = (struct pollfd){ .fd = handle, .events = POLLIN };
	pfd[1] = (struct pollfd){ .fd = changed, .events = POLLIN };
	while (r == 0 && poll(pfd, 2, -1) < 0 && errno == EINTR)
		;
	if (r == 0)
		watch_end(&watch);
	(void)kill(pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* A client that has gone, or said stop, ends it; what ends by itself has failed. */
	if (r == 0 && !cancel && WIFEXITED(status) && WEXITSTATUS(status))
		return err_set(err, EIO, "port '%s': the capture failed; the lab's log says why",
			       name);
	return r;
}
