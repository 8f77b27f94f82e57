/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients of labd-medium ask for. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "medium/server.h"

static size_t radio_named(const struct server *server, const char *name, struct err *err)
{
	size_t index = server_find_radio(server, name);

	if (index == SIZE_MAX)
		(void)err_set(err, ENOENT, "no radio '%s'", name);
	return index;
}

static int obey_capture(struct server *server, struct control_request *request, struct err *err)
{
	int r;

	if (request->fd < 0)
		return err_set(err, EINVAL, "capture takes a descriptor");
	r = record_start(server, request->words[1], request->fd, err);
	if (r == 0)
		request->fd = -1;
	return r;
}

static int obey_stop(struct server *server, const struct control_request *request,
		     struct str *answer, struct err *err)
{
	uint64_t frames, bytes, dropped;
	int r = record_stop(server, request->words[1], &frames, &bytes, &dropped, err);

	if (r == 0)
		str_addf(answer, " %" PRIu64 " %" PRIu64 " %" PRIu64, frames, bytes, dropped);
	return r;
}

static int obey_range(struct server *server, const struct control_request *request, struct err *err)
{
	size_t radio = radio_named(server, request->words[1], err);

	if (radio == SIZE_MAX)
		return err->code;
	server->hub.radios[radio].away = str_eq(request->words[2], "out");
	return 0;
}

static int obey_path(struct server *server, const struct control_request *request, struct err *err)
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

static int obey_stats(struct server *server, const struct control_request *request,
		      struct str *answer, struct err *err)
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

int server_obey(void *ctx, struct control_request *request, struct str *answer, struct err *err)
{
	struct server *server = ctx;
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
	if (!str_eq(word, "follow") || request->n != 1)
		return err_set(err, EINVAL, "unknown request");
	request->client->following = true;
	return 0;
}
