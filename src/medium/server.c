/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What labd-medium has open: its own socket, and those of the radios. */
#include "medium/server.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/socket.h"
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
	server->epoll = -1;
	server->control = (struct control)CONTROL_INIT;
	hub_init(&server->hub, seed_of(name), &ops, server);
}

int server_watch(struct server *server, int fd, uint32_t events, enum server_kind kind,
		 size_t index, struct err *err)
{
	struct epoll_event event = { .events = events, .data.u64 = server_source(kind, index) };

	if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return err_errno(err, errno, "epoll");
	return 0;
}

int server_add_radio(struct server *server, const char *name, struct net_mac mac, const char *path,
		     struct err *err)
{
	struct server_radio *radio;

	if (server->hub.n == HUB_RADIOS_MAX)
		return err_set(err, E2BIG, "more than %d radios", HUB_RADIOS_MAX);
	radio = &server->radios[hub_add(&server->hub, mac)];
	radio->name = xstrdup(name);
	radio->path = xstrdup(path);
	radio->fd = radio->listener = -1;
	outbox_init(&radio->out);
	return 0;
}

size_t server_find_radio(const struct server *server, const char *name)
{
	for (size_t i = 0; i < server->hub.n; i++)
		if (str_eq(server->radios[i].name, name))
			return i;
	return SIZE_MAX;
}

static int listen_for_radio(struct server *server, size_t index, struct err *err)
{
	struct server_radio *radio = &server->radios[index];

	radio->listener = socket_listen(radio->path, SOCK_STREAM, err);
	return radio->listener < 0 ? radio->listener
				   : server_watch(server, radio->listener, EPOLLIN, SERVER_LISTENER,
						  index, err);
}

int server_listen(struct server *server, const char *control, struct err *err)
{
	int r;

	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server->epoll < 0)
		return err_errno(err, errno, "epoll");
	/* First: the radios of another that serves this medium are left alone. */
	r = control_open(&server->control, control, err);
	if (r == 0)
		r = server_watch(server, server->control.fd, EPOLLIN, SERVER_CONTROL, 0, err);
	for (size_t i = 0; r == 0 && i < server->hub.n; i++)
		r = listen_for_radio(server, i, err);
	return r;
}

void server_close(struct server *server)
{
	record_close(server);
	for (size_t i = 0; i < server->hub.n; i++) {
		struct server_radio *radio = &server->radios[i];

		outbox_clear(&radio->out);
		auto_closep(&radio->fd);
		if (radio->listener >= 0)
			(void)unlink(radio->path);
		auto_closep(&radio->listener);
		free(radio->path);
		free(radio->name);
	}
	auto_closep(&server->epoll);
	control_close(&server->control);
}
