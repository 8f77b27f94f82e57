/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When frames leave a cable: delay, jitter, loss, rate, bounds and changes, without a clock.
 * Covers: src/wire/cable-queue.c
 */
#include "base/clock.h"
#include "lib/tests.h"
#include "wire/cable-queue.h"
#include "wire/cable.h"

#define MS NS_PER_MS
#define START (INT64_C(1000) * NS_PER_S)
#define SEED 42

static void begin(struct cable_queue *queue, struct net_shape shape)
{
	cable_queue_init(queue, &shape, SEED);
}

static enum cable_verdict add(struct cable_queue *queue, uint32_t len, int64_t now)
{
	struct cable_frame *frame = xcalloc(1, sizeof(*frame) + len);
	enum cable_verdict verdict;

	frame->len = len;
	verdict = cable_queue_add(queue, frame, now);
	if (verdict != CABLE_QUEUED)
		free(frame);
	return verdict;
}

/* Takes the next frame, whenever it is due, and says when that is. */
static int64_t take(struct cable_queue *queue)
{
	int64_t due = cable_queue_next(queue);
	struct cable_frame *frame;

	assert_null(cable_queue_take(queue, due - 1));
	frame = cable_queue_take(queue, due);
	assert_non_null(frame);
	free(frame);
	return due;
}

/* ---- one table: frames that come at given moments, and when each leaves ---- */

#define FRAMES 4

struct timing_row {
	const char *title;
	struct net_shape shape;
	uint32_t lens[FRAMES];    /* 0: no more */
	int64_t arrivals[FRAMES]; /* microseconds */
	int64_t dues[FRAMES];
};

static const struct timing_row timing_rows[] = {
	{ "timing: nothing set", { 0 }, { 100, 1514 }, { 0, 5 }, { 0, 5 } },
	{ "timing: delay",
	  { .delay_us = 60000 },
	  { 100, 1514, 60 },
	  { 0, 5, 5 },
	  { 60000, 60005, 60005 } },
	{ "timing: rate alone",
	  { .rate_bps = 1000000 },
	  { 125, 125, 250 },
	  { 0, 0, 0 },
	  { 1000, 2000, 4000 } },
	{ "timing: rate, idle between",
	  { .rate_bps = 1000000 },
	  { 125, 125 },
	  { 0, 5000 },
	  { 1000, 6000 } },
	{ "timing: rate, half waiting",
	  { .rate_bps = 1000000 },
	  { 125, 125 },
	  { 0, 500 },
	  { 1000, 2000 } },
	{ "timing: rate and delay",
	  { .delay_us = 10000, .rate_bps = 8000000 },
	  { 1000, 1000 },
	  { 0, 0 },
	  { 11000, 12000 } },
	{ "timing: longest delay", { .delay_us = 10000000 }, { 60 }, { 0 }, { 10000000 } },
	{ "timing: arrival stamps that step back",
	  { .delay_us = 10 },
	  { 60, 60 },
	  { 5, 3 },
	  { 15, 15 } },
};

static void test_timing(void **state)
{
	const struct timing_row *row = *state;
	struct cable_queue queue;

	begin(&queue, row->shape);
	assert_true(cable_queue_next(&queue) == INT64_MAX);
	for (size_t i = 0; i < FRAMES && row->lens[i]; i++)
		assert_int_equal(add(&queue, row->lens[i], START + row->arrivals[i] * 1000),
				 CABLE_QUEUED);
	for (size_t i = 0; i < FRAMES && row->lens[i]; i++)
		assert_int_equal(take(&queue), START + row->dues[i] * 1000);
	assert_true(cable_queue_next(&queue) == INT64_MAX);
	assert_int_equal(queue.frames, 0);
	assert_int_equal(queue.bytes, 0);
}

/* ---- chance ---- */

static void test_jitter_range_and_order(void **state)
{
	struct cable_queue queue;
	int64_t least = INT64_MAX, most = 0, last = 0;

	(void)state;
	begin(&queue, (struct net_shape){ .delay_us = 50000, .jitter_us = 20000 });
	/* Far enough apart that none has to wait for the one before it. */
	for (int i = 0; i < 1000; i++) {
		int64_t now = START + i * 100 * MS, took;

		assert_int_equal(add(&queue, 100, now), CABLE_QUEUED);
		took = take(&queue) - now;
		least = took < least ? took : least;
		most = took > most ? took : most;
	}
	assert_in_range(least, 30 * MS, 31 * MS);
	assert_in_range(most, 69 * MS, 70 * MS);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(add(&queue, 100, START + NS_PER_S * 200 + i * 1000), CABLE_QUEUED);
	for (int i = 0; i < 1000; i++) {
		int64_t due = take(&queue);

		assert_true(due >= last);
		last = due;
	}
}

