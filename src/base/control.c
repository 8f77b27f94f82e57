/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control socket of a helper. */
#include "base/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

#define ANSWER_MS 10000
#define END_MS 500 /* for one that was killed to be gone */
#define LISTENER CONTROL_CLIENTS_MAX

static int address_of(const char *path, struct sockaddr_un *ret, struct err *err)
{
	if (strlen(path) >= sizeof(ret->sun_path))
		return err_errno(err, ENAMETOOLONG, "control socket '%s'", path);
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(ret->sun_path, path, strlen(path) + 1);
	return 0;
}

/* --- the helper's end --- */

/* Whether somebody listens there, and does not end right now. */
static bool is_served(const struct sockaddr_un *addr, int type)
{
	auto_close int probe = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd pfd = { .fd = probe, .events = POLLIN };

	if (connect(probe, (const struct sockaddr *)addr, sizeof(*addr)) < 0)
		return errno == EAGAIN;
	return poll(&pfd, 1, END_MS) == 0;
}

int control_listen_at(const char *path, int type, struct err *err)
{
	auto_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un addr;
	int r = address_of(path, &addr, err);

	if (r < 0)
		return r;
	if (is_served(&addr, type))
		return err_set(err, EADDRINUSE, "control socket '%s': another listens on it", path);
	(void)unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    chmod(path, 0600) < 0 || listen(fd, CONTROL_CLIENTS_MAX) < 0)
		return err_errno(err, errno, "control socket '%s'", path);
	return take_fd(&fd);
}

static int watch(const struct control *control, int fd, size_t index)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = index };

	return epoll_ctl(control->fd, EPOLL_CTL_ADD, fd, &event);
}

int control_open(struct control *control, const char *path, struct err *err)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		control->clients[i].fd = -1;
	control->listener = control_listen_at(path, SOCK_SEQPACKET, err);
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
	auto_close int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	    peer.uid != geteuid())
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
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
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr;
	int r = address_of(path, &addr, err);

	if (r < 0)
		return r;
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_errno(err, errno, "'%s'", path);
	return take_fd(&fd);
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
		return err_set(err, ETIMEDOUT, "no answer within %d s", ANSWER_MS / 1000);
	if (r > 0)
		n = recv(fd, answer, CONTROL_MESSAGE_MAX - 1, 0);
	if (r == -EPIPE || n == 0 || (r > 0 && n < 0 && errno == ECONNRESET))
		return err_set(err, EIO, "it has ended");
	if (r < 0 || n < 0)
		return err_errno(err, r < 0 ? -r : errno, "no answer");
	answer[n] = '\0';
	if (str_prefix(answer, "error "))
		return err_set(err, EINVAL, "%s", answer + 6);
	if (!str_prefix(answer, "ok"))
		return err_set(err, EPROTO, "an invalid answer");
	memmove(answer, answer + 2, (size_t)n - 1);
	return 0;
}
