/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How journeys belong together: each looks for an earlier one with the same key. */
#include "journey/relate.h"

#include "base/str.h"
#include "journey/nat.h"
#include "journey/track.h"

#define STEPS_MAX 64 /* journeys with the same key that are looked at */
/* A router answers all who ask for routers at once, after half a second, or three where it told
 * them a moment before (RFC 4861, 6.2.6). */
#define BESIDE_NS INT64_C(4000000000)

/* A router that changes a packet sends it within that time. */
#define CHANGED_NS INT64_C(500000000)

/* The latest journey of each bucket, and before it, by index of a journey: one more than an index;
 * 0: none. */
struct latest {
	size_t *buckets, *before;
	size_t n_buckets;
};

static void latest_init(struct latest *l, size_t n)
{
	for (l->n_buckets = 64; l->n_buckets < n; l->n_buckets *= 2)
		;
	l->buckets = xcalloc(l->n_buckets, sizeof(*l->buckets));
	l->before = xcalloc(n, sizeof(*l->before));
}

static void latest_free(struct latest *l)
{
	free(l->buckets);
	free(l->before);
}
AUTO_DEFINE(latest_auto, struct latest, latest_free)
#define auto_latest AUTO(latest_autop)

static size_t *bucket_of(const struct latest *l, uint64_t key)
{
	return &l->buckets[(key ^ key >> 32) & (l->n_buckets - 1)];
}

static void latest_put(struct latest *l, uint64_t key, size_t index)
{
	size_t *bucket = bucket_of(l, key);

	if (!key)
		return;
	l->before[index] = *bucket;
	*bucket = index + 1;
}

static size_t sender(const struct journey_lab *lab, const struct journey *j)
{
	return lab->ports[j->hops[0].port].node;
}

/* The hop where the journey ended in the answer's node before that was sent, in such a way that it
 * may be what is answered; NULL: none. */
static struct journey_hop *end_in(const struct journey_lab *lab, const struct journey *j,
				  const struct journey *answer)
{
	size_t node = sender(lab, answer);
	int64_t latest = answer->hops[0].time_ns + TRACK_JITTER_NS;

	for (size_t i = j->n_hops; i-- > 0;) {
		struct journey_hop *h = &j->hops[i];

		/* In a group, whoever answers was in it, whatever the lab says. */
		if (h->way == JOURNEY_IN && lab->ports[h->port].node == node &&
		    h->time_ns <= latest &&
		    (h->action != JOURNEY_IGNORED || net_mac_is_group(h->dst)) &&
		    h->action != JOURNEY_ANSWERED)
			return h;
	}
	return NULL;
}

/* A filter that rejects TCP sends a RST as if it were the one that the packet was for. */
static void take_reset(const struct journey_lab *lab, struct journey_set *set,
		       const struct journey_hop *hop, struct journey *j)
{
	struct journey_hop *first = &j->hops[0];

	if (!j->reset || !j->unmatched || first->way != JOURNEY_OUT ||
	    lab->ports[hop->port].node != sender(lab, j) ||
	    (hop->action != JOURNEY_DROPPED && hop->action != JOURNEY_UNCLEAR))
		return;
	j->instead = true;
	j->unmatched = false;
	set->unmatched--;
	set->ports[first->port].unmatched--;
	first->action = JOURNEY_SENT;
}

/* A router's word that it did not pass the packet on; a host says that of a port or protocol. What
 * it was not seen to send itself may be another's word, which it has translated. */
static bool says_dropped(const struct journey *j)
{
	return j->hops[0].action == JOURNEY_SENT && j->error && j->error != 0x302 &&
	       j->error != 0x303 && j->error != 0xb01;
}

/* Whoever got the packet says what became of it, though the captures end too early to show it; of
 * IPv6, where the lab does not know the node's addresses, nothing else does. */
static void take_word(const struct journey_lab *lab, struct journey *question,
		      struct journey_hop *hop, const struct journey *j)
{
	size_t node = lab->ports[hop->port].node;

