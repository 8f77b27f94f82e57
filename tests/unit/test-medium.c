/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/medium: messages, who hears whom, acknowledgements, shares, and what a capture gets.
 * Covers: src/medium/hub.c src/medium/outbox.c src/medium/radiotap.c
 */
#include <sys/socket.h>

#include "base/clock.h"
#include "lib/tests.h"
#include "medium/hub.h"
#include "medium/outbox.h"
#include "medium/radiotap.h"

#define RADIOS 3
#define SAID_MAX 4096
#define NOW (INT64_C(1000) * NS_PER_S)

/* What the hub did. */
struct said {
	size_t to, from;
	struct air_message msg;
};

struct world {
	struct hub hub;
	struct said said[SAID_MAX];
	size_t n_said, n_seen, n_retries;
	int8_t signal; /* of the last sight */
	bool deaf;     /* no room for messages */
};

static bool on_say(void *ctx, size_t to, size_t from, const uint8_t *message, size_t len)
{
	struct world *w = ctx;
	struct said *said = &w->said[w->n_said];
	uint64_t junk = 0;
	bool found;

	if (w->deaf)
		return false;
	assert_true(w->n_said < SAID_MAX);
	assert_int_equal(air_next(message, len, &said->msg, &found, &junk), len);
	assert_true(found && !junk);
	said->to = to;
	said->from = from;
	w->n_said++;
	return true;
}

static void on_see(void *ctx, const struct hub_sight *sight)
{
	struct world *w = ctx;

	w->n_seen++;
	w->n_retries += sight->retry;
	w->signal = sight->signal;
}

static const struct hub_ops ops = { on_say, on_see };

/* Radio i has the MAC 02:..:i; all have said hello. */
static void begin(struct world *w)
{
	const struct air_message hello = { .type = AIR_HELLO };

	memset(w, 0, sizeof(*w));
	hub_init(&w->hub, 1, &ops, w);
	for (uint8_t i = 0; i < RADIOS; i++) {
		const struct net_mac mac = { { 2, 0, 0, 0, 0, i } };

		assert_int_equal(hub_add(&w->hub, mac), i);
		hub_take(&w->hub, i, &hello, NOW);
	}
}

#define GROUP 255

/* A frame from one radio to another, or to a group. */
static void transmit(struct world *w, size_t from, uint8_t to, uint32_t id)
{
	static uint8_t bytes[40];
	struct air_message msg = { .type = AIR_FRAME,
				   .id = id,
				   .frame = { .freq = 2437, .wanted = to != GROUP },
				   .bytes = bytes,
				   .n_bytes = sizeof(bytes) };

	memset(bytes, 0, sizeof(bytes));
	memset(bytes + 4, to == GROUP ? 0xff : 0, 6);
	if (to != GROUP) {
		bytes[4] = 2;
		bytes[9] = to;
	}
	hub_take(&w->hub, from, &msg, NOW);
}

/* The station answers the last frame that was handed to it with a number. */
static void reply(struct world *w, size_t station, bool ok, int64_t now)
{
	struct air_message msg = { .type = AIR_DONE, .done = { .ok = ok } };

	for (size_t i = 0; i < w->n_said; i++)
		if (w->said[i].to == station && w->said[i].msg.type == AIR_FRAME &&
		    w->said[i].msg.id)
			msg.id = w->said[i].msg.id;
	hub_take(&w->hub, station, &msg, now);
}

static size_t frames_to(const struct world *w, size_t to)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n_said; i++)
		n += w->said[i].to == to && w->said[i].msg.type == AIR_FRAME;
	return n;
}

/* 1: told that it was acknowledged, 0: that it was not, -1: not told, -2: told twice. */
static int verdict(const struct world *w, size_t sender, uint32_t id)
{
	int found = -1;

	for (size_t i = 0; i < w->n_said; i++)
		if (w->said[i].to == sender && w->said[i].msg.type == AIR_DONE &&
		    w->said[i].msg.id == id)
			found = found == -1 ? w->said[i].msg.done.ok : -2;
	return found;
}

/* --- acknowledgements --- */

enum answer { TAKES, REFUSES, SILENT };

