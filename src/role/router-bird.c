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
#include <assert.h>

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
		 "\n",
		 net_addr_text(plan_address(from), id));
	add_kernel(router_of(from), out);
}

static void add_static(const struct topo_node *from, struct str *out)
{
	char to[NET_TEXT], via[NET_TEXT];
	size_t i;

	if (!from->n_routes)
		return;
	str_adds(out, "\nprotocol static static_routes {\n\tcheck link yes;\n\tipv4;\n");
	for (i = 0; i < from->n_routes; i++) {
		const struct topo_route *route = &from->routes[i];
		bool sink = route->kind != TOPO_ROUTE_VIA;

		if (route->to.addr.family != NET_IPV4)
			continue;
		str_addf(out, "\troute %s %s%s;\n",
			 route->to.len ? net_prefix_text(route->to, to) : "0.0.0.0/0",
			 sink ? topo_route_kind_name(route->kind) : "via ",
			 sink ? "" : net_addr_text(route->via, via));
	}
	str_adds(out, "}\n");
}

void router_bird(const struct topo *topo, const struct topo_node *from, struct plan_node *node)
{
	auto_str struct str conf = { 0 };

	assert(plan_address(from).family); /* bird's router id */
	add_head(from, &conf);
	add_static(from, &conf);
	router_add_originated(from, &conf);
	router_add_ospf(from, &conf);
	router_add_rip(from, &conf);
	router_add_bgp(topo, from, &conf);
	plan_add_text(node, BIRD_CONF, 0644, &conf);
	plan_add_service(node, "bird", "mkdir -p /run/bird\n",
			 "bird -f -c " BIRD_CONF " -s /run/bird/bird.ctl");
}
