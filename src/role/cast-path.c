/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The only way from one node to another, where there is only one: what routers choose is not asked.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"
#include "role/cast-way.h"
#include "role/nat.h"

struct search {
	const struct topo *topo;
	size_t from, to;
	const struct topo_link *without; /* a link that is thought away; NULL: none */
	size_t *before;                  /* of each node; SIZE_MAX: not reached */
	const struct topo_end **out, **in;
};

/* Whether what comes in by one NIC goes out by another. */
static bool passes_on(const struct topo_node *node)
{
	return node->forwards || node->n_bridges;
}

static void reach(struct search *s, size_t node, size_t *queue, size_t *n)
{
	for (size_t i = 0; i < s->topo->n_links; i++) {
		const struct topo_link *link = &s->topo->links[i];

		for (size_t a = 0; link != s->without && !link->down && a < link->n_ends; a++)
			for (size_t b = 0; link->ends[a].node == node && b < link->n_ends; b++) {
				size_t next = link->ends[b].node;

				if (s->before[next] != SIZE_MAX ||
				    !topo_together(link, &link->ends[a], &link->ends[b]))
					continue;
				s->before[next] = node;
				s->out[next] = &link->ends[a];
				s->in[next] = &link->ends[b];
				queue[(*n)++] = next;
			}
	}
}

static bool is_reached(struct search *s)
{
	size_t n_nodes = s->topo->n_nodes, n = 0;
	auto_free size_t *queue = xcalloc(n_nodes, sizeof(*queue));

	for (size_t i = 0; i < n_nodes; i++)
		s->before[i] = SIZE_MAX;
	s->before[s->from] = s->from;
	queue[n++] = s->from;
	for (size_t i = 0; i < n; i++)
		if (queue[i] == s->from ||
		    (queue[i] != s->to && passes_on(&s->topo->nodes[queue[i]])))
			reach(s, queue[i], queue, &n);
	return s->before[s->to] != SIZE_MAX;
}

static const struct topo_link *link_of(const struct topo *topo, const struct topo_end *end)
{
	return &topo->links[topo->nodes[end->node].nics[end->nic].link];
}

static void take_way(const struct search *s, struct cast_way *ret)
{
	size_t n = 1;

	for (size_t i = s->to; i != s->from; i = s->before[i])
		n++;
	*ret = (struct cast_way){ .nodes = xcalloc(n, sizeof(*ret->nodes)),
				  .out = xcalloc(n, sizeof(*ret->out)),
				  .n = n };
	for (size_t i = s->to; n--; i = s->before[i]) {
		ret->nodes[n] = i;
		if (!n)
			break;
		ret->out[n - 1] = s->out[i];
		ret->delay_us += s->out[i]->shape.delay_us - s->out[i]->shape.jitter_us;
		ret->delay_us += s->in[i]->shape.delay_us - s->in[i]->shape.jitter_us;
	}
}

void cast_find_way(const struct topo *topo, size_t from, size_t to, struct cast_way *ret)
{
	size_t n = topo->n_nodes;
	auto_free size_t *before = xcalloc(n, sizeof(*before));
	auto_free const struct topo_end **out = xcalloc(n, sizeof(*out));
	auto_free const struct topo_end **in = xcalloc(n, sizeof(*in));
	struct search s = { topo, from, to, NULL, before, out, in };
	auto_cast_way struct cast_way way = { 0 };

	*ret = (struct cast_way){ 0 };
	if (!is_reached(&s))
		return;
	take_way(&s, &way);
	/* Without any one of its links there must be no other. */
	for (size_t i = 0; i + 1 < way.n; i++) {
		s.without = link_of(topo, way.out[i]);
		if (is_reached(&s))
			return;
	}
	*ret = way;
	way = (struct cast_way){ 0 };
}

void cast_way_free(struct cast_way *way)
{
	free(way->nodes);
	free(way->out);
	*way = (struct cast_way){ 0 };
}

bool cast_hides(const struct topo *topo, const struct cast_way *way)
{
	for (size_t i = 1; i + 1 < way->n; i++) {
		const struct topo_node *node = &topo->nodes[way->nodes[i]];
		const struct role_nat *nat = nat_of(node);

		if (nat && str_eq(nat->on, node->nics[way->out[i]->nic].name))
			return true;
	}
	return false;
}