static void test_acknowledged(void **state)
{
	static const struct {
		const char *title;
		uint8_t to;
		enum answer answer;
		bool away, gone;
		uint32_t loss_ppm;
		int verdict;
	} rows[] = {
		{ "a station that takes it", 1, TAKES, false, false, 0, 1 },
		{ "one that is on another channel", 1, REFUSES, false, false, 0, 0 },
		{ "one that does not answer", 1, SILENT, false, false, 0, 0 },
		{ "one that is out of range", 1, TAKES, true, false, 0, 0 },
		{ "one that has gone", 1, TAKES, false, true, 0, 0 },
		{ "one that all is lost to", 1, TAKES, false, false, 1000000, 0 },
		{ "nobody's MAC", 77, TAKES, false, false, 0, 0 },
		{ "a group: nobody is asked", GROUP, TAKES, false, false, 0, -1 },
	};
	static struct world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(&w);
		w.hub.radios[1].away = rows[i].away;
		if (rows[i].gone)
			hub_gone(&w.hub, 1);
		hub_set_path(&w.hub, 0, 1,
			     (struct hub_path){ .signal = -60, .loss_ppm = rows[i].loss_ppm });
		transmit(&w, 0, rows[i].to, 5);
		if (rows[i].answer != SILENT && frames_to(&w, 1))
			reply(&w, 1, rows[i].answer == TAKES, NOW);
		(void)hub_expire(&w.hub, NOW + HUB_ANSWER_MS * NS_PER_MS);
		if (verdict(&w, 0, 5) != rows[i].verdict)
			fail_msg("%s: %d", rows[i].title, verdict(&w, 0, 5));
	}
}

static void test_answer_of_another(void **state)
{
	static struct world w;
	struct air_message msg = { .type = AIR_DONE, .done = { .ok = 1 } };

	(void)state;
	begin(&w);
	transmit(&w, 0, 1, 5);
	/* Radio 2 may guess the number; it is not the one that was asked. */
	for (size_t i = 0; i < w.n_said; i++)
		if (w.said[i].to == 1)
			msg.id = w.said[i].msg.id;
	hub_take(&w.hub, 2, &msg, NOW);
	assert_int_equal(verdict(&w, 0, 5), -1);
	reply(&w, 1, true, NOW);
	assert_int_equal(verdict(&w, 0, 5), 1);
	/* Once only. */
	reply(&w, 1, true, NOW);
	assert_int_equal(verdict(&w, 0, 5), 1);
}

static void test_many_wait(void **state)
{
	static struct world w;

	(void)state;
	begin(&w);
	for (uint32_t id = 1; id <= HUB_PENDING + 10; id++)
		transmit(&w, 0, 1, id);
	transmit(&w, 2, 1, 7);
	/* The ten oldest of the one that sends too much gave way; another's did not. */
	assert_int_equal(verdict(&w, 0, 10), 0);
	assert_int_equal(verdict(&w, 0, 11), -1);
	assert_int_equal(verdict(&w, 2, 7), -1);
	assert_int_equal(hub_expire(&w.hub, NOW), NOW + HUB_ANSWER_MS * NS_PER_MS);
	assert_int_equal(hub_expire(&w.hub, NOW + HUB_ANSWER_MS * NS_PER_MS), INT64_MAX);
	assert_int_equal(verdict(&w, 0, 11), 0);
	assert_int_equal(verdict(&w, 2, 7), 0);
}

static void test_no_room(void **state)
{
	static struct world w;

	(void)state;
	begin(&w);
	w.deaf = true;
	transmit(&w, 0, 1, 5);
	w.deaf = false;
	assert_int_equal(hub_expire(&w.hub, NOW), INT64_MAX);
	assert_int_equal(w.hub.radios[0].unacked, 1);
}

/* A guest that does not answer is asked again, until it speaks or goes. */
static void test_asked_again(void **state)
{
	static const struct air_message hello = { .type = AIR_HELLO };
	const int64_t again = HUB_ASK_MS * NS_PER_MS;
	static struct world w;

	(void)state;
	for (int goes = 0; goes < 2; goes++) {
		begin(&w);
		hub_gone(&w.hub, 1);
		hub_connected(&w.hub, 1, NOW);
		assert_int_equal(w.n_said, 1);
		assert_int_equal(hub_expire(&w.hub, NOW), NOW + again);
		assert_int_equal(w.n_said, 1);
		assert_int_equal(hub_expire(&w.hub, NOW + again + 1), NOW + 2 * again + 1);
		assert_int_equal(w.n_said, 2);
		assert_int_equal(w.said[1].to, 1);
		assert_int_equal(w.said[1].msg.type, AIR_ASK);
		if (goes)
			hub_gone(&w.hub, 1);
		else
			hub_take(&w.hub, 1, &hello, NOW);
		assert_int_equal(hub_expire(&w.hub, NOW + 9 * again), INT64_MAX);
		assert_int_equal(w.n_said, 2);
	}
}

