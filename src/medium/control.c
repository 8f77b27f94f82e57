/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients of labd-medium ask for. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "medium/medium.h"
#include "medium/server.h"

#define WORDS_MAX 5

/* One request: its words, and the descriptor that came with it. */
struct request {
	char *words[WORDS_MAX];
	size_t n;
	int fd;
};

static size_t radio_named(const struct server *server, const char *name, struct err *err)
{
	size_t index = server_find_radio(server, name);

	if (index == SIZE_MAX)
		(void)err_set(err, ENOENT, "no radio '%s'", name);
	return index;
}

static int obey_capture(struct server *server, struct request *request, struct err *err)
{
	int r;

	if (request->fd < 0)
		return err_set(err, EINVAL, "capture takes a descriptor");
	r = record_start(server, request->words[1], request->fd, err);
	if (r == 0)
		request->fd = -1;
	return r;
}

static int obey_stop(struct server *server, const struct request *request, struct str *answer,
		     struct err *err)
{
	uint64_t frames, bytes, dropped;
	int r = record_stop(server, request->words[1], &frames, &bytes, &dropped, err);

	if (r == 0)
		str_addf(answer, " %" PRIu64 " %" PRIu64 " %" PRIu64, frames, bytes, dropped);
	return r;
}

static int obey_range(struct server *server, const struct request *request, struct err *err)
{
	size_t radio = radio_named(server, request->words[1], err);

	if (radio == SIZE_MAX)
		return err->code;
	server->hub.radios[radio].away = str_eq(request->words[2], "out");
	return 0;
}

static int obey_path(struct server *server, const struct request *request, struct err *err)
{
	size_t a = radio_named(server, request->words[1], err);
	size_t b = a == SIZE_MAX ? a : radio_named(server, request->words[2], err);
	int signal = 0;
	unsigned long loss;

	if (b == SIZE_MAX)
		return err->code;
	if (sscanf(request->words[3], "%d", &signal) != 1 || signal < -120 || signal > 0 ||
	    str_to_ulong(request->words[4], 0, 1000000, &loss) < 0)
		return err_set(err, EINVAL, "path takes a signal from -120 to 0 and a loss");
	hub_set_path(&server->hub, a, b,
		     (struct hub_path){ .signal = (int8_t)signal, .loss_ppm = (uint32_t)loss });
	return 0;
}

static int obey_stats(struct server *server, const struct request *request, struct str *answer,
		      struct err *err)
{
	size_t index = radio_named(server, request->words[1], err);
	const struct hub_radio *radio;

	if (index == SIZE_MAX)
		return err->code;
	radio = &server->hub.radios[index];
	str_addf(answer, " %d %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
		 radio->there, radio->away, radio->sent, radio->heard, radio->unacked,
		 radio->malformed, server->radios[index].out.dropped);
	return 0;
}

static int obey(struct server *server, struct server_client *client, struct request *request,
		struct str *answer, struct err *err)
{
	const char *word = request->words[0];

	if (str_eq(word, "capture") && request->n == 2)
		return obey_capture(server, request, err);
	if (str_eq(word, "stop") && request->n == 2)
		return obey_stop(server, request, answer, err);
	if (str_eq(word, "range") && request->n == 3)
		return obey_range(server, request, err);
	if (str_eq(word, "path") && request->n == 5)
		return obey_path(server, request, err);
	if (str_eq(word, "stats") && request->n == 2)
		return obey_stats(server, request, answer, err);
	if (str_eq(word, "follow") && request->n == 1)
		client->following = true;
	else if (str_eq(word, "quit") && request->n == 1)
		server->over = true;
	else
		return err_set(err, EINVAL, "unknown request");
	return 0;
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

static void split(char *text, struct request *request)
{
	char *word;

	while (request->n < WORDS_MAX && (word = strsep(&text, " ")))
		request->words[request->n++] = word;
	if (text)
		request->n = 0; /* more than any request has */
}

void control_hear(struct server *server, size_t index)
{
	struct server_client *client = &server->clients[index];
	struct request request = { .fd = -1 };
	auto_str struct str answer = { 0 };
	char text[MEDIUM_MESSAGE_MAX];
	struct err err = ERR_INIT;
	ssize_t n = receive(client->fd, text, sizeof(text) - 1, &request.fd);

	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n <= 0) {
		(void)close(client->fd);
		*client = (struct server_client){ .fd = -1 };
		return;
	}
	text[n] = '\0';
	split(text, &request);
	str_adds(&answer, "ok");
	if (obey(server, client, &request, &answer, &err) < 0) {
		str_free(&answer);
		str_addf(&answer, "error %s", err.msg);
	}
	auto_closep(&request.fd);
	if (server->over)
		return; /* the end of the connection is the answer */
	(void)send(client->fd, answer.data, answer.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void control_meet(struct server *server)
{
	auto_close int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	    peer.uid != geteuid())
		return;
	for (size_t i = 0; i < SERVER_CLIENTS_MAX; i++) {
		if (server->clients[i].fd >= 0)
			continue;
		if (server_watch(server, fd, EPOLLIN, SERVER_CLIENT, i, NULL) == 0)
			server->clients[i] = (struct server_client){ .fd = take_fd(&fd) };
		return;
	}
}
