/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A router that speaks OSPF or BGP runs bird.
 *
 * A link that is down takes its routes and sessions with it at once ("check link"). Timers are
 * short, so that a lab is ready soon, but a neighbour is dead only after ten silent hellos: an
 * emulated guest may be kept waiting for seconds by its neighbours on the same two processors.
 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "role/router.h"

#define TIMERS_OSPF "hello 2; dead 20; retransmit 2"

bool router_has_ospf_nic(const struct topo_node *node, const char *nic)
{
	const struct role_router *router = router_of(node);

	for (size_t i = 0; router && i < router->ospf.n_nics; i++)
		if (str_eq(node->nics[router->ospf.nics[i]].name, nic))
			return true;
	return false;
}

char *router_session_name(const struct topo_node *peer)
{
	char *name = xasprintf("bgp_%s", peer->name), *p;

	/* A symbol of bird's has letters, digits and '_'. */
	for (p = name; *p; p++)
		if (*p == '-' || *p == '.')
			*p = '_';
	return name;
}

static void add_head(const struct topo_node *from, struct str *out)
{
	char id[NET_TEXT];

	str_addf(out,
		 "log stderr all;\n"
		 "router id %s;\n"
		 "\n"
		 "protocol device {\n\tscan time 60;\n}\n"
		 "\n"
		 "protocol direct {\n\tcheck link yes;\n\tipv4;\n}\n"
		 "\n"
		 "# The kernel knows its own networks already.\n"
		 "protocol kernel {\n"
		 "\tscan time 60;\n"
		 "\tipv4 {\n\t\timport none;\n\t\texport where source != RTS_DEVICE;\n\t};\n"
		 "}\n",
		 net_addr_text(plan_address(from), id));
}

static void add_static(const struct topo_node *from, struct str *out)
{
	char to[NET_TEXT], via[NET_TEXT];
	size_t i;

	if (!from->n_routes)
		return;
	str_adds(out, "\nprotocol static static_routes {\n\tcheck link yes;\n\tipv4;\n");
	for (i = 0; i < from->n_routes; i++)
		str_addf(out, "\troute %s via %s;\n",
			 from->routes[i].to.len ? net_prefix_text(from->routes[i].to, to)
						: "0.0.0.0/0",
			 net_addr_text(from->routes[i].via, via));
	str_adds(out, "}\n");
}

/* What this AS announces as a whole; an address in it that nobody has is unreachable here and not
 * sent around. */
static void add_originated(const struct topo *topo, const struct topo_node *from, struct str *out)
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

/* On a point-to-point subnet there is nobody to elect, and no waiting for who might be better. */
static void add_ospf(const struct topo_node *from, struct str *out)
{
	const struct role_ospf *ospf = &router_of(from)->ospf;
	struct plan_iface iface;
	size_t i;

	if (!ospf->enabled)
		return;
	str_addf(out,
		 "\nprotocol ospf v2 ospf_area0 {\n\tipv4 {\n\t\timport all;\n\t\texport "
		 "%s;\n\t};\n\tarea 0 {\n",
		 ospf->statics ? "where proto = \"static_routes\" && net != 0.0.0.0/0" : "none");
	for (i = 0; plan_iface(from, i, &iface); i++)
		if (iface.further)
			continue;
		else if (!router_has_ospf_nic(from, iface.name))
			str_addf(out, "\t\tinterface \"%s\" { stub yes; };\n", iface.name);
		else if (iface.address.len >= 30)
			str_addf(out, "\t\tinterface \"%s\" { type ptp; " TIMERS_OSPF "; };\n",
				 iface.name);
		else
			str_addf(out,
				 "\t\tinterface \"%s\" { type broadcast; wait 5; " TIMERS_OSPF
				 "; };\n",
				 iface.name);
	str_adds(out, "\t};\n}\n");
}

/* What every session shares. Transit is for all: each AS passes on what it learned. */
static void add_bgp_template(const struct topo *topo, const struct topo_node *from, struct str *out)
{
	const struct role_bgp *bgp = &router_of(from)->bgp;
	char text[NET_TEXT];
	size_t i;

	str_adds(out, "\ntemplate bgp peer {\n"
		      "\thold time 90;\n"
		      "\tconnect delay time 1;\n"
		      "\tconnect retry time 2;\n"
		      "\terror wait time 2, 5;\n"
		      "\tipv4 {\n\t\timport all;\n\t\tnext hop self;\n"
		      "\t\texport where source = RTS_BGP");
	for (i = 0; i < bgp->n_originate; i++)
		str_addf(out, "%s%s", i ? ", " : " || net ~ [ ",
			 net_prefix_text(topo->networks[bgp->originate[i]].prefix, text));
	str_addf(out, "%s;\n\t};\n}\n", bgp->n_originate ? " ]" : "");
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

static void add_bgp(const struct topo *topo, const struct topo_node *from, struct str *out)
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

void router_bird(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str conf = { 0 };

	assert(plan_address(from).family); /* bird's router id */
	add_head(from, &conf);
	add_static(from, &conf);
	add_originated(topo, from, &conf);
	add_ospf(from, &conf);
	add_bgp(topo, from, &conf);
	plan_add_text(node, BIRD_CONF, 0644, &conf);
	plan_add_service(node, "bird", "mkdir -p /run/bird\n",
			 "bird -f -c " BIRD_CONF " -s /run/bird/bird.ctl");
}
