/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packets that kernels dropped, found again at their hops. */
#include "journey/drops.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "journey/nat.h"

#define UNSPECIFIED "NOT_SPECIFIED"
#define WORD_MAX 64

/* --- what the nodes said --- */

/* Copies for who listens to all frames, and what was taken and never asked for: of these the packet
 * itself was not dropped. */
static bool is_of_a_copy(const char *function)
{
	static const char *const names[] = { "packet_rcv", "packet_rcv_spkt", "tpacket_rcv",
					     "inet_sock_destruct", "skb_queue_purge" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(function, names[i]))
			return true;
	return false;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits up to what is none, in place. */
static size_t take_bytes(char *text)
{
	uint8_t *bytes = (uint8_t *)text;
	size_t n = 0;

	for (; digit(text[2 * n]) >= 0 && digit(text[2 * n + 1]) >= 0; n++)
		bytes[n] = (uint8_t)(digit(text[2 * n]) << 4 | digit(text[2 * n + 1]));
	return n;
}

/* "packet TIME NIC REASON FUNCTION LENGTH HEX" */
static void take_line(const struct journey_index *ix, size_t node, char *line,
		      struct journey_set *set)
{
	char reason[WORD_MAX], function[WORD_MAX];
	struct journey_frame frame;
	int at = 0;
	size_t n;

	if (sscanf(line, "packet %*s %*s %63s %63s %*u %n", reason, function, &at) != 2 || !at ||
	    is_of_a_copy(function))
		return;
	n = take_bytes(line + at);
	if (!journey_parse_ethernet((const uint8_t *)line + at, (uint32_t)n, (uint32_t)n, &frame))
		return;
	nat_name(ix->nat, &frame);
	if (!(set->n_drops & (set->n_drops - 1)))
		set->drops = xrealloc(set->drops, set->n_drops ? 2 * set->n_drops : 1,
				      sizeof(*set->drops));
	set->drops[set->n_drops++] =
		(struct journey_drop){ .reason = xstrdup(reason),
				       .function = xstrdup(function),
				       .node = node,
				       .ident = frame.renamed ? frame.renamed : frame.ident,
				       .n = 1 };
}

static void take_lines(const struct journey_index *ix, size_t node, const char *text,
		       struct journey_set *set)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");
		auto_free char *line = xstrndup(text, len);

		take_line(ix, node, line, set);
		text += len + (text[len] == '\n');
	}
}

/* --- one for each packet --- */

static int compare_packets(const void *a, const void *b)
{
	const struct journey_drop *x = a, *y = b;

	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	return (x->ident > y->ident) - (x->ident < y->ident);
}

/* Those with a reason before those without. */
static int compare(const void *a, const void *b)
{
	const struct journey_drop *x = a, *y = b;
	int c = compare_packets(a, b);

	return c ? c : str_eq(x->reason, UNSPECIFIED) - str_eq(y->reason, UNSPECIFIED);
}

static void forget(struct journey_drop *drop)
{
	free(drop->reason);
	free(drop->function);
}

/* Several of the same packet become one, which counts them; of those that have different reasons,
 * which packet had which is not known. */
static void merge(struct journey_set *set)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n_drops; i++) {
		struct journey_drop *last = n ? &set->drops[n - 1] : NULL, *d = &set->drops[i];

		if (!last || compare_packets(last, d)) {
			set->drops[n++] = *d;
			continue;
		}
		if (str_eq(last->reason, d->reason))
			last->n++;
		else if (!str_eq(d->reason, UNSPECIFIED))
			last->mixed = true;
		forget(d);
	}
	set->n_drops = n;
}

void drops_read(const struct journey_index *ix, struct journey_set *set)
{
	for (size_t i = 0; i < ix->lab->n_nodes; i++)
		take_lines(ix, i, ix->lab->nodes[i].drops, set);
	if (set->n_drops)
		qsort(set->drops, set->n_drops, sizeof(*set->drops), compare);
	merge(set);
}

void drops_free(struct journey_set *set)
{
	for (size_t i = 0; i < set->n_drops; i++)
		forget(&set->drops[i]);
	free(set->drops);
}

uint32_t drops_find(const struct journey_set *set, size_t node, uint64_t ident, uint64_t renamed)
{
	const struct journey_drop key = { .node = node, .ident = renamed ? renamed : ident };
	const struct journey_drop *found =
		set->n_drops ? bsearch(&key, set->drops, set->n_drops, sizeof(key), compare_packets)
			     : NULL;

	return found ? (uint32_t)(found - set->drops) + 1 : 0;
}

/* --- which hops these are --- */

