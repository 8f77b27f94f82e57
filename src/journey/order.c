/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hops of a journey as they are told: in the order of time, what leads to a hop before it. */
#include "base/str.h"
#include "journey/track.h"

static struct journey_hop make_hop(const struct track_hop *h)
{
	return (struct journey_hop){ .port = h->port,
				     .vlan = h->vlan,
				     .frame = h->frame,
				     .time_ns = h->time_ns,
				     .src = h->src,
				     .dst = h->dst,
				     .bytes = h->bytes,
				     .ttl = h->ttl,
				     .encrypted = h->encrypted,
				     .copy = h->copy,
				     .flow = h->flow,
				     .way = (enum journey_way)h->way,
				     .from = h->from == TRACK_NO_HOP ? JOURNEY_NONE : h->from };
}

void track_fill(const struct track *track, struct journey_hop *hops)
{
	for (uint32_t i = 0; i < track->n; i++)
		hops[i] = make_hop(&track->hops[i]);
}

/* In a track, a hop stands behind the one that it comes from, but clocks may disagree. */
static uint32_t sort(const struct track *track, const struct journey_hop *hops, uint32_t *order,
		     int64_t *when)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < track->n; i++) {
		const struct track_hop *h = &track->hops[i];
		uint32_t at = n;

		when[i] = h->time_ns;
		if (h->from != TRACK_NO_HOP && when[h->from] > when[i])
			when[i] = when[h->from];
		if (!hops[i].frame)
			continue;
		for (; at > 0 && when[order[at - 1]] > when[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
		n++;
	}
	return n;
}

size_t track_order(const struct track *track, const struct journey_hop *hops,
		   struct journey_hop *sorted)
{
	auto_free uint32_t *order = xcalloc(track->n, sizeof(*order));
	auto_free int64_t *when = xcalloc(track->n, sizeof(*when));
	auto_free size_t *place = xcalloc(track->n, sizeof(*place));
	uint32_t n = sort(track, hops, order, when);

	for (uint32_t i = 0; i < n; i++)
		place[order[i]] = i;
	for (uint32_t i = 0; i < n; i++) {
		sorted[i] = hops[order[i]];
		if (sorted[i].from != JOURNEY_NONE)
			sorted[i].from = place[sorted[i].from];
	}
	return n;
}
