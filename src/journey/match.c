/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a frame comes from. Two hops belong together where the packet is the same and
 *   - the first went out at one end of a wire and the second into the other: nothing else changed;
 *   - the first went into a node and the second out of it: a bridge changed nothing, a router put
 *     its own MAC and took one from the TTL, and may have cut the packet.
 * Where several would do (packets that are the same in all), it is the one that took as long as the
 * link or node takes.
 */
#include "journey/nat.h"
#include "journey/track.h"

/* A frame is taken for a copy of one that arrived already where the other that it may be would have
 * taken so much longer than usual. */
#define COPY_NS INT64_C(200000000)
/* Hops that are looked at for the frame that a damaged one was, the latest first. */
#define DAMAGED_MAX 8192

static bool same_ends(const struct track_hop *a, const struct track_hop *b)
{
	return a->ttl == b->ttl && net_mac_equal(a->src, b->src) && net_mac_equal(a->dst, b->dst);
}

/* A damaged checksum of IP, or TTL, is no part of the ident. */
static bool fits_link(const struct tracks *t, const struct track_hop *out,
		      const struct track_hop *in)
{
	return out->fold == in->fold && out->ident == in->ident && same_ends(out, in) &&
	       out->vlan == in->vlan && index_peer(t->ix, in->port) == out->port;
}

/* The same, or a part of it that the router cut off. */
static bool fits_piece(const struct track_hop *in, const struct track_hop *out)
{
	if (in->ident == out->ident)
		return true;
	return out->piece_len && out->piece_len < in->piece_len && out->piece_at >= in->piece_at &&
	       out->piece_at + out->piece_len <= in->piece_at + in->piece_len;
}

/* Conntrack of that node says that it turned the one into the other; all else is the same. */
static bool fits_translation(const struct tracks *t, const struct track_hop *in,
			     const struct track_hop *out)
{
	return in->renamed && in->renamed == out->renamed &&
	       nat_translates(t->ix->nat, t->ix->lab->ports[in->port].node, &in->flow, &out->flow);
}

/* A port that does not carry it says nothing: it may have been changed since. */
static bool same_vlan(const struct journey_index *ix, const struct track_hop *in,
		      const struct track_hop *out)
{
	uint16_t a = index_vlan(ix, in->port, in->vlan), b = index_vlan(ix, out->port, out->vlan);

	return !ix->lab->ports[in->port].filters || a == b || a == INDEX_NO_VLAN ||
	       b == INDEX_NO_VLAN;
}

static bool fits_node(const struct tracks *t, const struct track_hop *in,
		      const struct track_hop *out)
{
	const struct journey_port *from = &t->ix->lab->ports[in->port];
	const struct journey_port *to = &t->ix->lab->ports[out->port];

	if (from->node != to->node)
		return false;
	if (index_same_bridge(t->ix, in->port, out->port) && in->ident == out->ident &&
	    same_ends(in, out) && same_vlan(t->ix, in, out))
		return in->port != out->port || index_is_radio(t->ix, in->port);
	return t->ix->lab->nodes[from->node].routes && in->ttl > 1 && out->ttl == in->ttl - 1 &&
	       (fits_piece(in, out) || fits_translation(t, in, out)) &&
	       index_owns(t->ix, from->node, &out->src);
}

/* Whether the hop has led to another of that port already (or to that piece at it). */
static bool is_taken(const struct track *track, uint32_t hop, const struct track_hop *child)
{
	for (uint32_t i = hop + 1; i < track->n; i++) {
		const struct track_hop *h = &track->hops[i];

		if (h->from == hop && h->port == child->port && h->way == child->way &&
		    h->ident == child->ident)
			return true;
	}
	return false;
}

static bool fits(const struct tracks *t, const struct track_hop *parent,
		 const struct track_hop *child)
{
	if (child->time_ns < parent->time_ns - TRACK_JITTER_NS || parent->way == child->way)
		return false;
	return child->way == JOURNEY_IN ? fits_link(t, parent, child) : fits_node(t, parent, child);
}

/* A wire that doubles frames may have made a second child. */
static bool may_be_copy(const struct tracks *t, const struct track_hop *parent,
			const struct track_hop *child)
{
	return child->way == JOURNEY_IN && t->ix->lab->ports[parent->port].sends.duplicate_ppm > 0;
}

static int64_t *expected(struct tracks *t, const struct track_hop *parent)
{
	if (parent->way == JOURNEY_OUT)
		return &t->link_expected[parent->port];
	return &t->node_expected[t->ix->lab->ports[parent->port].node];
}

static int64_t surprise(struct tracks *t, const struct track_hop *parent,
			const struct track_hop *child)
{
	int64_t took = child->time_ns - parent->time_ns;
	int64_t usual = *expected(t, parent);

	return took > usual ? took - usual : usual - took;
}

/* Of equals it is the oldest track, which comes last, and its latest hop, which comes first. */
static bool is_less(int64_t how, int64_t least, const struct track *track,
		    const struct track_place *best)
{
	return how < least || (how == least && best->track != track);
}

