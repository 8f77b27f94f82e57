/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A control connection: lines of JSON and descriptors in and out, all bounded. */
#include "ctl/ctl.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/socket.h"
#include "base/str.h"

struct ctl {
	int fd;
	enum ctl_side side;
	struct str in;      /* bytes that came and were not handed out yet */
	size_t scanned;     /* of in: no newline before it */
	struct ctl_fds fds; /* descriptors that came and were not handed out yet */
	bool in_dead;       /* receiving has failed or ended */
	pthread_mutex_t sending;
	bool out_dead; /* sending has failed: half a line may be out */
};

void ctl_fds_close(struct ctl_fds *fds)
{
	for (size_t i = 0; i < fds->n; i++)
		if (fds->fd[i] >= 0)
			(void)close(fds->fd[i]);
	*fds = (struct ctl_fds)CTL_FDS_INIT;
}

struct ctl *ctl_new(int fd, enum ctl_side side)
{
	struct ctl *ctl = xcalloc(1, sizeof(*ctl));

	ctl->fd = fd;
	ctl->side = side;
	ctl->fds = (struct ctl_fds)CTL_FDS_INIT;
	(void)pthread_mutex_init(&ctl->sending, NULL);
	(void)io_set_nonblock(fd);
	return ctl;
}

void ctl_free(struct ctl *ctl)
{
	if (!ctl)
		return;
	(void)close(ctl->fd);
	ctl_fds_close(&ctl->fds);
	str_free(&ctl->in);
	(void)pthread_mutex_destroy(&ctl->sending);
	free(ctl);
}

int ctl_listen(const char *path, struct err *err)
{
	return socket_listen(path, SOCK_STREAM, err);
}

int ctl_accept(int listener, struct ctl **ret, struct err *err)
{
	int fd = socket_accept(listener, err);

	if (fd >= 0)
		*ret = ctl_new(fd, CTL_DAEMON);
	return fd < 0 ? fd : 0;
}

int ctl_connect(const char *path, struct ctl **ret, struct err *err)
{
	int fd = socket_reach(path, SOCK_STREAM, err);

	if (fd >= 0)
		*ret = ctl_new(fd, CTL_CLIENT);
	return fd < 0 ? fd : 0;
}

int ctl_fd(const struct ctl *ctl)
{
	return ctl->fd;
}

static size_t line_max(enum ctl_side receiver)
{
	return receiver == CTL_DAEMON ? CTL_REQUEST_MAX : CTL_REPLY_MAX;
}

/* --- in --- */

/* Keeps the descriptors of one control message; those beyond the limit are closed. */
static int keep_fds(struct ctl *ctl, struct msghdr *msg)
{
	bool excess = msg->msg_flags & MSG_CTRUNC;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (ctl->fds.n < CTL_FDS_MAX) {
				ctl->fds.fd[ctl->fds.n++] = fd;
			} else {
				(void)close(fd);
				excess = true;
			}
		}
	}
	return excess ? -EPROTO : 0;
}

/* Reads once what is there. 1: something came; 0: the peer has closed; -EAGAIN: nothing yet. */
static int receive(struct ctl *ctl)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(CTL_FDS_MAX * sizeof(int))];
	} control;
	char buf[16384];
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	ssize_t n;
	int r;

	do
		n = recvmsg(ctl->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	r = keep_fds(ctl, &msg);
	if (r < 0)
		return r;
	if (n == 0)
		return 0;
	str_add(&ctl->in, buf, (size_t)n);
	return 1;
}

/* How deep arrays and objects lie in one another; strings are skipped. Wrong JSON may give any
 * depth. */
static size_t depth_of(const char *text, size_t len)
{
	size_t depth = 0, deepest = 0;
	bool string = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				string = false;
		} else if (c == '"') {
			string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > deepest)
				deepest = depth;
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		}
	}
	return deepest;
}

static int parse_line(const char *text, size_t len, json_t **ret, struct err *err)
{
	auto_json json_t *value = NULL;
	json_error_t where;

	if (depth_of(text, len) > CTL_DEPTH_MAX)
		return err_set(err, EPROTO, "control message: nested over %d levels",
			       CTL_DEPTH_MAX);
	value = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	if (!value)
		return err_set(err, EPROTO, "control message: not JSON: %s", where.text);
	if (!json_is_object(value))
		return err_set(err, EPROTO, "control message: not a JSON object");
	*ret = take_ptr(value);
	return 0;
}

