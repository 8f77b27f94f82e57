/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* BGP (RFC 4271): how it is read, and its part of bird.conf. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"
#include "role/router.h"

/* --- model --- */

static void load_neighbor(struct load *load, const struct xml_node *at, bool silent,
			  struct role_neighbor *ret)
{
	ret->node = load_node_ref(load, at, "node", silent);
	ret->client = xml_attr_flag(load->problems, at, "reflector-client", false);
	ret->keeps_next_hop = !xml_attr_flag(load->problems, at, "next-hop-self", true);
	ret->loopback = str_eq(xml_attr(at, "over"), "loopback");
	router_load_policy(load, xml_child(at, "import"), &ret->in);
	router_load_policy(load, xml_child(at, "export"), &ret->out);
}

static void load_originate(struct load *load, const struct xml_node *at, bool silent,
			   struct role_originate *ret)
{
	ret->network = load_network_ref(load, at, "network", silent);
	ret->prefix = ret->network == SIZE_MAX ? load_prefix(load, at, "prefix")
					       : load->topo->networks[ret->network].prefix;
	ret->meant = xml_attr_flag(load->problems, at, "meant", false);
}

void router_load_bgp(struct load *load, const struct xml_node *at, struct role_bgp *ret)
{
	bool silent = xml_tainted(xml_parent(xml_parent(xml_parent(at))));
	struct xml_node *it;

	ret->as = (uint32_t)xml_attr_unsigned(load->problems, at, "as", 1, UINT32_MAX - 1, 0);
	router_load_others(load, at, &ret->others);
	xml_for_each(it, at, "neighbor")
		load_neighbor(load, it, silent, array_add(ret->neighbors, ret->n_neighbors));
	xml_for_each(it, at, "originate")
		load_originate(load, it, silent, array_add(ret->originate, ret->n_originate));
}

void router_free_bgp(struct role_bgp *bgp)
{
	for (size_t i = 0; i < bgp->n_neighbors; i++) {
		free(bgp->neighbors[i].in.rules);
		free(bgp->neighbors[i].out.rules);
	}
	free(bgp->neighbors);
	free(bgp->originate);
}

