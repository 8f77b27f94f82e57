/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session: bytes between our standard streams and labd, while a command runs. */
#include "labctl/session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "labctl/interrupt.h"

#define CHUNK PIPE_BUF /* what poll(2) promises that a writable pipe or terminal takes */
#define DRAIN_MS \
	5000 /* after the result: labd has closed its ends before, so this is not waited out */
#define CANCEL_MS 5000 /* after a signal: for labd's answer */

/* One direction. Reads only while its buffer is empty, so that neither side is blocked by the
 * other. */
struct stream {
	int from, to; /* -1: closed */
	bool own_from, own_to;
	char buf[CHUNK];
	size_t len;
};

enum { STREAM_IN, STREAM_OUT, STREAM_ERR, STREAMS };
#define SLOTS (STREAMS * 2 + 2)

struct running {
	struct ctl *ctl;
	const struct session *s;
	struct stream streams[STREAMS];
	json_t *result;
	int status;    /* 0, or the error that ends it */
	bool answered; /* labd has sent its last line */
	bool cancelled;
	bool left; /* it was ended from this side: by the escape, or since nobody reads its output
		    */
	int64_t deadline; /* 0: none */
};

static void close_end(int *fd, bool own)
{
	if (own && *fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void stream_close(struct stream *st)
{
	close_end(&st->from, st->own_from);
	close_end(&st->to, st->own_to);
	st->len = 0;
}

static void running_free(struct running *run)
{
	for (size_t i = 0; i < STREAMS; i++)
		stream_close(&run->streams[i]);
	json_decref(run->result);
}

AUTO_DEFINE(running_auto, struct running, running_free)
#define auto_running AUTO(running_autop)

/* A pipe for labd's end of stream i: theirs is what labd gets. */
static int make_pipe(struct running *run, size_t i, int *theirs, struct err *err)
{
	static const int standard[] = { STDOUT_FILENO, STDERR_FILENO };
	const int *to = run->s->to ? run->s->to : standard;
	struct stream *st = &run->streams[i];
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_errno(err, errno, "pipe");
	*theirs = fds[i == STREAM_IN ? 0 : 1];
	st->from = i == STREAM_IN ? STDIN_FILENO : fds[0];
	st->to = i == STREAM_IN ? fds[1] : to[i - STREAM_OUT];
	st->own_from = i != STREAM_IN;
	st->own_to = i == STREAM_IN;
	return 0;
}

/* Asks labd, with the other ends of the pipes. */
static int begin(struct running *run, struct err *err)
{
	struct ctl_fds theirs = CTL_FDS_INIT;
	size_t n = ctl_command_fds(run->s->command);
	auto_json json_t *args = run->s->args;
	int r = 0;

	for (; r == 0 && theirs.n < n; theirs.n++)
		r = make_pipe(run, theirs.n, &theirs.fd[theirs.n], err);
	if (r == 0)
		r = ctl_send_command(run->ctl, run->s->command, take_ptr(args), theirs.fd, n, err);
	ctl_fds_close(&theirs);
	return r;
}

/* Looks for the escape; the input ends in front of it. */
static void look_for_escape(struct running *run, struct stream *st)
{
	const char *found = run->s->escape < 0 ? NULL : memchr(st->buf, run->s->escape, st->len);

	if (!found)
		return;
	st->len = (size_t)(found - st->buf);
	run->left = true;
}

static void stream_read(struct running *run, struct stream *st)
{
	ssize_t n = read(st->from, st->buf, sizeof(st->buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		stream_close(st);
		return;
	}
	st->len = (size_t)n;
	if (st == &run->streams[STREAM_IN])
		look_for_escape(run, st);
}

/* Nobody reads what it writes any more. Closing our end of a pipe tells the one who writes into
 * that. */
static void stream_end(struct running *run, struct stream *st)
{
	run->left = run->left || st == &run->streams[STREAM_OUT];
	stream_close(st);
}

static void stream_write(struct running *run, struct stream *st)
{
	ssize_t n = write(st->to, st->buf, st->len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		stream_end(run, st);
		return;
	}
	st->len -= (size_t)n;
	memmove(st->buf, st->buf + n, st->len);
}

static void send_size(const struct running *run)
{
	struct winsize size;

	if (run->s->terminal && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col &&
	    size.ws_row)
		(void)ctl_send_resize(run->ctl, size.ws_col, size.ws_row, NULL);
}

static void take_signals(struct running *run)
{
	struct interrupts found = interrupt_take(run->s->signals);

	if (found.resize)
		send_size(run);
	if (!found.end && !run->left)
		return;
	if (run->cancelled && found.end) /* the second time: at once */
		run->deadline = 1;
	if (run->cancelled)
		return;
	run->cancelled = true;
	run->deadline = deadline_in_ms(CANCEL_MS);
	stream_close(&run->streams[STREAM_IN]);
	(void)ctl_send_cancel(run->ctl, NULL);
}

/* Takes labd's lines that are there. */
static void take_lines(struct running *run, struct err *err)
{
	while (!run->answered) {
		auto_json json_t *line = NULL;
		struct ctl_reply reply;
		int r = ctl_recv(run->ctl, 0, &line, NULL, err);

		if (r == CTL_RECV_NOTHING)
			return;
		if (r == CTL_RECV_CLOSED)
			r = err_set(err, EPIPE, "labd is gone: see `labctl logs`");
		else if (r == CTL_RECV_LINE)
			r = ctl_reply_parse(line, &reply, err);
		if (r == 0 && reply.kind == CTL_REPLY_EVENT)
			continue;
		if (r == 0 && reply.kind == CTL_REPLY_ERROR)
			r = ctl_reply_error(reply.body, err);
		if (r == 0)
			run->result = json_incref((json_t *)(uintptr_t)reply.body);
		run->status = r;
		run->answered = true;
		run->deadline = deadline_in_ms(DRAIN_MS);
		stream_close(&run->streams[STREAM_IN]);
	}
}

/* The descriptors to wait for; a stream waits for its reader or its writer, never both. */
static void fill(const struct running *run, struct pollfd pfd[SLOTS])
{
	for (size_t i = 0; i < STREAMS; i++) {
		const struct stream *st = &run->streams[i];

		pfd[2 * i] = (struct pollfd){ .fd = st->len ? -1 : st->from, .events = POLLIN };
		/* Without bytes the writer is watched for its end alone (POLLERR comes unasked). */
		pfd[2 * i + 1] = (struct pollfd){ .fd = st->to, .events = st->len ? POLLOUT : 0 };
	}
	pfd[SLOTS - 2] =
		(struct pollfd){ .fd = run->answered ? -1 : ctl_fd(run->ctl), .events = POLLIN };
	pfd[SLOTS - 1] = (struct pollfd){ .fd = run->s->signals, .events = POLLIN };
}

static void move_streams(struct running *run, const struct pollfd pfd[SLOTS])
{
	for (size_t i = 0; i < STREAMS; i++) {
		struct stream *st = &run->streams[i];

		if (pfd[2 * i + 1].revents && st->len)
			stream_write(run, st);
		else if (pfd[2 * i + 1].revents)
			stream_end(run, st);
		else if (pfd[2 * i].revents)
			stream_read(run, st);
		else
			continue;
		/* Output that still flows is waited for, however slow its reader is. */
		if (run->answered)
			run->deadline = deadline_in_ms(DRAIN_MS);
	}
}

static bool finished(const struct running *run)
{
	const struct stream *out = &run->streams[STREAM_OUT], *errs = &run->streams[STREAM_ERR];
	bool drained = out->from < 0 && errs->from < 0;
	bool stuck = out->len ||
		     errs->len; /* the user's side does not read: that is the user's business */

	if (run->answered && drained)
		return true;
	return run->deadline && deadline_passed(run->deadline) && (!stuck || run->cancelled);
}

int session_run(struct ctl *ctl, const struct session *s, json_t **ret, struct err *err)
{
	auto_running struct running run = { .ctl = ctl, .s = s };
	struct pollfd pfd[SLOTS];
	int r;

	for (size_t i = 0; i < STREAMS; i++)
		run.streams[i].from = run.streams[i].to = -1;
	r = begin(&run, err);
	if (r < 0)
		return r;
	while (!finished(&run)) {
		fill(&run, pfd);
		(void)poll(pfd, SLOTS, run.deadline ? deadline_poll_ms(run.deadline) : -1);
		move_streams(&run, pfd);
		take_signals(&run);
		take_lines(&run, err);
	}
	if (run.cancelled && !run.left)
		return err_set(err, ECANCELED, "interrupted");
	if (run.status < 0 && !run.left)
		return run.status;
	*ret = take_ptr(run.result);
	return 0;
}
