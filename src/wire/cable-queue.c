/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One direction of a cable: when each frame leaves. */
#include "wire/cable-queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define FULL_FRAME 1514

/* splitmix64: small, and any seed will do. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* A number in [0, n) from 32 random bits. */
static uint32_t scale(uint32_t random, uint32_t n)
{
	return (uint32_t)(((uint64_t)random * n) >> 32);
}

/* How long the line is busy with that many bytes, rounded up. */
static int64_t line_time(const struct net_shape *shape, uint32_t len)
{
	uint64_t bits = (uint64_t)len * 8;

	if (!shape->rate_bps)
		return 0;
	return (int64_t)((bits * (uint64_t)NS_PER_S + shape->rate_bps - 1) / shape->rate_bps);
}

static int64_t travel_time(const struct net_shape *shape, int32_t draw)
{
	int64_t delay = (int64_t)shape->delay_us * 1000;

	/* us * millionths / 1000: ns */
	return delay + (int64_t)shape->jitter_us * draw / 1000;
}

static bool line_is_full(const struct cable_queue *queue, int64_t now)
{
	int64_t wait = queue->line_free - now;
	int64_t some = CABLE_WAIT_FRAMES * line_time(&queue->shape, FULL_FRAME);

	return wait > CABLE_WAIT_MAX_NS && wait > some;
}

/* Sets when a frame that has left the line is due, behind the one before it. */
static void set_due(struct cable_queue *queue, struct cable_frame *frame)
{
	frame->due = frame->off_line + travel_time(&queue->shape, frame->draw);
	if (frame->due < queue->last_due)
		frame->due = queue->last_due;
	queue->last_due = frame->due;
}

void cable_queue_init(struct cable_queue *queue, const struct net_shape *shape, uint64_t seed)
{
	memset(queue, 0, sizeof(*queue));
	queue->shape = *shape;
	queue->random = seed;
}

enum cable_verdict cable_queue_add(struct cable_queue *queue, struct cable_frame *frame,
				   int64_t now)
{
	uint64_t random = next_random(&queue->random);

	if (queue->frames >= CABLE_FRAMES_MAX || queue->bytes + frame->len > CABLE_BYTES_MAX ||
	    line_is_full(queue, now)) {
		queue->tail_drops++;
		return CABLE_TAIL_DROP;
	}
	if (queue->line_free < now)
		queue->line_free = now;
	queue->line_free += line_time(&queue->shape, frame->len);
	/* What is lost has kept the line busy all the same. */
	if (scale((uint32_t)random, 1000000) < queue->shape.loss_ppm) {
		queue->lost++;
		return CABLE_LOST;
	}
	frame->off_line = queue->line_free;
	frame->draw = (int32_t)scale((uint32_t)(random >> 32), 2000001) - 1000000;
	set_due(queue, frame);
	frame->next = NULL;
	if (queue->tail)
		queue->tail->next = frame;
	else
		queue->head = frame;
	queue->tail = frame;
	queue->frames++;
	queue->bytes += frame->len;
	return CABLE_QUEUED;
}

void cable_queue_reshape(struct cable_queue *queue, const struct net_shape *shape, int64_t now)
{
	queue->shape = *shape;
	queue->line_free = now;
	queue->last_due = 0;
	for (struct cable_frame *frame = queue->head; frame; frame = frame->next) {
		/* What still waits for the line, or is on it, goes by the new rate. */
		if (frame->off_line > now) {
			queue->line_free += line_time(shape, frame->len);
			frame->off_line = queue->line_free;
		}
		set_due(queue, frame);
	}
}

int64_t cable_queue_next(const struct cable_queue *queue)
{
	return queue->head ? queue->head->due : INT64_MAX;
}

struct cable_frame *cable_queue_take(struct cable_queue *queue, int64_t now)
{
	struct cable_frame *frame = queue->head;

	if (!frame || frame->due > now)
		return NULL;
	queue->head = frame->next;
	if (!queue->head)
		queue->tail = NULL;
	queue->frames--;
	queue->bytes -= frame->len;
	frame->next = NULL;
	return frame;
}

void cable_queue_clear(struct cable_queue *queue)
{
	struct cable_frame *frame;

	while ((frame = cable_queue_take(queue, INT64_MAX)))
		free(frame);
}
