/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each node and link did with a packet, and what became of it. */
#include <string.h>

#include "base/str.h"
#include "journey/drops.h"
#include "journey/nat.h"
#include "journey/track.h"

/* As the medium tries, and 802.11 does by default: after that many a frame is given up. */
#define AIR_TRIES 7
/* A packet may rest that long in a node, or on a link beyond what it takes, when the captures end.
 */
#define REST_NS INT64_C(500000000)

struct judge {
	struct tracks *t;
	const struct track *track;
	bool early;
	struct journey_hop *hops; /* as the track's; then, as many, those that come out */
	uint32_t *n_children;
	bool delivered, open;
	bool too_large;              /* the first that was lost on a link */
	bool unclear;                /* what lost_node did */
	size_t lost_link, lost_node; /* the first */
	size_t ignored_by;
};

static bool in_group(const struct track_hop *h)
{
	return net_mac_is_group(h->dst);
}

static const struct journey_port *port_of(const struct judge *j, const struct track_hop *h)
{
	return &j->t->ix->lab->ports[h->port];
}

static void count_link(struct judge *j, const struct track_hop *out, const struct track_hop *in)
{
	struct journey_link_count *c = &j->t->counts->links[out->port];
	int64_t took = in->time_ns - out->time_ns;

	if (in->copy) {
		c->copies++;
		return;
	}
	if (!c->arrived || took < c->delay_min_ns)
		c->delay_min_ns = took;
	if (!c->arrived || took > c->delay_max_ns)
		c->delay_max_ns = took;
	c->delay_sum_ns += took;
	c->arrived++;
}

/* Larger than its wire lets through. */
static bool is_too_large(const struct judge *j, const struct track_hop *h)
{
	const struct net_shape *shape = &port_of(j, h)->sends;
	uint32_t most = net_shape_mtu(shape) + NET_MTU_HEADERS + (h->tagged ? 4 : 0);

	if (net_shape_is_plain(shape) || port_of(j, h)->was_plain)
		most += NET_MTU_SPARE;
	return h->bytes > most;
}

static void lose_on_link(struct judge *j, uint32_t i)
{
	const struct track_hop *h = &j->track->hops[i];
	struct journey_link_count *c = &j->t->counts->links[h->port];
	bool too_large = !index_is_radio(j->t->ix, h->port) && is_too_large(j, h);

	j->hops[i].action = JOURNEY_LOST;
	c->damaged += h->damaged;
	c->lost += !h->damaged;
	c->too_large += too_large;
	if (j->lost_link != JOURNEY_NONE)
		return;
	j->lost_link = port_of(j, h)->link;
	j->too_large = too_large;
}

/* What a hop out of a node is called, as long as it arrives. */
static enum journey_action way_out(const struct judge *j, const struct track_hop *h)
{
	const struct track_hop *from;

	if (h->from == TRACK_NO_HOP && j->track->orphan) /* not seen to come in */
		return j->t->ix->lab->nodes[port_of(j, h)->node].routes ? JOURNEY_FORWARDED
									: JOURNEY_SWITCHED;
	if (h->from == TRACK_NO_HOP)
		return JOURNEY_SENT;
	from = &j->track->hops[h->from];
	if (from->way == JOURNEY_OUT)
		return JOURNEY_REPEATED;
	if (from->ttl != h->ttl)
		return from->ident != h->ident && from->renamed && from->renamed == h->renamed
			       ? JOURNEY_TRANSLATED
			       : JOURNEY_FORWARDED;
	return in_group(h) || j->n_children[h->from] > 1 ? JOURNEY_FLOODED : JOURNEY_SWITCHED;
}

/* It would be there: a later one is, or the capture at the other end went on for long enough. */
static bool is_overdue(const struct judge *j, const struct track_hop *h, size_t peer)
{
	const struct tracks *t = j->t;
	int64_t usual = t->link_expected[h->port], most = t->link_slowest[h->port];
	int64_t due = h->time_ns + (usual > most ? usual : most) + REST_NS;

	if (h->damaged)
		return true;
	if (h->time_ns < t->link_arrived[h->port] - TRACK_JITTER_NS &&
	    !port_of(j, h)->sends.reorder_ppm)
		return index_sees(t->ix, peer, h->time_ns);
	return !j->early && index_sees(t->ix, peer, due);
}

