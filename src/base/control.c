/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control socket of a helper. */
#include "base/control.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/socket.h"

#define ANSWER_MS 10000
#define LISTENER CONTROL_CLIENTS_MAX

/* --- the helper's end --- */

static int watch(const struct control *control, int fd, size_t index)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = index };

	return epoll_ctl(control->fd, EPOLL_CTL_ADD, fd, &event);
}

int control_open(struct control *control, const char *path, struct err *err)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		control->clients[i].fd = -1;
	control->listener = socket_listen(path, SOCK_SEQPACKET, err);
	if (control->listener < 0)
		return control->listener;
	control->path = xstrdup(path);
	control->fd = epoll_create1(EPOLL_CLOEXEC);
	if (control->fd < 0 || watch(control, control->listener, LISTENER) < 0)
		return err_errno(err, errno, "epoll");
	return 0;
}

int control_begin(const struct control *control, struct err *err)
{
	/* SO_PEERCRED shows who listened last. */
	return listen(control->listener, CONTROL_CLIENTS_MAX) < 0
		       ? err_errno(err, errno, "control socket")
		       : 0;
}

static void meet(struct control *control)
{
	auto_close int fd = socket_accept(control->listener, NULL);

	for (size_t i = 0; fd >= 0 && i < CONTROL_CLIENTS_MAX; i++) {
		if (control->clients[i].fd >= 0)
			continue;
		if (watch(control, fd, i) == 0)
			control->clients[i] = (struct control_client){ .fd = take_fd(&fd) };
		return;
	}
}

/* Receives one message and at most one descriptor: its length, 0 at the end, or -errno. */
static ssize_t receive(int fd, char *text, size_t size, int *ret)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { text, size };
	struct msghdr msg = { .msg_iov = &part,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret, CMSG_DATA(c), sizeof(*ret));
	return n < 0 ? -errno : n;
}

static void split(char *text, struct control_request *request)
{
	char *word;

	while (request->n < CONTROL_WORDS_MAX && (word = strsep(&text, " ")))
		request->words[request->n++] = word;
	if (text)
		request->n = 0; /* more than any request has */
}

static void hear(struct control *control, struct control_client *client, control_obey *obey,
		 void *ctx)
{
	struct control_request request = { .client = client, .fd = -1 };
	auto_str struct str answer = { 0 };
	char text[CONTROL_MESSAGE_MAX];
	struct err err = ERR_INIT;
	ssize_t n = receive(client->fd, text, sizeof(text) - 1, &request.fd);
	auto_close int passed = -1;

	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n <= 0) {
		(void)close(client->fd);
		client->fd = -1;
		return;
	}
	text[n] = '\0';
	split(text, &request);
	str_adds(&answer, "ok");
	if (request.n == 1 && str_eq(request.words[0], "quit"))
		control->over = true;
	else if (request.n == 0)
		(void)err_set(&err, EINVAL, "unknown request");
	else
		(void)obey(ctx, &request, &answer, &err);
	passed = request.fd;
	if (control->over)
		return;
	if (err.code) {
		str_free(&answer);
		str_addf(&answer, "error %s", err.msg);
	}
	(void)send(client->fd, str_text(&answer), answer.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void control_hear(struct control *control, control_obey *obey, void *ctx)
{
	struct epoll_event events[CONTROL_CLIENTS_MAX + 1];
	int n = epoll_wait(control->fd, events, ARRAY_SIZE(events), 0);

	for (int i = 0; i < n && !control->over; i++) {
		if (events[i].data.u64 == LISTENER)
			meet(control);
		else
			hear(control, &control->clients[events[i].data.u64], obey, ctx);
	}
}

void control_close(struct control *control)
{
	if (control->path)
		(void)unlink(control->path);
	auto_closep(&control->listener);
	for (size_t i = 0; control->path && i < CONTROL_CLIENTS_MAX; i++)
		auto_closep(&control->clients[i].fd);
	auto_closep(&control->fd);
	free(control->path);
	*control = (struct control)CONTROL_INIT;
}

/* --- the other end --- */

int control_reach(const char *path, struct err *err)
{
	return socket_reach(path, SOCK_SEQPACKET, err);
}

static int say(int fd, const char *words, int pass)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	struct iovec part = { (void *)(uintptr_t)words, strlen(words) };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1 };

	if (pass >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
						 .cmsg_level = SOL_SOCKET,
						 .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.head), &pass, sizeof(pass));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int control_ask(int fd, const char *words, int pass, char answer[CONTROL_MESSAGE_MAX],
		struct err *err)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t deadline = deadline_in_ms(ANSWER_MS);
	ssize_t n = -1;
	int r = say(fd, words, pass);

	while (r == 0 && (r = poll(&pfd, 1, deadline_poll_ms(deadline))) < 0)
		r = errno == EINTR ? 0 : -errno;
	if (r == 0)
		return err_set(err, ETIMEDOUT, "helper: no answer within %d s", ANSWER_MS / 1000);
	if (r > 0 && (n = recv(fd, answer, CONTROL_MESSAGE_MAX - 1, 0)) < 0)
		r = -errno;
	if (n == 0 || r == -EPIPE || r == -ECONNRESET)
		return err_set(err, EIO, "helper: it has ended");
	if (r < 0)
		return err_errno(err, -r, "helper");
	answer[n] = '\0';
	if (str_prefix(answer, "error "))
		return err_set(err, EINVAL, "helper: %s", answer + 6);
	if (!str_prefix(answer, "ok"))
		return err_set(err, EPROTO, "helper: an invalid answer");
	memmove(answer, answer + 2, (size_t)n - 1);
	return 0;
}

int control_ask_at(const char *path, const char *words, int pass, char answer[CONTROL_MESSAGE_MAX],
		   struct err *err)
{
	auto_close int fd = control_reach(path, err);

	return fd < 0 ? fd : control_ask(fd, words, pass, answer, err);
}
