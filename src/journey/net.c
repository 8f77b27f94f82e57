/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab, indexed for journeys. */
#include "journey/net.h"

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
static void build_groups(const struct journey_lab *lab, bool by_link, struct net_groups *g)
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

static void build_macs(struct journey_net *net)
{
	const struct journey_lab *lab = net->lab;
	size_t n = lab->n_ports, kept = 0;

	for (size_t i = 0; i < lab->n_nodes; i++)
		n += lab->nodes[i].n_macs;
	net->macs = xcalloc(n, sizeof(*net->macs));
	n = 0;
	for (size_t i = 0; i < lab->n_ports; i++)
		net->macs[n++] = journey_mac_number(&lab->ports[i].mac);
	for (size_t i = 0; i < lab->n_nodes; i++)
		for (size_t j = 0; j < lab->nodes[i].n_macs; j++)
			net->macs[n++] = journey_mac_number(&lab->nodes[i].macs[j]);
	qsort(net->macs, n, sizeof(*net->macs), compare_macs);
	for (size_t i = 0; i < n; i++)
		if (!kept || net->macs[kept - 1] != net->macs[i])
			net->macs[kept++] = net->macs[i];
	net->n_macs = kept;
}

static size_t find_mac(const struct journey_net *net, const struct net_mac *mac)
{
	uint64_t number = journey_mac_number(mac);
	const uint64_t *found =
		bsearch(&number, net->macs, net->n_macs, sizeof(*net->macs), compare_macs);

	return found ? (size_t)(found - net->macs) : JOURNEY_NONE;
}

/* ---- what lies on which side of a bridge's port ---- */

struct walk {
	const struct journey_net *net;
	uint8_t *sides;
	enum net_side side;
	bool *visited; /* ports */
};

static void mark(struct walk *w, const struct net_mac *mac)
{
	w->sides[find_mac(w->net, mac)] |= (uint8_t)w->side;
}

static size_t count_aps(const struct journey_net *net, size_t link)
{
	size_t n = 0;

	for (size_t i = net->by_link.first[link]; i < net->by_link.first[link + 1]; i++)
		n += net->lab->ports[net->by_link.at[i]].bridge != 0;
	return n;
}

static void walk_bridge(struct walk *w, size_t from);

/* All at the other ends of a port's link. A station of several access points is at no one place. */
static void walk_link(struct walk *w, size_t port)
{
	const struct journey_net *net = w->net;
	const struct journey_lab *lab = net->lab;
	size_t link = lab->ports[port].link;
	bool wifi;

	if (link == JOURNEY_NONE)
		return;
	wifi = lab->links[link].wifi;
	if (wifi && count_aps(net, link) > 1)
		return;
	for (size_t i = net->by_link.first[link]; i < net->by_link.first[link + 1]; i++) {
		size_t q = net->by_link.at[i];

		if (q == port || w->visited[q] || (wifi && lab->ports[q].bridge))
			continue;
		w->visited[q] = true;
		mark(w, &lab->ports[q].mac);
		if (lab->ports[q].bridge)
			walk_bridge(w, q);
	}
}

/* The node's own MACs, and all behind its other ports. */
static void walk_bridge(struct walk *w, size_t from)
{
	const struct journey_net *net = w->net;
	const struct journey_node *node = &net->lab->nodes[net->lab->ports[from].node];
	size_t index = net->lab->ports[from].node;

	for (size_t i = 0; i < node->n_macs; i++)
		mark(w, &node->macs[i]);
	for (size_t i = net->by_node.first[index]; i < net->by_node.first[index + 1]; i++) {
		size_t q = net->by_node.at[i];

		if (q == from || w->visited[q] || !net_same_bridge(net, from, q))
			continue;
		w->visited[q] = true;
		mark(w, &net->lab->ports[q].mac);
		walk_link(w, q);
	}
}

static void build_sides(struct journey_net *net, size_t port)
{
	auto_free bool *visited = xcalloc(net->lab->n_ports, sizeof(*visited));
	struct walk w = { net, xcalloc(net->n_macs, 1), NET_NEAR, visited };

	visited[port] = true;
	mark(&w, &net->lab->ports[port].mac);
	walk_bridge(&w, port);
	memset(visited, 0, net->lab->n_ports * sizeof(*visited));
	visited[port] = true;
	w.side = NET_FAR;
	walk_link(&w, port);
	net->sides[port] = w.sides;
}

