/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a wire does to frames, from and to text. */
#include "lib/tests.h"
#include "net/shape.h"

/*
 * Sets "name=value ..." in turn on a plain wire: the text that comes out, or the sentence of the
 * refusal.
 */
static const struct net_shape plain;

struct row {
	const char *name;
	const char *set;
	const char *text; /* NULL: refused */
	const char *refusal;
};

static const struct row rows[] = {
	{ "plain", "", "", NULL },
	{ "milliseconds", "delay=60ms", "delay=60ms", NULL },
	{ "microseconds", "delay=1500us", "delay=1500us", NULL },
	{ "a decimal", "delay=1.5ms", "delay=1500us", NULL },
	{ "a whole second", "delay=1000ms", "delay=1s", NULL },
	{ "at most", "delay=10s", "delay=10s", NULL },
	{ "finer than a microsecond is cut", "delay=1.0009us", "delay=1us", NULL },
	{ "jitter up to the delay", "delay=5ms jitter=5ms", "delay=5ms jitter=5ms", NULL },
	{ "loss", "loss=0.5%", "loss=0.5%", NULL },
	{ "a frame in a million", "loss=0.0001%", "loss=0.0001%", NULL },
	{ "all frames", "loss=100%", "loss=100%", NULL },
	{ "rate", "rate=10mbit", "rate=10mbit", NULL },
	{ "a rate with decimals", "rate=1.5gbit", "rate=1500mbit", NULL },
	{ "the slowest", "rate=1000bit", "rate=1kbit", NULL },
	{ "the fastest", "rate=100gbit", "rate=100gbit", NULL },
	{ "all four", "rate=64kbit loss=12.34% delay=20ms jitter=1ms",
	  "delay=20ms jitter=1ms loss=12.34% rate=64kbit", NULL },
	{ "the rare ones", "mtu=9216 corrupt=0.001% reorder=5% duplicate=1%",
	  "duplicate=1% reorder=5% corrupt=0.001% mtu=9216", NULL },
	{ "the usual MTU is none", "mtu=576 mtu=1500", "", NULL },
	{ "none takes an MTU away", "mtu=576 mtu=none", "", NULL },
	{ "too large a packet", "mtu=9217", NULL,
	  "mtu '9217' is not a number of bytes from 576 to 9216" },
	{ "too small a packet", "mtu=575", NULL,
	  "mtu '575' is not a number of bytes from 576 to 9216" },
	{ "no size", "mtu=large", NULL, "mtu 'large' is not a number of bytes from 576 to 9216" },
	{ "more than all twice", "duplicate=101%", NULL, "duplicate '101%' is more than 100%" },
	{ "0 takes away", "delay=1ms loss=1% rate=1mbit delay=0 loss=0 rate=0", "", NULL },
	{ "none takes away", "delay=1ms jitter=1ms jitter=none delay=none", "", NULL },
	{ "the last one counts", "delay=1ms delay=2ms", "delay=2ms", NULL },
	{ "no unit", "delay=60", NULL, "delay '60' is not a duration such as 60ms, 500us or 1s" },
	{ "negative", "delay=-1ms", NULL,
	  "delay '-1ms' is not a duration such as 60ms, 500us or 1s" },
	{ "no digits", "delay=ms", NULL, "delay 'ms' is not a duration such as 60ms, 500us or 1s" },
	{ "half a decimal", "delay=1.ms", NULL,
	  "delay '1.ms' is not a duration such as 60ms, 500us or 1s" },
	{ "something behind", "delay=1msx", NULL,
	  "delay '1msx' is not a duration such as 60ms, 500us or 1s" },
	{ "too long", "delay=10.000001s", NULL, "delay '10.000001s' is more than 10s" },
	{ "far too long", "delay=99999999999s", NULL, "delay '99999999999s' is more than 10s" },
	{ "no such number", "delay=99999999999999999999999s", NULL,
	  "delay '99999999999999999999999s' is not a duration such as 60ms, 500us or 1s" },
	{ "jitter without delay", "jitter=1ms", NULL,
	  "jitter '1ms' is more than the delay: a frame cannot arrive before it was sent" },
	{ "delay below the jitter", "delay=5ms jitter=4ms delay=3ms", NULL,
	  "delay '3ms' is less than the jitter: remove that first" },
	{ "more than all", "loss=100.1%", NULL, "loss '100.1%' is more than 100%" },
	{ "a share without sign", "loss=0.5", NULL, "loss '0.5' is not a percentage such as 0.5%" },
	{ "bytes are no rate", "rate=1MB", NULL,
	  "rate '1MB' is not a rate such as 10mbit, 64kbit or 1gbit" },
	{ "too slow", "rate=999bit", NULL, "rate '999bit' is not between 1kbit and 100gbit" },
	{ "too fast", "rate=101gbit", NULL, "rate '101gbit' is not between 1kbit and 100gbit" },
	{ "unknown", "dealy=1ms", NULL,
	  "unknown property 'dealy': a wire has delay, jitter, loss, duplicate, reorder, corrupt, "
	  "rate and mtu — did you mean 'delay'?" },
	{ "quite unknown", "colour=red", NULL,
	  "unknown property 'colour': a wire has delay, jitter, loss, duplicate, reorder, "
	  "corrupt, rate and mtu" },
};

