/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Translations: from the lines of conntrack(8) to pairs of flows, and to one flow that stands for
 * all that are the same conversation. A packet is looked up as if it were of that one.
 */
#include "journey/nat.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "journey/keys.h"

#define ICMP 1
#define TCP 6
#define UDP 17
#define MORE_OR_OFFSET 0x3fff
#define OFFSET 0x1fff

/* One node, one direction. */
struct pair {
	size_t node;
	struct journey_flow in, out;
};

struct journey_nat {
	struct pair *pairs; /* by node and in */
	size_t n_pairs;
	struct journey_flow *flows; /* of all pairs, each once, sorted */
	size_t *same; /* by flow: another of its conversation, or itself: it stands for all */
	size_t n_flows;
};

/* --- what conntrack says --- */

static int compare_flows(const struct journey_flow *a, const struct journey_flow *b)
{
	const uint32_t x[] = { a->source, a->destination, a->protocol, a->source_port,
			       a->destination_port };
	const uint32_t y[] = { b->source, b->destination, b->protocol, b->source_port,
			       b->destination_port };

	for (size_t i = 0; i < ARRAY_SIZE(x); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

bool nat_is_same(const struct journey_flow *a, const struct journey_flow *b)
{
	return compare_flows(a, b) == 0;
}

struct net_addr nat_address(uint32_t ipv4)
{
	const uint8_t byte[4] = { (uint8_t)(ipv4 >> 24), (uint8_t)(ipv4 >> 16),
				  (uint8_t)(ipv4 >> 8), (uint8_t)ipv4 };

	return net_ipv4(byte);
}

struct journey_flow nat_inverse(const struct journey_flow *flow)
{
	return (struct journey_flow){ flow->destination, flow->source, flow->destination_port,
				      flow->source_port, flow->protocol };
}

bool nat_is_back(const struct journey_flow *asked, const struct journey_flow *answered)
{
	const struct journey_flow back = nat_inverse(asked);

	return !asked->protocol || !answered->protocol || nat_is_same(&back, answered);
}

static struct journey_flow without_ports(const struct journey_flow *flow)
{
	return (struct journey_flow){ flow->source, flow->destination, 0, 0, flow->protocol };
}

/* "src=192.0.2.1" as it stands in the text; false: it is none of IPv4. */
static bool take_address(const char *text, uint32_t *ret)
{
	unsigned int b[4];

	if (sscanf(text, "%3u.%3u.%3u.%3u", &b[0], &b[1], &b[2], &b[3]) != 4 || b[0] > 255 ||
	    b[1] > 255 || b[2] > 255 || b[3] > 255)
		return false;
	*ret = b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
	return true;
}

/* The next "src=... dst=... sport=... dport=..." or, of ICMP, "src=... dst=... ... id=...". */
static bool take_flow(const char **at, uint8_t protocol, struct journey_flow *ret)
{
	const char *src = strstr(*at, " src="), *dst = src ? strstr(src, " dst=") : NULL;
	const char *next = dst ? strstr(dst, " src=") : NULL;
	const char *ports = dst ? strstr(dst, protocol == ICMP ? " id=" : " sport=") : NULL;
	unsigned int from = 0, to = 0;

	if (!dst || !take_address(src + 5, &ret->source) ||
	    !take_address(dst + 5, &ret->destination))
		return false;
	*at = dst + 5;
	if (ports && next && ports > next)
		ports = NULL;
	if (ports && protocol == ICMP && sscanf(ports, " id=%5u", &from) == 1)
		to = from;
	else if (ports && sscanf(ports, " sport=%5u dport=%5u", &from, &to) != 2)
		from = to = 0;
	ret->source_port = (uint16_t)from;
	ret->destination_port = (uint16_t)to;
	ret->protocol = protocol;
	return true;
}

static void add_pair(struct journey_nat *nat, size_t node, const struct journey_flow *in,
		     const struct journey_flow *out)
{
	if (!(nat->n_pairs & (nat->n_pairs - 1)))
		nat->pairs = xrealloc(nat->pairs, nat->n_pairs ? 2 * nat->n_pairs : 1,
				      sizeof(*nat->pairs));
	nat->pairs[nat->n_pairs++] = (struct pair){ node, *in, *out };
}

/* A connection, asked for as one flow and answered by another: both ways; once more as the later
 * fragments are, which have no ports. */
static void add_connection(struct journey_nat *nat, size_t node, struct journey_flow asked,
			   struct journey_flow answered)
{
	for (int i = 0; i < 2; i++) {
		struct journey_flow sent = nat_inverse(&answered), got = nat_inverse(&asked);

		if (nat_is_same(&asked, &sent))
			return;
		add_pair(nat, node, &asked, &sent);
		add_pair(nat, node, &answered, &got);
		asked = without_ports(&asked);
		answered = without_ports(&answered);
	}
}

/* "    [NEW] tcp      6 120 SYN_SENT src=... dst=... sport=... dport=... [UNREPLIED] src=..." */
static void take_line(struct journey_nat *nat, size_t node, const char *line)
{
	struct journey_flow asked, answered;
	unsigned int protocol = 0;
	const char *at = line;

	at += strspn(at, " \t");
	if (*at == '[')
		at += strcspn(at, "]");
	if (sscanf(at + (*at == ']'), " %*15[a-z0-9] %3u", &protocol) != 1 || protocol > 255)
		return;
	if (take_flow(&at, (uint8_t)protocol, &asked) &&
	    take_flow(&at, (uint8_t)protocol, &answered))
		add_connection(nat, node, asked, answered);
}

static void take_lines(struct journey_nat *nat, size_t node, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");
		auto_free char *line = xstrndup(text, len);

		take_line(nat, node, line);
		text += len + (text[len] == '\n');
	}
}

/* --- which flows are the same conversation --- */

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int c = x->node != y->node ? (x->node < y->node ? -1 : 1) : compare_flows(&x->in, &y->in);

	return c ? c : compare_flows(&x->out, &y->out);
}

