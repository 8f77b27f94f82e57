/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The air between radios: who hears a frame, and whether it is acknowledged. */
#include "medium/hub.h"

#include <string.h>

#define NS_PER_MILLISECOND INT64_C(1000000)
#define CERTAIN_PPM 1000000

void hub_init(struct hub *hub, uint64_t seed, const struct hub_ops *ops, void *ctx)
{
	memset(hub, 0, sizeof(*hub));
	hub->random = seed ? seed : 1;
	hub->ops = ops;
	hub->ctx = ctx;
}

size_t hub_add(struct hub *hub, struct net_mac mac)
{
	size_t index = hub->n++;

	hub->radios[index].mac = mac;
	hub->radios[index].ask_at = INT64_MAX;
	for (size_t i = 0; i < hub->n; i++)
		hub_set_path(hub, i, index, (struct hub_path){ .signal = HUB_SIGNAL });
	return index;
}

void hub_set_path(struct hub *hub, size_t a, size_t b, struct hub_path path)
{
	hub->paths[a][b] = hub->paths[b][a] = path;
}

/* xorshift64* (Vigna 2016): not for secrets. */
static uint32_t draw_ppm(struct hub *hub)
{
	uint64_t x = hub->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	hub->random = x;
	return (uint32_t)((x * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % CERTAIN_PPM;
}

static bool in_range(const struct hub *hub, size_t a, size_t b)
{
	return a != b && !hub->radios[a].away && !hub->radios[b].away &&
	       hub->paths[a][b].loss_ppm < CERTAIN_PPM;
}

static bool gets_through(struct hub *hub, size_t a, size_t b)
{
	uint32_t loss = hub->paths[a][b].loss_ppm;

	return loss == 0 || draw_ppm(hub) >= loss;
}

static bool say(struct hub *hub, size_t to, size_t from, enum air_type type, uint32_t id,
		const void *body, size_t len, const struct air_message *frame)
{
	uint8_t buf[AIR_MESSAGE_MAX];
	size_t n = air_put(buf, type, id, body, len, frame ? frame->bytes : NULL,
			   frame ? frame->n_bytes : 0);

	return hub->ops->say(hub->ctx, to, from, buf, n);
}

/* Tells a sender how its frame ended; by whom it was acknowledged, or SIZE_MAX. */
static void answer(struct hub *hub, size_t to, uint32_t id, size_t by)
{
	struct air_done done = { .ok = by != SIZE_MAX };

	if (done.ok)
		done.signal = hub->paths[to][by].signal;
	else
		hub->radios[to].unacked++;
	(void)say(hub, to, to, AIR_DONE, id, &done, sizeof(done), NULL);
}

static bool hand(struct hub *hub, size_t to, size_t from, uint32_t id,
		 const struct air_message *msg)
{
	struct air_frame frame = msg->frame;

	frame.signal = hub->paths[from][to].signal;
	frame.wanted = id != 0;
	hub->radios[to].heard++;
	return say(hub, to, from, AIR_FRAME, id, &frame, sizeof(frame), msg);
}

/* --- numbers: those of radio r are seq * HUB_RADIOS_MAX + r, with seq from 1 --- */

static struct hub_pending *wait_for(struct hub *hub, size_t from, size_t to, uint32_t id,
				    int64_t now)
{
	struct hub_radio *radio = &hub->radios[from];
	struct hub_pending *p;

	/* Of 32 bits; 0 is no number. */
	radio->seq = (radio->seq + 1) & (UINT32_MAX / HUB_RADIOS_MAX);
	if (!radio->seq)
		radio->seq = 1;
	p = &radio->pending[radio->seq % HUB_PENDING];
	if (p->used)
		answer(hub, from, p->id, SIZE_MAX);
	*p = (struct hub_pending){ .used = true,
				   .seq = radio->seq,
				   .id = id,
				   .to = to,
				   .deadline = now + HUB_ANSWER_MS * NS_PER_MILLISECOND };
	return p;
}

static void take_answer(struct hub *hub, size_t by, const struct air_message *msg)
{
	size_t from = msg->id % HUB_RADIOS_MAX;
	uint32_t seq = msg->id / HUB_RADIOS_MAX;
	struct hub_pending *p = &hub->radios[from].pending[seq % HUB_PENDING];

	if (from >= hub->n || !p->used || p->seq != seq || p->to != by)
		return;
	p->used = false;
	answer(hub, from, p->id, msg->done.ok ? by : SIZE_MAX);
}

/* --- frames --- */

static size_t station_of(const struct hub *hub, const uint8_t *mac)
{
	for (size_t i = 0; i < hub->n; i++)
		if (memcmp(hub->radios[i].mac.byte, mac, 6) == 0)
			return i;
	return SIZE_MAX;
}

static int8_t signal_seen(const struct hub *hub, size_t from, size_t to)
{
	int8_t best = INT8_MIN;

	if (to != SIZE_MAX && to != from)
		return hub->paths[from][to].signal;
	for (size_t i = 0; i < hub->n; i++)
		if (in_range(hub, from, i) && hub->paths[from][i].signal > best)
			best = hub->paths[from][i].signal;
	return best == INT8_MIN ? HUB_SIGNAL : best;
}

/* The tries of a frame, for the capture; whether the last one reached the station. */
static bool send_tries(struct hub *hub, size_t from, size_t to, const struct air_message *msg)
{
	struct hub_sight sight = { .from = from,
				   .freq = msg->frame.freq,
				   .rate = msg->frame.rate,
				   .signal = signal_seen(hub, from, to),
				   .bytes = msg->bytes,
				   .n_bytes = msg->n_bytes };
	int tries = msg->frame.wanted && to != SIZE_MAX ? HUB_TRIES : 1;
	bool reached = false;

	for (int i = 0; i < tries && !reached; i++) {
		sight.retry = i > 0;
		hub->ops->see(hub->ctx, &sight);
		if (to == SIZE_MAX || !in_range(hub, from, to) || !hub->radios[to].there)
			break;
		reached = gets_through(hub, from, to);
	}
	return reached;
}

static void take_frame(struct hub *hub, size_t from, const struct air_message *msg, int64_t now)
{
	bool group = msg->bytes[4] & 1;
	size_t to = group ? SIZE_MAX : station_of(hub, msg->bytes + 4);
	bool reached = send_tries(hub, from, to, msg);

	hub->radios[from].sent++;
	for (size_t i = 0; i < hub->n; i++)
		if (i != to && in_range(hub, from, i) && hub->radios[i].there &&
		    gets_through(hub, from, i))
			(void)hand(hub, i, from, 0, msg);
	if (!msg->frame.wanted) {
		if (reached)
			(void)hand(hub, to, from, 0, msg);
		return;
	}
	if (reached) {
		struct hub_pending *p = wait_for(hub, from, to, msg->id, now);

		if (hand(hub, to, from, p->seq * HUB_RADIOS_MAX + (uint32_t)from, msg))
			return;
		p->used = false;
	}
	answer(hub, from, msg->id, SIZE_MAX);
}

void hub_take(struct hub *hub, size_t from, const struct air_message *msg, int64_t now)
{
	hub->radios[from].there = true;
	hub->radios[from].ask_at = INT64_MAX;
	switch (msg->type) {
	case AIR_FRAME:
		take_frame(hub, from, msg, now);
		break;
	case AIR_DONE:
		take_answer(hub, from, msg);
		break;
	case AIR_ASK:
	case AIR_HELLO:
		break;
	}
}

void hub_connected(struct hub *hub, size_t radio, int64_t now)
{
	hub->radios[radio].ask_at = now + HUB_ASK_MS * NS_PER_MILLISECOND;
	(void)say(hub, radio, radio, AIR_ASK, 0, NULL, 0, NULL);
}

/* What was sent to it is not acknowledged by anybody; what it sent needs no answer. */
void hub_gone(struct hub *hub, size_t radio)
{
	hub->radios[radio].there = false;
	hub->radios[radio].ask_at = INT64_MAX;
	for (size_t i = 0; i < hub->n; i++)
		for (size_t j = 0; j < HUB_PENDING; j++) {
			struct hub_pending *p = &hub->radios[i].pending[j];

			if (!p->used || (p->to != radio && i != radio))
				continue;
			p->used = false;
			if (i != radio)
				answer(hub, i, p->id, SIZE_MAX);
		}
}

int64_t hub_expire(struct hub *hub, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < hub->n; i++) {
		if (hub->radios[i].ask_at < now)
			hub_connected(hub, i, now);
		if (hub->radios[i].ask_at < next)
			next = hub->radios[i].ask_at;
		for (size_t j = 0; j < HUB_PENDING; j++) {
			struct hub_pending *p = &hub->radios[i].pending[j];

			if (p->used && p->deadline <= now) {
				p->used = false;
				answer(hub, i, p->id, SIZE_MAX);
			}
			if (p->used && p->deadline < next)
				next = p->deadline;
		}
	}
	return next;
}