static void judge_out(struct judge *j, uint32_t i)
{
	const struct track_hop *h = &j->track->hops[i];
	size_t peer = index_peer(j->t->ix, h->port);

	j->hops[i].action = way_out(j, h);
	j->t->counts->links[h->port].sent++;
	if (j->n_children[i] || index_is_radio(j->t->ix, h->port) || peer == JOURNEY_NONE)
		return;
	if (is_overdue(j, h, peer))
		lose_on_link(j, i);
	else
		j->open = true;
}

/* Whether a bridge had to pass it on: to some other wire than the one that it came from. */
static bool has_way_on(const struct judge *j, const struct track_hop *h)
{
	const struct journey_index *ix = j->t->ix;
	size_t node = port_of(j, h)->node;
	uint16_t vlan = index_vlan(ix, h->port, h->vlan);

	for (size_t i = ix->by_node.first[node]; i < ix->by_node.first[node + 1]; i++) {
		size_t port = ix->by_node.at[i];

		if (port != h->port && index_same_bridge(ix, port, h->port) &&
		    index_peer(ix, port) != JOURNEY_NONE && !ix->lab->ports[port].blocked &&
		    index_carries(ix, port, vlan))
			return true;
	}
	return false;
}

/* 01-80-C2-00-00-0x never passes a bridge, IEEE 802.1Q 8.6.3. */
static bool is_for_bridges(const struct net_mac *m)
{
	return journey_mac_number(m) >> 4 == UINT64_C(0x0180c200000);
}

/* A group that stands for other addresses than those of the node (RFC 4291, 2.7.1). */
static bool is_for_others(const struct judge *j, const struct track_hop *h)
{
	return j->track->kind == JOURNEY_IPV6 && net_addr_is_group(j->track->destination) &&
	       !index_in_group(j->t->ix, h->port, j->track->destination);
}

/* A frame that went into a bridge and not out again, and is not for the node's own MAC. */
static enum journey_action judge_bridge(const struct judge *j, const struct track_hop *h)
{
	uint16_t vlan = index_vlan(j->t->ix, h->port, h->vlan);

	if (in_group(h) && (is_for_bridges(&h->dst) ||
			    (index_hears(j->t->ix, h->port, vlan) && !is_for_others(j, h))))
		return JOURNEY_DELIVERED;
	if (in_group(h) ? !has_way_on(j, h) : index_side(j->t->ix, h->port, &h->dst) == INDEX_FAR)
		return JOURNEY_IGNORED;
	return JOURNEY_DROPPED;
}

/* Where the packet goes to by then. */
static struct net_addr destination_of(const struct judge *j, const struct track_hop *h)
{
	return h->renamed ? nat_address(h->flow.destination) : j->track->destination;
}

/* What the node translates, or may have translated, can have left it as something that is not
 * understood. */
static bool may_be_changed(const struct judge *j, const struct track_hop *h)
{
	size_t node = port_of(j, h)->node;
	const struct journey_node *of = &j->t->ix->lab->nodes[node];

	return of->routes && j->track->kind == JOURNEY_IPV4 &&
	       (of->forgot || nat_out(j->t->ix->nat, node, &h->flow));
}

/* It came to an address of this node, or of whoever it gives the packet to. */
static bool is_for_node(const struct judge *j, const struct track_hop *h)
{
	const struct journey_index *ix = j->t->ix;
	size_t node = port_of(j, h)->node;

	if (index_takes(ix, node, &h->flow) || net_addr_is_group(j->track->destination))
		return true;
	/* An answer to somebody whom it hides behind its own address. */
	if (h->renamed && ix->lab->nodes[node].routes && nat_out(ix->nat, node, &h->flow))
		return false;
	return index_has_address(ix, node, destination_of(j, h));
}

/* With a tag that the port does not carry. A NIC for which the lab has no device of any VLAN may
 * have got one by hand: what became of the frame there is not known. */
static enum journey_action judge_tagged(const struct judge *j, const struct track_hop *h, bool own)
{
	const struct journey_port *port = port_of(j, h);

	if (port->bridge || (own && port->n_tags))
		return JOURNEY_DROPPED;
	return (own || in_group(h)) && !port->n_tags ? JOURNEY_RESTING : JOURNEY_IGNORED;
}

static enum journey_action judge_end(const struct judge *j, const struct track_hop *h)
{
	const struct journey_port *port = port_of(j, h);
	bool own = index_owns(j->t->ix, port->node, &h->dst);

