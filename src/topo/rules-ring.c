/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules: rings of bridges. A frame to all that comes into one goes round for ever, unless a bridge
 * in it knows spanning tree and blocks a port. VLANs have rings of their own, which may go through
 * several: where the two ports at a wire have different native ones, its untagged frames change
 * from one to the other.
 *
 * A plane is a VLAN of a bridge, or what a bridge without VLANs makes of a tag.
 */
#include <stdint.h>

#include "topo/private.h"
#include "topo/rules.h"

#define RINGS_MAX 10 /* that are told of */

/* By plane: the one next to it on the way to the first; of joined ones, one of them, itself at the
 * end. */
struct ring_walk {
	const struct rules *rules;
	uint16_t vlans[VLANS_MAX + 1];
	size_t n_vlans; /* the first is 0: no tag, and bridges without VLANs */
	size_t *next, *groups;
};

static size_t n_planes(const struct ring_walk *walk)
{
	return walk->rules->n_ifaces * walk->n_vlans;
}

static const struct iface *bridge_of(const struct ring_walk *walk, size_t plane)
{
	return &walk->rules->ifaces[plane / walk->n_vlans];
}

static size_t plane_at(const struct ring_walk *walk, const struct iface *bridge, uint16_t vlan)
{
	for (size_t i = 0; i < walk->n_vlans; i++)
		if (walk->vlans[i] == vlan)
			return (size_t)(bridge - walk->rules->ifaces) * walk->n_vlans + i;
	return SIZE_MAX;
}

/* The VLAN in which a bridge takes a frame with that tag (0: none); 0: it takes none. */
static uint16_t takes_in(const struct topo_port *port, uint16_t tag)
{
	for (size_t i = 0; tag && i < port->n_trunk; i++)
		if (port->trunk[i] == tag && tag != port->vlan)
			return tag;
	return tag ? 0 : port->vlan;
}

/* Where frames with that tag go on from an end: in a bridge without spanning tree. SIZE_MAX:
 * nowhere. */
static size_t passes_on(const struct ring_walk *walk, const struct topo_end *end, uint16_t tag)
{
	const struct iface *above;
	const struct topo_bridge *bridge;

	if (end->nic == SIZE_MAX)
		return SIZE_MAX;
	above = iface_above(walk->rules, end->node, end->nic);
	if (above->kind != TOPO_IFACE_BRIDGE)
		return SIZE_MAX;
	bridge = &walk->rules->topo->nodes[end->node].bridges[above->index];
	for (size_t i = 0; i < bridge->n_ports && !bridge->stp; i++) {
		uint16_t vlan = takes_in(&bridge->ports[i], tag);

		if (bridge->ports[i].nic == end->nic && (vlan || !bridge->vlans))
			return plane_at(walk, above, bridge->vlans ? vlan : tag);
	}
	return SIZE_MAX;
}

/* The planes that frames with the tag get to at the link's two ends. */
static bool ends_of(const struct ring_walk *walk, size_t link, size_t tag, size_t *a, size_t *b)
{
	const struct topo_link *of = &walk->rules->topo->links[link];

	if (of->kind != TOPO_LINK_WIRE || of->n_ends != 2 || of->loop)
		return false;
	*a = passes_on(walk, &of->ends[0], walk->vlans[tag]);
	*b = passes_on(walk, &of->ends[1], walk->vlans[tag]);
	return *a != SIZE_MAX && *b != SIZE_MAX;
}

/* Takes one step more along the link, wherever it leads to somewhere new. */
static bool step(const struct ring_walk *walk, size_t link, size_t tag)
{
	size_t x, y;

	if (!ends_of(walk, link, tag, &x, &y) ||
	    (walk->next[x] == SIZE_MAX) == (walk->next[y] == SIZE_MAX))
		return false;
	if (walk->next[x] == SIZE_MAX)
		walk->next[x] = y;
	else
		walk->next[y] = x;
	return true;
}

/* Finds the way from b to a over links before this one, or by tags of it before this one. */
static bool find_way(const struct ring_walk *walk, size_t link, size_t tag, size_t a, size_t b)
{
	bool more = true;

	for (size_t i = 0; i < n_planes(walk); i++)
		walk->next[i] = SIZE_MAX;
	walk->next[a] = a;
	while (more && walk->next[b] == SIZE_MAX) {
		more = false;
		for (size_t i = 0; i <= link; i++)
			for (size_t t = 0; t < (i == link ? tag : walk->n_vlans); t++)
				more |= step(walk, i, t);
	}
	return walk->next[b] != SIZE_MAX;
}

static void tell(const struct ring_walk *walk, size_t link, size_t a, size_t b)
{
	const struct rules *rules = walk->rules;
	uint16_t vlan = walk->vlans[a % walk->n_vlans];
	auto_str struct str ring = { 0 };
	bool mixed = false;
	char of[40] = "";

	for (size_t at = b; at != a; at = walk->next[at])
		mixed |= walk->vlans[at % walk->n_vlans] != vlan;
	for (size_t at = b;; at = walk->next[at]) {
		str_addf(&ring, "%s'%s'", ring.len ? ", " : "",
			 rules->topo->nodes[bridge_of(walk, at)->node].name);
		if (mixed && walk->vlans[at % walk->n_vlans])
			str_addf(&ring, " in VLAN %u", walk->vlans[at % walk->n_vlans]);
		if (at == a)
			break;
	}
	if (vlan && !mixed)
		(void)snprintf(of, sizeof(of), " in VLAN %u", vlan);
	xml_problem(rules->problems, rules->links[link], NULL,
		    "it closes a ring of bridges%s: %s. A frame to all goes round for ever: give "
		    "one of them stp=\"yes\"; loop=\"yes\" here would say that it is meant",
		    of, str_text(&ring));
}

static size_t group_of(const struct ring_walk *walk, size_t plane)
{
	while (walk->groups[plane] != plane)
		plane = walk->groups[plane];
	return plane;
}

/* Joins what the link joins; true where that was joined already, which is told. */
static bool check_link(const struct ring_walk *walk, size_t link)
{
	bool told = false;

	for (size_t tag = 0; tag < walk->n_vlans; tag++) {
		size_t a, b, from, to;

		if (!ends_of(walk, link, tag, &a, &b))
			continue;
		from = group_of(walk, a);
		to = group_of(walk, b);
		walk->groups[from] = to;
		if (from != to || told || !find_way(walk, link, tag, a, b))
			continue;
		tell(walk, link, a, b);
		told = true;
	}
	return told;
}

void rules_rings(struct rules *rules)
{
	struct ring_walk walk = { .rules = rules };
	auto_free size_t *next = NULL, *groups = NULL;
	size_t n = 0;

	walk.n_vlans = load_vlans(rules->topo, walk.vlans + 1) + 1;
	next = walk.next = xcalloc(n_planes(&walk) + 1, sizeof(*next));
	groups = walk.groups = xcalloc(n_planes(&walk) + 1, sizeof(*groups));
	for (size_t i = 0; i < n_planes(&walk); i++)
		groups[i] = i;
	for (size_t i = 0; i < rules->topo->n_links && n < RINGS_MAX; i++)
		n += check_link(&walk, i);
}
