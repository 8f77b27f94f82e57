/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop of labd-medium: radios' sockets, clients, what is overdue. */
#include "medium/server.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

static bool on_say(void *ctx, size_t to, size_t from, const uint8_t *message, size_t len)
{
	struct server *server = ctx;

	return server->radios[to].fd >= 0 &&
	       outbox_add(&server->radios[to].out, from, message, len);
}

static void on_see(void *ctx, const struct hub_sight *sight)
{
	record_see(ctx, sight);
}

/* FNV-1a of the name: the same medium loses the same frames in every run. */
static uint64_t seed_of(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash;
}

void server_init(struct server *server, const char *name)
{
	static const struct hub_ops ops = { on_say, on_see };

	memset(server, 0, sizeof(*server));
	server->name = name;
	server->epoll = server->listener = -1;
	for (size_t i = 0; i < SERVER_CLIENTS_MAX; i++)
		server->clients[i].fd = -1;
	hub_init(&server->hub, seed_of(name), &ops, server);
}

static int watch(struct server *server, int fd, uint32_t events, enum server_kind kind,
		 size_t index, struct err *err)
{
	struct epoll_event event = { .events = events, .data.u64 = server_source(kind, index) };

	if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return err_errno(err, errno, "epoll");
	return 0;
}

/* A socket at path; one that is there already gives way. */
static int listen_at(const char *path, int type, struct sockaddr_un *addr, struct err *err)
{
	auto_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(path) >= sizeof(addr->sun_path))
		return err_set(err, ENAMETOOLONG, "socket '%s': path too long", path);
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(addr->sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)addr, sizeof(*addr)) < 0 ||
	    chmod(path, 0600) < 0 || listen(fd, 8) < 0)
		return err_errno(err, errno, "socket '%s'", path);
	return take_fd(&fd);
}

int server_add_radio(struct server *server, const char *name, struct net_mac mac, const char *path,
		     struct err *err)
{
	struct sockaddr_un addr;
	struct server_radio *radio;

	if (server->hub.n == HUB_RADIOS_MAX)
		return err_set(err, E2BIG, "more than %d radios", HUB_RADIOS_MAX);
	radio = &server->radios[hub_add(&server->hub, mac)];
	radio->name = xstrdup(name);
	radio->path = xstrdup(path);
	radio->fd = -1;
	outbox_init(&radio->out);
	radio->listener = listen_at(path, SOCK_STREAM, &addr, err);
	return radio->listener < 0 ? radio->listener : 0;
}

size_t server_find_radio(const struct server *server, const char *name)
{
	for (size_t i = 0; i < server->hub.n; i++)
		if (str_eq(server->radios[i].name, name))
			return i;
	return SIZE_MAX;
}

int server_listen(struct server *server, const char *control, struct err *err)
{
	int r = 0;

	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server->epoll < 0)
		return err_errno(err, errno, "epoll");
	for (size_t i = 0; r == 0 && i < server->hub.n; i++)
		r = watch(server, server->radios[i].listener, EPOLLIN, SERVER_LISTENER, i, err);
	if (r < 0)
		return r;
	server->listener = listen_at(control, SOCK_SEQPACKET, &server->address, err);
	if (server->listener < 0)
		return server->listener;
	return watch(server, server->listener, EPOLLIN, SERVER_CONTROL, 0, err);
}

/* --- radios --- */

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
	if (watch(server, fd, EPOLLIN, SERVER_RADIO, index, NULL) < 0)
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
		control_meet(server);
		break;
	case SERVER_CLIENT:
		if (server->clients[index].fd >= 0)
			control_hear(server, index);
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

int server_run(struct server *server, struct err *err)
{
	struct epoll_event events[32];

	while (!server->over) {
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

void server_close(struct server *server)
{
	record_close(server);
	for (size_t i = 0; i < server->hub.n; i++) {
		struct server_radio *radio = &server->radios[i];

		outbox_clear(&radio->out);
		auto_closep(&radio->fd);
		auto_closep(&radio->listener);
		(void)unlink(radio->path);
		free(radio->path);
		free(radio->name);
	}
	if (server->listener >= 0)
		(void)unlink(server->address.sun_path);
	auto_closep(&server->listener);
	for (size_t i = 0; i < SERVER_CLIENTS_MAX; i++)
		auto_closep(&server->clients[i].fd);
	auto_closep(&server->epoll);
}
