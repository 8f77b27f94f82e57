/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A node's static routes, in the words of `ip -batch`. */
#include "base/str.h"
#include "plan/build.h"

static void add_route(const struct topo_node *from, const struct topo_route *route, struct str *out)
{
	char to[NET_TEXT] = "default", via[NET_TEXT];

	if (route->to.len)
		(void)net_prefix_text(route->to, to);
	if (route->kind != TOPO_ROUTE_VIA)
		str_addf(out, "route replace %s %s\n", topo_route_kind_name(route->kind), to);
	else
		str_addf(out, "route replace %s via %s%s\n", to, net_addr_text(route->via, via),
			 from->forwards ? "" : PLAN_RTO);
}

void plan_routes(const struct topo_node *from, enum net_family family, struct str *out)
{
	for (size_t i = 0; i < from->n_routes && !from->routed; i++)
		if (from->routes[i].to.addr.family == family)
			add_route(from, &from->routes[i], out);
}
