/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* BGP (RFC 4271): how it is read, its rules, and its part of bird.conf. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"
#include "role/router.h"

/* --- model --- */

void router_load_bgp(struct load *load, const struct xml_node *at, struct role_bgp *bgp)
{
	bool silent = xml_tainted(xml_parent(xml_parent(xml_parent(at))));
	struct xml_node *it;

	bgp->as = (uint32_t)xml_attr_unsigned(load->problems, at, "as", 1, UINT32_MAX - 1, 0);
	router_load_others(load, at, &bgp->others);
	xml_for_each(it, at, "neighbor")
		*array_add(bgp->neighbors, bgp->n_neighbors) =
			load_node_ref(load, it, "node", silent);
	xml_for_each(it, at, "originate")
		*array_add(bgp->originate, bgp->n_originate) =
			load_network_ref(load, it, "network", silent);
}

void router_free_bgp(struct role_bgp *bgp)
{
	free(bgp->neighbors);
	free(bgp->originate);
}

bool router_are_bgp_neighbors(const struct topo *topo, const struct topo_node *from,
			      const struct topo_node *peer)
{
	const struct role_router *router = router_of(from);

	for (size_t i = 0; router && router->bgp.as && i < router->bgp.n_neighbors; i++)
		if (&topo->nodes[router->bgp.neighbors[i]] == peer)
			return true;
	return false;
}

/* --- rules --- */

static bool names_neighbor(const struct role_bgp *bgp, size_t other)
{
	for (size_t i = 0; i < bgp->n_neighbors; i++)
		if (bgp->neighbors[i] == other)
			return true;
	return false;
}

/* A wire, or some switches, with addresses of one subnet on both sides. */
static bool are_adjacent(const struct rules *rules, size_t a, size_t b)
{
	for (size_t i = 0; i < rules->n_addresses; i++) {
		const struct iface_address *x = &rules->addresses[i];

		for (size_t j = 0; j < rules->n_addresses && x->iface->node == a; j++) {
			const struct iface_address *y = &rules->addresses[j];

			if (y->iface->node == b && y->iface->domain == x->iface->domain &&
			    net_prefix_same(x->address, y->address))
				return true;
		}
	}
	return false;
}

static void check_neighbor(struct rules *rules, size_t node, size_t index,
			   const struct xml_node *at)
{
	const struct role_bgp *bgp = &router_of(&rules->topo->nodes[node])->bgp, *theirs;
	size_t peer = bgp->neighbors[index], i;
	const struct topo_node *of;

	if (peer == SIZE_MAX)
		return;
	of = &rules->topo->nodes[peer];
	for (i = 0; i < index; i++) {
		if (bgp->neighbors[i] == peer) {
			xml_problem(rules->problems, at, "node", "neighbor '%s' is listed twice",
				    of->name);
			return;
		}
	}
	if (peer == node) {
		xml_problem(rules->problems, at, "node", "a node cannot be its own neighbor");
		return;
	}
	if (xml_tainted(rules->nodes[peer]))
		return;
	theirs = router_of(of) ? &router_of(of)->bgp : NULL;
	if (!theirs || !theirs->as) {
		xml_problem(rules->problems, at, "node", "node '%s' does not speak BGP", of->name);
		return;
	}
	if (!names_neighbor(theirs, node))
		xml_problem(rules->problems, at, "node",
			    "node '%s' does not name '%s' as its neighbor in return", of->name,
			    rules->topo->nodes[node].name);
	if (bgp->as != theirs->as && !are_adjacent(rules, node, peer))
		xml_problem(rules->problems, at, "node",
			    "node '%s' is in another AS and shares no subnet on a wire with '%s'",
			    of->name, rules->topo->nodes[node].name);
}

void router_check_bgp(struct rules *rules, size_t node, const struct xml_node *at)
{
	const struct role_bgp *bgp = &router_of(&rules->topo->nodes[node])->bgp;
	size_t i, j;

	for (i = 0; i < bgp->n_neighbors; i++)
		check_neighbor(rules, node, i, xml_child_at(at, "neighbor", i));
	for (i = 0; i < bgp->n_originate; i++) {
		for (j = 0; j < i && bgp->originate[i] != SIZE_MAX; j++) {
			if (bgp->originate[i] == bgp->originate[j])
				xml_problem(rules->problems, xml_child_at(at, "originate", i),
					    "network", "network '%s' is listed twice",
					    rules->topo->networks[bgp->originate[i]].name);
		}
	}
	router_check_others(rules, node, at, &bgp->others);
}

