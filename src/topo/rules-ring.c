/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules: rings of bridges. A frame to all that comes into one goes round for ever, unless a bridge
 * in it knows spanning tree and blocks a port. VLANs have rings of their own.
 */
#include <stdint.h>

#include "topo/private.h"
#include "topo/rules.h"

#define RINGS_MAX 10 /* that are told of */

/* By bridge, as the rules' interfaces are numbered: the bridge next to it on the way to the first.
 */
struct ring_walk {
	const struct rules *rules;
	uint16_t vlan; /* 0: frames of bridges without VLANs */
	size_t *next;
};

static const struct topo_bridge *bridge_at(const struct rules *rules, size_t iface)
{
	const struct iface *of = &rules->ifaces[iface];

	return &rules->topo->nodes[of->node].bridges[of->index];
}

static bool carries(const struct topo_port *port, uint16_t vlan)
{
	bool found = port->vlan == vlan;

	for (size_t i = 0; i < port->n_trunk; i++)
		found |= port->trunk[i] == vlan;
	return found;
}

/* The bridge at an end that passes on what comes in there, without spanning tree; SIZE_MAX: none.
 */
static size_t passes_on(const struct ring_walk *walk, const struct topo_end *end)
{
	const struct iface *above;
	const struct topo_bridge *bridge;

	if (end->nic == SIZE_MAX)
		return SIZE_MAX;
	above = iface_above(walk->rules, end->node, end->nic);
	if (above->kind != TOPO_IFACE_BRIDGE)
		return SIZE_MAX;
	bridge = bridge_at(walk->rules, (size_t)(above - walk->rules->ifaces));
	for (size_t i = 0; i < bridge->n_ports && !bridge->stp; i++)
		if (bridge->ports[i].nic == end->nic &&
		    (!bridge->vlans || carries(&bridge->ports[i], walk->vlan)))
			return (size_t)(above - walk->rules->ifaces);
	return SIZE_MAX;
}

static bool ends_of(const struct ring_walk *walk, size_t link, size_t *a, size_t *b)
{
	const struct topo_link *of = &walk->rules->topo->links[link];

	if (of->kind != TOPO_LINK_WIRE || of->n_ends != 2 || of->loop)
		return false;
	*a = passes_on(walk, &of->ends[0]);
	*b = passes_on(walk, &of->ends[1]);
	return *a != SIZE_MAX && *b != SIZE_MAX;
}

/* Finds the way from b to a over links before this one. */
static bool find_way(const struct ring_walk *walk, size_t link, size_t a, size_t b)
{
	bool more = true;
	size_t x, y;

	for (size_t i = 0; i < walk->rules->n_ifaces; i++)
		walk->next[i] = SIZE_MAX;
	walk->next[a] = a;
	while (more && walk->next[b] == SIZE_MAX) {
		more = false;
		for (size_t i = 0; i < link; i++) {
			if (!ends_of(walk, i, &x, &y) ||
			    (walk->next[x] == SIZE_MAX) == (walk->next[y] == SIZE_MAX))
				continue;
			if (walk->next[x] == SIZE_MAX)
				walk->next[x] = y;
			else
				walk->next[y] = x;
			more = true;
		}
	}
	return walk->next[b] != SIZE_MAX;
}

static void tell(const struct ring_walk *walk, size_t link, size_t a, size_t b)
{
	const struct rules *rules = walk->rules;
	auto_str struct str ring = { 0 };
	char of[40] = "";

	for (size_t at = b;; at = walk->next[at]) {
		str_addf(&ring, "%s'%s'", ring.len ? ", " : "",
			 rules->topo->nodes[rules->ifaces[at].node].name);
		if (at == a)
			break;
	}
	if (walk->vlan)
		(void)snprintf(of, sizeof(of), " in VLAN %u", walk->vlan);
	xml_problem(rules->problems, rules->links[link], NULL,
		    "it closes a ring of bridges%s: %s. A frame to all goes round for ever: give "
		    "one of them stp=\"yes\"; loop=\"yes\" here would say that it is meant",
		    of, str_text(&ring));
}

/* Of each bridge a number, equal for those that frames get to from one another. */
static void check_plane(const struct ring_walk *walk, size_t *groups, bool *told, size_t *n)
{
	const struct rules *rules = walk->rules;
	size_t a, b;

	for (size_t i = 0; i < rules->n_ifaces; i++)
		groups[i] = i;
	for (size_t i = 0; i < rules->topo->n_links && *n < RINGS_MAX; i++) {
		if (!ends_of(walk, i, &a, &b))
			continue;
		while (groups[a] != a)
			a = groups[a];
		while (groups[b] != b)
			b = groups[b];
		groups[a] = b;
		if (a != b || told[i] || !ends_of(walk, i, &a, &b) || !find_way(walk, i, a, b))
			continue;
		tell(walk, i, a, b);
		told[i] = true;
		++*n;
	}
}

void rules_rings(struct rules *rules)
{
	auto_free size_t *next = xcalloc(rules->n_ifaces + 1, sizeof(*next));
	auto_free size_t *groups = xcalloc(rules->n_ifaces + 1, sizeof(*groups));
	auto_free bool *told = xcalloc(rules->topo->n_links + 1, sizeof(*told));
	struct ring_walk walk = { rules, 0, next };
	uint16_t vlans[VLANS_MAX];
	size_t n_vlans = load_vlans(rules->topo, vlans), n = 0;

	check_plane(&walk, groups, told, &n);
	for (size_t i = 0; i < n_vlans; i++) {
		walk.vlan = vlans[i];
		check_plane(&walk, groups, told, &n);
	}
}
