/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A frame of the air: out of the radio that sent it and into those that it is for, with one capture
 * for both. Acknowledgements are not captured; that a frame is not sent once more shows them.
 */
#include "journey/track.h"

/* The same frame once more: the hop of the try before, or none. */
static struct track_place find_try(const struct tracks *t, uint64_t key,
				   const struct track_hop *again)
{
	for (struct track *track = tracks_first(t, key); track; track = tracks_next(track)) {
		for (uint32_t i = track->n; i-- > 0;) {
			const struct track_hop *h = &track->hops[i];

			if (h->port == again->port && h->way == JOURNEY_OUT &&
			    h->sequence == again->sequence && h->ident == again->ident &&
			    h->time_ns <= again->time_ns)
				return (struct track_place){ track, i };
		}
	}
	return (struct track_place){ NULL, TRACK_NO_HOP };
}

static bool has_led_on(const struct track *track, uint32_t hop)
{
	for (uint32_t i = hop + 1; i < track->n; i++)
		if (track->hops[i].from == hop)
			return true;
	return false;
}

/*
 * The try before did not arrive: what it led into comes from this one, the track's last hop, and
 * changes places with it, since what comes from a hop stands behind it. (What led on already did
 * arrive, and only its acknowledgement was lost.)
 */
static void move_receiver(struct track *track, uint32_t before)
{
	struct track_hop *last = &track->hops[track->n - 1];

	for (uint32_t i = before + 1; i < track->n - 1; i++) {
		struct track_hop in = track->hops[i];

		if (in.from != before || in.way != JOURNEY_IN || has_led_on(track, i))
			continue;
		track->hops[i] = *last;
		in.from = i;
		in.time_ns = last->time_ns;
		in.frame = last->frame;
		in.tries++;
		*last = in;
		return;
	}
}

static void receive(struct tracks *t, struct track_place from, size_t port)
{
	struct track_hop hop = from.track->hops[from.hop];

	hop.port = (uint32_t)port;
	hop.way = JOURNEY_IN;
	hop.from = from.hop;
	hop.tries = 1;
	(void)tracks_append(t, from.track, &hop);
}

/* A frame of an access point to all goes into the stations that use it, but for who sent it. */
static void receive_all(struct tracks *t, struct track_place from, size_t link, size_t ap)
{
	const struct journey_index *ix = t->ix;
	const struct net_mac src = from.track->hops[from.hop].src;

	for (size_t i = ix->by_link.first[link]; i < ix->by_link.first[link + 1]; i++) {
		size_t port = ix->by_link.at[i];

		if (t->ap_of[port] == ap && !net_mac_equal(ix->lab->ports[port].mac, src))
			receive(t, from, port);
	}
}

/* Who uses which access point shows in what they send to it, and in its yes. */
static void note_ap(struct tracks *t, const struct journey_air_head *head, size_t by, size_t to)
{
	if (to == JOURNEY_NONE)
		return;
	if (head->to_ap)
		t->ap_of[by] = to;
	else if (head->associates)
		t->ap_of[to] = by;
}

/* Somebody whom the topology does not know; it came from nowhere. */
static void count_stranger(struct tracks *t, size_t link, size_t to)
{
	size_t first = t->ix->by_link.first[link];

	t->counts->unmatched++;
	if (to != JOURNEY_NONE || first < t->ix->by_link.first[link + 1])
		t->counts->ports[to != JOURNEY_NONE ? to : t->ix->by_link.at[first]].unmatched++;
}

void tracks_add_air(struct tracks *t, size_t link, const struct journey_air_head *head,
		    const struct track_seen *seen, const struct journey_frame *f)
{
	size_t by = index_radio(t->ix, link, &head->by);
	size_t to = index_radio(t->ix, link, &head->to);
	struct track_place place = { NULL, TRACK_NO_HOP };
	struct track_hop hop;
	bool goes_on;

	if (by == JOURNEY_NONE) {
		count_stranger(t, link, to);
		return;
	}
	hop = tracks_make_hop(by, JOURNEY_OUT, seen, f);
	hop.sequence = head->sequence;
	hop.encrypted = head->encrypted;
	note_ap(t, head, by, to);
	goes_on = tracks_bound_round(t, f->key);
	if (head->retry)
		place = find_try(t, f->key, &hop);
	if (place.track) {
		hop.from = place.hop;
		(void)tracks_append(t, place.track, &hop);
		move_receiver(place.track, place.hop);
		return;
	}
	place = tracks_place(t, f, &hop);
	place.track->goes_on |= goes_on;
	if (to != JOURNEY_NONE)
		receive(t, place, to);
	else if (head->from_ap && net_mac_is_group(head->to))
		receive_all(t, place, link, by);
}