static int compare_keys(const void *a, const void *b)
{
	return compare_flows(a, b);
}

static size_t find_flow(const struct journey_nat *nat, const struct journey_flow *flow)
{
	const struct journey_flow *at =
		bsearch(flow, nat->flows, nat->n_flows, sizeof(*nat->flows), compare_keys);

	return at ? (size_t)(at - nat->flows) : SIZE_MAX;
}

static size_t find_root(const struct journey_nat *nat, size_t i)
{
	while (nat->same[i] != i)
		i = nat->same[i] = nat->same[nat->same[i]];
	return i;
}

/* What stands for answers must be the inverse of what stands for questions: so both are joined in
 * the same order, the one that was sent first in front. */
static void join(struct journey_nat *nat, const struct journey_flow *first,
		 const struct journey_flow *second)
{
	size_t a = find_root(nat, find_flow(nat, first)),
	       b = find_root(nat, find_flow(nat, second));

	nat->same[b] = a;
}

static void list_flows(struct journey_nat *nat)
{
	size_t n = 0;

	nat->flows = xcalloc(2 * nat->n_pairs + 1, sizeof(*nat->flows));
	for (size_t i = 0; i < nat->n_pairs; i++) {
		nat->flows[2 * i] = nat->pairs[i].in;
		nat->flows[2 * i + 1] = nat->pairs[i].out;
	}
	qsort(nat->flows, 2 * nat->n_pairs, sizeof(*nat->flows), compare_keys);
	for (size_t i = 0; i < 2 * nat->n_pairs; i++)
		if (!n || !nat_is_same(&nat->flows[n - 1], &nat->flows[i]))
			nat->flows[n++] = nat->flows[i];
	nat->n_flows = n;
	nat->same = xcalloc(n + 1, sizeof(*nat->same));
	for (size_t i = 0; i < n; i++)
		nat->same[i] = i;
}

struct journey_nat *nat_build(const struct journey_lab *lab)
{
	struct journey_nat *nat = xcalloc(1, sizeof(*nat));

	for (size_t i = 0; i < lab->n_nodes; i++)
		take_lines(nat, i, lab->nodes[i].connections);
	if (!nat->n_pairs) {
		nat_free(nat);
		return NULL;
	}
	list_flows(nat);
	/* Pairs come as they were asked, then as they were answered. */
	for (size_t i = 0; i + 1 < nat->n_pairs; i += 2) {
		join(nat, &nat->pairs[i].in, &nat->pairs[i].out);
		join(nat, &nat->pairs[i + 1].out, &nat->pairs[i + 1].in);
	}
	qsort(nat->pairs, nat->n_pairs, sizeof(*nat->pairs), compare_pairs);
	return nat;
}

void nat_free(struct journey_nat *nat)
{
	if (!nat)
		return;
	free(nat->pairs);
	free(nat->flows);
	free(nat->same);
	free(nat);
}

