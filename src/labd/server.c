/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon's side of the control protocol: one thread a client. */
#include "labd/server.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "labd/freeze.h"
#include "labd/watch.h"

#define MAX_CLIENTS 64
#define REQUEST_DEADLINE_MS 10000
#define RUN_END_MS 120000 /* for a run to end what it has in hand, and its files */
#define RUN_TELL_MS 1000

struct server {
	struct lab *lab;
	int down; /* eventfd: a client said down and has its answer */
	atomic_int clients;
};

struct client {
	struct server *server;
	struct ctl *ctl;
};

static int command_hello(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	(void)extra;
	(void)err;
	*result = json_pack("{s:s, s:s, s:i, s:s}", "version", PACKAGE_VERSION, "lab",
			    request->lab->options.name, "protocol", CTL_PROTOCOL, "state",
			    lab_state_name(request->lab->state));
	return 0;
}

struct up_watch {
	struct request *request;
	struct watch watch;
};

/* Whoever waited for the lab to come up was killed: nobody would take it down again. */
static void up_cancelled(void *arg)
{
	const struct up_watch *up = arg;

	if (!up->watch.gone)
		return;
	log_error("the lab ends: `labctl up` ended before the lab was ready");
	(void)eventfd_write(up->request->down, 1);
}

static int command_up(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	struct lab *lab = request->lab;
	struct lab_progress progress = { server_tell_stage, server_tell_note, request->ctl };
	struct up_watch up = { .request = request,
			       .watch = { .ctl = request->ctl,
					  .cancel = &lab->cancel,
					  .cancelled = up_cancelled,
					  .arg = &up,
					  .changed = -1 } };
	const struct lab_wishes wishes = {
		.whole = json_is_true(json_object_get(request->args, "whole")),
		.cold = json_is_true(json_object_get(request->args, "cold")),
		.fresh = json_is_true(json_object_get(request->args, "fresh")),
	};
	struct lab_failure failure = { 0 };
	int r = watch_begin(&up.watch, err);

	if (r < 0)
		return r;
	r = lab_up(lab, &wishes, &progress, &failure, err);
	watch_end(&up.watch);
	if (r < 0) {
		*extra = server_failure_details(&failure);
		return r;
	}
	*result = json_pack("{s:s, s:I, s:f, s:s, s:o}", "lab", lab->options.name, "nodes",
			    (json_int_t)lab->plan.n_nodes, "seconds", lab->up_seconds,
			    "accelerator", lab->kvm ? "kvm" : "tcg", "lacks", lab_lacks(lab));
	if (lab->thawed)
		(void)json_object_set_new(*result, "frozen",
					  json_integer((json_int_t)(lab->thawed / NS_PER_S)));
	return 0;
}

/* Ends the runs in progress, whose folders are finished; tells meanwhile that it is at it. */
static void end_runs(struct request *request)
{
	int64_t deadline = deadline_in_ms(RUN_END_MS);
	struct lab *lab = request->lab;

	(void)pthread_mutex_lock(&lab->lock);
	if (lab->run_stop) {
		*lab->run_cancel = true;
		*lab->run_stop = true;
	}
	while (lab->n_runs && !deadline_passed(deadline)) {
		int64_t until = deadline_in_ms(RUN_TELL_MS);
		const struct timespec ts = { until / NS_PER_S, until % NS_PER_S };

		(void)pthread_mutex_unlock(&lab->lock);
		server_tell_note(request->ctl, "the run in progress ends, as interrupted");
		(void)pthread_mutex_lock(&lab->lock);
		if (lab->n_runs)
			(void)pthread_cond_timedwait(&lab->answered, &lab->lock, &ts);
	}
	(void)pthread_mutex_unlock(&lab->lock);
}

static int command_down(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	(void)extra;
	(void)err;
	(void)result;
	request->lab->cancel = true;
	end_runs(request);
	return 0;
}

static void count_runs(struct lab *lab, enum ctl_command command, bool begins)
{
	if (command != CTL_RUN)
		return;
	(void)pthread_mutex_lock(&lab->lock);
	lab->n_runs = begins ? lab->n_runs + 1 : lab->n_runs - 1;
	(void)pthread_cond_broadcast(&lab->answered);
	(void)pthread_mutex_unlock(&lab->lock);
}

static command_fn *const handlers[CTL_COMMANDS] = {
	[CTL_HELLO] = command_hello,       [CTL_UP] = command_up,
	[CTL_STATUS] = lab_command_status, [CTL_RUN] = lab_command_run,
	[CTL_EXEC] = lab_command_exec,     [CTL_CONSOLE] = lab_command_console,
	[CTL_LINK] = lab_command_link,     [CTL_CAPTURE] = lab_command_capture,
	[CTL_LOGS] = lab_command_logs,     [CTL_RESTART] = lab_command_restart,
	[CTL_FREEZE] = lab_command_freeze, [CTL_RESET] = lab_command_reset,
	[CTL_DOWN] = command_down,
};

