/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One command to a lab's labd. */
#include "labctl/client.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "labctl/interrupt.h"
#include "labctl/out.h"

#define CONNECT_MS 10000 /* labd restarts within a second or two, also on a busy machine */
#define CANCEL_MS 15000  /* labd ends what it was doing, and says what came of it */
#define TICK_MS 200

enum exit_code client_exit_code(int code)
{
	switch (code) {
	case -ENOENT:
	case -EAGAIN:
	case -ENOTUNIQ:
	case -ESRCH:
	case -EINVAL: /* no name of a lab */
		return EXIT_NO_LAB;
	case -ECANCELED:
		return EXIT_INTERRUPTED;
	default:
		return EXIT_FAILED;
	}
}

/* Where a call stands. */
struct progress_of_call {
	bool cancelled;
	int64_t silence; /* deadline for the next message */
};

/* Waits for a message, a signal or the next tick. */
static int wait_for_call(struct ctl *ctl, const struct client_call *call,
			 struct progress_of_call *p, struct err *err)
{
	struct pollfd pfd[2] = { { .fd = ctl_fd(ctl), .events = POLLIN },
				 { .fd = call->signals, .events = POLLIN } };
	int left = deadline_poll_ms(p->silence);
	bool again;

	(void)poll(pfd, 2, call->tick && left > TICK_MS ? TICK_MS : left);
	if (call->tick)
		call->tick(call->ctx);
	if (interrupt_take(call->signals).end) {
		again = p->cancelled;
		p->cancelled = true;
		p->silence = deadline_in_ms(CANCEL_MS);
		if (again || call->abandon || ctl_send_cancel(ctl, NULL) < 0)
			return err_set(err, ECANCELED, "interrupted");
	}
	if (!pfd[0].revents && deadline_passed(p->silence))
		return err_set(err, p->cancelled ? ECANCELED : ETIMEDOUT,
			       "%s: labd has stopped answering: see `labctl logs`",
			       ctl_command_name(call->command));
	return 0;
}

/* One line of labd's. 1: it was the last one, ret is set. */
static int take_reply(const struct client_call *call, const json_t *line, json_t **ret,
		      struct err *err)
{
	struct ctl_reply reply;
	int r = ctl_reply_parse(line, &reply, err);

	if (r < 0)
		return r;
	switch (reply.kind) {
	case CTL_REPLY_EVENT:
		if (call->event)
			call->event(call->ctx, reply.body);
		return 0;
	case CTL_REPLY_RESULT:
		*ret = json_incref((json_t *)(uintptr_t)reply.body);
		return 1;
	case CTL_REPLY_ERROR:
		*ret = json_incref((json_t *)(uintptr_t)reply.body);
		return ctl_reply_error(reply.body, err);
	}
	return 0;
}

int client_call(struct ctl *ctl, const struct client_call *call, json_t **ret, struct err *err)
{
	int64_t silence_ms = call->silence_ms ? call->silence_ms : 60000;
	struct progress_of_call p = { .silence = deadline_in_ms(silence_ms) };
	int r = ctl_send_command(ctl, call->command, call->args, call->fds,
				 ctl_command_fds(call->command), err);

	while (r == 0) {
		auto_json json_t *line = NULL;

		r = ctl_recv(ctl, 0, &line, NULL, err);
		if (r == CTL_RECV_CLOSED)
			r = err_set(err, EPIPE, "labd is gone: see `labctl logs`");
		else if (r == CTL_RECV_NOTHING)
			r = wait_for_call(ctl, call, &p, err);
		else if (r == CTL_RECV_LINE)
			r = take_reply(call, line, ret, err);
		if (line && !p.cancelled)
			p.silence = deadline_in_ms(silence_ms);
	}
	if (p.cancelled && r != -ECANCELED)
		return err_set(err, ECANCELED, "interrupted");
	return r < 0 ? r : 0;
}

int client_open(const struct labctl *l, struct place *place, struct ctl **ret)
{
	auto_place struct place found = PLACE_INIT;
	struct err err = ERR_INIT;
	int r = place_find(l, &found, &err);

	if (r == 0)
		r = place_connect(&found, -1, deadline_in_ms(CONNECT_MS), ret, &err);
	if (r < 0)
		return out_error(l, client_exit_code(r), &err);
	if (place) {
		*place = found;
		found = (struct place)PLACE_INIT;
	}
	return EXIT_DONE;
}

int client_open_interruptible(const struct labctl *l, struct ctl **ret, int *signals)
{
	struct err err = ERR_INIT;
	int code = client_open(l, NULL, ret);

	if (code != EXIT_DONE)
		return code;
	*signals = interrupt_open(&err);
	return *signals < 0 ? (int)out_error(l, EXIT_FAILED, &err) : EXIT_DONE;
}

int client_ask(const struct labctl *l, enum ctl_command command, json_t *args, int64_t silence_ms,
	       json_t **ret)
{
	auto_json json_t *given = args;
	auto_json json_t *body = NULL;
	auto_ctl struct ctl *ctl = NULL;
	struct client_call call = { .command = command, .signals = -1, .silence_ms = silence_ms };
	struct err err = ERR_INIT;
	int code = client_open(l, NULL, &ctl);

	if (code != EXIT_DONE)
		return code;
	call.args = take_ptr(given);
	if (client_call(ctl, &call, &body, &err) < 0)
		return out_failure(l, EXIT_FAILED, &err, body);
	*ret = take_ptr(body);
	return EXIT_DONE;
}