/* --- who hears --- */

static void test_heard(void **state)
{
	static struct world w;

	(void)state;
	begin(&w);
	transmit(&w, 0, GROUP, 1);
	assert_int_equal(frames_to(&w, 0), 0);
	assert_int_equal(frames_to(&w, 1), 1);
	assert_int_equal(frames_to(&w, 2), 1);
	/* What is for a station is on the air for all. */
	transmit(&w, 0, 1, 2);
	assert_int_equal(frames_to(&w, 1), 2);
	assert_int_equal(frames_to(&w, 2), 2);
	assert_int_equal(w.n_seen, 2);
	w.hub.radios[0].away = true;
	transmit(&w, 0, GROUP, 3);
	assert_int_equal(frames_to(&w, 1), 2);
	assert_int_equal(w.n_seen, 3);
	w.hub.radios[0].away = false;
	hub_set_path(&w.hub, 0, 2, (struct hub_path){ -90, 1000000 });
	hub_set_path(&w.hub, 0, 1, (struct hub_path){ -70, 0 });
	transmit(&w, 0, GROUP, 4);
	assert_int_equal(frames_to(&w, 1), 3);
	assert_int_equal(frames_to(&w, 2), 2);
	assert_int_equal(w.signal, -70);
	assert_int_equal(w.said[w.n_said - 1].msg.frame.signal, -70);
}

static void test_loss(void **state)
{
	static struct world w;
	size_t heard = 0;

	(void)state;
	begin(&w);
	hub_set_path(&w.hub, 0, 1, (struct hub_path){ -50, 300000 });
	for (uint32_t i = 0; i < 1000; i++) {
		transmit(&w, 0, GROUP, i);
		heard += frames_to(&w, 1);
		w.n_said = 0;
	}
	assert_in_range(heard, 640, 760);
	/* A frame for a station is tried again, with the Retry bit; 0.3^7 of them are lost. */
	w.n_seen = w.n_retries = heard = 0;
	for (uint32_t i = 0; i < 1000; i++) {
		transmit(&w, 0, 1, i);
		heard += frames_to(&w, 1);
		reply(&w, 1, true, NOW);
		w.n_said = 0;
	}
	assert_in_range(heard, 997, 1000);
	assert_in_range(w.n_retries, 370, 490);
	assert_int_equal(w.n_seen, 1000 + w.n_retries);
}

/* --- messages --- */

static void test_stream(void **state)
{
	uint8_t one[AIR_MESSAGE_MAX], stream[4 * AIR_MESSAGE_MAX], frame[100] = { 8 };
	const struct air_frame head = { .freq = 2412, .signal = -40, .rate = 11, .wanted = 1 };
	struct air_message msg = { 0 };
	size_t n, len, at = 0, messages = 0, used;
	uint64_t junk = 0;
	bool found;

	(void)state;
	n = air_put(one, AIR_FRAME, 9, &head, sizeof(head), frame, sizeof(frame));
	/* Half a message, rubbish, two messages: all that is whole is found. */
	memcpy(stream, one + n / 2, n - n / 2);
	len = n - n / 2;
	memset(stream + len, 0xd0, 33);
	len += 33;
	memcpy(stream + len, one, n);
	memcpy(stream + len + n, one, n);
	len += 2 * n;
	do {
		used = air_next(stream + at, len - at, &msg, &found, &junk);
		messages += found;
		at += used;
		if (found) {
			assert_int_equal(msg.id, 9);
			assert_int_equal(msg.frame.freq, 2412);
			assert_int_equal(msg.n_bytes, sizeof(frame));
			assert_memory_equal(msg.bytes, frame, sizeof(frame));
		}
	} while (used);
	assert_int_equal(messages, 2);
	assert_int_equal(at, len);
	assert_int_equal(junk, n - n / 2 + 33);
}

