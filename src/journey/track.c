/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of journeys under way. */
#include "journey/track.h"

#include <string.h>

#define DEFAULT_WINDOW_NS INT64_C(3000000000)
#define DEFAULT_OPEN 400000
#define FIRST_BUCKETS 1024
#define FIRST_HOPS 8
#define LINE_FRAMES 17 /* one, and those that a wire with a rate lets wait before it */
#define FRAME_BITS (UINT64_C(1514) * 8)
#define NS UINT64_C(1000000000)

static int64_t delay_of(const struct journey_port *port)
{
	return (int64_t)port->sends.delay_us * 1000;
}

static int64_t slowest_of(const struct journey_port *port)
{
	const struct net_shape *shape = &port->sends;
	int64_t waits =
		shape->rate_bps ? (int64_t)(LINE_FRAMES * FRAME_BITS * NS / shape->rate_bps) : 0;

	return delay_of(port) + (int64_t)shape->jitter_us * 1000 + waits;
}

static int64_t longest(const int64_t *times, size_t n)
{
	int64_t longest = 0;

	for (size_t i = 0; i < n; i++)
		if (times[i] > longest)
			longest = times[i];
	return longest;
}

void tracks_init(struct tracks *t, struct journey_index *ix, const struct journey_opts *opts,
		 journey_visitor *visit, void *user, struct journey_set *counts)
{
	const struct journey_lab *lab = ix->lab;

	*t = (struct tracks){ .ix = ix,
			      .window_ns = opts->window_ns,
			      .max_open = opts->max_open ? opts->max_open : DEFAULT_OPEN,
			      .visit = visit,
			      .user = user,
			      .counts = counts,
			      .n_buckets = FIRST_BUCKETS };
	t->buckets = xcalloc(t->n_buckets, sizeof(*t->buckets));
	t->link_expected = xcalloc(lab->n_ports, sizeof(*t->link_expected));
	t->link_slowest = xcalloc(lab->n_ports, sizeof(*t->link_slowest));
	t->link_arrived = xcalloc(lab->n_ports, sizeof(*t->link_arrived));
	t->node_expected = xcalloc(lab->n_nodes, sizeof(*t->node_expected));
	t->ap_of = xcalloc(lab->n_ports, sizeof(*t->ap_of));
	for (size_t i = 0; i < lab->n_ports; i++) {
		t->ap_of[i] = JOURNEY_NONE;
		t->link_slowest[i] = slowest_of(&lab->ports[i]);
		if (lab->ports[i].link != JOURNEY_NONE)
			t->link_expected[i] = delay_of(&lab->ports[i]);
	}
	if (!t->window_ns)
		t->window_ns = DEFAULT_WINDOW_NS + 2 * longest(t->link_slowest, lab->n_ports);
}

static void free_list(struct track *track)
{
	while (track) {
		struct track *next = track->younger;

		free(track->hops);
		free(track);
		track = next;
	}
}

void tracks_free(struct tracks *t)
{
	free_list(t->oldest);
	free_list(t->spare);
	free(t->buckets);
	free(t->link_expected);
	free(t->link_slowest);
	free(t->link_arrived);
	free(t->node_expected);
	free(t->ap_of);
	free(t->closed);
	memset(t, 0, sizeof(*t));
}

static struct track **bucket_of(const struct tracks *t, uint64_t key)
{
	return &t->buckets[(key ^ key >> 32) & (t->n_buckets - 1)];
}

static struct track *with_key(struct track *track, uint64_t key)
{
	while (track && track->key != key)
		track = track->next_same;
	return track;
}

struct track *tracks_first(const struct tracks *t, uint64_t key)
{
	return with_key(*bucket_of(t, key), key);
}

struct track *tracks_next(const struct track *track)
{
	return with_key(track->next_same, track->key);
}

/* Buckets keep the newest first. */
static void grow(struct tracks *t)
{
	free(t->buckets);
	t->n_buckets *= 2;
	t->buckets = xcalloc(t->n_buckets, sizeof(*t->buckets));
	for (struct track *track = t->oldest; track; track = track->younger) {
		struct track **bucket = bucket_of(t, track->key);

		track->next_same = *bucket;
		*bucket = track;
	}
}

static void make_youngest(struct tracks *t, struct track *track)
{
	track->older = t->youngest;
	track->younger = NULL;
	if (t->youngest)
		t->youngest->younger = track;
	else
		t->oldest = track;
	t->youngest = track;
}

static void unlink_age(struct tracks *t, struct track *track)
{
	if (track->older)
		track->older->younger = track->younger;
	else
		t->oldest = track->younger;
	if (track->younger)
		track->younger->older = track->older;
	else
		t->youngest = track->older;
}

struct track *tracks_new(struct tracks *t, const struct journey_frame *f)
{
	struct track *track = t->spare;
	struct track_hop *hops = track ? track->hops : NULL;
	uint32_t cap = track ? track->cap : 0;
	struct track **bucket;

