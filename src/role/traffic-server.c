/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Traffic server: iperf3, which measures how much comes through from a client, a test at a time. */
#include <stdlib.h>

#include "plan/build.h"
#include "role/name-server.h"
#include "role/resolver.h"
#include "role/role.h"
#include "role/router.h"
#include "role/web-server.h"
#include "topo/load.h"
#include "topo/rules.h"

#define PORT_DEFAULT 5201 /* iperf3's own */

/* <traffic-server port=> */
struct role_traffic_server {
	unsigned int port;
};

static void *load_traffic_server(struct load *load, struct topo_node *node,
				 const struct xml_node *at)
{
	struct role_traffic_server *server = xcalloc(1, sizeof(*server));

	(void)node;
	server->port =
		(unsigned int)xml_attr_unsigned(load->problems, at, "port", 1, 65535, PORT_DEFAULT);
	return server;
}

/* Whose TCP port it is among the node's other roles; NULL where it is free. */
static const char *holder(const struct topo_node *node, unsigned int port)
{
	const struct role_router *router = router_of(node);

	if ((port == 80 || port == 443) && web_server_of(node))
		return "web server";
	if (port == 53 && resolver_of(node))
		return "resolver";
	if (port == 53 && name_server_of(node))
		return "name server";
	if (port == 179 && router && router->bgp.as)
		return "BGP router";
	return NULL;
}

static void check_traffic_server(struct rules *rules, size_t node, const void *model,
				 const struct xml_node *at)
{
	const struct role_traffic_server *server = model;
	const char *held = holder(&rules->topo->nodes[node], server->port);

	rules_need_address(rules, node, at, "traffic server");
	if (held)
		xml_problem(rules->problems, at, "port", "port %u is the %s's in this node",
			    server->port, held);
}

static void plan_traffic_server(const struct topo *topo, const struct topo_node *from,
				const void *model, struct plan_node *node)
{
	const struct role_traffic_server *server = model;
	auto_free char *command = xasprintf("iperf3 -s -4 -p %u --forceflush", server->port);

	(void)topo;
	(void)from;
	plan_add_service(node, "iperf3", "", command);
	/*
	 * A client, be it one that only connects, would be the one test that the server takes at a
	 * time. So the kernel is asked who listens: iperf3, and nobody else on its port.
	 */
	plan_add_check(node, PLAN_READY, "/etc/service/iperf3/run",
		       xasprintf("iperf3 listens on port %u", server->port),
		       xasprintf("ss -Hltnp 'sport = :%u' | grep -q '\"iperf3\"'", server->port));
}

/* No sign: a host's is a server's, and would hide that of another role. */
const struct topo_role role_traffic_server = {
	.name = "traffic-server",
	.load = load_traffic_server,
	.check = check_traffic_server,
	.plan = plan_traffic_server,
	.free = free,
};