struct loss_row {
	const char *title;
	uint32_t ppm;
	uint64_t least, most; /* of 100000 frames */
};

static void test_loss(void **state)
{
	const struct loss_row *row = *state;
	struct cable_queue queue;
	uint64_t lost = 0;

	begin(&queue, (struct net_shape){ .loss_ppm = row->ppm });
	for (int i = 0; i < 100000; i++) {
		if (add(&queue, 100, START + i) == CABLE_LOST)
			lost++;
		else
			(void)take(&queue);
	}
	assert_in_range(lost, row->least, row->most);
	assert_int_equal(queue.lost, lost);
}

static const struct loss_row loss_rows[] = {
	{ "loss: none", 0, 0, 0 },
	{ "loss: 0.1 %", 1000, 60, 140 },
	{ "loss: 10 %", 100000, 9600, 10400 },
	{ "loss: all", 1000000, 100000, 100000 },
};

static void test_same_seed_same_fate(void **state)
{
	struct cable_queue a, b;
	const struct net_shape shape = { .delay_us = 1000, .jitter_us = 1000, .loss_ppm = 300000 };

	(void)state;
	begin(&a, shape);
	begin(&b, shape);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(add(&a, 100, START + i * MS), add(&b, 100, START + i * MS));
	while (cable_queue_next(&a) != INT64_MAX)
		assert_int_equal(take(&a), take(&b));
	assert_true(cable_queue_next(&b) == INT64_MAX);
}

/* ---- copies, order, damage ---- */

#define MANY 10000

static unsigned int bits_set(const struct cable_frame *frame, uint32_t from)
{
	unsigned int n = 0;

	for (uint32_t i = from; i < frame->len; i++)
		n += (unsigned int)__builtin_popcount(frame->data[i]);
	return n;
}

static struct cable_frame *must_take(struct cable_queue *queue)
{
	struct cable_frame *frame = cable_queue_take(queue, INT64_MAX);

	assert_non_null(frame);
	return frame;
}

/* All bits are 0 when they go in: of a damaged one exactly one is set, and none of its header. */
static void test_damage(void **state)
{
	struct cable_queue queue;
	uint64_t damaged = 0;

	(void)state;
	begin(&queue, (struct net_shape){ .corrupt_ppm = 100000 });
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(add(&queue, 15 + i % 100, START + i), CABLE_QUEUED);
	for (int i = 0; i < MANY; i++) {
		struct cable_frame *frame = must_take(&queue);

		assert_int_equal(bits_set(frame, 0), frame->damaged);
		assert_int_equal(bits_set(frame, 14), frame->damaged);
		damaged += frame->damaged;
		free(frame);
	}
	assert_int_equal(queue.corrupted, damaged);
	assert_in_range(damaged, 900, 1100);
}

static void test_copies(void **state)
{
	struct cable_queue queue;
	uint64_t copies = 0;
	uint32_t last = 0;

	(void)state;
	begin(&queue, (struct net_shape){ .delay_us = 1000, .duplicate_ppm = 100000 });
	for (uint32_t i = 1; i <= MANY; i++)
		assert_int_equal(add(&queue, i, START + i), CABLE_QUEUED);
	/* A copy comes right behind its frame. */
	for (uint32_t i = 0; i < MANY + queue.duplicated; i++) {
		struct cable_frame *frame = must_take(&queue);

		assert_true(frame->len == last || frame->len == last + 1);
		copies += frame->len == last;
		last = frame->len;
		free(frame);
	}
	assert_int_equal(copies, queue.duplicated);
	assert_int_equal(last, MANY);
	assert_in_range(queue.duplicated, 900, 1100);
	assert_true(cable_queue_next(&queue) == INT64_MAX);
}

struct order_row {
	const char *title;
	struct net_shape shape;
	int64_t apart;        /* ns */
	uint64_t least, most; /* reordered of MANY */
	uint32_t behind;      /* a frame comes out behind so many that were sent later, at most */
};

