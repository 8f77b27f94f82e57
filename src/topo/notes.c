/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is not wrong and hardly meant. Only what is certain is said: whoever learns routes (OSPF,
 * BGP, DHCP), or changes them by commands of the user's, is taken to have them all.
 */
#include <stdint.h>

#include "base/str.h"
#include "topo/rules.h"

static bool has_command(const struct topo_node *node, const char *word)
{
	for (size_t i = 0; i < node->n_runs; i++)
		if (strstr(node->runs[i], word))
			return true;
	return false;
}

static bool learns(const struct topo_node *node)
{
	return node->routed || has_command(node, "route") || topo_asks_dhcp(node);
}

static bool forwards(const struct topo_node *node)
{
	return node->forwards || has_command(node, "forward");
}

static void note_idle(struct rules *rules, size_t node)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct iface *first = NULL;

	for (size_t i = rules->first[node]; i < rules->first[node + 1] && !forwards(of); i++) {
		const struct iface *iface = &rules->ifaces[i];

		if (!iface->addresses->n || iface->kind == TOPO_IFACE_LOOPBACK)
			continue;
		if (first && iface->domain != first->domain) {
			xml_problem(rules->problems, rules->nodes[node], NULL,
				    "it has NICs in two networks ('%s', '%s') and no <router/>: it "
				    "forwards nothing between them",
				    first->name, iface->name);
			return;
		}
		first = first ? first : iface;
	}
}

/* The route that the node takes; NULL: none, or the address is on a wire of its own. */
static const struct topo_route *route_to(const struct topo_node *node, struct net_addr to)
{
	const struct topo_route *best = NULL;

	for (size_t i = 0; i < node->n_routes; i++)
		if (net_prefix_contains(node->routes[i].to, to) &&
		    (!best || node->routes[i].to.len > best->to.len))
			best = &node->routes[i];
	return best;
}

/* Of each broadcast domain: domains of one area would reach each other, were all routes there;
 * hidden: not through a node that hides one side from the other. */
static size_t *find_areas(const struct rules *rules, bool hidden)
{
	const struct topo *topo = rules->topo;
	size_t *areas = xcalloc(rules->n_ifaces + 1, sizeof(*areas));

	for (size_t i = 0; i < rules->n_ifaces; i++)
		areas[i] = i;
	for (size_t node = 0; node < topo->n_nodes; node++) {
		size_t first = rules->first[node];

		if (hidden && topo->nodes[node].outside)
			continue;
		for (size_t i = first; forwards(&topo->nodes[node]) && i < rules->first[node + 1];
		     i++) {
			size_t from = areas[rules->ifaces[i].domain];
			size_t to = areas[rules->ifaces[first].domain];

			for (size_t j = 0; j < rules->n_ifaces && from != to; j++)
				areas[j] = areas[j] == from ? to : areas[j];
		}
	}
	return areas;
}

static bool is_reached(const struct rules *rules, const size_t *areas, size_t node, size_t domain)
{
	for (size_t i = rules->first[node]; i < rules->first[node + 1]; i++)
		if (areas[rules->ifaces[i].domain] == areas[domain])
			return true;
	return false;
}

/* Nobody outside needs a route to what an address translation hides. */
static bool is_hidden(const struct rules *rules, const size_t *open, size_t node, size_t domain)
{
	for (size_t i = 0; i < rules->n_ifaces && !is_reached(rules, open, node, domain); i++) {
		const struct iface *iface = &rules->ifaces[i];
		const char *outside = rules->topo->nodes[iface->node].outside;

		if (outside && !str_eq(outside, iface->name) && open[iface->domain] == open[domain])
			return true;
	}
	return false;
}

/* A switch or an access point has an address for whoever looks after it, and no more. */
static bool is_switch(const struct topo_node *node)
{
	bool passes_on = node->n_bridges > 0;

	for (size_t i = 0; i < node->n_nics; i++)
		passes_on |= node->nics[i].access_point;
	return passes_on && !forwards(node);
}

/* Who makes itself an address of what a router advertises is told of that router too. */
static bool is_meant_to_reach(const struct topo_node *node, enum net_family family)
{
	struct topo_iface iface;
	bool some = false;

	for (size_t i = 0; topo_iface(node, i, &iface); i++) {
		if (family == NET_IPV6 && iface.kind == TOPO_IFACE_NIC && node->nics[i].slaac)
			return false;
		some |= topo_has_family(iface.addresses, family);
	}
	return some;
}