	if (track)
		t->spare = track->younger;
	else
		track = xcalloc(1, sizeof(*track));
	*track = (struct track){ .id = ++t->last_id,
				 .key = f->key,
				 .hops = hops,
				 .cap = cap,
				 .kind = f->kind,
				 .protocol = f->protocol,
				 .source_port = f->source_port,
				 .destination_port = f->destination_port,
				 .source = f->source,
				 .destination = f->destination,
				 .keys = f->keys };
	if (t->n_tracks++ == t->n_buckets)
		grow(t);
	bucket = bucket_of(t, track->key);
	track->next_same = *bucket;
	*bucket = track;
	make_youngest(t, track);
	return track;
}

uint32_t tracks_append(struct tracks *t, struct track *track, const struct track_hop *hop)
{
	if (track->n == track->cap) {
		track->cap = track->cap ? track->cap * 2 : FIRST_HOPS;
		track->hops = xrealloc(track->hops, track->cap, sizeof(*track->hops));
	}
	track->hops[track->n] = *hop;
	t->n_hops++;
	if (hop->time_ns > track->last_ns)
		track->last_ns = hop->time_ns;
	if (track != t->youngest) {
		unlink_age(t, track);
		make_youngest(t, track);
	}
	return track->n++;
}

static void release(struct tracks *t, struct track *track)
{
	struct track **at = bucket_of(t, track->key);

	while (*at != track)
		at = &(*at)->next_same;
	*at = track->next_same;
	unlink_age(t, track);
	t->n_tracks--;
	t->n_hops -= track->n;
	track->younger = t->spare;
	t->spare = track;
}

/* What comes from a hop stands behind it, so one pass finds all: moved[i] is its new place, or
 * none. */
static uint32_t copy_tree(struct tracks *t, struct track *track, uint32_t hop,
			  const struct track *other, uint32_t root, uint32_t *moved)
{
	uint32_t n = 0;

	for (uint32_t i = root; i < other->n; i++) {
		struct track_hop h = other->hops[i];

		moved[i] = TRACK_NO_HOP;
		if (i == root)
			h.from = hop;
		else if (h.from < root || moved[h.from] == TRACK_NO_HOP)
			continue;
		else
			h.from = moved[h.from];
		moved[i] = tracks_append(t, track, &h);
		n++;
	}
	return n;
}

/* Closes the gaps of what was moved away. */
static void drop_moved(struct tracks *t, struct track *track, uint32_t root, const uint32_t *moved)
{
	auto_free uint32_t *place = xcalloc(track->n, sizeof(*place));
	uint32_t n = root;

	for (uint32_t i = 0; i < track->n; i++) {
		struct track_hop h = track->hops[i];

		place[i] = i < root ? i : n;
		if (i < root || moved[i] != TRACK_NO_HOP)
			continue;
		h.from = place[h.from];
		track->hops[n++] = h;
	}
	t->n_hops -= track->n - n;
	track->n = n;
}

void tracks_move(struct tracks *t, struct track *track, uint32_t hop, struct track *other,
		 uint32_t root)
{
	auto_free uint32_t *moved = xcalloc(other->n, sizeof(*moved));
	uint32_t n = copy_tree(t, track, hop, other, root, moved);

	track->cut |= other->cut;
	if (n < other->n) {
		drop_moved(t, other, root, moved);
		return;
	}
	if (other->id < track->id)
		track->id = other->id;
	release(t, other);
}

static bool has_crossed_wire(const struct tracks *t, const struct track_hop *h)
{
	return h->way == JOURNEY_IN && h->from != TRACK_NO_HOP && !index_is_radio(t->ix, h->port);
}

/* Of what a wire made of a frame, the first to arrive is the frame; what was taken for a copy of
 * another may have been put here since. */
static void mark_copies(const struct tracks *t, struct track *track)
{
	auto_free uint32_t *first = xcalloc(track->n, sizeof(*first)); /* one more than an index */

	for (uint32_t i = 0; i < track->n; i++) {
		const struct track_hop *h = &track->hops[i];
		uint32_t *at = has_crossed_wire(t, h) ? &first[h->from] : NULL;

		if (at && (!*at || track->hops[*at - 1].time_ns > h->time_ns))
			*at = i + 1;
	}
	for (uint32_t i = 0; i < track->n; i++) {
		struct track_hop *h = &track->hops[i];

		if (has_crossed_wire(t, h))
			h->copy = first[h->from] != i + 1;
	}
}

void tracks_close(struct tracks *t, struct track *track, bool early)
{
	struct journey journey;

	mark_copies(t, track);
	tracks_judge(t, track, early, &journey);
	t->visit(t->user, &journey);
	release(t, track);
}

void tracks_expire(struct tracks *t, int64_t now)
{
	while (t->oldest && t->oldest->last_ns < now - t->window_ns)
		tracks_close(t, t->oldest, false);
	while (t->oldest && t->n_hops > t->max_open)
		tracks_close(t, t->oldest, true);
}

void tracks_close_all(struct tracks *t)
{
	while (t->oldest)
		tracks_close(t, t->oldest, false);
}
