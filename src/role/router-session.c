/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How far a prefix comes by BGP: from router to router, as each session lets it. What a filter
 * makes of a path or of communities is not worked out: such a route may come or not, and is not
 * counted.
 */
#include <stdint.h>

#include "base/str.h"
#include "role/router.h"

/* From whom a router has it: what it heard within its AS it tells on within only as a reflector. */
enum how { OUTSIDE, INSIDE, CLIENT, N_HOWS };

struct stop {
	size_t node, before; /* before: in the queue; SIZE_MAX: it announces the prefix */
	enum how how;
	bool last; /* it goes no further */
};
struct walk {
	const struct topo *topo;
	struct net_prefix prefix;
	struct stop *queue; /* each node in each way once */
	size_t n;
	bool *seen;
};

static uint32_t as_of(const struct topo *topo, size_t node)
{
	return router_of(&topo->nodes[node])->bgp.as;
}

static void visit(struct walk *walk, struct stop stop)
{
	size_t index = stop.node * N_HOWS + stop.how;

	if (walk->seen[index])
		return;
	walk->seen[index] = true;
	walk->queue[walk->n++] = stop;
}

/* No AS takes a route whose path it is in (RFC 4271, 9.1.2). */
static bool in_path(const struct walk *walk, size_t at, uint32_t as)
{
	for (; at != SIZE_MAX; at = walk->queue[at].before)
		if (as_of(walk->topo, walk->queue[at].node) == as)
			return true;
	return false;
}

static void tell(struct walk *walk, size_t at, const struct role_neighbor *there)
{
	const struct stop *stop = &walk->queue[at];
	const struct topo *topo = walk->topo;
	const struct role_neighbor *back =
		router_neighbor(topo, &topo->nodes[there->node], &topo->nodes[stop->node]);
	bool external = as_of(topo, there->node) != as_of(topo, stop->node);

	if (!back ||
	    !router_has_session(topo, &topo->nodes[stop->node], &topo->nodes[there->node],
				(enum net_family)walk->prefix.addr.family) ||
	    (external && in_path(walk, at, as_of(topo, there->node))) ||
	    (!external && stop->how == INSIDE && !there->client) ||
	    !router_policy_passes(&there->out, walk->prefix) ||
	    !router_policy_passes(&back->in, walk->prefix))
		return;
	visit(walk, (struct stop){ .node = there->node,
				   .before = at,
				   .how = external       ? OUTSIDE
					  : back->client ? CLIENT
							 : INSIDE,
				   .last = router_policy_stops(&there->out) ||
					   router_policy_stops(&back->in) });
}

/* Whether a prefix that one router announces comes to the other. */
static bool comes(const struct topo *topo, size_t from, size_t to, struct net_prefix prefix)
{
	auto_free struct stop *queue = xcalloc(topo->n_nodes * N_HOWS, sizeof(*queue));
	auto_free bool *seen = xcalloc(topo->n_nodes * N_HOWS, sizeof(*seen));
	struct walk walk = { .topo = topo, .prefix = prefix, .queue = queue, .seen = seen };

	visit(&walk, (struct stop){ .node = from, .before = SIZE_MAX });
	for (size_t i = 0; i < walk.n; i++) {
		const struct role_bgp *bgp = &router_of(&topo->nodes[queue[i].node])->bgp;

		if (queue[i].node == to)
			return true;
		for (size_t j = 0; j < bgp->n_neighbors && !queue[i].last; j++)
			tell(&walk, i, &bgp->neighbors[j]);
	}
	return false;
}

/* What a router announces: what it originates, and what it was told to redistribute of its own. */
static void announced_by(const struct topo_node *node, struct net_prefix **ret, size_t *n)
{
	static const enum net_family families[] = { NET_IPV4, NET_IPV6 };
	const struct role_bgp *bgp = &router_of(node)->bgp;
	struct plan_iface iface;

	for (size_t i = 0; i < bgp->n_originate; i++)
		*array_add(*ret, *n) = bgp->originate[i].prefix;
	for (size_t i = 0; bgp->others.from & ROLE_STATIC && i < node->n_routes; i++)
		if (node->routes[i].to.len)
			*array_add(*ret, *n) = node->routes[i].to;
	for (size_t f = 0; bgp->others.from & ROLE_CONNECTED && f < ARRAY_SIZE(families); f++)
		for (size_t i = 0; plan_iface_of(node, families[f], i, &iface); i++)
			*array_add(*ret, *n) = net_prefix_network(iface.address);
}

void router_session_walk(const struct topo *topo, const struct topo_node *to,
			 struct net_prefix **ret, size_t *n)
{
	size_t self = (size_t)(to - topo->nodes);

	for (size_t i = 0; i < topo->n_nodes && router_of(to)->bgp.as; i++) {
		const struct role_router *router = router_of(&topo->nodes[i]);
		auto_free struct net_prefix *list = NULL;
		size_t n_list = 0;

		if (i == self || !router || !router->bgp.as)
			continue;
		announced_by(&topo->nodes[i], &list, &n_list);
		for (size_t j = 0; j < n_list; j++)
			if (comes(topo, i, self, list[j]))
				*array_add(*ret, *n) = list[j];
	}
}