struct track_place tracks_find_parent(struct tracks *t, uint64_t key, const struct track_hop *child)
{
	struct track_place best = { NULL, TRACK_NO_HOP };
	int64_t least = INT64_MAX;

	for (struct track *track = tracks_first(t, key); track; track = tracks_next(track)) {
		/* The latest first: of what goes round and round, those before take ever longer. */
		for (uint32_t i = track->n; i-- > 0;) {
			const struct track_hop *h = &track->hops[i];
			int64_t how = surprise(t, h, child);

			if (!is_less(how, least, track, &best) || !fits(t, h, child))
				continue;
			if (is_taken(track, i, child)) {
				if (!may_be_copy(t, h, child))
					continue;
				how += COPY_NS;
			}
			if (!is_less(how, least, track, &best))
				continue;
			least = how;
			best = (struct track_place){ track, i };
		}
	}
	return best;
}

/* Nor must one that goes round and round. */
bool tracks_bound_round(struct tracks *t, uint64_t key)
{
	for (struct track *track = tracks_first(t, key); track; track = tracks_next(track))
		if (track->n >= TRACK_HOPS_MAX) {
			tracks_close(t, track, true);
			return true;
		}
	return false;
}

/* A flood of packets that are all the same must not make each lookup longer than the last. */
static void bound_same(struct tracks *t, uint64_t key)
{
	struct track *last = NULL;
	size_t n = 0;

	for (struct track *track = tracks_first(t, key); track; track = tracks_next(track)) {
		last = track;
		n++;
	}
	if (n > TRACK_SAME_MAX)
		tracks_close(t, last, true);
}

/* An access point speaks for the stations at its radios. */
static bool has_station(const struct journey_index *ix, size_t node, const struct net_mac *mac)
{
	for (size_t i = ix->by_node.first[node]; i < ix->by_node.first[node + 1]; i++) {
		size_t port = ix->by_node.at[i];

		if (index_is_radio(ix, port) && ix->lab->ports[port].bridge &&
		    index_radio(ix, ix->lab->ports[port].link, mac) != JOURNEY_NONE)
			return true;
	}
	return false;
}

/* What it says as somebody else, whom others believe to speak with: a port that is redirected. */
static bool speaks_for(const struct tracks *t, size_t node, const struct journey_frame *f)
{
	const struct journey_flow back = nat_inverse(&f->flow);

	return f->renamed && index_takes(t->ix, node, &back);
}

static bool begins_here(const struct tracks *t, const struct journey_frame *f,
			const struct track_hop *hop)
{
	size_t node = t->ix->lab->ports[hop->port].node;

	if (hop->way == JOURNEY_IN)
		return false;
	if (!index_owns(t->ix, node, &hop->src))
		return f->for_station && has_station(t->ix, node, &hop->src);
	if (!t->ix->lab->nodes[node].routes || (f->kind != JOURNEY_IPV4 && f->kind != JOURNEY_IPV6))
		return true;
	return net_addr_is_unspecified(f->source) || index_has_address(t->ix, node, f->source) ||
	       speaks_for(t, node, f);
}

static void note_arrival(struct tracks *t, const struct track_hop *parent)
{
	if (parent->way == JOURNEY_OUT && parent->time_ns > t->link_arrived[parent->port])
		t->link_arrived[parent->port] = parent->time_ns;
}

/* Only from packets that are not to be mistaken. */
static void learn(struct tracks *t, struct track *track, const struct track_hop *parent,
		  const struct track_hop *child)
{
	int64_t *usual = expected(t, parent);

	if (parent->way == JOURNEY_OUT && t->ix->lab->ports[parent->port].sends.reorder_ppm)
		return; /* one that is held back says nothing of the others */
	if (tracks_first(t, track->key) == track && !tracks_next(track))
		*usual += (child->time_ns - parent->time_ns - *usual) / 8;
}

/*
 * Whether what was captured a moment too early comes from this hop: it waits as a root, or was put
 * behind another packet that is the same but did not get this far.
 */
static bool is_better_parent(struct tracks *t, const struct track *track, uint32_t hop,
			     const struct track *other, uint32_t child)
{
	const struct track_hop *h = &track->hops[hop], *c = &other->hops[child];

	if (c->time_ns < h->time_ns - TRACK_JITTER_NS || !fits(t, h, c) || is_taken(track, hop, c))
		return false;
	return child ? surprise(t, &other->hops[c->from], c) > surprise(t, h, c) : other->orphan;
}

static void adopt(struct tracks *t, struct track *track, uint32_t hop)
{
	struct track *next;

	for (struct track *other = tracks_first(t, track->key); other; other = next) {
		uint32_t child = 0;

		next = tracks_next(other);
		if (other == track)
			continue;
		while (child < other->n && !is_better_parent(t, track, hop, other, child))
			child++;
		if (child == other->n)
			continue;
		note_arrival(t, &track->hops[hop]);
		tracks_move(t, track, hop, other, child);
	}
}