const struct role_neighbor *router_neighbor(const struct topo *topo, const struct topo_node *from,
					    const struct topo_node *peer)
{
	const struct role_router *router = router_of(from);

	for (size_t i = 0; router && router->bgp.as && i < router->bgp.n_neighbors; i++)
		if (router->bgp.neighbors[i].node == (size_t)(peer - topo->nodes))
			return &router->bgp.neighbors[i];
	return NULL;
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
void router_add_originated(const struct topo_node *from, struct str *out)
{
	const struct role_bgp *bgp = &router_of(from)->bgp;
	char text[NET_TEXT];
	size_t i;

	if (!bgp->as || !bgp->n_originate)
		return;
	str_adds(out, "\nprotocol static originated {\n\tipv4;\n");
	for (i = 0; i < bgp->n_originate; i++)
		str_addf(out, "\troute %s unreachable;\n",
			 net_prefix_text(bgp->originate[i].prefix, text));
	str_adds(out, "}\n");
}

/* Which routes are told at all. Transit is for all: each AS passes on what it learned. */
static void add_told(const struct role_bgp *bgp, struct str *out)
{
	auto_str struct str own = { 0 };
	char text[NET_TEXT];

	str_adds(&own, "source = RTS_BGP");
	for (size_t i = 0; i < bgp->n_originate; i++)
		str_addf(&own, "%s%s", i ? ", " : " || net ~ [ ",
			 net_prefix_text(bgp->originate[i].prefix, text));
	str_adds(&own, bgp->n_originate ? " ]" : "");
	router_add_others(&bgp->others, own.data, out);
}

/* What every session shares. */
static void add_bgp_template(const struct role_bgp *bgp, struct str *out)
{
	str_adds(out, "\ntemplate bgp peer {\n"
		      "\thold time 90;\n"
		      "\tconnect delay time 1;\n"
		      "\tconnect retry time 2;\n"
		      "\terror wait time 2, 5;\n"
		      "\tipv4 {\n\t\timport all;\n\t\tnext hop self;\n"
		      "\t\texport where ");
	add_told(bgp, out);
	str_adds(out, ";\n\t};\n}\n");
}

/* The two ends of a BGP session; direct: on one subnet, and so it falls with the link between. */
struct session {
	struct net_addr here, there;
	bool direct;
};

/* Over a subnet that both share, else (within one AS) between their first addresses. */
static struct session find_session(const struct topo *topo, const struct topo_node *from,
				   const struct topo_node *peer)
{
	struct plan_iface on_from, on_peer;

	if (router_neighbor(topo, from, peer)->loopback)
		return (struct session){ plan_address(from), plan_address(peer), false };
	/* Both ends must choose alike: the node that stands first in the topology decides. */
	if (from < peer ? plan_shared_subnet(from, peer, &on_from, &on_peer)
			: plan_shared_subnet(peer, from, &on_peer, &on_from))
		return (struct session){ on_from.address.addr, on_peer.address.addr, true };
	assert(router_of(from)->bgp.as == router_of(peer)->bgp.as && plan_address(peer).family);
	return (struct session){ plan_address(from), plan_address(peer), false };
}

static bool reflects(const struct role_bgp *bgp)
{
	for (size_t i = 0; i < bgp->n_neighbors; i++)
		if (bgp->neighbors[i].client)
			return true;
	return false;
}

/* Where the session is not as the template has it. Who reflects routes leaves their next hop as it
 * is (RFC 4456, 10). */
static void add_channel(const struct role_bgp *bgp, const struct role_neighbor *neighbor,
			bool external, struct str *out)
{
	const char *next_hop = neighbor->keeps_next_hop     ? "off"
			       : !external && reflects(bgp) ? "ebgp"
							    : NULL;

	if (!next_hop && !neighbor->in.given && !neighbor->out.given)
		return;
	str_adds(out, "\tipv4 {\n");
	if (next_hop)
		str_addf(out, "\t\tnext hop self %s;\n", next_hop);
	if (neighbor->in.given) {
		str_adds(out, "\t\timport filter {\n");
		router_add_policy(&neighbor->in, bgp->as, out);
		str_adds(out, "\t\t};\n");
	}
	if (neighbor->out.given) {
		str_adds(out, "\t\texport filter {\n\t\t\tif !(");
		add_told(bgp, out);
		str_adds(out, ") then reject;\n");
		router_add_policy(&neighbor->out, bgp->as, out);
		str_adds(out, "\t\t};\n");
	}
	str_adds(out, "\t};\n");
}

static void add_session(const struct topo *topo, const struct topo_node *from,
			const struct role_neighbor *neighbor, struct str *out)
{
	const struct topo_node *peer = &topo->nodes[neighbor->node];
	const struct role_bgp *mine = &router_of(from)->bgp, *theirs = &router_of(peer)->bgp;
	const struct session session = find_session(topo, from, peer);
	auto_free char *name = router_session_name(peer);
	char ip[NET_TEXT];

	str_addf(out, "\nprotocol bgp %s from peer {\n", name);
	str_addf(out, "\tlocal %s as %u;\n", net_addr_text(session.here, ip), mine->as);
	str_addf(out, "\tneighbor %s as %u;\n", net_addr_text(session.there, ip), theirs->as);
	if (session.direct)
		str_adds(out, "\tdirect;\n\tcheck link yes;\n");
	if (neighbor->client)
		str_adds(out, "\trr client;\n");
	add_channel(mine, neighbor, mine->as != theirs->as, out);
	str_adds(out, "}\n");
}

void router_add_bgp(const struct topo *topo, const struct topo_node *from, struct str *out)
{
	const struct role_bgp *bgp = &router_of(from)->bgp;

	if (!bgp->as)
		return;
	add_bgp_template(bgp, out);
	for (size_t i = 0; i < bgp->n_neighbors; i++)
		add_session(topo, from, &bgp->neighbors[i], out);
}