static const struct order_row order_rows[] = {
	{ "order: kept", { .delay_us = 1000, .jitter_us = 1000 }, 1000, 0, 0, 0 },
	{ "order: a burst", { .reorder_ppm = 50000 }, 0, 400, 600, CABLE_HELD_BY },
	{ "order: at a slow rate",
	  { .reorder_ppm = 50000, .rate_bps = 100000000 },
	  100000,
	  400,
	  600,
	  CABLE_HELD_BY },
	{ "order: too far apart to be let by",
	  { .reorder_ppm = 50000 },
	  CABLE_HELD_NS + 1,
	  0,
	  0,
	  0 },
};

static void test_order(void **state)
{
	const struct order_row *row = *state;
	struct cable_queue queue;
	uint32_t most = 0, most_behind = 0;
	uint64_t behind = 0;

	begin(&queue, row->shape);
	for (uint32_t i = 1; i <= MANY; i++)
		assert_int_equal(add(&queue, i % 1000 + 14, START + i * row->apart), CABLE_QUEUED);
	for (uint32_t i = 1; i <= MANY; i++) {
		struct cable_frame *frame = must_take(&queue);
		/* Its length tells which it is, near the others. */
		uint32_t n = frame->len - 14;

		while (n + 500 < most)
			n += 1000;
		behind += n < most;
		most_behind = n < most && most - n > most_behind ? most - n : most_behind;
		most = n > most ? n : most;
		free(frame);
	}
	assert_int_equal(behind, queue.reordered);
	assert_in_range(queue.reordered, row->least, row->most);
	/* Those between may be held back themselves. */
	assert_true(most_behind <= 2 * row->behind + 4 * (row->behind > 0));
	assert_true(cable_queue_next(&queue) == INT64_MAX);
}

/* A lost frame was sent all the same: the next one waits for it. */
static void test_loss_takes_line_time(void **state)
{
	struct cable_queue queue;

	(void)state;
	begin(&queue, (struct net_shape){ .rate_bps = 1000000, .loss_ppm = 1000000 });
	assert_int_equal(add(&queue, 125, START), CABLE_LOST);
	queue.shape.loss_ppm = 0;
	assert_int_equal(add(&queue, 125, START), CABLE_QUEUED);
	assert_int_equal(take(&queue), START + 2 * MS);
}

/* ---- bounds ---- */

struct tail_row {
	const char *title;
	uint64_t rate;
	uint64_t least, most; /* frames of 1514 bytes that fit at once */
};

static void test_tail_drop(void **state)
{
	const struct tail_row *row = *state;
	struct cable_queue queue;
	uint64_t fit = 0;

	begin(&queue, (struct net_shape){ .rate_bps = row->rate });
	while (add(&queue, 1514, START) == CABLE_QUEUED)
		fit++;
	assert_in_range(fit, row->least, row->most);
	assert_int_equal(queue.tail_drops, 1);
	assert_int_equal(queue.frames, fit);
	/* When the line has had time there is room again. */
	if (row->rate)
		assert_int_equal(add(&queue, 1514, START + 1000 * 3600 * NS_PER_S), CABLE_QUEUED);
	cable_queue_clear(&queue);
	assert_int_equal(queue.frames, 0);
}

static const struct tail_row tail_rows[] = {
	{ "tail: 64 kbit/s, 16 frames", 64000, 16, 18 },
	{ "tail: 10 Mbit/s, 250 ms", 10000000, 206, 208 },
	{ "tail: 1 Gbit/s, 250 ms", 1000000000, 20600, 20700 },
	{ "tail: 1 bit/s", 1, 16, 18 },
	{ "tail: no rate, 64 MiB", 0, 44320, 44330 },
};

static void test_frame_bound(void **state)
{
	struct cable_queue queue;
	uint64_t fit = 0;

	(void)state;
	begin(&queue, (struct net_shape){ .delay_us = 10000000 });
	while (add(&queue, 60, START) == CABLE_QUEUED)
		fit++;
	assert_int_equal(fit, CABLE_FRAMES_MAX);
	cable_queue_clear(&queue);
}

/* ---- changes ---- */

struct change_row {
	const char *title;
	struct net_shape before, after;
	int64_t at;           /* milliseconds */
	int64_t dues[FRAMES]; /* of frames of 1250 bytes at 0, 1, 2 and 3 ms; milliseconds */
};