	if (!says_dropped(j) || (hop->action != JOURNEY_RESTING && hop->action != JOURNEY_UNCLEAR &&
				 (question->kind != JOURNEY_IPV6 || !lab->nodes[node].routes)))
		return;
	hop->action = j->error >> 8 == 11 ? JOURNEY_EXPIRED : JOURNEY_DROPPED;
	if (question->outcome == JOURNEY_OUT_LOST)
		return;
	question->outcome = JOURNEY_OUT_DROPPED;
	question->lost_node = node;
	question->early = false;
}

static void answer(const struct journey_lab *lab, struct journey *question, struct journey_hop *hop,
		   struct journey *j)
{
	question->answered_by = j->id;
	j->answers = question->id;
	take_word(lab, question, hop, j);
	/* A router's word about a packet that it dropped is no answer of whom it was for. */
	if (hop->action != JOURNEY_EXPIRED && hop->action != JOURNEY_DROPPED &&
	    hop->action != JOURNEY_RESTING && hop->action != JOURNEY_FORWARDED &&
	    hop->action != JOURNEY_TRANSLATED && hop->action != JOURNEY_UNCLEAR)
		hop->action = JOURNEY_ANSWERED;
}

/* An answer that names nobody. */
static bool is_beside(const struct journey *j, const struct journey *question,
		      const struct journey_hop *hop)
{
	const struct journey_hop *first = &j->hops[0];

	return hop->port == first->port && first->time_ns - hop->time_ns <= BESIDE_NS &&
	       (net_addr_is_group(j->destination) ||
		net_addr_equal(j->destination, question->source));
}

/* by_key: questions by key_question, or packets by key_expired (errors quote them). */
static bool find_question(const struct journey_lab *lab, struct journey_set *set,
			  const struct latest *l, struct journey *j, bool quoted)
{
	size_t at = *bucket_of(l, j->key_answer);

	for (unsigned int steps = 0; at && steps < STEPS_MAX; steps++) {
		struct journey *q = &set->journeys[at - 1];
		uint64_t key = quoted ? q->key_expired : q->key_question;
		struct journey_hop *hop;

		at = l->before[at - 1];
		if (key != j->key_answer || q->answered_by)
			continue;
		hop = end_in(lab, q, j);
		if (hop && (!j->beside || is_beside(j, q, hop)) &&
		    nat_is_back(&hop->flow, &j->hops[0].flow)) {
			take_reset(lab, set, hop, j);
			answer(lab, q, hop, j);
			return true;
		}
	}
	return false;
}

static const struct journey *find_same(const struct journey_lab *lab, const struct journey_set *set,
				       const struct latest *l, const struct journey *j)
{
	size_t at = j->key_content ? *bucket_of(l, j->key_content) : 0;

	for (unsigned int steps = 0; at && steps < STEPS_MAX; steps++) {
		const struct journey *other = &set->journeys[at - 1];

		if (other->key_content == j->key_content && sender(lab, other) == sender(lab, j) &&
		    nat_is_same(&other->hops[0].flow, &j->hops[0].flow))
			return other;
		at = l->before[at - 1];
	}
	return NULL;
}

/* The latest with the same datagram; if it is a fragment of another, that one. */
static uint64_t find_first(const struct journey_set *set, const struct latest *l,
			   const struct journey *j)
{
	size_t at = j->key_datagram ? *bucket_of(l, j->key_datagram) : 0;

	for (unsigned int steps = 0; at && steps < STEPS_MAX; steps++) {
		const struct journey *other = &set->journeys[at - 1];

		if (other->key_datagram == j->key_datagram)
			return other->fragment_of ? other->fragment_of : other->id;
		at = l->before[at - 1];
	}
	return 0;
}

/* A router that hides others behind an address of its own sends their packets as if they were its
 * own: to the same end, but one from the TTL. */
static uint64_t key_of_sent(size_t node, const struct journey *j, uint8_t ttl)
{
	uint64_t end = journey_hash(j->protocol, j->destination.byte, sizeof(j->destination.byte));

	return journey_mix(end, node << 8 | ttl);
}

static void put_sent(const struct journey_lab *lab, struct latest *sent, const struct journey *j,
		     size_t index)
{
	const struct journey_hop *first = &j->hops[0];

	if (first->way == JOURNEY_OUT && first->ttl && lab->nodes[sender(lab, j)].routes)
		latest_put(sent, key_of_sent(sender(lab, j), j, first->ttl), index);
}