static void note_no_route(struct rules *rules, const size_t *areas, const size_t *open, size_t node)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct iface_address *missing = NULL;
	char to[NET_TEXT];
	size_t more = 0;

	if (learns(of) || is_switch(of) || !node_has_address(rules, node))
		return;
	for (size_t i = 0; i < rules->n_addresses; i++) {
		const struct iface_address *there = &rules->addresses[i];
		struct net_addr ip = there->address.addr;
		bool known = there->iface->node == node ||
			     !is_meant_to_reach(of, (enum net_family)ip.family) ||
			     !is_reached(rules, areas, node, there->iface->domain) ||
			     is_hidden(rules, open, node, there->iface->domain) ||
			     iface_towards(rules, node, ip) || route_to(of, ip);

		if (known || (missing && net_prefix_same(missing->address, there->address)))
			continue;
		more += missing != NULL;
		missing = missing ? missing : there;
	}
	if (!missing)
		return;
	(void)net_prefix_text(net_prefix_network(missing->address), to);
	xml_problem(rules->problems, rules->nodes[node], NULL,
		    "it has no route to %s, where '%s' is%s", to,
		    rules->topo->nodes[missing->iface->node].name, more ? ", nor to others" : "");
}

/* For each node where packets to an address come next: SIZE_MAX where there is none, or it is not
 * certain. */
struct walk {
	const size_t *const *hops; /* of each node's routes: the node that via is */
	size_t *next;
	bool *told; /* a loop through this node */
};

static void find_next(const struct rules *rules, const struct walk *walk, struct net_addr to)
{
	for (size_t node = 0; node < rules->topo->n_nodes; node++) {
		const struct topo_node *of = &rules->topo->nodes[node];
		const struct topo_route *route =
			forwards(of) && !learns(of) ? route_to(of, to) : NULL;

		walk->next[node] = route && !iface_towards(rules, node, to)
					   ? walk->hops[node][route - of->routes]
					   : SIZE_MAX;
	}
}

/* Tells of the loop that the node is in, if it is the first of those in it. */
static void note_loop(struct rules *rules, const struct walk *walk, size_t node, struct net_addr to,
		      const char *what)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	size_t at = node, steps = 0;
	auto_str struct str way = { 0 };

	do {
		at = walk->next[at];
		if (at == SIZE_MAX || at < node || ++steps > rules->topo->n_nodes)
			return;
	} while (at != node);
	do {
		str_addf(&way, "'%s', ", rules->topo->nodes[at].name);
		walk->told[at] = true;
		at = walk->next[at];
	} while (at != node);
	xml_problem(
		rules->problems,
		xml_child_at(rules->nodes[node], "route", (size_t)(route_to(of, to) - of->routes)),
		NULL, "a loop: packets to %s go through %sand '%s' again", what, str_text(&way),
		of->name);
}

static void note_loops_to(struct rules *rules, const struct walk *walk, struct net_addr to,
			  const char *what)
{
	find_next(rules, walk, to);
	for (size_t i = 0; i < rules->topo->n_nodes; i++)
		if (!walk->told[i] && walk->next[i] != SIZE_MAX)
			note_loop(rules, walk, i, to, what);
}

static bool is_somebodys(const struct rules *rules, struct net_addr ip)
{
	for (size_t i = 0; i < rules->n_addresses; i++)
		if (net_prefix_contains(rules->addresses[i].address, ip))
			return true;
	return false;
}

static void note_loops(struct rules *rules)
{
	static const struct net_addr nowhere = { NET_IPV4, { 192, 0, 2, 1 } }; /* RFC 5737 */
	size_t n = rules->topo->n_nodes;
	auto_free size_t **hops = xcalloc(n, sizeof(size_t *));
	auto_free size_t *next = xcalloc(n, sizeof(*next));
	auto_free bool *told = xcalloc(n, sizeof(*told));
	const struct walk walk = { (const size_t *const *)hops, next, told };
	char to[NET_TEXT];

	for (size_t i = 0; i < n; i++) {
		const struct topo_node *of = &rules->topo->nodes[i];

		hops[i] = xcalloc(of->n_routes + 1, sizeof(**hops));
		for (size_t j = 0; j < of->n_routes; j++) {
			const struct iface *hop = iface_reached(rules, i, of->routes[j].via);

			hops[i][j] = hop ? hop->node : SIZE_MAX;
		}
	}
	for (size_t i = 0; i < rules->n_addresses; i++) {
		struct net_addr ip = rules->addresses[i].address.addr;

		note_loops_to(rules, &walk, ip, net_addr_text(ip, to));
	}
	if (!is_somebodys(rules, nowhere))
		note_loops_to(rules, &walk, nowhere, "addresses that nobody has");
	for (size_t i = 0; i < n; i++)
		free(hops[i]);
}

void rules_notes(struct rules *rules)
{
	auto_free size_t *areas = find_areas(rules, false), *open = find_areas(rules, true);

	for (size_t i = 0; i < rules->topo->n_nodes; i++) {
		note_idle(rules, i);
		note_no_route(rules, areas, open, i);
	}
	note_loops(rules);
	xml_problems_sort(rules->problems, xml_file(rules->root));
}