/* Hands out the first whole line of the buffer, if there is one. */
static int take_line(struct ctl *ctl, json_t **ret, struct ctl_fds *fds, struct err *err)
{
	size_t max = line_max(ctl->side), len;
	const char *start, *end;
	int r;

	if (!ctl->in.len)
		return CTL_RECV_NOTHING;
	start = ctl->in.data;
	end = memchr(start + ctl->scanned, '\n', ctl->in.len - ctl->scanned);
	len = end ? (size_t)(end - start) + 1 : ctl->in.len;
	if (len > max)
		return err_set(err, EPROTO, "control message: over %zu bytes", max);
	ctl->scanned = ctl->in.len;
	if (!end)
		return CTL_RECV_NOTHING;
	r = parse_line(start, len - 1, ret, err);
	if (r < 0)
		return r;
	str_drop(&ctl->in, len);
	ctl->scanned = 0;
	if (fds) {
		*fds = ctl->fds;
		ctl->fds = (struct ctl_fds)CTL_FDS_INIT;
	}
	ctl_fds_close(&ctl->fds);
	return CTL_RECV_LINE;
}

/* Waits for bytes; 1: there may be some; 0: the deadline has passed. */
static int wait_readable(struct ctl *ctl, int64_t deadline)
{
	struct pollfd pfd = { .fd = ctl->fd, .events = POLLIN };

	if (!deadline || deadline_passed(deadline))
		return 0;
	return poll(&pfd, 1, deadline_poll_ms(deadline)) < 0 && errno != EINTR ? -errno : 1;
}

int ctl_recv(struct ctl *ctl, int64_t deadline, json_t **ret, struct ctl_fds *fds, struct err *err)
{
	int r;

	for (;;) {
		r = ctl->in_dead ? CTL_RECV_CLOSED : take_line(ctl, ret, fds, err);
		if (r < 0)
			ctl->in_dead = true;
		if (r != CTL_RECV_NOTHING)
			return r;
		r = receive(ctl);
		if (r == -EAGAIN) {
			r = wait_readable(ctl, deadline);
			if (r == 0)
				return CTL_RECV_NOTHING;
		} else if (r == 0) {
			ctl->in_dead = true;
			return CTL_RECV_CLOSED;
		}
		if (r < 0) {
			ctl->in_dead = true;
			return r == -EPROTO ? err_set(err, EPROTO,
						      "control message: over %d descriptors",
						      CTL_FDS_MAX)
					    : err_errno(err, -r, "control connection");
		}
	}
}

/* --- out --- */

/* Sends once, descriptors with the first byte; the bytes sent, or negative. */
static ssize_t send_some(int fd, const char *data, size_t len, const int *fds, size_t n_fds)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(CTL_FDS_MAX * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (char *)(uintptr_t)data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (n_fds) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, n_fds * sizeof(int));
	}
	n = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	return n < 0 ? -errno : n;
}

static int send_all(int fd, const char *data, size_t len, const int *fds, size_t n_fds)
{
	int64_t deadline = deadline_in_ms(CTL_SEND_MS);

	while (len) {
		ssize_t n = send_some(fd, data, len, fds, n_fds);

		if (n == -EAGAIN) {
			struct pollfd pfd = { .fd = fd, .events = POLLOUT };

			if (deadline_passed(deadline))
				return -ETIMEDOUT;
			(void)poll(&pfd, 1, deadline_poll_ms(deadline));
		} else if (n < 0 && n != -EINTR) {
			return n == -ECONNRESET ? -EPIPE : (int)n;
		} else if (n > 0) {
			data += n;
			len -= (size_t)n;
			n_fds = 0;
			deadline = deadline_in_ms(CTL_SEND_MS);
		}
	}
	return 0;
}

int ctl_send(struct ctl *ctl, const json_t *value, const int *fds, size_t n_fds, struct err *err)
{
	auto_free char *text = json_dumps(value, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0;
	int r = -EPIPE;

	if (!text || n_fds > CTL_FDS_MAX)
		return err_set(err, EINVAL, "control message: cannot be written");
	text[len++] = '\n'; /* in place of the NUL */
	if (len > line_max(ctl->side == CTL_CLIENT ? CTL_DAEMON : CTL_CLIENT))
		return err_set(err, EMSGSIZE, "control message: %zu bytes are too many", len);
	(void)pthread_mutex_lock(&ctl->sending);
	if (!ctl->out_dead)
		r = send_all(ctl->fd, text, len, fds, n_fds);
	ctl->out_dead = r < 0;
	(void)pthread_mutex_unlock(&ctl->sending);
	return r < 0 ? err_errno(err, -r, "control connection") : 0;
}