/* Whether what vanished at that hop may be what the node sent then. */
static bool may_be_sent(const struct journey_lab *lab, const struct journey_set *set,
			const struct latest *sent, const struct journey *j,
			const struct journey_hop *h)
{
	size_t node = lab->ports[h->port].node;
	size_t at = h->ttl > 1 ? *bucket_of(sent, key_of_sent(node, j, (uint8_t)(h->ttl - 1))) : 0;
	unsigned int steps = 0;

	for (; at && steps < STEPS_MAX; at = sent->before[at - 1]) {
		const struct journey *other = &set->journeys[at - 1];
		const struct journey_hop *first = &other->hops[0];

		if (sender(lab, other) != node || other->protocol != j->protocol ||
		    first->ttl != h->ttl - 1 || !net_addr_equal(other->destination, j->destination))
			continue;
		if (first->time_ns < h->time_ns - TRACK_JITTER_NS)
			return false;
		if (first->time_ns - h->time_ns <= CHANGED_NS)
			return true;
		steps++;
	}
	return at > 0; /* too many to know */
}

/* By node: out of it came packets from nowhere, so that it changes some in a way of its own. */
static bool *find_changers(const struct journey_lab *lab, const struct journey_set *set)
{
	bool *changes = xcalloc(lab->n_nodes + 1, sizeof(*changes));

	for (size_t i = 0; i < set->n_journeys; i++) {
		const struct journey *j = &set->journeys[i];
		const struct journey_port *port = &lab->ports[j->hops[0].port];

		if (j->unmatched && j->hops[0].way == JOURNEY_OUT && !port->bridge &&
		    (j->kind == JOURNEY_IPV4 || j->kind == JOURNEY_IPV6))
			changes[port->node] |= lab->nodes[port->node].routes;
	}
	return changes;
}

/* What vanished in such a node may be what came out of it; unless it says itself that it was
 * not. */
static void doubt_drops(const struct journey_lab *lab, struct journey_set *set,
			const struct latest *sent)
{
	auto_free bool *changes = find_changers(lab, set);

	for (size_t i = 0; i < set->n_journeys; i++) {
		struct journey *j = &set->journeys[i];
		size_t node = j->outcome == JOURNEY_OUT_DROPPED ? j->lost_node : JOURNEY_NONE;

		if (node == JOURNEY_NONE ||
		    (j->answered_by && says_dropped(&set->journeys[j->answered_by - 1])))
			continue;
		for (size_t k = 0; k < j->n_hops; k++) {
			struct journey_hop *h = &j->hops[k];

			if (h->action == JOURNEY_DROPPED && !h->drop &&
			    lab->ports[h->port].node == node &&
			    (changes[node] || may_be_sent(lab, set, sent, j, h))) {
				h->action = JOURNEY_UNCLEAR;
				j->outcome = JOURNEY_OUT_UNCLEAR;
			}
		}
	}
}

void journey_relate(const struct journey_lab *lab, struct journey_set *set)
{
	auto_latest struct latest contents = { 0 }, questions = { 0 }, quoted = { 0 },
				  datagrams = { 0 }, sent = { 0 };

	latest_init(&contents, set->n_journeys);
	latest_init(&questions, set->n_journeys);
	latest_init(&quoted, set->n_journeys);
	latest_init(&datagrams, set->n_journeys);
	latest_init(&sent, set->n_journeys);
	for (size_t i = 0; i < set->n_journeys; i++) {
		struct journey *j = &set->journeys[i];
		const struct journey *same = find_same(lab, set, &contents, j);

		j->repeats = same ? same->id : 0;
		j->fragment_of = find_first(set, &datagrams, j);
		if (j->key_answer && !find_question(lab, set, &questions, j, false))
			(void)find_question(lab, set, &quoted, j, true);
		latest_put(&contents, j->key_content, i);
		latest_put(&questions, j->key_question, i);
		latest_put(&quoted, j->key_expired, i);
		latest_put(&datagrams, j->key_datagram, i);
		put_sent(lab, &sent, j, i);
	}
	doubt_drops(lab, set, &sent);
}