/* Whether the wire has made the one of the other. */
static bool is_damage(const struct tracks *t, const struct track_hop *out,
		      const struct track_hop *in)
{
	return out->way == JOURNEY_OUT && !out->damaged &&
	       index_peer(t->ix, in->port) == out->port && out->bytes == in->bytes &&
	       out->time_ns <= in->time_ns && net_mac_equal(out->src, in->src) &&
	       net_mac_equal(out->dst, in->dst) && __builtin_popcountll(out->fold ^ in->fold) == 1;
}

static bool has_child(const struct track *track, uint32_t hop)
{
	for (uint32_t i = hop + 1; i < track->n; i++)
		if (track->hops[i].from == hop)
			return true;
	return false;
}

/* A frame that a wire has damaged: the other, which it was, is lost. A wire damages few,
 * but of what comes from nowhere there may be much. */
static bool find_damaged(struct tracks *t, struct track *track, const struct track_hop *in)
{
	size_t peer = in->way == JOURNEY_IN ? index_peer(t->ix, in->port) : JOURNEY_NONE;
	size_t seen = 0;

	if (peer == JOURNEY_NONE || !t->ix->lab->ports[peer].sends.corrupt_ppm)
		return false;
	for (struct track *other = t->youngest; other && seen < DAMAGED_MAX; other = other->older) {
		seen += other->n;
		for (uint32_t i = 0; other != track && i < other->n; i++) {
			if (!is_damage(t, &other->hops[i], in) || has_child(other, i))
				continue;
			other->hops[i].damaged = true;
			other->damaged_as = track->id;
			track->damage_of = other->id;
			return true;
		}
	}
	return false;
}

struct track_hop tracks_make_hop(size_t port, enum journey_way way, const struct track_seen *seen,
				 const struct journey_frame *f)
{
	return (struct track_hop){ .frame = seen->frame,
				   .ident = f->ident,
				   .fold = f->fold,
				   .tagged = f->tagged,
				   .time_ns = seen->time_ns,
				   .src = f->src,
				   .dst = f->dst,
				   .port = (uint32_t)port,
				   .from = TRACK_NO_HOP,
				   .bytes = f->bytes,
				   .piece_at = f->piece_at,
				   .piece_len = f->piece_len,
				   .renamed = f->renamed,
				   .flow = f->flow,
				   .vlan = f->vlan,
				   .ttl = f->ttl,
				   .way = (uint8_t)way };
}

struct track_place tracks_place(struct tracks *t, const struct journey_frame *f,
				const struct track_hop *hop)
{
	bool goes_on = tracks_bound_round(t, f->key);
	struct track_place place = tracks_find_parent(t, f->key, hop);
	struct track_hop placed = *hop;

	if (place.track) {
		struct track_hop *parent = &place.track->hops[place.hop];

		note_arrival(t, parent);
		learn(t, place.track, parent, hop);
		place.track->cut |= parent->ident != hop->ident &&
				    (!hop->renamed || parent->renamed != hop->renamed);
		placed.from = place.hop;
		placed.copy = is_taken(place.track, place.hop, hop);
	} else {
		bound_same(t, f->key);
		place.track = tracks_new(t, f);
		place.track->orphan = !begins_here(t, f, hop) && !find_damaged(t, place.track, hop);
		place.track->goes_on = goes_on;
	}
	place.hop = tracks_append(t, place.track, &placed);
	adopt(t, place.track, place.hop);
	return place;
}

/* What the capture does not say: by who sends, by where it must be, by what was seen before. */
static enum journey_way find_way(struct tracks *t, size_t port, const struct track_seen *seen,
				 const struct journey_frame *f)
{
	size_t node = t->ix->lab->ports[port].node;
	struct track_hop hop = tracks_make_hop(port, JOURNEY_IN, seen, f);
	enum index_side side = index_side(t->ix, port, &f->src);

	if (index_owns(t->ix, node, &f->src))
		return JOURNEY_OUT;
	if (t->ix->lab->ports[port].blocked)
		return JOURNEY_IN;
	if (side != INDEX_UNKNOWN)
		return side == INDEX_FAR ? JOURNEY_IN : JOURNEY_OUT;
	if (index_owns(t->ix, node, &f->dst) || !t->ix->lab->ports[port].bridge ||
	    tracks_find_parent(t, f->key, &hop).track)
		return JOURNEY_IN;
	hop.way = JOURNEY_OUT;
	if (tracks_find_parent(t, f->key, &hop).track)
		return JOURNEY_OUT;
	return index_side(t->ix, port, &f->dst) == INDEX_FAR ? JOURNEY_OUT : JOURNEY_IN;
}

void tracks_add_wire(struct tracks *t, size_t port, enum track_way way,
		     const struct track_seen *seen, const struct journey_frame *f)
{
	enum journey_way known =
		way == TRACK_EITHER ? find_way(t, port, seen, f) : (enum journey_way)way;
	struct track_hop hop = tracks_make_hop(port, known, seen, f);

	(void)tracks_place(t, f, &hop);
}
