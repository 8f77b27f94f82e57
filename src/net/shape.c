/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a wire does to frames: its four properties from and to text. */
#include "net/shape.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define DELAY_MAX_US UINT64_C(10000000)
#define LOSS_MAX_PPM UINT64_C(1000000)
#define RATE_MIN_BPS UINT64_C(1000)
#define RATE_MAX_BPS UINT64_C(100000000000)

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit time_units[] = { { "us", 1 }, { "ms", 1000 }, { "s", 1000000 } };
static const struct unit share_units[] = { { "%", 10000 } };
static const struct unit rate_units[] = {
	{ "bit", 1 }, { "kbit", 1000 }, { "mbit", 1000000 }, { "gbit", 1000000000 }
};

bool net_shape_is_plain(const struct net_shape *shape)
{
	return !shape->delay_us && !shape->jitter_us && !shape->loss_ppm && !shape->rate_bps;
}

/*
 * "1.5ms" in units of the smallest: whole part and fraction apart, so that nothing is rounded on
 * the way.
 */
static int parse(const char *text, const struct unit *units, size_t n, uint64_t *ret)
{
	uint64_t whole = 0, fraction = 0, scale = 1;
	const char *p = text;
	size_t i;

	for (; isdigit((unsigned char)*p); p++) {
		whole = whole * 10 + (uint64_t)(*p - '0');
		if (whole > RATE_MAX_BPS)
			return -EINVAL;
	}
	if (p == text)
		return -EINVAL;
	if (*p == '.' && !isdigit((unsigned char)*++p))
		return -EINVAL;
	for (; isdigit((unsigned char)*p); p++) {
		if (scale >= 1000000000)
			continue; /* finer than any unit */
		fraction = fraction * 10 + (uint64_t)(*p - '0');
		scale *= 10;
	}
	for (i = 0; i < n; i++) {
		if (str_eq(p, units[i].name)) {
			/* Factors and scale are at most 10^9, whole 10^11: nothing overflows. */
			if (whole > RATE_MAX_BPS / units[i].factor)
				*ret = UINT64_MAX; /* more than any property may be */
			else
				*ret = whole * units[i].factor + fraction * units[i].factor / scale;
			return 0;
		}
	}
	return -EINVAL;
}

static bool is_nothing(const char *value)
{
	return str_eq(value, "0") || str_eq(value, "none");
}

static int parse_time(const char *name, const char *value, uint32_t *ret, struct err *err)
{
	uint64_t us = 0;

	if (!is_nothing(value) && parse(value, time_units, ARRAY_SIZE(time_units), &us) < 0)
		return err_set(err, EINVAL,
			       "%s '%.40s' is not a duration such as 60ms, 500us or 1s", name,
			       value);
	if (us > DELAY_MAX_US)
		return err_set(err, EINVAL, "%s '%.40s' is more than 10s", name, value);
	*ret = (uint32_t)us;
	return 0;
}

static int set_delay(struct net_shape *shape, const char *value, struct err *err)
{
	uint32_t us;
	int r = parse_time("delay", value, &us, err);

	if (r < 0)
		return r;
	if (us < shape->jitter_us)
		return err_set(err, EINVAL,
			       "delay '%.40s' is less than the jitter: remove that first", value);
	shape->delay_us = us;
	return 0;
}

static int set_jitter(struct net_shape *shape, const char *value, struct err *err)
{
	uint32_t us;
	int r = parse_time("jitter", value, &us, err);

	if (r < 0)
		return r;
	if (us > shape->delay_us)
		return err_set(
			err, EINVAL,
			"jitter '%.40s' is more than the delay: a frame cannot arrive before "
			"it was sent",
			value);
	shape->jitter_us = us;
	return 0;
}

static int set_loss(struct net_shape *shape, const char *value, struct err *err)
{
	uint64_t ppm = 0;

	if (!is_nothing(value) && parse(value, share_units, ARRAY_SIZE(share_units), &ppm) < 0)
		return err_set(err, EINVAL, "loss '%.40s' is not a percentage such as 0.5%%",
			       value);
	if (ppm > LOSS_MAX_PPM)
		return err_set(err, EINVAL, "loss '%.40s' is more than 100%%", value);
	shape->loss_ppm = (uint32_t)ppm;
	return 0;
}

static int set_rate(struct net_shape *shape, const char *value, struct err *err)
{
	uint64_t bps = 0;

	if (is_nothing(value)) {
		shape->rate_bps = 0;
		return 0;
	}
	if (parse(value, rate_units, ARRAY_SIZE(rate_units), &bps) < 0)
		return err_set(err, EINVAL,
			       "rate '%.40s' is not a rate such as 10mbit, 64kbit or 1gbit", value);
	if (bps < RATE_MIN_BPS || bps > RATE_MAX_BPS)
		return err_set(err, EINVAL, "rate '%.40s' is not between 1kbit and 100gbit", value);
	shape->rate_bps = bps;
	return 0;
}

int net_shape_set(struct net_shape *shape, const char *name, const char *value, struct err *err)
{
	static const char *const names[] = { "delay", "jitter", "loss", "rate" };
	auto_str struct str text = { 0 };
	const char *near;

	if (str_eq(name, "delay"))
		return set_delay(shape, value, err);
	if (str_eq(name, "jitter"))
		return set_jitter(shape, value, err);
	if (str_eq(name, "loss"))
		return set_loss(shape, value, err);
	if (str_eq(name, "rate"))
		return set_rate(shape, value, err);
	near = str_nearest(name, names, ARRAY_SIZE(names));
	if (near)
		str_addf(&text, " — did you mean '%s'?", near);
	return err_set(err, EINVAL,
		       "unknown property '%.40s': a wire has delay, jitter, loss and rate%s", name,
		       str_text(&text));
}

/* In the largest unit that leaves a whole number. */
static void add_whole(struct str *out, const char *name, uint64_t value, const struct unit *units,
		      size_t n)
{
	size_t i = n - 1;

	while (i && value % units[i].factor)
		i--;
	str_addf(out, "%s%s=%" PRIu64 "%s", out->len ? " " : "", name, value / units[i].factor,
		 units[i].name);
}

static void add_share(struct str *out, uint32_t ppm)
{
	char digits[16];
	size_t len;

	(void)snprintf(digits, sizeof(digits), "%04u", ppm % 10000);
	len = strlen(digits);
	while (len && digits[len - 1] == '0')
		digits[--len] = '\0';
	str_addf(out, "%sloss=%u%s%s%%", out->len ? " " : "", ppm / 10000, len ? "." : "", digits);
}

void net_shape_add_text(struct str *out, const struct net_shape *shape)
{
	struct str text = { 0 };

	if (shape->delay_us)
		add_whole(&text, "delay", shape->delay_us, time_units, ARRAY_SIZE(time_units));
	if (shape->jitter_us)
		add_whole(&text, "jitter", shape->jitter_us, time_units, ARRAY_SIZE(time_units));
	if (shape->loss_ppm)
		add_share(&text, shape->loss_ppm);
	if (shape->rate_bps)
		add_whole(&text, "rate", shape->rate_bps, rate_units, ARRAY_SIZE(rate_units));
	str_adds(out, str_text(&text));
	str_free(&text);
}