static const struct change_row change_rows[] = {
	{ "change: none", { .delay_us = 20000 }, { .delay_us = 20000 }, 5, { 20, 21, 22, 23 } },
	{ "change: longer delay",
	  { .delay_us = 20000 },
	  { .delay_us = 50000 },
	  5,
	  { 50, 51, 52, 53 } },
	{ "change: shorter delay",
	  { .delay_us = 20000 },
	  { .delay_us = 10000 },
	  5,
	  { 10, 11, 12, 13 } },
	{ "change: delay taken away", { .delay_us = 9000000 }, { 0 }, 5, { 0, 1, 2, 3 } },
	{ "change: rate taken away", { .rate_bps = 1000000 }, { 0 }, 5, { 5, 5, 5, 5 } },
	{ "change: a slower rate",
	  { .rate_bps = 1000000 },
	  { .rate_bps = 500000 },
	  15,
	  { 10, 35, 55, 75 } },
	{ "change: a rate, frames beyond the line",
	  { .delay_us = 20000 },
	  { .delay_us = 20000, .rate_bps = 1000 },
	  5,
	  { 20, 21, 22, 23 } },
	{ "change: what is held back keeps its place or is let go",
	  { .delay_us = 20000, .reorder_ppm = 1000000 },
	  { .delay_us = 20000 },
	  5,
	  { 120, 121, 122, 123 } },
	{ "change: loss spares what is under way",
	  { .delay_us = 20000 },
	  { .delay_us = 20000, .loss_ppm = 1000000 },
	  5,
	  { 20, 21, 22, 23 } },
};

static void test_change(void **state)
{
	const struct change_row *row = *state;
	struct cable_queue queue;

	begin(&queue, row->before);
	for (int i = 0; i < FRAMES; i++)
		assert_int_equal(add(&queue, 1250, START + i * MS), CABLE_QUEUED);
	cable_queue_reshape(&queue, &row->after, START + row->at * MS);
	for (int i = 0; i < FRAMES; i++)
		assert_int_equal(take(&queue), START + row->dues[i] * MS);
}

/* A frame that comes after the delay became shorter does not overtake those before it. */
static void test_no_overtaking(void **state)
{
	struct cable_queue queue;
	struct cable_frame *frame;

	(void)state;
	begin(&queue, (struct net_shape){ .delay_us = 100000, .jitter_us = 100000 });
	for (uint32_t i = 1; i <= 100; i++)
		assert_int_equal(add(&queue, i, START + i), CABLE_QUEUED);
	cable_queue_reshape(&queue, &(struct net_shape){ .delay_us = 1000 }, START + 5 * MS);
	for (uint32_t i = 101; i <= 200; i++)
		assert_int_equal(add(&queue, i, START + 5 * MS + i), CABLE_QUEUED);
	for (uint32_t i = 1; i <= 200; i++) {
		frame = cable_queue_take(&queue, INT64_MAX);
		assert_non_null(frame);
		assert_int_equal(frame->len, i);
		free(frame);
	}
}

struct shape_row {
	const char *title;
	struct net_shape shape;
	bool good;
};

static const struct shape_row shape_rows[] = {
	{ "shape: plain", { 0 }, true },
	{ "shape: largest",
	  { 10000000, 10000000, 1000000, UINT64_MAX, 1000000, 1000000, 1000000, 9216 },
	  true },
	{ "shape: all twice and more", { .duplicate_ppm = 1000001 }, false },
	{ "shape: more than all out of order", { .reorder_ppm = 1000001 }, false },
	{ "shape: more than all damaged", { .corrupt_ppm = 1000001 }, false },
	{ "shape: packets too small", { .mtu = 575 }, false },
	{ "shape: packets too large", { .mtu = 9217 }, false },
	{ "shape: delay over 10 s", { .delay_us = 10000001 }, false },
	{ "shape: jitter over delay", { .delay_us = 5, .jitter_us = 6 }, false },
	{ "shape: loss over all", { .loss_ppm = 1000001 }, false },
};

static void test_shape(void **state)
{
	const struct shape_row *row = *state;

	assert_int_equal(cable_check_shape(&row->shape, NULL), row->good ? 0 : -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(test_jitter_range_and_order),
		cmocka_unit_test(test_same_seed_same_fate),
		cmocka_unit_test(test_loss_takes_line_time),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_frame_bound),
		cmocka_unit_test(test_no_overtaking),
	};

	ADD_TESTS(plain);
	ADD_ROWS(timing_rows, test_timing);
	ADD_ROWS(loss_rows, test_loss);
	ADD_ROWS(order_rows, test_order);
	ADD_ROWS(tail_rows, test_tail_drop);
	ADD_ROWS(change_rows, test_change);
	ADD_ROWS(shape_rows, test_shape);
	return run_added("cable", NULL, NULL);
}
