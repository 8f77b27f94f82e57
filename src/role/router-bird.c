/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A router that speaks a routing protocol runs bird.
 *
 * A link that is down takes its routes and sessions with it at once ("check link"). Timers are
 * short, so that a lab is ready soon.
 *
 * Of several ways that cost the same the kernel of a guest gets one: it would spread connections
 * over all of them by a hash whose seed it draws when it boots (net/core/flow_dissector.c, hashrnd;
 * net.ipv4.fib_multipath_hash_seed came with Linux 6.11), so that one lab would tell another story
 * each time. bird knows all of them, by the address of the next hop; that one of the lowest
 * address is taken does not depend on which came first. An assignment to gw leaves one.
 */
#include <stdio.h>

#include "base/str.h"
#include "role/router.h"

/* Whether it may come to know several ways to a network that cost the same. */
static bool may_have_equals(const struct role_router *router)
{
	size_t nics = router->rip.nics.n;

	for (size_t i = 0; i < router->ospf.n_areas; i++)
		nics += router->ospf.areas[i].nics.n;
	return nics > 1;
}

static void add_kernel(const struct role_router *router, struct str *out)
{
	str_adds(out, "# The kernel knows its own networks already.\n"
		      "protocol kernel {\n"
		      "\tscan time 60;\n"
		      "\tipv4 {\n\t\timport none;\n");
	if (may_have_equals(router) && !router->ecmp)
		str_adds(out, "\t\texport filter {\n"
			      "\t\t\tif source = RTS_DEVICE then reject;\n"
			      "\t\t\t# Of ways that cost the same, that over the lowest address.\n"
			      "\t\t\tif dest = RTD_UNICAST && gw != 0.0.0.0 then gw = gw;\n"
			      "\t\t\taccept;\n"
			      "\t\t};\n");
	else
		str_adds(out, "\t\texport where source != RTS_DEVICE;\n");
	str_adds(out, "\t};\n}\n");
}

const char *router_id(const struct topo *topo, const struct topo_node *node, char buf[NET_TEXT])
{
	struct net_addr address = plan_address_of(node, NET_IPV4);

	if (address.family)
		return net_addr_text(address, buf);
	(void)snprintf(buf, NET_TEXT, "0.0.0.%u", (unsigned int)(node - topo->nodes) + 1);
	return buf;
}

static void add_head(const struct topo *topo, const struct topo_node *from, struct str *out)
{
	char id[NET_TEXT];

	str_addf(out,
		 "log stderr all;\n"
		 "router id %s;\n"
		 "\n"
		 "protocol device {\n\tscan time 60;\n}\n"
		 "\n"
		 "protocol direct {\n\tcheck link yes;\n\tipv4;\n}\n"
		 "\n",
		 router_id(topo, from, id));
	add_kernel(router_of(from), out);
}

static void add_static(const struct topo_node *from, enum net_family family, struct str *out)
{
	auto_str struct str routes = { 0 };
	char to[NET_TEXT], via[NET_TEXT];

	for (size_t i = 0; i < from->n_routes; i++) {
		const struct topo_route *route = &from->routes[i];
		bool sink = route->kind != TOPO_ROUTE_VIA;

		if (route->to.addr.family == family)
			str_addf(&routes, "\troute %s %s%s;\n", net_prefix_text(route->to, to),
				 sink ? topo_route_kind_name(route->kind) : "via ",
				 sink ? "" : net_addr_text(route->via, via));
	}
	if (routes.len)
		str_addf(out, "\nprotocol static %s {\n\tcheck link yes;\n\t%s;\n%s}\n",
			 family == NET_IPV6 ? "static_ipv6" : "static_routes",
			 family == NET_IPV6 ? "ipv6" : "ipv4", routes.data);
}

/* The same protocols once more, each with a name of its own. */
static void add_ipv6(const struct topo *topo, const struct topo_node *from, struct str *out)
{
	str_adds(out, "\n# IPv6\n"
		      "protocol direct direct_ipv6 {\n\tcheck link yes;\n\tipv6;\n}\n"
		      "\n"
		      "protocol kernel kernel_ipv6 {\n"
		      "\tscan time 60;\n"
		      "\tipv6 {\n\t\timport none;\n\t\texport where source != RTS_DEVICE;\n"
		      "\t};\n}\n");
	add_static(from, NET_IPV6, out);
	router_add_originated(from, NET_IPV6, out);
	router_add_ospf(from, NET_IPV6, out);
	router_add_bgp(topo, from, NET_IPV6, out);
}

void router_bird(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str conf = { 0 };

	add_head(topo, from, &conf);
	add_static(from, NET_IPV4, &conf);
	router_add_originated(from, NET_IPV4, &conf);
	router_add_ospf(from, NET_IPV4, &conf);
	router_add_rip(from, &conf);
	router_add_bgp(topo, from, NET_IPV4, &conf);
	if (topo_speaks_ipv6(from))
		add_ipv6(topo, from, &conf);
	plan_add_text(node, BIRD_CONF, 0644, &conf);
	plan_add_service(node, "bird", "mkdir -p /run/bird\n",
			 "bird -f -c " BIRD_CONF " -s /run/bird/bird.ctl");
}
