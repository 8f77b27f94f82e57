/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a wire does to frames: its properties from and to text. */
#include "net/shape.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"

#define DELAY_MAX_US UINT64_C(10000000)
#define SHARE_MAX_PPM UINT64_C(1000000)
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

/* The delay before the jitter, which is measured against it. */
const char *const net_shape_names[] = { "delay",   "jitter", "loss", "duplicate", "reorder",
					"corrupt", "rate",   "mtu",  NULL };

bool net_shape_is_plain(const struct net_shape *shape)
{
	return !shape->delay_us && !shape->jitter_us && !shape->loss_ppm && !shape->rate_bps &&
	       !shape->duplicate_ppm && !shape->reorder_ppm && !shape->corrupt_ppm;
}

bool net_shape_equal(const struct net_shape *a, const struct net_shape *b)
{
	return a->delay_us == b->delay_us && a->jitter_us == b->jitter_us &&
	       a->loss_ppm == b->loss_ppm && a->rate_bps == b->rate_bps &&
	       a->duplicate_ppm == b->duplicate_ppm && a->reorder_ppm == b->reorder_ppm &&
	       a->corrupt_ppm == b->corrupt_ppm && a->mtu == b->mtu;
}

uint32_t net_shape_mtu(const struct net_shape *shape)
{
	return shape->mtu ? shape->mtu : NET_MTU;
}

#define COMMON(field) .field = a->field == b->field ? a->field : 0
struct net_shape net_shape_common(const struct net_shape *a, const struct net_shape *b)
{
	return (struct net_shape){ COMMON(delay_us),      COMMON(jitter_us),
				   COMMON(loss_ppm),      COMMON(rate_bps),
				   COMMON(duplicate_ppm), COMMON(reorder_ppm),
				   COMMON(corrupt_ppm),   COMMON(mtu) };
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

static int set_share(const char *name, uint32_t *ret, const char *value, struct err *err)
{
	uint64_t ppm = 0;

	if (!is_nothing(value) && parse(value, share_units, ARRAY_SIZE(share_units), &ppm) < 0)
		return err_set(err, EINVAL, "%s '%.40s' is not a percentage such as 0.5%%", name,
			       value);
	if (ppm > SHARE_MAX_PPM)
		return err_set(err, EINVAL, "%s '%.40s' is more than 100%%", name, value);
	*ret = (uint32_t)ppm;
	return 0;
}

static int set_mtu(struct net_shape *shape, const char *value, struct err *err)
{
	unsigned long mtu = NET_MTU;

	if (!is_nothing(value) && str_to_ulong(value, NET_MTU_MIN, NET_MTU_MAX, &mtu) < 0)
		return err_set(err, EINVAL, "mtu '%.40s' is not a number of bytes from %d to %d",
			       value, NET_MTU_MIN, NET_MTU_MAX);
	shape->mtu = mtu == NET_MTU ? 0 : (uint32_t)mtu;
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

static int unknown(const char *name, struct err *err)
{
	size_t n = 0;
	const char *near;

	while (net_shape_names[n])
		n++;
	near = str_nearest(name, net_shape_names, n);
	return err_set(err, EINVAL,
		       "unknown property '%.40s': a wire has delay, jitter, loss, duplicate, "
		       "reorder, corrupt, rate and mtu%s%s%s",
		       name, near ? " — did you mean '" : "", near ? near : "", near ? "'?" : "");
}

int net_shape_set(struct net_shape *shape, const char *name, const char *value, struct err *err)
{
	if (str_eq(name, "delay"))
		return set_delay(shape, value, err);
	if (str_eq(name, "jitter"))
		return set_jitter(shape, value, err);
	if (str_eq(name, "loss"))
		return set_share(name, &shape->loss_ppm, value, err);
	if (str_eq(name, "duplicate"))
		return set_share(name, &shape->duplicate_ppm, value, err);
	if (str_eq(name, "reorder"))
		return set_share(name, &shape->reorder_ppm, value, err);
	if (str_eq(name, "corrupt"))
		return set_share(name, &shape->corrupt_ppm, value, err);
	if (str_eq(name, "rate"))
		return set_rate(shape, value, err);
	if (str_eq(name, "mtu"))
		return set_mtu(shape, value, err);
	return unknown(name, err);
}

int net_shape_read(struct net_shape *ret, const char *text, struct err *err)
{
	auto_free char *copy = xstrdup(text);
	struct net_shape shape = { 0 };
	char *save = NULL;

	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		char *value = strchr(word, '=');
		int r;

		if (!value)
			return err_set(err, EINVAL, "'%.40s' is not NAME=VALUE", word);
		*value++ = '\0';
		r = net_shape_set(&shape, word, value, err);
		if (r < 0)
			return r;
	}
	*ret = shape;
	return 0;
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

static void add_share(struct str *out, const char *name, uint32_t ppm)
{
	char digits[16];
	size_t len;

	if (!ppm)
		return;
	(void)snprintf(digits, sizeof(digits), "%04u", ppm % 10000);
	len = strlen(digits);
	while (len && digits[len - 1] == '0')
		digits[--len] = '\0';
	str_addf(out, "%s%s=%u%s%s%%", out->len ? " " : "", name, ppm / 10000, len ? "." : "",
		 digits);
}

void net_shape_add_text(struct str *out, const struct net_shape *shape)
{
	struct str text = { 0 };

	if (shape->delay_us)
		add_whole(&text, "delay", shape->delay_us, time_units, ARRAY_SIZE(time_units));
	if (shape->jitter_us)
		add_whole(&text, "jitter", shape->jitter_us, time_units, ARRAY_SIZE(time_units));
	add_share(&text, "loss", shape->loss_ppm);
	add_share(&text, "duplicate", shape->duplicate_ppm);
	add_share(&text, "reorder", shape->reorder_ppm);
	add_share(&text, "corrupt", shape->corrupt_ppm);
	if (shape->rate_bps)
		add_whole(&text, "rate", shape->rate_bps, rate_units, ARRAY_SIZE(rate_units));
	if (shape->mtu)
		str_addf(&text, "%smtu=%u", text.len ? " " : "", shape->mtu);
	str_adds(out, str_text(&text));
	str_free(&text);
}
