/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting labd-medium, and talking to it. */
#include "medium/medium.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/control.h"
#include "base/str.h"
#include "medium/radiotap.h"
#include "pcapng/pcapng.h"

#define START_MS 10000

int medium_start(const struct medium_opts *opts, struct err *err)
{
	size_t n = 0, words = 3 + opts->n_radios + opts->n_paths;
	char **argv = xcalloc(words + 1, sizeof(*argv));
	int handle;

	argv[n++] = xstrdup(opts->program);
	argv[n++] = xstrdup(opts->name);
	argv[n++] = xstrdup(opts->control);
	for (size_t i = 0; i < opts->n_radios; i++)
		argv[n++] = xasprintf("%s,%s,%s", opts->radios[i].name, opts->radios[i].mac,
				      opts->radios[i].socket);
	for (size_t i = 0; i < opts->n_paths; i++)
		argv[n++] = xasprintf("--path=%s,%s,%d,%u", opts->paths[i].a, opts->paths[i].b,
				      opts->paths[i].signal, opts->paths[i].loss_ppm);
	handle = child_serve((const char *const *)(uintptr_t)argv, -1, deadline_in_ms(START_MS),
			     err);
	for (size_t i = 0; i < n; i++)
		free(argv[i]);
	free(argv);
	return handle < 0 ? err_context(err, "medium '%s'", opts->name) : handle;
}

int medium_find(const char *control, struct err *err)
{
	auto_close int fd = control_reach(control, err);

	return fd < 0 ? fd : child_peer(fd, err);
}

int medium_capture_start(const char *control, const char *name, const char *path, struct err *err)
{
	auto_close int file =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	auto_free char *words = xasprintf("capture %s", name);
	char answer[CONTROL_MESSAGE_MAX];
	int r;

	if (file < 0)
		return err_errno(err, errno, "'%s'", path);
	r = control_ask_at(control, words, file, answer, err);
	if (r < 0)
		(void)unlink(path);
	return r;
}

int medium_capture_stop(const char *control, const char *name, struct medium_stats *ret,
			struct err *err)
{
	auto_free char *words = xasprintf("stop %s", name);
	char answer[CONTROL_MESSAGE_MAX];
	struct medium_stats stats;
	int r = control_ask_at(control, words, -1, answer, err);

	if (r < 0)
		return r;
	if (sscanf(answer, " %" SCNu64 " %" SCNu64 " %" SCNu64, &stats.frames, &stats.bytes,
		   &stats.dropped) != 3)
		return err_set(err, EPROTO, "medium: an invalid answer");
	*ret = stats;
	return 0;
}

int medium_set_range(const char *control, const char *radio, bool in, struct err *err)
{
	auto_free char *words = xasprintf("range %s %s", radio, in ? "in" : "out");
	char answer[CONTROL_MESSAGE_MAX];

	return control_ask_at(control, words, -1, answer, err);
}

int medium_set_path(const char *control, const struct medium_path *path, struct err *err)
{
	auto_free char *words =
		xasprintf("path %s %s %d %u", path->a, path->b, path->signal, path->loss_ppm);
	char answer[CONTROL_MESSAGE_MAX];

	return control_ask_at(control, words, -1, answer, err);
}

int medium_get_stats(const char *control, const char *radio, struct medium_radio_stats *ret,
		     struct err *err)
{
	auto_free char *words = xasprintf("stats %s", radio);
	char answer[CONTROL_MESSAGE_MAX];
	struct medium_radio_stats stats;
	int there, away, r = control_ask_at(control, words, -1, answer, err);

	if (r < 0)
		return r;
	if (sscanf(answer, " %d %d %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
		   &there, &away, &stats.sent, &stats.heard, &stats.unacked, &stats.malformed,
		   &stats.dropped) != 7)
		return err_set(err, EPROTO, "medium: an invalid answer");
	stats.there = there;
	stats.away = away;
	*ret = stats;
	return 0;
}

/* --- live --- */

static int pass_frame(int fd, struct pcapng_writer *w, struct err *err)
{
	uint8_t buf[sizeof(struct medium_frame) + RADIOTAP_FRAME_MAX];
	struct pcapng_packet packet = { .data = buf + sizeof(struct medium_frame) };
	struct medium_frame head;
	ssize_t n = recv(fd, buf, sizeof(buf), 0);
	int r;

	if (n < (ssize_t)sizeof(head))
		return n < 0 && errno == EINTR ? 0 : err_set(err, EIO, "medium: it has ended");
	memcpy(&head, buf, sizeof(head));
	packet.time_ns = head.time_ns;
	packet.dropped = head.missed;
	packet.len = packet.orig_len = (uint32_t)((size_t)n - sizeof(head));
	r = pcapng_write_packet(w, &packet, err);
	return r < 0 ? r : pcapng_flush(w, err);
}

int medium_capture_live(const char *control, const char *iface, int out, int stop, struct err *err)
{
	const struct pcapng_iface head = { .name = iface, .linktype = PCAPNG_RADIOTAP };
	auto_pcapng_writer struct pcapng_writer *w = NULL;
	auto_close int fd = control_reach(control, err);
	char answer[CONTROL_MESSAGE_MAX];
	int r = fd < 0 ? fd : control_ask(fd, "follow", -1, answer, err);
	struct pollfd pfd[3] = { { .fd = fd, .events = POLLIN },
				 { .fd = stop, .events = POLLIN },
				 { .fd = out } };

	if (r < 0)
		return r;
	pcapng_writer_new(out, stop, "labd", &w);
	r = pcapng_write_iface(w, &head, err);
	if (r >= 0)
		r = pcapng_flush(w, err);
	while (r >= 0) {
		if (poll(pfd, 3, -1) < 0 && errno != EINTR)
			return err_errno(err, errno, "poll");
		if (pfd[1].revents || pfd[2].revents)
			return 0;
		if (pfd[0].revents)
			r = pass_frame(fd, w, err);
	}
	return r == -EPIPE || r == -ECANCELED ? 0 : r;
}