static void test_bad_messages(void **state)
{
	static const struct {
		const char *title;
		struct air_head head;
	} rows[] = {
		{ "no mark", { 1, AIR_ASK, 0, 0 } },
		{ "unknown type", { AIR_MARK, 9, 0, 0 } },
		{ "a frame without a body", { AIR_MARK, AIR_FRAME, 0, 0 } },
		{ "a frame that is too short",
		  { AIR_MARK, AIR_FRAME, sizeof(struct air_frame) + 9, 0 } },
		{ "one that is too long", { AIR_MARK, AIR_FRAME, AIR_FRAME_MAX + 9, 0 } },
		{ "an answer with too much", { AIR_MARK, AIR_DONE, 5, 0 } },
	};
	static uint8_t buf[8192];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct air_message msg;
		uint64_t junk = 0;
		bool found;

		memset(buf, 0, sizeof(buf));
		memcpy(buf, &rows[i].head, sizeof(rows[i].head));
		(void)air_next(buf, sizeof(buf), &msg, &found, &junk);
		if (found || !junk)
			fail_msg("%s: taken for a message", rows[i].title);
	}
}

/* --- queues --- */

static void test_outbox(void **state)
{
	struct outbox box;
	uint8_t data[1000] = { 0 };
	size_t got = 0;
	int pair[2];
	ssize_t n;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	outbox_init(&box);
	for (size_t i = 0; i < OUTBOX_SHARE; i++) {
		data[0] = (uint8_t)i;
		assert_true(outbox_add(&box, 0, data, sizeof(data)));
	}
	assert_false(outbox_add(&box, 0, data, sizeof(data)));
	/* Another's share is its own. */
	data[0] = 99;
	assert_true(outbox_add(&box, 1, data, sizeof(data)));
	assert_int_equal(box.dropped, 1);
	do {
		assert_int_equal(outbox_flush(&box, pair[0]), 0);
		n = recv(pair[1], data, sizeof(data), MSG_DONTWAIT | MSG_WAITALL);
		if (n == sizeof(data))
			assert_int_equal(data[0], got < OUTBOX_SHARE ? got : 99);
		got += n == sizeof(data);
	} while (n > 0);
	assert_int_equal(got, OUTBOX_SHARE + 1);
	assert_null(box.first);
	(void)close(pair[1]);
	assert_true(outbox_add(&box, 0, data, 1));
	assert_true(outbox_flush(&box, pair[0]) < 0);
	outbox_clear(&box);
	(void)close(pair[0]);
}

static void test_radiotap(void **state)
{
	static const struct {
		uint8_t rate, mbit_by_2;
		uint16_t freq, flags;
	} rows[] = {
		{ 0, 2, 2437, 0x00a0 },    { 3, 22, 2412, 0x00a0 }, { 4, 12, 2437, 0x00c0 },
		{ 11, 108, 2462, 0x00c0 }, { 0, 12, 5180, 0x0140 }, { 200, 0, 2437, 0x00c0 },
	};
	static const uint8_t frame[20] = { 0x08, 0x01, 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hub_sight sight = { .freq = rows[i].freq,
						 .rate = rows[i].rate,
						 .signal = -61,
						 .retry = i == 1,
						 .bytes = frame,
						 .n_bytes = sizeof(frame) };
		uint8_t out[RADIOTAP_FRAME_MAX];
		uint16_t freq, flags;

		assert_int_equal(radiotap_put(out, &sight), RADIOTAP_LEN + sizeof(frame));
		memcpy(&freq, out + 10, sizeof(freq));
		memcpy(&flags, out + 12, sizeof(flags));
		assert_int_equal(out[2], RADIOTAP_LEN);
		assert_int_equal(out[9], rows[i].mbit_by_2);
		assert_int_equal(freq, rows[i].freq);
		assert_int_equal(flags, rows[i].flags);
		assert_int_equal((int8_t)out[14], -61);
		assert_int_equal(out[RADIOTAP_LEN + 1], i == 1 ? 0x09 : 0x01);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_acknowledged), cmocka_unit_test(test_answer_of_another),
		cmocka_unit_test(test_many_wait),    cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_asked_again),  cmocka_unit_test(test_heard),
		cmocka_unit_test(test_loss),         cmocka_unit_test(test_stream),
		cmocka_unit_test(test_bad_messages), cmocka_unit_test(test_outbox),
		cmocka_unit_test(test_radiotap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
