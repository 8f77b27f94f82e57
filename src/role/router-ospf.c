/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OSPF (RFC 2328, and of IPv6 RFC 5340): how it is read, its rules, and its part of bird.conf.
 *
 * Timers are short, so that a lab is ready soon, but a neighbour is dead only after ten silent
 * hellos: an emulated guest may be kept waiting for seconds by its neighbours on the same two
 * processors.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"
#include "role/router.h"

#define TIMERS_OSPF "hello 2; dead 20; retransmit 2"

/* --- model --- */

static enum role_stub stub_of(const char *word)
{
	if (str_eq(word, "total"))
		return ROLE_STUB_TOTAL;
	return str_eq(word, "yes") ? ROLE_STUB_YES : ROLE_STUB_NO;
}

void router_load_ospf(struct load *load, struct topo_node *node, const struct xml_node *at,
		      struct role_ospf *ret)
{
	struct xml_node *it;

	ret->enabled = true;
	router_load_others(load, at, &ret->others);
	if (xml_attr(at, "nics") || xml_attr(at, "passive")) {
		struct role_area *area = array_add(ret->areas, ret->n_areas);

		router_load_nics(load, node, at, "nics", &area->nics);
		router_load_nics(load, node, at, "passive", &area->passive);
	}
	xml_for_each(it, at, "area") {
		struct role_area *area = array_add(ret->areas, ret->n_areas);

		area->id = (uint32_t)xml_attr_unsigned(load->problems, it, "id", 0, UINT32_MAX, 0);
		area->stub = stub_of(xml_attr(it, "stub"));
		router_load_nics(load, node, it, "nics", &area->nics);
		router_load_nics(load, node, it, "passive", &area->passive);
	}
	router_load_costs(load, node, at, &ret->costs);
}

void router_free_ospf(struct role_ospf *ospf)
{
	for (size_t i = 0; i < ospf->n_areas; i++) {
		free(ospf->areas[i].nics.list);
		free(ospf->areas[i].passive.list);
	}
	free(ospf->areas);
	free(ospf->costs.list);
}

const struct role_area *router_area_of(const struct topo_node *node, const char *name)
{
	const struct role_router *router = router_of(node);

	for (size_t i = 0; router && i < router->ospf.n_areas; i++)
		if (router_names_nic(node, &router->ospf.areas[i].nics, name))
			return &router->ospf.areas[i];
	return NULL;
}

const struct role_area *router_announced_in(const struct topo_node *node, const char *name)
{
	const struct role_area *spoken = router_area_of(node, name);
	const struct role_router *router = router_of(node);
	bool by_name = false;

	if (spoken || !router || !router->ospf.n_areas)
		return spoken;
	for (size_t i = 0; i < router->ospf.n_areas; i++) {
		const struct role_area *area = &router->ospf.areas[i];

		by_name |= area->passive.n > 0;
		if (router_names_nic(node, &area->passive, name))
			return area;
	}
	/* Connected subnets that are announced as external ones are not internal ones, too. */
	if (router->ospf.others.from & ROLE_CONNECTED)
		return NULL;
	return by_name && !str_eq(name, "lo") ? NULL : &router->ospf.areas[0];
}

static bool same_area(const struct role_area *a, const struct role_area *b)
{
	return a && b && a->id == b->id && !a->stub == !b->stub;
}

bool router_are_ospf_neighbors(const struct topo_node *a, const struct plan_iface *on_a,
			       const struct topo_node *b, const struct plan_iface *on_b)
{
	return on_a->domain == on_b->domain && net_prefix_same(on_a->address, on_b->address) &&
	       same_area(router_area_of(a, on_a->name), router_area_of(b, on_b->name));
}

/* --- rules --- */

/* Where area i of the model is written: in <ospf> itself, or in an <area> of it. */
static const struct xml_node *area_at(const struct xml_node *at, size_t i)
{
	bool first = xml_attr(at, "nics") || xml_attr(at, "passive");

	if (first && i == 0)
		return at;
	return xml_child_at(at, "area", i - first);
}

