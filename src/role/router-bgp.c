/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* BGP (RFC 4271): how it is read, and its part of bird.conf. */
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

static bool is_ipv6(enum net_family family)
{
	return family == NET_IPV6;
}

char *router_session_name(const struct topo_node *peer, enum net_family family)
{
	char *name = xasprintf("bgp_%s%s", peer->name, is_ipv6(family) ? "_ipv6" : ""), *p;

	/* A symbol of bird's has letters, digits and '_'. */
	for (p = name; *p; p++)
		if (*p == '-' || *p == '.')
			*p = '_';
	return name;
}

/* What this AS announces as a whole; an address in it that nobody has is unreachable here and not
 * sent around. */
void router_add_originated(const struct topo_node *from, enum net_family family, struct str *out)
{
	const struct role_bgp *bgp = &router_of(from)->bgp;
	auto_str struct str routes = { 0 };
	char text[NET_TEXT];

	for (size_t i = 0; bgp->as && i < bgp->n_originate; i++)
		if (bgp->originate[i].prefix.addr.family == family)
			str_addf(&routes, "\troute %s unreachable;\n",
				 net_prefix_text(bgp->originate[i].prefix, text));
	if (routes.len)
		str_addf(out, "\nprotocol static originated%s {\n\t%s;\n%s}\n",
			 is_ipv6(family) ? "_ipv6" : "", is_ipv6(family) ? "ipv6" : "ipv4",
			 routes.data);
}

/* Which routes are told at all. Transit is for all: each AS passes on what it learned. */
static void add_told(const struct role_bgp *bgp, enum net_family family, struct str *out)
{
	auto_str struct str own = { 0 };
	char text[NET_TEXT];
	size_t n = 0;

	str_adds(&own, "source = RTS_BGP");
	for (size_t i = 0; i < bgp->n_originate; i++)
		if (bgp->originate[i].prefix.addr.family == family)
			str_addf(&own, "%s%s", n++ ? ", " : " || net ~ [ ",
				 net_prefix_text(bgp->originate[i].prefix, text));
	str_adds(&own, n ? " ]" : "");
	router_add_others(&bgp->others, own.data, family, out);
}

/* What every session of the family shares. */
static void add_bgp_template(const struct role_bgp *bgp, enum net_family family, struct str *out)
{
	str_addf(out,
		 "\ntemplate bgp peer%s {\n"
		 "\thold time 90;\n"
		 "\tconnect delay time 1;\n"
		 "\tconnect retry time 2;\n"
		 "\terror wait time 2, 5;\n"
		 "\t%s {\n\t\timport all;\n\t\tnext hop self;\n"
		 "\t\texport where ",
		 is_ipv6(family) ? "_ipv6" : "", is_ipv6(family) ? "ipv6" : "ipv4");
	add_told(bgp, family, out);
	str_adds(out, ";\n\t};\n}\n");
}

struct session {
	struct net_addr here, there;
	bool direct;
};

/* The first address of the family on the loopback, no NIC's; none where there is none. */
static struct net_addr loopback_of(const struct topo_node *node, enum net_family family)
{
	return topo_has_family(&node->loopback, family) ? plan_address_of(node, family)
							: (struct net_addr){ 0 };
}

/* Over a subnet that both share, else (within one AS) between their first addresses; false: they
 * have none over that family. */
static bool find_session(const struct topo *topo, const struct topo_node *from,
			 const struct topo_node *peer, enum net_family family, struct session *ret)
{
	const struct role_neighbor *neighbor = router_neighbor(topo, from, peer);
	struct plan_iface on_from, on_peer;

	if (!neighbor)
		return false;
	if (neighbor->loopback) {
		*ret = (struct session){ loopback_of(from, family), loopback_of(peer, family),
					 false };
		return ret->here.family && ret->there.family;
	}
	/* Both ends must choose alike: the node that stands first in the topology decides. */
	if (from < peer ? plan_shared_subnet(from, peer, family, &on_from, &on_peer)
			: plan_shared_subnet(peer, from, family, &on_peer, &on_from)) {
		*ret = (struct session){ on_from.address.addr, on_peer.address.addr, true };
		return true;
	}
	*ret = (struct session){ plan_address_of(from, family), plan_address_of(peer, family),
				 false };
	return router_of(from)->bgp.as == router_of(peer)->bgp.as && ret->here.family &&
	       ret->there.family;
}

bool router_has_session(const struct topo *topo, const struct topo_node *from,
			const struct topo_node *peer, enum net_family family)
{
	struct session session;

	return find_session(topo, from, peer, family, &session);
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
			enum net_family family, bool external, struct str *out)
{
	const char *next_hop = neighbor->keeps_next_hop     ? "off"
			       : !external && reflects(bgp) ? "ebgp"
							    : NULL;

	if (!next_hop && !neighbor->in.given && !neighbor->out.given)
		return;
	str_adds(out, is_ipv6(family) ? "\tipv6 {\n" : "\tipv4 {\n");
	if (next_hop)
		str_addf(out, "\t\tnext hop self %s;\n", next_hop);
	if (neighbor->in.given) {
		str_adds(out, "\t\timport filter {\n");
		router_add_policy(&neighbor->in, family, bgp->as, out);
		str_adds(out, "\t\t};\n");
	}
	if (neighbor->out.given) {
		str_adds(out, "\t\texport filter {\n\t\t\tif !(");
		add_told(bgp, family, out);
		str_adds(out, ") then reject;\n");
		router_add_policy(&neighbor->out, family, bgp->as, out);
		str_adds(out, "\t\t};\n");
	}
	str_adds(out, "\t};\n");
}

static void add_session(const struct topo *topo, const struct topo_node *from,
			const struct role_neighbor *neighbor, enum net_family family,
			struct str *out)
{
	const struct topo_node *peer = &topo->nodes[neighbor->node];
	const struct role_bgp *mine = &router_of(from)->bgp, *theirs = &router_of(peer)->bgp;
	auto_free char *name = router_session_name(peer, family);
	struct session session;
	char ip[NET_TEXT];

	if (!find_session(topo, from, peer, family, &session))
		return;
	str_addf(out, "\nprotocol bgp %s from peer%s {\n", name, is_ipv6(family) ? "_ipv6" : "");
	str_addf(out, "\tlocal %s as %u;\n", net_addr_text(session.here, ip), mine->as);
	str_addf(out, "\tneighbor %s as %u;\n", net_addr_text(session.there, ip), theirs->as);
	if (session.direct)
		str_adds(out, "\tdirect;\n\tcheck link yes;\n");
	if (neighbor->client)
		str_adds(out, "\trr client;\n");
	add_channel(mine, neighbor, family, mine->as != theirs->as, out);
	str_adds(out, "}\n");
}

/* One session for each family that the two have in common: what IPv6 is told of does not hang on
 * IPv4. */
void router_add_bgp(const struct topo *topo, const struct topo_node *from, enum net_family family,
		    struct str *out)
{
	const struct role_bgp *bgp = &router_of(from)->bgp;

	if (!bgp->as)
		return;
	add_bgp_template(bgp, family, out);
	for (size_t i = 0; i < bgp->n_neighbors; i++)
		add_session(topo, from, &bgp->neighbors[i], family, out);
}