const struct journey_flow *nat_out(const struct journey_nat *nat, size_t node,
				   const struct journey_flow *in)
{
	const struct pair key = { .node = node, .in = *in };
	size_t low = 0, high = nat ? nat->n_pairs : 0;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare_pairs(&nat->pairs[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (!nat || low == nat->n_pairs || nat->pairs[low].node != node ||
	    !nat_is_same(&nat->pairs[low].in, in))
		return NULL;
	return &nat->pairs[low].out;
}

bool nat_translates(const struct journey_nat *nat, size_t node, const struct journey_flow *in,
		    const struct journey_flow *out)
{
	const struct pair key = { node, *in, *out };

	return nat && bsearch(&key, nat->pairs, nat->n_pairs, sizeof(key), compare_pairs);
}

/* --- a packet, and as it would be of the flow that stands for its conversation --- */

static void put_be16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put_be32(uint8_t *p, uint32_t value)
{
	put_be16(p, (uint16_t)(value >> 16));
	put_be16(p + 2, (uint16_t)value);
}

static bool is_error(const uint8_t *icmp)
{
	return icmp[0] == 3 || icmp[0] == 11 || icmp[0] == 12;
}

static bool is_echo(const uint8_t *icmp)
{
	return icmp[0] == 0 || icmp[0] == 8;
}

static size_t head_of(const uint8_t *p, size_t len)
{
	size_t head = len >= 20 && p[0] >> 4 == 4 ? (size_t)(p[0] & 15) * 4 : 0;

	return head >= 20 && head <= len ? head : 0;
}

/* Where the packet that an ICMP error quotes begins; 0: it is none, or quotes too little. */
static size_t quoted_at(const uint8_t *p, size_t len)
{
	size_t head = head_of(p, len), at = head + 8, inner;

	if (!head || p[9] != ICMP || get_be16(p + 6) & MORE_OR_OFFSET || len < at + 28 ||
	    !is_error(p + head))
		return 0;
	inner = head_of(p + at, len - at);
	return inner && len - at >= inner + 8 ? at : 0;
}

static struct journey_flow flow_of(const uint8_t *p, size_t len)
{
	struct journey_flow flow = { .source = get_be32(p + 12),
				     .destination = get_be32(p + 16),
				     .protocol = p[9] };
	size_t head = head_of(p, len);

	if (get_be16(p + 6) & OFFSET || len < head + 8)
		return flow;
	if (flow.protocol == TCP || flow.protocol == UDP) {
		flow.source_port = get_be16(p + head);
		flow.destination_port = get_be16(p + head + 2);
	} else if (flow.protocol == ICMP && is_echo(p + head)) {
		flow.source_port = flow.destination_port = get_be16(p + head + 4);
	}
	return flow;
}

static void zero_checksum(uint8_t *p, size_t len, uint8_t protocol)
{
	size_t at = protocol == TCP ? 16 : protocol == UDP ? 6 : 2;

	if ((protocol == TCP || protocol == UDP || protocol == ICMP) && len >= at + 2)
		put_be16(p + at, 0);
}

/* ports: they are there, and to be put; of a fragment none are. */
static void put_flow(uint8_t *p, size_t len, const struct journey_flow *flow, bool ports)
{
	size_t head = head_of(p, len);
	uint8_t *body = p + head;

	put_be16(p + 10, 0);
	put_be32(p + 12, flow->source);
	put_be32(p + 16, flow->destination);
	if (get_be16(p + 6) & OFFSET || len < head + 8)
		return;
	if (p[9] == TCP || p[9] == UDP) {
		put_be16(body, ports ? flow->source_port : 0);
		put_be16(body + 2, ports ? flow->destination_port : 0);
	} else if (p[9] == ICMP && is_echo(body)) {
		put_be16(body + 4, ports ? flow->source_port : 0);
	}
	zero_checksum(body, len - head, p[9]);
}

/* An error goes the other way than what it quotes, and is nobody's own. */
static void put_error(uint8_t *p, size_t len, size_t at, const struct journey_flow *flow)
{
	const struct journey_flow quoted = nat_inverse(flow);
	size_t head = head_of(p, len);

	put_be16(p + 10, 0);
	put_be32(p + 12, 0);
	put_be32(p + 16, flow->destination);
	put_be16(p + head + 2, 0);
	put_flow(p + at, len - at, &quoted, true);
}

static const struct journey_flow *stands_for(const struct journey_nat *nat,
					     const struct journey_flow *flow)
{
	size_t at = find_flow(nat, flow);

	return at == SIZE_MAX ? NULL : &nat->flows[find_root(nat, at)];
}

static void rename_frame(struct journey_frame *f, const struct journey_flow *as, size_t quoted)
{
	auto_free uint8_t *copy = xcalloc(f->packet_len, 1);
	struct journey_frame renamed = { .key = 0 };

	memcpy(copy, f->packet, f->packet_len);
	if (quoted)
		put_error(copy, f->packet_len, quoted, as);
	else
		put_flow(copy, f->packet_len, as, !(get_be16(copy + 6) & MORE_OR_OFFSET));
	journey_parse_ipv4(copy, f->packet_len, &renamed);
	f->key = renamed.key;
	f->keys = renamed.keys;
	f->renamed = renamed.ident;
}

void nat_name(const struct journey_nat *nat, struct journey_frame *f)
{
	const struct journey_flow *as;
	struct journey_flow flow, looked_up;
	size_t quoted;

	if (!nat || !f->packet || f->kind != JOURNEY_IPV4)
		return;
	quoted = quoted_at(f->packet, f->packet_len);
	flow = flow_of(f->packet + quoted, f->packet_len - quoted);
	if (quoted)
		flow = nat_inverse(&flow);
	looked_up = get_be16(f->packet + 6) & MORE_OR_OFFSET ? without_ports(&flow) : flow;
	as = stands_for(nat, &looked_up);
	if (!as)
		return;
	f->flow = flow;
	rename_frame(f, as, quoted);
}
