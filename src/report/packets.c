/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packets of a story, and what Wireshark calls them. */
#include "report/packets.h"

#include <errno.h>

#include "report/air.h"
#include "wireshark/columns.h"

static const char *kind_name(enum journey_kind kind)
{
	switch (kind) {
	case JOURNEY_ARP:
		return "arp";
	case JOURNEY_IPV4:
		return "ipv4";
	case JOURNEY_IPV6:
		return "ipv6";
	case JOURNEY_AIR:
		return "air";
	case JOURNEY_OTHER:
		break;
	}
	return "other";
}

static json_t *journey_json(const struct journey_lab *lab, const struct journey_set *set,
			    const struct journey *journey)
{
	json_t *out = journey_to_json(lab, set, journey);

	(void)json_object_set_new(out, "kind", json_string(kind_name(journey->kind)));
	if (journey->kind == JOURNEY_IPV4 || journey->kind == JOURNEY_IPV6)
		(void)json_object_set_new(out, "ip_protocol", json_integer(journey->protocol));
	return out;
}

json_t *packets_of(const struct journey_lab *lab, const struct journey_set *set)
{
	json_t *journeys = json_array();

	for (size_t i = 0; i < set->n_journeys; i++)
		(void)json_array_append_new(journeys, journey_json(lab, set, &set->journeys[i]));
	return journeys;
}

/* The first frame of a journey. */
struct first {
	char *at;
	uint64_t frame;
	json_t *journey;
};

struct firsts {
	struct first *list; /* by place and frame */
	size_t n;
	const char *at; /* the place that is asked about */
};

static void firsts_free(struct firsts *firsts)
{
	for (size_t i = 0; i < firsts->n; i++)
		free(firsts->list[i].at);
	free(firsts->list);
}
AUTO_DEFINE(firsts_auto, struct firsts, firsts_free)
#define auto_firsts AUTO(firsts_autop)

static int compare(const void *a, const void *b)
{
	const struct first *x = a, *y = b;
	int by_place = strcmp(x->at, y->at);

	return by_place ? by_place : (x->frame > y->frame) - (x->frame < y->frame);
}

static void collect(const struct journey_lab *lab, const struct journey_set *set, json_t *journeys,
		    struct firsts *ret)
{
	for (size_t i = 0; i < set->n_journeys && i < json_array_size(journeys); i++) {
		auto_str struct str at = { 0 };

		if (!set->journeys[i].n_hops)
			continue;
		journey_at(lab, &set->journeys[i].hops[0], &at);
		*array_add(ret->list, ret->n) =
			(struct first){ .at = str_take(&at),
					.frame = set->journeys[i].hops[0].frame,
					.journey = json_array_get(journeys, i) };
	}
	if (ret->n)
		qsort(ret->list, ret->n, sizeof(*ret->list), compare);
}

/* What a frame carries, fit for a terminal. */
static json_t *text_json(const char *text)
{
	auto_str struct str clean = { 0 };

	str_add_clean(&clean, text, false);
	return json_string(str_text(&clean));
}

static void name(void *ctx, uint64_t frame, const char *protocol, const char *info)
{
	const struct firsts *firsts = ctx;
	const struct first key = { .at = (char *)(uintptr_t)firsts->at, .frame = frame };
	const struct first *found = bsearch(&key, firsts->list, firsts->n, sizeof(key), compare);
	json_t *words;

	if (!found)
		return;
	(void)json_object_set_new(found->journey, "protocol", text_json(protocol));
	(void)json_object_set_new(found->journey, "what", text_json(info));
	words = str_eq(protocol, "802.11") ? air_words(info) : NULL;
	if (words)
		(void)json_object_set_new(found->journey, "words", words);
}

int packets_name(struct wireshark *ws, const struct journey_lab *lab, const struct journey_set *set,
		 json_t *journeys, struct err *err)
{
	auto_firsts struct firsts firsts = { 0 };

	collect(lab, set, journeys, &firsts);
	for (size_t i = 0; i < firsts.n; i++) {
		int r;

		if (str_eq(firsts.list[i].at, firsts.at))
			continue;
		firsts.at = firsts.list[i].at;
		r = wireshark_columns(ws, firsts.at, name, &firsts, err);
		if (r == -EINVAL)
			err_clear(err);
		else if (r < 0)
			return r;
	}
	return 0;
}

const json_t *packets_by_id(const json_t *journeys, const json_t *id)
{
	json_int_t number = json_integer_value(id);
	const json_t *journey;
	size_t i;

	/* By id from 1 on: it is where it ought to be, as long as none was left out. */
	journey = json_array_get(journeys, number > 0 ? (size_t)number - 1 : 0);
	if (json_integer_value(json_object_get(journey, "id")) == number)
		return journey;
	json_array_foreach(journeys, i, journey) {
		if (json_integer_value(json_object_get(journey, "id")) == number)
			return journey;
	}
	return NULL;
}

char *packets_place(const json_t *at, const json_t *frame)
{
	return xasprintf("%s %" JSON_INTEGER_FORMAT, json_get_text(at, "at", "?"),
			 json_integer_value(frame ? frame : json_object_get(at, "frame")));
}