/* --- bird --- */

char *router_session_name(const struct topo_node *peer)
{
	char *name = xasprintf("bgp_%s", peer->name), *p;

	/* A symbol of bird's has letters, digits and '_'. */
	for (p = name; *p; p++)
		if (*p == '-' || *p == '.')
			*p = '_';
	return name;
}

/* What this AS announces as a whole; an address in it that nobody has is unreachable here and not
 * sent around. */
void router_add_originated(const struct topo *topo, const struct topo_node *from, struct str *out)
{
	const struct role_bgp *bgp = &router_of(from)->bgp;
	char text[NET_TEXT];
	size_t i;

	if (!bgp->as || !bgp->n_originate)
		return;
	str_adds(out, "\nprotocol static originated {\n\tipv4;\n");
	for (i = 0; i < bgp->n_originate; i++)
		str_addf(out, "\troute %s unreachable;\n",
			 net_prefix_text(topo->networks[bgp->originate[i]].prefix, text));
	str_adds(out, "}\n");
}

/* What every session shares. Transit is for all: each AS passes on what it learned. */
static void add_bgp_template(const struct topo *topo, const struct topo_node *from, struct str *out)
{
	const struct role_bgp *bgp = &router_of(from)->bgp;
	auto_str struct str own = { 0 };
	char text[NET_TEXT];
	size_t i;

	str_adds(&own, "source = RTS_BGP");
	for (i = 0; i < bgp->n_originate; i++)
		str_addf(&own, "%s%s", i ? ", " : " || net ~ [ ",
			 net_prefix_text(topo->networks[bgp->originate[i]].prefix, text));
	str_adds(&own, bgp->n_originate ? " ]" : "");
	str_adds(out, "\ntemplate bgp peer {\n"
		      "\thold time 90;\n"
		      "\tconnect delay time 1;\n"
		      "\tconnect retry time 2;\n"
		      "\terror wait time 2, 5;\n"
		      "\tipv4 {\n\t\timport all;\n\t\tnext hop self;\n"
		      "\t\texport where ");
	router_add_others(&bgp->others, own.data, out);
	str_adds(out, ";\n\t};\n}\n");
}

/* The two ends of a BGP session; direct: on one subnet, and so it falls with the link between. */
struct session {
	struct net_addr here, there;
	bool direct;
};

/* Over a subnet that both share, else (within one AS) between their first addresses. */
static struct session find_session(const struct topo_node *from, const struct topo_node *peer)
{
	struct plan_iface on_from, on_peer;

	/* Both ends must choose alike: the node that stands first in the topology decides. */
	if (from < peer ? plan_shared_subnet(from, peer, &on_from, &on_peer)
			: plan_shared_subnet(peer, from, &on_peer, &on_from))
		return (struct session){ on_from.address.addr, on_peer.address.addr, true };
	assert(router_of(from)->bgp.as == router_of(peer)->bgp.as && plan_address(peer).family);
	return (struct session){ plan_address(from), plan_address(peer), false };
}

static void add_session(const struct topo_node *from, const struct topo_node *peer,
			const struct session *session, struct str *out)
{
	auto_free char *name = router_session_name(peer);
	char ip[NET_TEXT];

	str_addf(out, "\nprotocol bgp %s from peer {\n", name);
	str_addf(out, "\tlocal %s as %u;\n", net_addr_text(session->here, ip),
		 router_of(from)->bgp.as);
	str_addf(out, "\tneighbor %s as %u;\n", net_addr_text(session->there, ip),
		 router_of(peer)->bgp.as);
	str_adds(out, session->direct ? "\tdirect;\n\tcheck link yes;\n}\n" : "}\n");
}

void router_add_bgp(const struct topo *topo, const struct topo_node *from, struct str *out)
{
	const struct role_bgp *bgp = &router_of(from)->bgp;

	if (!bgp->as)
		return;
	add_bgp_template(topo, from, out);
	for (size_t i = 0; i < bgp->n_neighbors; i++) {
		const struct topo_node *peer = &topo->nodes[bgp->neighbors[i]];
		struct session session = find_session(from, peer);

		add_session(from, peer, &session, out);
	}
}