static int set_all(struct net_shape *shape, const char *text, struct err *err)
{
	char *copy = xstrdup(text), *save = NULL, *word;
	int r = 0;

	for (word = strtok_r(copy, " ", &save); word && r == 0; word = strtok_r(NULL, " ", &save)) {
		char *value = strchr(word, '=');

		*value++ = '\0';
		r = net_shape_set(shape, word, value, err);
	}
	free(copy);
	return r;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct net_shape shape = { 0 }, again = { .loss_ppm = 1 };
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;
	int r = set_all(&shape, row->set, &err);

	if (!row->text) {
		assert_int_equal(r, -EINVAL);
		assert_string_equal(err.msg, row->refusal);
		return;
	}
	assert_int_equal(r, 0);
	net_shape_add_text(&text, &shape);
	assert_string_equal(str_text(&text), row->text);
	assert_int_equal(net_shape_is_plain(&shape), !*row->text || str_prefix(row->text, "mtu="));
	assert_int_equal(net_shape_read(&again, str_text(&text), &err), 0);
	assert_true(net_shape_equal(&again, &shape));
}

/* A refused value leaves the wire as it was. */
static void test_refusal_keeps(void **state)
{
	struct net_shape shape = { .delay_us = 5000,
				   .jitter_us = 1000,
				   .loss_ppm = 7,
				   .rate_bps = 64000 },
			 before = shape;

	(void)state;
	assert_int_equal(net_shape_set(&shape, "delay", "500us", NULL), -EINVAL);
	assert_int_equal(net_shape_set(&shape, "jitter", "6ms", NULL), -EINVAL);
	assert_int_equal(net_shape_set(&shape, "loss", "101%", NULL), -EINVAL);
	assert_int_equal(net_shape_set(&shape, "rate", "1bit", NULL), -EINVAL);
	assert_true(shape.delay_us == before.delay_us && shape.jitter_us == before.jitter_us &&
		    shape.loss_ppm == before.loss_ppm && shape.rate_bps == before.rate_bps);
}

static void test_common(void **state)
{
	const struct net_shape a = { .delay_us = 5, .loss_ppm = 1, .mtu = 9000 };
	const struct net_shape b = { .delay_us = 5, .loss_ppm = 2, .corrupt_ppm = 3, .mtu = 9000 };
	const struct net_shape both = { .delay_us = 5, .mtu = 9000 };
	struct net_shape common = net_shape_common(&a, &b);

	(void)state;
	assert_true(net_shape_equal(&common, &both));
	assert_false(net_shape_equal(&a, &b));
	assert_int_equal(net_shape_mtu(&a), 9000);
	assert_int_equal(net_shape_mtu(&plain), NET_MTU);
}

static void test_text_is_no_shape(void **state)
{
	struct net_shape shape = { .delay_us = 7 };

	(void)state;
	assert_int_equal(net_shape_read(&shape, "loss=1% fast", NULL), -EINVAL);
	assert_int_equal(net_shape_read(&shape, "loss=1", NULL), -EINVAL);
	assert_int_equal(shape.delay_us, 7);
}

static void test_text_is_appended(void **state)
{
	const struct net_shape shape = { .delay_us = 60000 };
	auto_str struct str text = { 0 };

	(void)state;
	str_adds(&text, "link 'x': ");
	net_shape_add_text(&text, &shape);
	assert_string_equal(str_text(&text), "link 'x': delay=60ms");
}

int main(void)
{
	ADD_TEST(test_refusal_keeps);
	ADD_TEST(test_text_is_appended);
	ADD_TEST(test_common);
	ADD_TEST(test_text_is_no_shape);
	ADD_ROWS(rows, test_row);
	return run_added("shape", NULL, NULL);
}