	if (port->blocked && !is_for_bridges(&h->dst))
		return JOURNEY_IGNORED;
	if (index_vlan(j->t->ix, h->port, h->vlan) == INDEX_NO_VLAN)
		return judge_tagged(j, h, own);
	if (!own && port->bridge)
		return judge_bridge(j, h);
	if (!own)
		return in_group(h) && !is_for_others(j, h) ? JOURNEY_DELIVERED : JOURNEY_IGNORED;
	if ((j->track->kind != JOURNEY_IPV4 && j->track->kind != JOURNEY_IPV6) || is_for_node(j, h))
		return JOURNEY_DELIVERED;
	if (j->t->ix->lab->nodes[port->node].routes && h->ttl <= 1)
		return JOURNEY_EXPIRED;
	return may_be_changed(j, h) ? JOURNEY_UNCLEAR : JOURNEY_DROPPED;
}

/* The first child that leaves the node says what the node did. */
static enum journey_action passed_on(const struct judge *j, uint32_t i)
{
	for (uint32_t c = i + 1; c < j->track->n; c++)
		if (j->track->hops[c].from == i)
			return way_out(j, &j->track->hops[c]);
	return JOURNEY_SWITCHED;
}

static void judge_in(struct judge *j, uint32_t i)
{
	const struct track_hop *h = &j->track->hops[i];
	enum journey_action *action = &j->hops[i].action;
	size_t node = port_of(j, h)->node;

	if (h->from != TRACK_NO_HOP)
		count_link(j, &j->track->hops[h->from], h);
	if (j->n_children[i]) {
		*action = passed_on(j, i);
		return;
	}
	*action = judge_end(j, h);
	j->hops[i].stray = index_vlan(j->t->ix, h->port, h->vlan) == INDEX_NO_VLAN;
	j->hops[i].drop = drops_find(j->t->counts, node, h->ident, h->renamed);
	if (*action == JOURNEY_DELIVERED) {
		j->delivered = true;
	} else if (*action == JOURNEY_IGNORED) {
		j->ignored_by = node;
	} else if (*action == JOURNEY_RESTING ||
		   ((*action == JOURNEY_DROPPED || *action == JOURNEY_UNCLEAR) &&
		    (j->early || !index_sees_all(j->t->ix, node, h->time_ns + REST_NS)))) {
		*action = JOURNEY_RESTING;
		j->open = true;
	} else if (j->lost_node == JOURNEY_NONE) {
		j->lost_node = node;
		j->unclear = *action == JOURNEY_UNCLEAR;
	}
}

/* Into a station after the last try, and nothing came of it: nobody knows better than the sender,
 * who gave up. */
static bool gave_up(const struct judge *j, uint32_t i)
{
	const struct track_hop *h = &j->track->hops[i];

	return h->way == JOURNEY_IN && h->tries >= AIR_TRIES && !j->n_children[i];
}

/* Whether another copy of it came to the hop's node, and was passed on or taken there. */
static bool has_better_copy(const struct judge *j, const struct track_hop *h)
{
	for (uint32_t i = 0; i < j->track->n; i++) {
		const struct track_hop *other = &j->track->hops[i];

		if (other != h && other->way == JOURNEY_IN &&
		    port_of(j, other)->node == port_of(j, h)->node && other->port != h->port &&
		    (j->n_children[i] || j->hops[i].action == JOURNEY_DELIVERED))
			return true;
	}
	return false;
}

/* A copy that was flooded to a bridge in vain, while another reached whom it was for: one to a
 * group by way of another port, in a ring of bridges. */
static void forgive_copies(struct judge *j)
{
	bool group = in_group(&j->track->hops[0]);

	if (!j->delivered)
		return;
	for (uint32_t i = 0; i < j->track->n; i++) {
		const struct track_hop *h = &j->track->hops[i];

		if (j->hops[i].action == JOURNEY_DROPPED && port_of(j, h)->bridge &&
		    (!group || has_better_copy(j, h)))
			j->hops[i].action = JOURNEY_IGNORED;
	}
}

static void judge_hops(struct judge *j)
{
	const struct track *track = j->track;

	for (uint32_t i = 0; i < track->n; i++)
		if (track->hops[i].from != TRACK_NO_HOP)
			j->n_children[track->hops[i].from]++;
	for (uint32_t i = 0; i < track->n; i++) {
		if (track->hops[i].way == JOURNEY_OUT)
			judge_out(j, i);
	}
	for (uint32_t i = 0; i < track->n; i++) {
		if (gave_up(j, i)) {
			lose_on_link(j, track->hops[i].from);
			j->hops[i].frame = 0;
		} else if (track->hops[i].way == JOURNEY_IN) {
			judge_in(j, i);
		}
	}
	forgive_copies(j);
}

