/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop of labd-medium: radios' sockets, clients, what is overdue. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "medium/server.h"

static void disconnect(struct server *server, size_t index)
{
	struct server_radio *radio = &server->radios[index];

	auto_closep(&radio->fd);
	radio->fd = -1;
	radio->n_in = 0;
	radio->writing = false;
	outbox_clear(&radio->out);
	hub_gone(&server->hub, index);
}

/* A QEMU that connects anew takes the place of the one before. */
static void connect_radio(struct server *server, size_t index)
{
	struct server_radio *radio = &server->radios[index];
	auto_close int fd = accept4(radio->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (radio->fd >= 0)
		disconnect(server, index);
	if (server_watch(server, fd, EPOLLIN, SERVER_RADIO, index, NULL) < 0)
		return;
	radio->fd = take_fd(&fd);
	hub_connected(&server->hub, index, clock_mono_ns());
}

static void take_messages(struct server *server, size_t index)
{
	struct server_radio *radio = &server->radios[index];
	int64_t now = clock_mono_ns();
	size_t at = 0, used;

	do {
		struct air_message msg;
		bool found;

		used = air_next(radio->in + at, radio->n_in - at, &msg, &found,
				&server->hub.radios[index].malformed);
		if (found)
			hub_take(&server->hub, index, &msg, now);
		at += used;
	} while (used);
	radio->n_in -= at;
	memmove(radio->in, radio->in + at, radio->n_in);
}

/* One read a turn: everybody has a turn. What is left of an unfinished message is less than half
 * of the buffer. */
static void read_radio(struct server *server, size_t index)
{
	struct server_radio *radio = &server->radios[index];
	ssize_t n = recv(radio->fd, radio->in + radio->n_in, sizeof(radio->in) - radio->n_in,
			 MSG_DONTWAIT);

	if (n > 0) {
		radio->n_in += (size_t)n;
		take_messages(server, index);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		disconnect(server, index);
	}
}

static void write_radio(struct server *server, size_t index)
{
	struct server_radio *radio = &server->radios[index];
	struct epoll_event event = { .events = EPOLLIN,
				     .data.u64 = server_source(SERVER_RADIO, index) };

	if (radio->fd < 0)
		return;
	if (outbox_flush(&radio->out, radio->fd) < 0) {
		disconnect(server, index);
		return;
	}
	if (radio->writing == !!radio->out.first)
		return;
	radio->writing = !!radio->out.first;
	if (radio->writing)
		event.events |= EPOLLOUT;
	(void)epoll_ctl(server->epoll, EPOLL_CTL_MOD, radio->fd, &event);
}

static void handle(struct server *server, uint64_t source)
{
	size_t index = source & UINT32_MAX;

	switch ((enum server_kind)(source >> 32)) {
	case SERVER_CONTROL:
		control_hear(&server->control, server_obey, server);
		break;
	case SERVER_LISTENER:
		connect_radio(server, index);
		break;
	case SERVER_RADIO:
		if (server->radios[index].fd >= 0)
			read_radio(server, index);
		break;
	}
}

/* ms until something is to be done without being asked; -1: never. */
static int timeout_ms(struct server *server)
{
	int64_t overdue = hub_expire(&server->hub, clock_mono_ns());
	int flush = record_flush(server);
	int wait = overdue == INT64_MAX ? -1 : deadline_poll_ms(overdue);

	if (wait < 0 || (flush >= 0 && flush < wait))
		wait = flush;
	return wait;
}

int medium_run(struct server *server, struct err *err)
{
	struct epoll_event events[32];
	int r = control_begin(&server->control, err);

	if (r < 0)
		return r;
	while (!server->control.over) {
		int timeout = timeout_ms(server), n;

		for (size_t i = 0; i < server->hub.n; i++)
			write_radio(server, i);
		n = epoll_wait(server->epoll, events, ARRAY_SIZE(events), timeout);
		if (n < 0 && errno != EINTR)
			return err_errno(err, errno, "epoll");
		for (int i = 0; i < n; i++)
			handle(server, events[i].data.u64);
	}
	return 0;
}