static void check_area(struct rules *rules, const struct role_ospf *ospf, size_t i,
		       const struct xml_node *at)
{
	const struct role_area *area = &ospf->areas[i];

	for (size_t j = 0; j < i; j++)
		if (ospf->areas[j].id == area->id && !xml_has_problem(rules->problems, at, "id"))
			xml_problem(rules->problems, at, "id", "a second area %u%s", area->id,
				    xml_is(xml_parent(at), "ospf") &&
						    xml_attr(xml_parent(at), "nics") && !area->id
					    ? ": area 0 is what <ospf nics=> names"
					    : "");
	if (area->stub && area->id == 0)
		xml_problem(rules->problems, at, "stub",
			    "area 0 is the backbone: it cannot be a stub (RFC 2328, 3.6)");
}

/* A NIC is in one area, and either spoken on or passive. */
static void check_once(struct rules *rules, const struct topo_node *of, size_t i,
		       const struct role_nics *nics, const struct xml_node *at, const char *attr)
{
	const struct role_ospf *ospf = &router_of(of)->ospf;

	for (size_t k = 0; k < nics->n; k++) {
		const char *name = topo_iface_name(of, nics->list[k]);

		for (size_t j = 0; j <= i; j++) {
			const struct role_area *other = &ospf->areas[j];
			bool passive = str_eq(attr, "passive");

			if ((&other->nics != nics && (j < i || passive) &&
			     router_names_nic(of, &other->nics, name)) ||
			    (&other->passive != nics && j < i &&
			     router_names_nic(of, &other->passive, name))) {
				xml_problem(rules->problems, at, attr,
					    "NIC '%s' is in area %u already", name, other->id);
				break;
			}
		}
	}
}

/* Routes from outside of OSPF have to be told in some area that takes them. */
static void check_external(struct rules *rules, const struct role_ospf *ospf,
			   const struct xml_node *at)
{
	const char *attr = xml_attr(at, "redistribute") ? "redistribute"
			   : xml_attr(at, "static")     ? "static"
							: "default";

	for (size_t i = 0; i < ospf->n_areas; i++)
		if (!ospf->areas[i].stub)
			return;
	if (ospf->n_areas && (ospf->others.from || ospf->others.default_route))
		xml_problem(rules->problems, at, attr,
			    "all areas of this router are stubs, which take no routes from outside "
			    "of OSPF (RFC 2328, 3.6)");
}

static bool is_announced(const struct topo_node *node, const char *name)
{
	return router_announced_in(node, name);
}

void router_check_ospf(struct rules *rules, size_t node, const struct xml_node *at)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct role_ospf *ospf = &router_of(of)->ospf;

	if (!ospf->n_areas && !xml_tainted(at))
		xml_problem(rules->problems, at, NULL,
			    "OSPF runs on no NIC: nics= or an <area> names some");
	for (size_t i = 0; i < ospf->n_areas; i++) {
		const struct role_area *area = &ospf->areas[i];
		const struct xml_node *here = area_at(at, i);

		check_area(rules, ospf, i, here);
		check_once(rules, of, i, &area->nics, here, "nics");
		check_once(rules, of, i, &area->passive, here, "passive");
		router_check_nics(rules, node, here, &area->nics, "OSPF");
	}
	router_check_costs(rules, node, at, &ospf->costs, is_announced);
	router_check_others(rules, node, at, &ospf->others);
	check_external(rules, ospf, at);
}

/* --- notes --- */

static bool has_backbone(const struct role_ospf *ospf)
{
	for (size_t i = 0; i < ospf->n_areas; i++)
		if (ospf->areas[i].id == 0)
			return true;
	return false;
}

/* Two that could hear each other and are not of one area: said once, at the later one. */
static void note_strangers(struct rules *rules, size_t node, const struct iface *mine,
			   const struct xml_node *at)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct role_area *here = router_area_of(of, mine->name);

	for (size_t i = 0; here && i < rules->first[node]; i++) {
		const struct iface *other = &rules->ifaces[i];
		const struct topo_node *peer = &rules->topo->nodes[other->node];
		const struct role_area *there = router_area_of(peer, other->name);

		if (!there || other->domain != mine->domain || same_area(here, there))
			continue;
		xml_problem(rules->problems, at, NULL,
			    "NIC '%s' is in area %u%s, and '%s' on the same wire in area %u%s: "
			    "they will not be neighbours",
			    mine->name, here->id, here->stub ? ", a stub" : "", peer->name,
			    there->id, there->stub ? ", a stub" : "");
		return;
	}
}

