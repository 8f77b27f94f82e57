/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts as they grow: of interfaces, and of what lies between, as far as the topology tells it. */
#include "role/cast-way.h"

#include <stdarg.h>
#include <stdint.h>

#include "plan/build.h"

void cast_put(struct cast *c, const char *part, const char *word, const char *fmt, ...)
{
	json_t *of = json_object_get(c->parts, part);
	auto_str struct str text = { 0 };
	va_list ap;

	if (!of)
		(void)json_object_set_new(c->parts, part, json_object());
	va_start(ap, fmt);
	str_addv(&text, fmt, ap);
	va_end(ap);
	(void)json_object_set_new(json_object_get(c->parts, part), word,
				  json_text(str_text(&text)));
}

void cast_lack(struct cast *c, const char *part, const char *word, const char *fmt, ...)
{
	auto_free char *key = word ? xasprintf("%s.%s", part, word) : xstrdup(part);
	auto_str struct str text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	str_addv(&text, fmt, ap);
	va_end(ap);
	(void)json_object_set_new(c->lacks, key, json_text(str_text(&text)));
}

bool cast_find(const struct topo *topo, struct net_addr address, size_t domain,
	       struct cast_spot *ret)
{
	struct cast_spot spot = { 0 };

	for (; address.family && spot.node < topo->n_nodes; spot.node++)
		for (size_t i = 0; topo_iface(&topo->nodes[spot.node], i, &spot.iface); i++)
			for (size_t j = 0; j < spot.iface.addresses->n; j++) {
				if (!net_addr_equal(spot.iface.addresses->list[j].addr, address) ||
				    (domain != SIZE_MAX && spot.iface.domain != domain))
					continue;
				*ret = spot;
				return true;
			}
	return false;
}

char *cast_point(const struct topo *topo, const struct cast_spot *spot)
{
	const struct topo_node *node = &topo->nodes[spot->node];
	size_t nic = SIZE_MAX;

	if (spot->iface.kind == TOPO_IFACE_NIC)
		nic = spot->iface.index;
	else if (spot->iface.kind == TOPO_IFACE_VLAN)
		nic = node->vlans[spot->iface.index].nic;
	if (nic == SIZE_MAX)
		return xstrdup("");
	if (plan_wifi_of(topo, &node->nics[nic]))
		return xasprintf("wifi:%s", plan_wifi_of(topo, &node->nics[nic])->name);
	return xasprintf("%s:%s", node->name, node->nics[nic].name);
}

void cast_put_spot(struct cast *c, const char *part, const struct cast_spot *spot,
		   struct net_addr address)
{
	const struct topo_node *node = &c->topo->nodes[spot->node];
	auto_free char *port = cast_point(c->topo, spot);
	char text[NET_TEXT];

	cast_put(c, part, "node", "%s", node->name);
	if (address.family)
		cast_put(c, part, "address", "%s", net_addr_text(address, text));
	else
		cast_lack(c, part, "address", "'%s' has no address before it is given one",
			  node->name);
	if (!net_mac_is_zero(spot->iface.mac))
		cast_put(c, part, "mac", "%s", net_mac_text(spot->iface.mac, text));
	else
		cast_lack(c, part, "mac", "the MAC address of '%s' is the kernel's choice",
			  node->name);
	if (*port)
		cast_put(c, part, "port", "%s", port);
	else
		cast_lack(c, part, "port", "no one port of '%s' sees all that it sends",
			  node->name);
}

struct net_addr cast_next_hop(const struct cast *c, size_t at, struct net_addr to)
{
	const struct topo_node *node = &c->topo->nodes[at];
	const struct topo_route *best = NULL;
	struct plan_iface iface;

	for (size_t i = 0; plan_iface(node, i, &iface); i++)
		if (net_prefix_contains(iface.address, to))
			return to;
	if (at == c->client && c->subnet.addr.family && net_prefix_contains(c->subnet, to))
		return to;
	for (size_t i = 0; i < node->n_routes; i++) {
		const struct topo_route *route = &node->routes[i];

		if (net_prefix_contains(route->to, to) && (!best || route->to.len > best->to.len))
			best = route;
	}
	if (best)
		return best->kind == TOPO_ROUTE_VIA ? best->via : (struct net_addr){ 0 };
	return at == c->client ? c->router : (struct net_addr){ 0 };
}

/* --- on the way --- */

void cast_put_next(struct cast *c, const char *part, struct net_addr to)
{
	struct net_addr next = cast_next_hop(c, c->client, to);
	struct cast_spot spot;
	char text[NET_TEXT];

	if (!cast_find(c->topo, next, c->domain, &spot)) {
		cast_lack(c, part, "next-address", "who passes it on is not in the topology");
		cast_lack(c, part, "next-mac", "who passes it on is not in the topology");
		return;
	}
	cast_put(c, part, "next-address", "%s", net_addr_text(next, text));
	if (net_mac_is_zero(spot.iface.mac))
		cast_lack(c, part, "next-mac", "the MAC address of '%s' is the kernel's choice",
			  c->topo->nodes[spot.node].name);
	else
		cast_put(c, part, "next-mac", "%s", net_mac_text(spot.iface.mac, text));
}

void cast_put_seen(struct cast *c, const char *part, const struct cast_way *way)
{
	const char *is = cast_hides(c->topo, way) ? "!=" : "==";

	cast_put(c, part, "hears", "ip.src %s @{offered}", is);
	cast_put(c, part, "answers", "ip.dst %s @{offered}", is);
}

static void put_gateway(struct cast *c)
{
	struct net_addr next = cast_next_hop(c, c->client, c->address);
	struct cast_spot spot;

	if (!cast_find(c->topo, next, c->domain, &spot) || spot.node == c->web) {
		cast_lack(c, "gateway", NULL, "no router is between the client and the page");
		return;
	}
	cast_put_spot(c, "gateway", &spot, next);
	if (spot.node != c->resolver &&
	    json_object_get(json_object_get(c->parts, "gateway"), "port"))
		cast_put(c, "gateway", "bystander", "%s",
			 json_get_text(json_object_get(c->parts, "gateway"), "port", ""));
	else
		cast_lack(c, "gateway", "bystander", "the gateway is the DNS server itself");
}

void cast_web_way(struct cast *c)
{
	auto_cast_way struct cast_way way = { 0 };
	struct cast_spot at;
	bool near = cast_find(c->topo, c->address, c->domain, &at);
	char text[NET_TEXT];

	cast_find_way(c->topo, c->client, c->web, &way);
	cast_put_seen(c, "web", &way);
	cast_put_next(c, "web", c->address);
	cast_put(c, "web", "sender", "eth.src %s %s",
		 near ? "==" : "!=", net_mac_text(cast_client(c)->nics[c->nic].mac, text));
	cast_put(c, "web", "ttl", near ? "ip.ttl == 64" : "ip.ttl < 64");
	if (way.delay_us)
		cast_put(c, "web", "rtt", "%.6g", (double)way.delay_us / 1e6);
	else
		cast_lack(c, "web", "rtt", "no link on the only way to the page has a delay");
	put_gateway(c);
}
