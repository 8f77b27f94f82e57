/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All frames of the medium, into files and to those who follow. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "medium/medium.h"
#include "medium/radiotap.h"
#include "medium/server.h"
#include "net/point.h"

#define FLUSH_MS 1000 /* how much of a capture a sudden end may cost */

static struct server_capture *find(struct server *server, const char *name)
{
	for (size_t i = 0; i < SERVER_CAPTURES_MAX; i++)
		if (str_eq(server->captures[i].name, name))
			return &server->captures[i];
	return NULL;
}

int record_start(struct server *server, const char *name, int fd, struct err *err)
{
	auto_free char *iface_name = xasprintf(NET_AIR ":%s", server->name);
	const struct pcapng_iface iface = { .name = iface_name,
					    .description = "all that was sent on the medium",
					    .linktype = PCAPNG_RADIOTAP };
	struct server_capture *capture = find(server, NULL);
	int r;

	if (find(server, name))
		return err_set(err, EEXIST, "capture '%s' runs already", name);
	if (!capture)
		return err_set(err, EBUSY, "more than %d captures", SERVER_CAPTURES_MAX);
	*capture = (struct server_capture){ .fd = fd, .flush_at = deadline_in_ms(FLUSH_MS) };
	pcapng_writer_new(fd, -1, "labd-medium", &capture->writer);
	r = pcapng_write_iface(capture->writer, &iface, err);
	if (r >= 0)
		r = pcapng_flush(capture->writer, err);
	if (r < 0) {
		pcapng_writer_free(take_ptr(capture->writer));
		return r; /* the descriptor stays the caller's */
	}
	capture->name = xstrdup(name);
	return 0;
}

int record_stop(struct server *server, const char *name, uint64_t *frames, uint64_t *bytes,
		uint64_t *dropped, struct err *err)
{
	struct server_capture *capture = *name ? find(server, name) : NULL;
	struct pcapng_stats stats = { .time_ns = (uint64_t)clock_real_ns() };
	struct pcapng_counts counts;

	if (!capture)
		return err_set(err, ENOENT, "no capture '%s' runs", name);
	stats.received = capture->seen;
	(void)pcapng_flush(capture->writer, NULL);
	counts = pcapng_written(capture->writer);
	stats.dropped = capture->seen - counts.packets;
	(void)pcapng_write_stats(capture->writer, &stats, NULL);
	(void)pcapng_flush(capture->writer, NULL);
	*frames = counts.packets;
	*bytes = counts.bytes;
	*dropped = stats.dropped;
	pcapng_writer_free(capture->writer);
	(void)close(capture->fd);
	free(capture->name);
	*capture = (struct server_capture){ .fd = -1 };
	return 0;
}

static void write_frame(struct server_capture *capture, uint64_t now, const uint8_t *data,
			size_t len)
{
	const struct pcapng_packet packet = {
		.time_ns = now, .data = data, .len = (uint32_t)len, .orig_len = (uint32_t)len
	};

	capture->seen++;
	/* A writer that failed (a full disk) says so with every call; the counters tell. */
	(void)pcapng_write_packet(capture->writer, &packet, NULL);
}

static void send_frame(struct control_client *client, uint64_t now, const uint8_t *data, size_t len)
{
	struct medium_frame head = { .time_ns = now, .missed = client->missed };
	struct iovec parts[2] = { { &head, sizeof(head) }, { (void *)(uintptr_t)data, len } };
	const struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };

	if (sendmsg(client->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		client->missed++;
	else
		client->missed = 0;
}

void record_see(struct server *server, const struct hub_sight *sight)
{
	uint8_t data[RADIOTAP_FRAME_MAX];
	size_t len = radiotap_put(data, sight);
	uint64_t now = (uint64_t)clock_real_ns();

	for (size_t i = 0; i < SERVER_CAPTURES_MAX; i++)
		if (server->captures[i].name)
			write_frame(&server->captures[i], now, data, len);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (server->control.clients[i].fd >= 0 && server->control.clients[i].following)
			send_frame(&server->control.clients[i], now, data, len);
}

int record_flush(struct server *server)
{
	int next = -1;

	for (size_t i = 0; i < SERVER_CAPTURES_MAX; i++) {
		struct server_capture *capture = &server->captures[i];

		if (!capture->name)
			continue;
		if (deadline_passed(capture->flush_at)) {
			(void)pcapng_flush(capture->writer, NULL);
			capture->flush_at = deadline_in_ms(FLUSH_MS);
		}
		next = FLUSH_MS;
	}
	return next;
}

void record_close(struct server *server)
{
	uint64_t unused;

	for (size_t i = 0; i < SERVER_CAPTURES_MAX; i++) {
		auto_free char *name =
			server->captures[i].name ? xstrdup(server->captures[i].name) : NULL;

		if (name)
			(void)record_stop(server, name, &unused, &unused, &unused, NULL);
	}
}
