/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab, indexed for journeys. */
#include "journey/index.h"
#include "journey/nat.h"

#include <errno.h>
#include <string.h>

#include "journey/frame.h"

static int check(const struct journey_lab *lab, struct err *err)
{
	for (size_t i = 0; i < lab->n_ports; i++) {
		const struct journey_port *p = &lab->ports[i];

		if (p->node >= lab->n_nodes)
			return err_set(err, EINVAL, "port '%s': no such node", p->name);
		if (p->link != JOURNEY_NONE && p->link >= lab->n_links)
			return err_set(err, EINVAL, "port '%s': no such link", p->name);
	}
	return 0;
}

static size_t group_of(const struct journey_lab *lab, size_t port, bool by_link)
{
	return by_link ? lab->ports[port].link : lab->ports[port].node;
}

/* Counting sort of the ports by node or link. */
static void build_groups(const struct journey_lab *lab, bool by_link, struct index_groups *g)
{
	size_t n = by_link ? lab->n_links : lab->n_nodes;

	g->first = xcalloc(n + 2, sizeof(*g->first));
	g->at = xcalloc(lab->n_ports, sizeof(*g->at));
	for (size_t i = 0; i < lab->n_ports; i++)
		if (group_of(lab, i, by_link) != JOURNEY_NONE)
			g->first[group_of(lab, i, by_link) + 2]++;
	for (size_t i = 2; i < n + 2; i++)
		g->first[i] += g->first[i - 1];
	for (size_t i = 0; i < lab->n_ports; i++)
		if (group_of(lab, i, by_link) != JOURNEY_NONE)
			g->at[g->first[group_of(lab, i, by_link) + 1]++] = i;
}

