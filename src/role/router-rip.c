/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RIP version 2 (RFC 2453): how it is read, its rules, and its part of bird.conf. */
#include <stdlib.h>

#include "base/str.h"
#include "role/router.h"

/* Quicker than the 30 s of the RFC, and as patient: a way is given up after 36 silent updates. */
#define TIMERS_RIP "update time 5; timeout time 180; garbage time 60"

void router_load_rip(struct load *load, struct topo_node *node, const struct xml_node *at,
		     struct role_rip *ret)
{
	ret->enabled = true;
	router_load_others(load, at, &ret->others);
	router_load_nics(load, node, at, "nics", &ret->nics);
	router_load_costs(load, node, at, &ret->costs);
}

void router_free_rip(struct role_rip *rip)
{
	free(rip->nics.list);
	free(rip->costs.list);
}

bool router_has_rip_nic(const struct topo_node *node, const char *name)
{
	const struct role_router *router = router_of(node);

	return router && router_names_nic(node, &router->rip.nics, name);
}

void router_check_rip(struct rules *rules, size_t node, const struct xml_node *at)
{
	const struct role_rip *rip = &router_of(&rules->topo->nodes[node])->rip;

	router_check_nics(rules, node, at, &rip->nics, "RIP");
	router_check_costs(rules, node, at, &rip->costs, router_has_rip_nic);
	router_check_others(rules, node, at, &rip->others);
}

void router_add_rip(const struct topo_node *from, struct str *out)
{
	const struct role_rip *rip = &router_of(from)->rip;
	struct plan_iface iface;
	size_t i;

	if (!rip->enabled)
		return;
	str_adds(out, "\nprotocol rip rip_routes {\n\tipv4 {\n\t\timport all;\n\t\texport where ");
	router_add_others(&rip->others, "source = RTS_DEVICE || source = RTS_RIP", NET_IPV4, out);
	str_adds(out, ";\n\t};\n");
	for (i = 0; plan_iface(from, i, &iface); i++) {
		unsigned int cost = router_cost(from, &rip->costs, iface.name);

		if (iface.further || !router_has_rip_nic(from, iface.name))
			continue;
		str_addf(out, "\tinterface \"%s\" { ", iface.name);
		if (cost)
			str_addf(out, "metric %u; ", cost);
		str_adds(out, TIMERS_RIP "; };\n");
	}
	str_adds(out, "}\n");
}