/* Why a kernel throws away what was for its own node. */
static const struct {
	const char *reason;
	bool taken; /* all the same it got where it was to go, but nobody was there */
} own[] = {
	{ "NO_SOCKET", true },       { "IP_NOPROTO", true },
	{ "UNHANDLED_PROTO", true }, { "NETFILTER_DROP", false },
	{ "IP_RPFILTER", false },    { "IP_CSUM", false },
	{ "ICMP_CSUM", false },      { "TCP_CSUM", false },
	{ "UDP_CSUM", false },       { "SKB_CSUM", false },
	{ "IP_INHDR", false },       { "IP_INADDRERRORS", false },
	{ "PKT_TOO_SMALL", false },  { "UNICAST_IN_L2_MULTICAST", false },
	{ "IPV6DISABLED", false },   { "XFRM_POLICY", false },
	{ "SOCKET_FILTER", false },  { "SOCKET_RCVBUFF", false },
	{ "SOCKET_BACKLOG", false }, { "PROTO_MEM", false },
	{ "CPU_BACKLOG", false },    { "NOMEM", false },
	{ "TC_INGRESS", false },     { "XDP", false },
};

enum what { NOT_DROPPED, NOT_TAKEN, DROPPED };

/* What that reason makes of a hop that ended as this one did. */
static enum what what_of(const struct journey_drop *drop, enum journey_action action)
{
	switch (action) {
	case JOURNEY_DROPPED:
	case JOURNEY_UNCLEAR:
	case JOURNEY_EXPIRED:
	case JOURNEY_RESTING:
		return DROPPED;
	case JOURNEY_DELIVERED:
		for (size_t i = 0; i < ARRAY_SIZE(own); i++)
			if (str_eq(own[i].reason, drop->reason))
				return own[i].taken ? NOT_TAKEN : DROPPED;
		return NOT_DROPPED;
	case JOURNEY_SENT:
	case JOURNEY_REPEATED:
	case JOURNEY_LOST:
	case JOURNEY_FLOODED:
	case JOURNEY_SWITCHED:
	case JOURNEY_FORWARDED:
	case JOURNEY_TRANSLATED:
	case JOURNEY_ANSWERED:
	case JOURNEY_IGNORED:
		break;
	}
	return NOT_DROPPED;
}

static struct journey_drop *drop_of(const struct journey_set *set, const struct journey_hop *h)
{
	return h->drop ? &set->drops[h->drop - 1] : NULL;
}

static bool leads_on(const struct journey *j, size_t hop)
{
	for (size_t i = hop + 1; i < j->n_hops; i++)
		if (j->hops[i].from == hop)
			return true;
	return false;
}

/* What became of it, now that a hop of it is known to have ended in that node. */
static void judge_again(struct journey *j, size_t node)
{
	if (j->outcome == JOURNEY_OUT_DROPPED)
		return;
	for (size_t i = 0; i < j->n_hops; i++) {
		enum journey_action action = j->hops[i].action;

		if (action == JOURNEY_DELIVERED || action == JOURNEY_RESTING ||
		    (j->hops[i].way == JOURNEY_OUT && !leads_on(j, i)))
			return;
	}
	j->outcome = JOURNEY_OUT_DROPPED;
	j->lost_node = node;
}

static void settle_hop(const struct journey_lab *lab, struct journey_set *set, struct journey *j,
		       struct journey_hop *h)
{
	const struct journey_drop *drop = drop_of(set, h);
	enum what what = drop ? what_of(drop, h->action) : NOT_DROPPED;

	if (what == NOT_DROPPED || drop->mixed || drop->ends > drop->n) {
		h->drop = 0;
		return;
	}
	if (what == NOT_TAKEN || h->action == JOURNEY_EXPIRED)
		return;
	h->action = JOURNEY_DROPPED;
	judge_again(j, lab->ports[h->port].node);
}

void drops_settle(const struct journey_lab *lab, struct journey_set *set)
{
	if (!set->n_drops)
		return;
	for (size_t i = 0; i < set->n_journeys; i++)
		for (size_t k = 0; k < set->journeys[i].n_hops; k++) {
			const struct journey_hop *h = &set->journeys[i].hops[k];
			struct journey_drop *drop = drop_of(set, h);

			/* All that ended there, of which some may have been taken. */
			if (drop && (h->action == JOURNEY_DELIVERED ||
				     what_of(drop, h->action) != NOT_DROPPED))
				drop->ends++;
		}
	for (size_t i = 0; i < set->n_journeys; i++)
		for (size_t k = 0; k < set->journeys[i].n_hops; k++)
			settle_hop(lab, set, &set->journeys[i], &set->journeys[i].hops[k]);
}