int net_build(const struct journey_lab *lab, struct journey_net *ret, struct err *err)
{
	int r = check(lab, err);

	if (r < 0)
		return r;
	*ret = (struct journey_net){ .lab = lab };
	build_groups(lab, false, &ret->by_node);
	build_groups(lab, true, &ret->by_link);
	build_macs(ret);
	ret->sides = xcalloc(lab->n_ports, sizeof(*ret->sides));
	ret->known_until = xcalloc(lab->n_ports, sizeof(*ret->known_until));
	ret->dim = xcalloc(lab->n_ports, sizeof(*ret->dim));
	for (size_t i = 0; i < lab->n_ports; i++) {
		ret->known_until[i] = INT64_MIN;
		if (lab->ports[i].bridge)
			build_sides(ret, i);
	}
	return 0;
}

void net_free(struct journey_net *net)
{
	for (size_t i = 0; net->sides && i < net->lab->n_ports; i++)
		free(net->sides[i]);
	free(net->sides);
	free(net->by_node.at);
	free(net->by_node.first);
	free(net->by_link.at);
	free(net->by_link.first);
	free(net->macs);
	free(net->known_until);
	free(net->dim);
	*net = (struct journey_net){ 0 };
}

bool net_owns(const struct journey_net *net, size_t node, const struct net_mac *mac)
{
	const struct journey_node *n = &net->lab->nodes[node];

	for (size_t i = net->by_node.first[node]; i < net->by_node.first[node + 1]; i++)
		if (net_mac_equal(net->lab->ports[net->by_node.at[i]].mac, *mac))
			return true;
	for (size_t i = 0; i < n->n_macs; i++)
		if (net_mac_equal(n->macs[i], *mac))
			return true;
	return false;
}

bool net_has_address(const struct journey_net *net, size_t node, struct net_addr address)
{
	const struct journey_node *n = &net->lab->nodes[node];

	for (size_t i = 0; i < n->n_addresses; i++)
		if (net_addr_equal(n->addresses[i], address))
			return true;
	return !n->n_addresses;
}

bool net_is_radio(const struct journey_net *net, size_t port)
{
	size_t link = net->lab->ports[port].link;

	return link != JOURNEY_NONE && net->lab->links[link].wifi;
}

size_t net_peer(const struct journey_net *net, size_t port)
{
	size_t link = net->lab->ports[port].link;

	if (link == JOURNEY_NONE || net->lab->links[link].wifi)
		return JOURNEY_NONE;
	for (size_t i = net->by_link.first[link]; i < net->by_link.first[link + 1]; i++)
		if (net->by_link.at[i] != port)
			return net->by_link.at[i];
	return JOURNEY_NONE;
}

size_t net_radio(const struct journey_net *net, size_t link, const struct net_mac *mac)
{
	for (size_t i = net->by_link.first[link]; i < net->by_link.first[link + 1]; i++)
		if (net_mac_equal(net->lab->ports[net->by_link.at[i]].mac, *mac))
			return net->by_link.at[i];
	return JOURNEY_NONE;
}

enum net_side net_side(const struct journey_net *net, size_t port, const struct net_mac *mac)
{
	size_t index = net->sides[port] ? find_mac(net, mac) : JOURNEY_NONE;
	unsigned int sides = index == JOURNEY_NONE ? 0 : net->sides[port][index];

	return sides == NET_NEAR || sides == NET_FAR ? (enum net_side)sides : NET_UNKNOWN;
}

bool net_sees(const struct journey_net *net, size_t port, int64_t time_ns)
{
	return time_ns <= net->known_until[port] && !net->dim[port];
}

bool net_sees_all(const struct journey_net *net, size_t node, int64_t time_ns)
{
	for (size_t i = net->by_node.first[node]; i < net->by_node.first[node + 1]; i++) {
		size_t port = net->by_node.at[i];

		if (net->lab->ports[port].link != JOURNEY_NONE && !net_sees(net, port, time_ns))
			return false;
	}
	return true;
}
