/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DHCP relay: what clients broadcast goes to a server in another subnet (RFC 1542, 4). */
#include <stdlib.h>

#include "role/dhcp-server.h"
#include "role/role.h"
#include "topo/load.h"

static void *load_relays(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_dhcp_relays *relays = xcalloc(1, sizeof(*relays));

	for (; at; at = xml_next(at, "dhcp-relay")) {
		struct role_dhcp_relay *relay = array_add(relays->list, relays->n);

		relay->on = load_name(at, "on");
		relay->to = load_ip(load, at, "to");
		*array_add(node->dhcp_on, node->n_dhcp_on) = relay->on;
	}
	return relays;
}

static void free_relays(void *model)
{
	struct role_dhcp_relays *relays = model;

	for (size_t i = 0; i < relays->n; i++)
		free(relays->list[i].on);
	free(relays->list);
	free(relays);
}

/* A pool of that node for the subnet that this address is in. */
static bool has_pool(const struct topo_node *node, struct net_addr ip)
{
	const struct role_dhcp *dhcp = dhcp_of(node);

	for (size_t i = 0; dhcp && i < dhcp->n; i++)
		if (dhcp->servers[i].subnet.addr.family &&
		    net_prefix_contains(dhcp->servers[i].subnet, ip))
			return true;
	return false;
}

static bool serves_itself(const struct topo_node *node, const char *on)
{
	const struct role_dhcp *dhcp = dhcp_of(node);

	for (size_t i = 0; dhcp && i < dhcp->n; i++)
		if (str_eq(dhcp->servers[i].on, on) && !dhcp->servers[i].subnet.addr.family)
			return true;
	return false;
}

static void check_on(struct rules *rules, size_t node, const struct role_dhcp_relay *relay,
		     const struct iface *on, const struct xml_node *at)
{
	const struct topo_node *of = &rules->topo->nodes[node];

	if (!on && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, "on", "there is no interface '%s' in node '%s'",
			    relay->on, of->name);
	else if (on && !dhcp_address_on(on).family &&
		 !xml_has_problem(rules->problems, on->at, "address"))
		xml_problem(rules->problems, at, "on",
			    "interface '%s' has no address by which the server could know the "
			    "subnet",
			    relay->on);
	else if (serves_itself(of, relay->on))
		xml_problem(rules->problems, at, "on",
			    "a dhcp-server of this node answers on '%s' itself", relay->on);
}

static void check_to(struct rules *rules, size_t node, const struct role_dhcp_relay *relay,
		     const struct iface *on, const struct xml_node *at)
{
	const struct iface *to = iface_with(rules, relay->to);
	struct net_addr own = on ? dhcp_address_on(on) : (struct net_addr){ 0 };
	char ip[NET_TEXT], text[NET_TEXT];

	(void)net_addr_text(relay->to, ip);
	if (!to)
		xml_problem(rules->problems, at, "to", "to %s: no node has this address", ip);
	else if (to->node == node)
		xml_problem(rules->problems, at, "to", "to %s is this node itself", ip);
	else if (on && to->domain == on->domain)
		xml_problem(rules->problems, at, "to", "to %s hears the broadcasts on '%s' itself",
			    ip, relay->on);
	else if (on && own.family && !xml_tainted(rules->nodes[to->node]) &&
		 !has_pool(&rules->topo->nodes[to->node], own))
		xml_problem(rules->problems, at, "to",
			    "node '%s' has no dhcp-server with the subnet of %s",
			    rules->topo->nodes[to->node].name, net_addr_text(own, text));
}

static void check_relays(struct rules *rules, size_t node, const void *model,
			 const struct xml_node *at)
{
	const struct role_dhcp_relays *relays = model;

	for (size_t i = 0; at && i < relays->n; i++, at = xml_next(at, "dhcp-relay")) {
		const struct role_dhcp_relay *relay = &relays->list[i];
		const struct iface *on = *relay->on ? iface_named(rules, node, relay->on) : NULL;

		if (*relay->on)
			check_on(rules, node, relay, on, at);
		if (relay->to.family)
			check_to(rules, node, relay, on, at);
		for (size_t j = 0; j < i; j++)
			if (str_eq(relays->list[j].on, relay->on) && relay->to.family &&
			    net_addr_equal(relays->list[j].to, relay->to))
				xml_problem(rules->problems, at, NULL, "this is said twice");
	}
}

static void plan_relays(const struct topo *topo, const struct topo_node *from, const void *model,
			struct plan_node *node)
{
	(void)model;
	if (!dhcp_of(from))
		dnsmasq_plan(topo, from, node);
}

static const struct xml_bound bounds[] = { { "node", "dhcp-relay", 32, 0 } };

const struct topo_role role_dhcp_relay = {
	.name = "dhcp-relay",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_relays,
	.check = check_relays,
	.plan = plan_relays,
	.free = free_relays,
};