/* Details that make the line too long are left out rather than the error itself. */
static void send_failure(struct ctl *ctl, const struct err *err, json_t *extra)
{
	if (ctl_send_error(ctl, err, extra, NULL) == -EMSGSIZE)
		(void)ctl_send_error(ctl, err, NULL, NULL);
}

/* Runs the command of one line and answers it; returns the command. */
static int answer(struct client *client, const json_t *line, struct ctl_fds *fds)
{
	auto_json json_t *extra = NULL;
	json_t *result = NULL;
	struct ctl_request parsed = { .kind = CTL_REQUEST_COMMAND };
	struct request request = { client->server->lab, client->ctl, NULL, fds,
				   client->server->down };
	struct err err = ERR_INIT;
	int r = ctl_request_parse(line, &parsed, &err);
	bool counted = false;

	request.args = parsed.args;
	if (r == 0 && parsed.kind != CTL_REQUEST_COMMAND)
		r = err_set(&err, EPROTO, "a command comes first");
	if (r == 0 && fds->n != ctl_command_fds(parsed.command))
		r = err_set(&err, EPROTO, "'%s' takes %zu descriptors",
			    ctl_command_name(parsed.command), ctl_command_fds(parsed.command));
	if (r == 0) {
		count_runs(request.lab, parsed.command, true);
		r = handlers[parsed.command](&request, &result, &extra, &err);
		counted = true;
	}
	/* The descriptors close before the answer goes out: their other end sees that all has been
	 * said. */
	ctl_fds_close(fds);
	if (r < 0)
		send_failure(client->ctl, &err, take_ptr(extra));
	else
		(void)ctl_send_result(client->ctl, result, NULL);
	if (counted)
		count_runs(request.lab, parsed.command, false);
	return r < 0 ? r : (int)parsed.command;
}

static void *client_thread(void *arg)
{
	struct client *client = arg;
	struct server *server = client->server;
	auto_ctl_fds struct ctl_fds fds = CTL_FDS_INIT;
	auto_json json_t *line = NULL;
	struct err err = ERR_INIT;
	bool down = false;
	int r = ctl_recv(client->ctl, deadline_in_ms(REQUEST_DEADLINE_MS), &line, &fds, &err);

	if (r == CTL_RECV_NOTHING)
		r = err_set(&err, ETIMEDOUT, "control message: no whole line within %d s",
			    REQUEST_DEADLINE_MS / 1000);
	if (r == CTL_RECV_LINE)
		down = answer(client, line, &fds) == CTL_DOWN;
	else if (r < 0)
		send_failure(client->ctl, &err, NULL);
	ctl_free(client->ctl);
	free(client);
	(void)atomic_fetch_sub(&server->clients, 1);
	if (down)
		(void)eventfd_write(server->down, 1);
	return NULL;
}

static void take_client(struct server *server, int listener)
{
	struct client *client;
	struct ctl *ctl = NULL;
	struct err err = ERR_INIT;
	pthread_t thread;
	int r = ctl_accept(listener, &ctl, &err);

	if (r == -EAGAIN)
		return;
	if (r < 0) {
		log_warning("client refused: %s", err.msg);
		return;
	}
	if (atomic_fetch_add(&server->clients, 1) >= MAX_CLIENTS) {
		(void)err_set(&err, EBUSY, "too many clients");
		(void)ctl_send_error(ctl, &err, NULL, NULL);
		ctl_free(ctl);
		(void)atomic_fetch_sub(&server->clients, 1);
		return;
	}
	client = xcalloc(1, sizeof(*client));
	client->server = server;
	client->ctl = ctl;
	r = pthread_create(&thread, NULL, client_thread, client);
	if (r) {
		ctl_free(ctl);
		free(client);
		(void)atomic_fetch_sub(&server->clients, 1);
		return;
	}
	(void)pthread_detach(thread);
}

int server_run(struct lab *lab, int listener, int leash, struct err *err)
{
	struct server server = { .lab = lab, .down = eventfd(0, EFD_CLOEXEC) };
	struct pollfd pfd[3] = { { .fd = listener, .events = POLLIN },
				 { .fd = server.down, .events = POLLIN },
				 { .fd = leash, .events = POLLIN } };

	if (server.down < 0)
		return err_errno(err, errno, "eventfd");
	for (;;) {
		if (poll(pfd, 3, -1) < 0 && errno != EINTR)
			return err_errno(err, errno, "poll");
		if (pfd[1].revents)
			return 0;
		if (pfd[2].revents && lab->state == LAB_NEW) {
			log_error("the lab ends: `labctl up` ended before it asked for anything");
			return 0;
		}
		if (pfd[2].revents)
			pfd[2].fd = -1;
		if (pfd[0].revents)
			take_client(&server, listener);
	}
}
