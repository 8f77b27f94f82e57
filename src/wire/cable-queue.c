/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One direction of a cable: when each frame leaves. */
#include "wire/cable-queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/clock.h"

#define FULL_FRAME 1514
#define HEADER 14 /* of Ethernet */

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

/* The same for one that is held back. */
static void set_held_due(struct cable_queue *queue, struct cable_frame *frame)
{
	frame->due = frame->off_line + travel_time(&queue->shape, frame->draw) + CABLE_HELD_NS;
	if (frame->due < queue->last_held)
		frame->due = queue->last_held;
	queue->last_held = frame->due;
}

void cable_queue_init(struct cable_queue *queue, const struct net_shape *shape, uint64_t seed)
{
	memset(queue, 0, sizeof(*queue));
	queue->shape = *shape;
	queue->random = seed;
}

static void append(struct cable_list *list, struct cable_frame *frame)
{
	frame->next = NULL;
	if (list->tail)
		list->tail->next = frame;
	else
		list->head = frame;
	list->tail = frame;
}

/* Those that have let enough by come out right behind the last of them. */
static void let_go(struct cable_queue *queue)
{
	for (; queue->waiting && queue->waiting->number <= queue->numbered;
	     queue->waiting = queue->waiting->next)
		if (queue->waiting->due > queue->last_due)
			queue->waiting->due = queue->last_due;
}

static void put(struct cable_queue *queue, struct cable_frame *frame, bool held)
{
	queue->frames++;
	queue->bytes += frame->len;
	if (held) {
		frame->number = queue->numbered + CABLE_HELD_BY;
		set_held_due(queue, frame);
		append(&queue->held, frame);
		if (!queue->waiting)
			queue->waiting = frame;
	} else {
		frame->number = ++queue->numbered;
		set_due(queue, frame);
		append(&queue->way, frame);
		let_go(queue);
	}
}

static bool happens(uint32_t random, uint32_t ppm)
{
	return scale(random, 1000000) < ppm;
}

/* One bit behind the Ethernet header, so that it still goes to whom it was meant for. */
static void damage(struct cable_queue *queue, struct cable_frame *frame, uint32_t random)
{
	uint32_t bit = scale(random, (frame->len - HEADER) * 8);

	frame->data[HEADER + bit / 8] ^= (unsigned char)(1U << bit % 8);
	frame->damaged = true;
	queue->corrupted++;
}

static void put_twice(struct cable_queue *queue, struct cable_frame *frame, bool held)
{
	size_t size = sizeof(*frame) + frame->len;
	struct cable_frame *copy = xcalloc(1, size);

	memcpy(copy, frame, size);
	put(queue, frame, held);
	put(queue, copy, held);
	queue->duplicated++;
}

enum cable_verdict cable_queue_add(struct cable_queue *queue, struct cable_frame *frame,
				   int64_t now)
{
	const struct net_shape *shape = &queue->shape;
	uint64_t random = next_random(&queue->random), more = 0, last = 0;

	if (queue->frames >= CABLE_FRAMES_MAX || queue->bytes + frame->len > CABLE_BYTES_MAX ||
	    line_is_full(queue, now)) {
		queue->tail_drops++;
		return CABLE_TAIL_DROP;
	}
	if (queue->line_free < now)
		queue->line_free = now;
	queue->line_free += line_time(shape, frame->len);
	/* What is lost has kept the line busy all the same. */
	if (happens((uint32_t)random, shape->loss_ppm)) {
		queue->lost++;
		return CABLE_LOST;
	}
	if (shape->duplicate_ppm || shape->reorder_ppm || shape->corrupt_ppm) {
		more = next_random(&queue->random);
		last = next_random(&queue->random);
	}
	frame->off_line = queue->line_free;
	frame->draw = (int32_t)scale((uint32_t)(random >> 32), 2000001) - 1000000;
	if (happens((uint32_t)last, shape->corrupt_ppm) && frame->len > HEADER)
		damage(queue, frame, (uint32_t)(last >> 32));
	if (happens((uint32_t)more, shape->duplicate_ppm) && !frame->damaged)
		put_twice(queue, frame, happens((uint32_t)(more >> 32), shape->reorder_ppm));
	else
		put(queue, frame, happens((uint32_t)(more >> 32), shape->reorder_ppm));
	return CABLE_QUEUED;
}

/* What still waits for the line, or is on it, goes by the new rate. */
static void leave_anew(struct cable_queue *queue, struct cable_frame *frame, int64_t now)
{
	if (frame->off_line <= now)
		return;
	queue->line_free += line_time(&queue->shape, frame->len);
	frame->off_line = queue->line_free;
}

void cable_queue_reshape(struct cable_queue *queue, const struct net_shape *shape, int64_t now)
{
	queue->shape = *shape;
	queue->line_free = now;
	queue->last_due = queue->last_held = 0;
	for (struct cable_frame *frame = queue->way.head; frame; frame = frame->next) {
		leave_anew(queue, frame, now);
		set_due(queue, frame);
	}
	for (struct cable_frame *frame = queue->held.head; frame; frame = frame->next) {
		leave_anew(queue, frame, now);
		set_held_due(queue, frame);
	}
	queue->waiting = queue->held.head;
	let_go(queue);
}

/* Of two that are due together, one that was held back waits for those that it lets by. */
static struct cable_list *next_list(struct cable_queue *queue)
{
	const struct cable_frame *way = queue->way.head, *held = queue->held.head;

	if (!held || (way && way->due < held->due))
		return &queue->way;
	return !way || held->due < way->due || held->number <= queue->out ? &queue->held
									  : &queue->way;
}

int64_t cable_queue_next(const struct cable_queue *queue)
{
	int64_t way = queue->way.head ? queue->way.head->due : INT64_MAX;
	int64_t held = queue->held.head ? queue->held.head->due : INT64_MAX;

	return held < way ? held : way;
}

static void note_order(struct cable_queue *queue, const struct cable_list *from,
		       const struct cable_frame *frame)
{
	if (from == &queue->way)
		queue->out = frame->number;
	else if (queue->out + CABLE_HELD_BY > frame->number)
		queue->reordered++;
}

struct cable_frame *cable_queue_take(struct cable_queue *queue, int64_t now)
{
	struct cable_list *from = next_list(queue);
	struct cable_frame *frame = from->head;

	if (!frame || frame->due > now)
		return NULL;
	from->head = frame->next;
	if (!from->head)
		from->tail = NULL;
	if (queue->waiting == frame)
		queue->waiting = frame->next;
	note_order(queue, from, frame);
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
