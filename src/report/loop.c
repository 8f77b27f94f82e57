/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nodes that a packet came to more than once. */
#include "report/loop.h"

#include "base/str.h"

/* A node that the packet came to; of a switch, with the TTL then: between two of its networks a
 * packet may pass it twice, by way of a router. */
struct stop {
	const char *node;
	json_int_t ttl; /* 0: it was no switch */
};

static bool same_stop(const struct stop *a, const struct stop *b)
{
	return str_eq(a->node, b->node) && a->ttl == b->ttl;
}

static struct stop stop_of(const json_t *hop)
{
	const char *action = json_get_text(hop, "action", "");
	bool bridged = str_eq(action, "switched") || str_eq(action, "flooded");

	return (struct stop){ json_get_text(hop, "node", "?"),
			      bridged ? json_get_int(hop, "ttl", 0) : 0 };
}

/* The hops into nodes on the way to hop, the first one first. Returns how many. */
static size_t way_to(const json_t *hops, const json_t *hop, struct stop *stops)
{
	size_t n = 0;

	for (const json_t *h = hop; h && n < json_array_size(hops);
	     h = json_is_integer(json_object_get(h, "from"))
			 ? json_array_get(hops,
					  (size_t)json_integer_value(json_object_get(h, "from")))
			 : NULL)
		if (str_eq(json_get_text(h, "way", ""), "in") && json_object_get(h, "ttl"))
			stops[n++] = stop_of(h);
	for (size_t i = 0; i < n / 2; i++) {
		struct stop swap = stops[i];

		stops[i] = stops[n - 1 - i];
		stops[n - 1 - i] = swap;
	}
	return n;
}

json_t *loop_of(const json_t *journey, const json_t *last)
{
	const json_t *hops = json_object_get(journey, "hops");
	auto_free struct stop *stops = xcalloc(json_array_size(hops) + 1, sizeof(*stops));
	size_t n = way_to(hops, last, stops);

	for (size_t i = 0; i < n; i++) {
		size_t next = i + 1, times = 0;
		json_t *ring;

		while (next < n && !same_stop(&stops[next], &stops[i]))
			next++;
		if (next == n)
			continue;
		ring = json_array();
		for (size_t j = i; j <= next; j++)
			(void)json_array_append_new(ring, json_string(stops[j].node));
		for (size_t j = i + 1; j < n; j++)
			times += same_stop(&stops[j], &stops[i]);
		return json_pack("{s:I, s:o}", "times", (json_int_t)times, "nodes", ring);
	}
	return NULL;
}