static enum journey_outcome outcome(const struct judge *j)
{
	bool all = j->track->cut || in_group(&j->track->hops[0]);

	if (j->delivered && (!all || j->lost_link == JOURNEY_NONE))
		return JOURNEY_OUT_DELIVERED;
	if (j->lost_link != JOURNEY_NONE)
		return JOURNEY_OUT_LOST;
	if (j->lost_node != JOURNEY_NONE)
		return j->unclear ? JOURNEY_OUT_UNCLEAR : JOURNEY_OUT_DROPPED;
	if (j->open)
		return JOURNEY_OUT_OPEN;
	/* It went to whoever hears it: an address that nobody has yet is asked for in a group that
	 * nobody is in. */
	if (in_group(&j->track->hops[0]) && j->track->kind == JOURNEY_IPV6)
		return JOURNEY_OUT_DELIVERED;
	/* Nobody had that MAC; or it went to whoever hears it. */
	return j->ignored_by != JOURNEY_NONE ? JOURNEY_OUT_DROPPED : JOURNEY_OUT_DELIVERED;
}

/* Where the first frame must have come from was captured, and did not show it. */
static bool came_from_nowhere(const struct judge *j)
{
	const struct track_hop *root = &j->track->hops[0];
	size_t peer = index_peer(j->t->ix, root->port);

	if (!j->track->orphan || j->track->goes_on)
		return false;
	if (root->way == JOURNEY_OUT)
		return index_sees_all(j->t->ix, port_of(j, root)->node, root->time_ns);
	return peer == JOURNEY_NONE || index_sees(j->t->ix, peer, root->time_ns);
}

static void count_unmatched(struct tracks *t, const struct track_hop *root)
{
	t->counts->ports[root->port].unmatched++;
	t->counts->unmatched++;
}

static void make_room(struct tracks *t, size_t n)
{
	if (n <= t->closed_cap)
		return;
	t->closed_cap = 2 * n;
	free(t->closed);
	t->closed = xcalloc(t->closed_cap, sizeof(*t->closed));
}

void tracks_judge(struct tracks *t, const struct track *track, bool early, struct journey *ret)
{
	auto_free uint32_t *n_children = xcalloc(track->n, sizeof(*n_children));
	struct judge j = { .t = t,
			   .track = track,
			   .early = early,
			   .n_children = n_children,
			   .lost_link = JOURNEY_NONE,
			   .lost_node = JOURNEY_NONE,
			   .ignored_by = JOURNEY_NONE };

	make_room(t, 2 * (size_t)track->n);
	j.hops = t->closed;
	track_fill(track, j.hops);
	judge_hops(&j);
	*ret = (struct journey){ .id = track->id,
				 .kind = track->kind,
				 .protocol = track->protocol,
				 .source_port = track->source_port,
				 .destination_port = track->destination_port,
				 .source = track->source,
				 .destination = track->destination,
				 .outcome = outcome(&j),
				 .lost_link = JOURNEY_NONE,
				 .lost_node = JOURNEY_NONE,
				 .damaged_as = track->damaged_as,
				 .damage_of = track->damage_of,
				 .unmatched = came_from_nowhere(&j),
				 .early = early && j.open,
				 .key_content = track->keys.content,
				 .key_question = track->keys.question,
				 .key_answer = track->keys.answer,
				 .key_datagram = track->keys.datagram,
				 .key_expired = track->keys.expired,
				 .beside = track->keys.beside,
				 .reset = track->keys.reset,
				 .error = track->keys.error };
	if (ret->outcome == JOURNEY_OUT_LOST)
		ret->lost_link = j.lost_link, ret->too_large = j.too_large;
	else if (ret->outcome == JOURNEY_OUT_DROPPED || ret->outcome == JOURNEY_OUT_UNCLEAR)
		ret->lost_node = j.lost_node != JOURNEY_NONE ? j.lost_node : j.ignored_by;
	if (ret->unmatched)
		count_unmatched(t, &track->hops[0]);
	t->counts->early += ret->early;
	ret->hops = j.hops + track->n;
	ret->n_hops = track_order(track, j.hops, ret->hops);
}