static int compare_macs(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void build_macs(struct journey_index *ix)
{
	const struct journey_lab *lab = ix->lab;
	size_t n = lab->n_ports, kept = 0;

	for (size_t i = 0; i < lab->n_nodes; i++)
		n += lab->nodes[i].n_macs;
	ix->macs = xcalloc(n, sizeof(*ix->macs));
	n = 0;
	for (size_t i = 0; i < lab->n_ports; i++)
		ix->macs[n++] = journey_mac_number(&lab->ports[i].mac);
	for (size_t i = 0; i < lab->n_nodes; i++)
		for (size_t j = 0; j < lab->nodes[i].n_macs; j++)
			ix->macs[n++] = journey_mac_number(&lab->nodes[i].macs[j]);
	qsort(ix->macs, n, sizeof(*ix->macs), compare_macs);
	for (size_t i = 0; i < n; i++)
		if (!kept || ix->macs[kept - 1] != ix->macs[i])
			ix->macs[kept++] = ix->macs[i];
	ix->n_macs = kept;
}

static size_t find_mac(const struct journey_index *ix, const struct net_mac *mac)
{
	uint64_t number = journey_mac_number(mac);
	const uint64_t *found =
		bsearch(&number, ix->macs, ix->n_macs, sizeof(*ix->macs), compare_macs);

	return found ? (size_t)(found - ix->macs) : JOURNEY_NONE;
}

/* ---- what lies on which side of a bridge's port ---- */

struct walk {
	const struct journey_index *ix;
	uint8_t *sides;
	enum index_side side;
	bool *visited; /* ports */
};

static void mark(struct walk *w, const struct net_mac *mac)
{
	w->sides[find_mac(w->ix, mac)] |= (uint8_t)w->side;
}

static size_t count_aps(const struct journey_index *ix, size_t link)
{
	size_t n = 0;

	for (size_t i = ix->by_link.first[link]; i < ix->by_link.first[link + 1]; i++)
		n += ix->lab->ports[ix->by_link.at[i]].bridge != 0;
	return n;
}

static void walk_bridge(struct walk *w, size_t from);

/* All at the other ends of a port's link. A station of several access points is at no one place.
 * Behind a blocked port there is nothing: it is there by another way. */
static void walk_link(struct walk *w, size_t port)
{
	const struct journey_index *ix = w->ix;
	const struct journey_lab *lab = ix->lab;
	size_t link = lab->ports[port].link;
	bool wifi;

	if (link == JOURNEY_NONE)
		return;
	wifi = lab->links[link].wifi;
	if (wifi && (count_aps(ix, link) > 1 || lab->links[link].n_networks > 1))
		return;
	for (size_t i = ix->by_link.first[link]; i < ix->by_link.first[link + 1]; i++) {
		size_t q = ix->by_link.at[i];

		if (q == port || w->visited[q] || (wifi && lab->ports[q].bridge))
			continue;
		w->visited[q] = true;
		mark(w, &lab->ports[q].mac);
		if (lab->ports[q].bridge && !lab->ports[q].blocked && !lab->ports[port].blocked)
			walk_bridge(w, q);
	}
}

/* The node's own MACs, and all behind its other ports. */
static void walk_bridge(struct walk *w, size_t from)
{
	const struct journey_index *ix = w->ix;
	const struct journey_node *node = &ix->lab->nodes[ix->lab->ports[from].node];
	size_t at = ix->lab->ports[from].node;

	for (size_t i = 0; i < node->n_macs; i++)
		mark(w, &node->macs[i]);
	for (size_t i = ix->by_node.first[at]; i < ix->by_node.first[at + 1]; i++) {
		size_t q = ix->by_node.at[i];

		if (q == from || w->visited[q] || !index_same_bridge(ix, from, q))
			continue;
		w->visited[q] = true;
		mark(w, &ix->lab->ports[q].mac);
		walk_link(w, q);
	}
}

static void build_sides(struct journey_index *ix, size_t port)
{
	auto_free bool *visited = xcalloc(ix->lab->n_ports, sizeof(*visited));
	struct walk w = { ix, xcalloc(ix->n_macs, 1), INDEX_NEAR, visited };

	visited[port] = true;
	mark(&w, &ix->lab->ports[port].mac);
	walk_bridge(&w, port);
	memset(visited, 0, ix->lab->n_ports * sizeof(*visited));
	visited[port] = true;
	w.side = INDEX_FAR;
	walk_link(&w, port);
	ix->sides[port] = w.sides;
}

int index_build(const struct journey_lab *lab, struct journey_index *ret, struct err *err)
{
	int r = check(lab, err);

	if (r < 0)
		return r;
	*ret = (struct journey_index){ .lab = lab };
	build_groups(lab, false, &ret->by_node);
	build_groups(lab, true, &ret->by_link);
	build_macs(ret);
	ret->nat = nat_build(lab);
	ret->sides = xcalloc(lab->n_ports, sizeof(*ret->sides));
	ret->known_until = xcalloc(lab->n_ports, sizeof(*ret->known_until));
	ret->dim = xcalloc(lab->n_ports, sizeof(*ret->dim));
	for (size_t i = 0; i < lab->n_ports; i++) {
		ret->known_until[i] = INT64_MIN;
		ret->damages |= lab->ports[i].sends.corrupt_ppm > 0;
		if (lab->ports[i].bridge)
			build_sides(ret, i);
	}
	return 0;
}

void index_free(struct journey_index *ix)
{
	for (size_t i = 0; ix->sides && i < ix->lab->n_ports; i++)
		free(ix->sides[i]);
	free(ix->sides);
	free(ix->by_node.at);
	free(ix->by_node.first);
	free(ix->by_link.at);
	free(ix->by_link.first);
	free(ix->macs);
	free(ix->known_until);
	free(ix->dim);
	nat_free(ix->nat);
	*ix = (struct journey_index){ 0 };
}

bool index_owns(const struct journey_index *ix, size_t node, const struct net_mac *mac)
{
	const struct journey_node *n = &ix->lab->nodes[node];

	for (size_t i = ix->by_node.first[node]; i < ix->by_node.first[node + 1]; i++)
		if (net_mac_equal(ix->lab->ports[ix->by_node.at[i]].mac, *mac))
			return true;
	for (size_t i = 0; i < n->n_macs; i++)
		if (net_mac_equal(n->macs[i], *mac))
			return true;
	return false;
}

bool index_knows_family(const struct journey_index *ix, size_t node, enum net_family family)
{
	const struct journey_node *n = &ix->lab->nodes[node];

	for (size_t i = 0; i < n->n_addresses; i++)
		if (n->addresses[i].family == family)
			return true;
	return false;
}

bool index_has_address(const struct journey_index *ix, size_t node, struct net_addr address)
{
	const struct journey_node *n = &ix->lab->nodes[node];

	for (size_t i = 0; i < n->n_addresses; i++)
		if (net_addr_equal(n->addresses[i], address))
			return true;
	return (address.family == NET_IPV6 && net_addr_is_link_local(address)) ||
	       !index_knows_family(ix, node, (enum net_family)address.family);
}

bool index_takes(const struct journey_index *ix, size_t node, const struct journey_flow *flow)
{
	const struct journey_flow *out = nat_out(ix->nat, node, flow);
	const struct journey_node *n = &ix->lab->nodes[node];

	for (size_t i = 0; out && i < n->n_addresses; i++)
		if (net_addr_equal(n->addresses[i], nat_address(out->destination)))
			return true;
	return false;
}

/* Where a group stands for addresses, the last 24 bits are theirs: ff02::1:ffXX:XXXX. */
static bool is_solicited(struct net_addr group, const uint8_t last[3])
{
	static const uint8_t front[13] = { 0xff, 2, [11] = 1, [12] = 0xff };

	return memcmp(group.byte, front, sizeof(front)) != 0 ||
	       memcmp(group.byte + sizeof(front), last, 3) == 0;
}

bool index_in_group(const struct journey_index *ix, size_t port, struct net_addr group)
{
	size_t node = ix->lab->ports[port].node;
	const struct journey_node *n = &ix->lab->nodes[node];

	/* A link-local address, or one by SLAAC, is made of the MAC (RFC 4291, appendix A). */
	if (!index_knows_family(ix, node, NET_IPV6) ||
	    is_solicited(group, ix->lab->ports[port].mac.byte + 3))
		return true;
	for (size_t i = 0; i < n->n_macs; i++)
		if (is_solicited(group, n->macs[i].byte + 3))
			return true;
	for (size_t i = 0; i < n->n_addresses; i++)
		if (n->addresses[i].family == NET_IPV6 &&
		    is_solicited(group, n->addresses[i].byte + 13))
			return true;
	return false;
}

static bool has_tag(const struct journey_port *port, uint16_t tag)
{
	for (size_t i = 0; i < port->n_tags; i++)
		if (port->tags[i] == tag)
			return true;
	return false;
}

uint16_t index_vlan(const struct journey_index *ix, size_t port, uint16_t tag)
{
	const struct journey_port *p = &ix->lab->ports[port];

	if (p->bridge ? !p->filters : !tag)
		return tag;
	if (!tag)
		return p->vlan ? p->vlan : INDEX_NO_VLAN;
	return tag == p->vlan || has_tag(p, tag) ? tag : INDEX_NO_VLAN;
}

bool index_carries(const struct journey_index *ix, size_t port, uint16_t vlan)
{
	const struct journey_port *p = &ix->lab->ports[port];

	return !p->filters || p->vlan == vlan || has_tag(p, vlan);
}

bool index_hears(const struct journey_index *ix, size_t port, uint16_t vlan)
{
	const struct journey_port *p = &ix->lab->ports[port];
	bool hears = !p->filters;

	for (size_t i = 0; i < p->n_own; i++)
		hears |= p->own[i] == vlan;
	return hears && ix->lab->nodes[p->node].n_addresses;
}

bool index_is_radio(const struct journey_index *ix, size_t port)
{
	size_t link = ix->lab->ports[port].link;

	return link != JOURNEY_NONE && ix->lab->links[link].wifi;
}

size_t index_peer(const struct journey_index *ix, size_t port)
{
	size_t link = ix->lab->ports[port].link;

	if (link == JOURNEY_NONE || ix->lab->links[link].wifi)
		return JOURNEY_NONE;
	for (size_t i = ix->by_link.first[link]; i < ix->by_link.first[link + 1]; i++)
		if (ix->by_link.at[i] != port)
			return ix->by_link.at[i];
	return JOURNEY_NONE;
}

size_t index_radio(const struct journey_index *ix, size_t link, const struct net_mac *mac)
{
	for (size_t i = ix->by_link.first[link]; i < ix->by_link.first[link + 1]; i++)
		if (net_mac_equal(ix->lab->ports[ix->by_link.at[i]].mac, *mac))
			return ix->by_link.at[i];
	return JOURNEY_NONE;
}

enum index_side index_side(const struct journey_index *ix, size_t port, const struct net_mac *mac)
{
	size_t index = ix->sides[port] ? find_mac(ix, mac) : JOURNEY_NONE;
	unsigned int sides = index == JOURNEY_NONE ? 0 : ix->sides[port][index];

	return sides == INDEX_NEAR || sides == INDEX_FAR ? (enum index_side)sides : INDEX_UNKNOWN;
}

bool index_sees(const struct journey_index *ix, size_t port, int64_t time_ns)
{
	return time_ns <= ix->known_until[port] && !ix->dim[port];
}

bool index_sees_all(const struct journey_index *ix, size_t node, int64_t time_ns)
{
	for (size_t i = ix->by_node.first[node]; i < ix->by_node.first[node + 1]; i++) {
		size_t port = ix->by_node.at[i];

		if (ix->lab->ports[port].link != JOURNEY_NONE && !index_sees(ix, port, time_ns))
			return false;
	}
	return true;
}
