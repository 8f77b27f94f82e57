/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the protocols of a router have in common: NICs, costs, and what they take from another. */
#include <stdint.h>

#include "base/str.h"
#include "role/router.h"

/* The words of redistribute=, and how bird knows such a route. */
static const struct source {
	enum role_source bit;
	const char *word, *where;
} sources[] = {
	{ ROLE_STATIC, "static", "proto = \"static_routes\"" },
	{ ROLE_CONNECTED, "connected", "source = RTS_DEVICE" },
	{ ROLE_OSPF, "ospf", "source ~ [ RTS_OSPF, RTS_OSPF_IA, RTS_OSPF_EXT1, RTS_OSPF_EXT2 ]" },
	{ ROLE_RIP, "rip", "source = RTS_RIP" },
	{ ROLE_BGP, "bgp", "source = RTS_BGP" },
};

/* Of an element somewhere in the node, whose NICs may not all have been read. */
static bool is_silent(const struct xml_node *at)
{
	while (at && !xml_is(at, "node"))
		at = xml_parent(at);
	return at && xml_tainted(at);
}

void router_load_nics(struct load *load, struct topo_node *node, const struct xml_node *at,
		      const char *attr, struct role_nics *ret)
{
	if (xml_attr(at, attr))
		load_iface_refs(load, node, at, attr, is_silent(at), &ret->list, &ret->n);
}

bool router_names_nic(const struct topo_node *node, const struct role_nics *nics, const char *name)
{
	for (size_t i = 0; i < nics->n; i++)
		if (str_eq(topo_iface_name(node, nics->list[i]), name))
			return true;
	return false;
}

void router_check_nics(struct rules *rules, size_t node, const struct xml_node *at,
		       const struct role_nics *nics, const char *what)
{
	for (size_t i = 0; i < nics->n; i++) {
		const struct iface *nic = &rules->ifaces[rules->first[node] + nics->list[i]];

		bool usable = str_eq(what, "RIP") ? topo_has_family(nic->addresses, NET_IPV4)
						  : nic->addresses->n > 0;

		if (!usable && !xml_has_problem(rules->problems, nic->at, "address"))
			xml_problem(rules->problems, at, "nics",
				    "NIC '%s' has no %saddress for %s to use", nic->name,
				    str_eq(what, "RIP") ? "IPv4 " : "", what);
	}
}

void router_load_costs(struct load *load, struct topo_node *node, const struct xml_node *at,
		       struct role_costs *ret)
{
	struct xml_node *it;

	xml_for_each(it, at, "cost") {
		struct role_cost *cost = array_add(ret->list, ret->n);

		cost->nic = load_iface_ref(load, node, it, "nic", is_silent(at));
		cost->value =
			(uint16_t)xml_attr_unsigned(load->problems, it, "value", 1, UINT16_MAX, 1);
	}
}

unsigned int router_cost(const struct topo_node *node, const struct role_costs *costs,
			 const char *name)
{
	for (size_t i = 0; i < costs->n; i++)
		if (str_eq(topo_iface_name(node, costs->list[i].nic), name))
			return costs->list[i].value;
	return 0;
}

void router_check_costs(struct rules *rules, size_t node, const struct xml_node *at,
			const struct role_costs *costs,
			bool (*is_announced)(const struct topo_node *node, const char *name))
{
	const struct topo_node *of = &rules->topo->nodes[node];

	for (size_t i = 0; i < costs->n; i++) {
		const struct xml_node *here = xml_child_at(at, "cost", i);
		const char *name;

		if (costs->list[i].nic == SIZE_MAX)
			continue;
		name = topo_iface_name(of, costs->list[i].nic);
		if (!is_announced(of, name))
			xml_problem(rules->problems, here, "nic", "NIC '%s' is not in <%s nics=>",
				    name, xml_name(at));
		for (size_t j = 0; j < i; j++)
			if (costs->list[j].nic == costs->list[i].nic)
				xml_problem(rules->problems, here, "nic",
					    "a second cost for NIC '%s'", name);
	}
}

void router_load_others(struct load *load, const struct xml_node *at, struct role_redistribute *ret)
{
	auto_free char *list = load_name(at, "redistribute");
	char *save = NULL, *word;

	for (word = strtok_r(list, " \t\r\n", &save); word; word = strtok_r(NULL, " \t\r\n", &save))
		for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
			if (str_eq(sources[i].word, word))
				ret->from |= sources[i].bit;
	if (xml_attr_flag(load->problems, at, "static", false))
		ret->from |= ROLE_STATIC;
	ret->default_route = xml_attr_flag(load->problems, at, "default", false);
}

/* What the router has routes from; the protocols it speaks, and <route>. */
static unsigned int sources_of(const struct topo_node *node)
{
	const struct role_router *router = router_of(node);

	return ROLE_CONNECTED | ROLE_STATIC | (router->ospf.enabled ? ROLE_OSPF : 0U) |
	       (router->rip.enabled ? ROLE_RIP : 0U) | (router->bgp.as ? ROLE_BGP : 0U);
}

static bool has_default_route(const struct topo_node *node)
{
	for (size_t i = 0; i < node->n_routes; i++)
		if (!node->routes[i].to.len && node->routes[i].to.addr.family)
			return true;
	return false;
}

void router_check_others(struct rules *rules, size_t node, const struct xml_node *at,
			 const struct role_redistribute *others)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	unsigned int own = str_eq(xml_name(at), "ospf") ? ROLE_OSPF : ROLE_RIP;
	unsigned int learned = sources_of(of) & (ROLE_OSPF | ROLE_RIP | ROLE_BGP);

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		if ((others->from & sources[i].bit) && !(sources_of(of) & sources[i].bit))
			xml_problem(rules->problems, at, "redistribute",
				    "this router has no <%s> to take routes from", sources[i].word);
	if (others->default_route && !has_default_route(of) && !(learned & ~own))
		xml_problem(rules->problems, at, "default",
			    "this router has no default route that it could announce: neither "
			    "<route to=\"0.0.0.0/0\"> nor another protocol");
}

/* Of IPv6, the protocol that has static routes is another. */
static const char *where_of(const struct source *source, enum net_family family)
{
	return source->bit == ROLE_STATIC && family == NET_IPV6 ? "proto = \"static_ipv6\""
								: source->where;
}

void router_add_others(const struct role_redistribute *others, const char *own,
		       enum net_family family, struct str *out)
{
	const char *all = family == NET_IPV6 ? "::/0" : "0.0.0.0/0";
	auto_str struct str list = { 0 };
	size_t n = 0;
	bool more;

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		if (others->from & sources[i].bit)
			str_addf(&list, "%s%s", n++ ? " || " : "", where_of(&sources[i], family));
	if (own)
		str_adds(out, own);
	if (others->default_route)
		str_addf(out, "%snet = %s", own ? " || " : "", all);
	if (!n)
		return;
	/* What else is there never brings the default route along. bird has && and || bind alike.
	 */
	more = own || others->default_route;
	str_addf(out, "%s%s%s%s && net != %s%s", more ? " || (" : "", n > 1 ? "(" : "", list.data,
		 n > 1 ? ")" : "", all, more ? ")" : "");
}
