/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What guests say to the medium: the first byte is how many bytes come from which radio, and so on.
 * Whatever three radios send, nothing is read or kept beyond its bounds, and a radio is told of
 * each of its frames at most once.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "medium/hub.h"
#include "medium/outbox.h"
#include "medium/radiotap.h"

#define RADIOS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct stage {
	struct hub hub;
	struct outbox out[RADIOS];
	uint8_t in[RADIOS][16384];
	size_t n_in[RADIOS];
	uint64_t sights;
};

static bool on_say(void *ctx, size_t to, size_t from, const uint8_t *message, size_t len)
{
	struct stage *stage = ctx;

	assert(to < RADIOS && from < RADIOS && len <= AIR_MESSAGE_MAX);
	return outbox_add(&stage->out[to], from, message, len);
}

static void on_see(void *ctx, const struct hub_sight *sight)
{
	struct stage *stage = ctx;
	uint8_t out[RADIOTAP_FRAME_MAX];

	assert(radiotap_put(out, sight) <= sizeof(out));
	stage->sights++;
}

static void feed(struct stage *stage, size_t radio, const uint8_t *data, size_t len, int64_t now)
{
	size_t at = 0, used;

	/* As the server reads: what is left of a message is less than half of the buffer. */
	assert(sizeof(stage->in[0]) - stage->n_in[radio] >= len);
	memcpy(stage->in[radio] + stage->n_in[radio], data, len);
	stage->n_in[radio] += len;
	do {
		struct air_message msg;
		bool found;

		used = air_next(stage->in[radio] + at, stage->n_in[radio] - at, &msg, &found,
				&stage->hub.radios[radio].malformed);
		if (found)
			hub_take(&stage->hub, radio, &msg, now);
		at += used;
	} while (used);
	stage->n_in[radio] -= at;
	assert(stage->n_in[radio] < AIR_MESSAGE_MAX);
	memmove(stage->in[radio], stage->in[radio] + at, stage->n_in[radio]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hub_ops ops = { on_say, on_see };
	struct stage *stage = calloc(1, sizeof(*stage));
	int64_t now = 1;

	assert(stage);
	hub_init(&stage->hub, 7, &ops, stage);
	for (uint8_t i = 0; i < RADIOS; i++) {
		const struct net_mac mac = { { 2, 0, 0, 0, 0, i } };

		(void)hub_add(&stage->hub, mac);
		outbox_init(&stage->out[i]);
	}
	hub_set_path(&stage->hub, 0, 2, (struct hub_path){ -80, 500000 });
	while (size) {
		size_t radio = data[0] % RADIOS, len = (size_t)(data[0] / RADIOS) * 8;

		data++;
		size--;
		if (len > size)
			len = size;
		feed(stage, radio, data, len, now);
		data += len;
		size -= len;
		now += INT64_C(50000000);
		(void)hub_expire(&stage->hub, now);
		if (len == 0)
			hub_gone(&stage->hub, radio);
	}
	(void)hub_expire(&stage->hub, INT64_MAX);
	for (size_t i = 0; i < RADIOS; i++)
		outbox_clear(&stage->out[i]);
	free(stage);
	return 0;
}