void router_note_ospf(struct rules *rules, size_t node, const struct xml_node *at)
{
	const struct role_ospf *ospf = &router_of(&rules->topo->nodes[node])->ospf;

	if (ospf->n_areas > 1 && !has_backbone(ospf))
		xml_problem(rules->problems, at, NULL,
			    "it is in several areas and none of them is area 0: it tells none of "
			    "them about the others (RFC 2328, 3.1)");
	for (size_t i = rules->first[node]; i < rules->first[node + 1]; i++)
		note_strangers(rules, node, &rules->ifaces[i], at);
}

/* --- bird --- */

/* On a point-to-point subnet there is nobody to elect, and no waiting for who might be better. */
static void add_iface(const struct topo_node *from, const struct plan_iface *iface, bool spoken,
		      struct str *out)
{
	unsigned int cost = router_cost(from, &router_of(from)->ospf.costs, iface->name);

	str_addf(out, "\t\tinterface \"%s\" { ", iface->name);
	if (cost)
		str_addf(out, "cost %u; ", cost);
	if (!spoken)
		str_adds(out, "stub yes; };\n");
	else if (iface->address.len + 2U >= net_bits(iface->address.addr))
		str_adds(out, "type ptp; " TIMERS_OSPF "; };\n");
	else
		str_adds(out, "type broadcast; wait 5; " TIMERS_OSPF "; };\n");
}

static void add_area(const struct topo_node *from, const struct role_area *area,
		     enum net_family family, struct str *out)
{
	struct plan_iface iface;
	char text[NET_TEXT];

	str_addf(out, "\tarea %u {\n", area->id);
	if (area->stub)
		str_addf(out, "\t\tstub yes;\n%s",
			 area->stub == ROLE_STUB_TOTAL ? "\t\tsummary no;\n" : "");
	for (size_t i = 0; plan_iface_of(from, family, i, &iface); i++)
		if (router_announced_in(from, iface.name) != area)
			continue;
		else if (family == NET_IPV6 && iface.kind == TOPO_IFACE_LOOPBACK)
			/* Version 3 wants a link-local address, which lo has not. */
			str_addf(out, "\t\tstubnet %s;\n", net_prefix_text(iface.address, text));
		else if (!iface.further)
			add_iface(from, &iface, router_area_of(from, iface.name), out);
	str_adds(out, "\t};\n");
}

const char *router_ospf_name(const struct topo_node *node, enum net_family family)
{
	const struct role_ospf *ospf = &router_of(node)->ospf;

	if (family == NET_IPV6)
		return "ospf_ipv6";
	return ospf->n_areas == 1 && ospf->areas[0].id == 0 ? "ospf_area0" : "ospf_areas";
}

void router_add_ospf(const struct topo_node *from, enum net_family family, struct str *out)
{
	const struct role_ospf *ospf = &router_of(from)->ospf;
	bool ipv6 = family == NET_IPV6;
	auto_str struct str others = { 0 };

	if (!ospf->enabled)
		return;
	router_add_others(&ospf->others, NULL, family, &others);
	str_addf(out, "\nprotocol ospf v%d %s {\n\t%s {\n\t\timport all;\n\t\texport %s%s;\n\t};\n",
		 ipv6 ? 3 : 2, router_ospf_name(from, family), ipv6 ? "ipv6" : "ipv4",
		 others.len ? "where " : "none", str_text(&others));
	/* Of ways that cost the same one, since the kernel would draw lots: see router-bird.c,
	 * whose filter cannot do it over link-local addresses. */
	if (ipv6 && !router_of(from)->ecmp)
		str_adds(out, "\tecmp no;\n");
	for (size_t i = 0; i < ospf->n_areas; i++)
		add_area(from, &ospf->areas[i], family, out);
	str_adds(out, "}\n");
}
