/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The recursive resolver: what is written of it, and what has to be true of it. */
#include "role/resolver.h"

#include <stdlib.h>
#include <string.h>

#include "role/name-server.h"
#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

static void *load_resolver(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_resolver *resolver = xcalloc(1, sizeof(*resolver));
	struct xml_node *it;

	(void)node;
	resolver->validate = xml_attr_flag(load->problems, at, "validate", false);
	xml_for_each(it, at, "block") {
		struct role_block *block = array_add(resolver->blocks, resolver->n_blocks);

		block->name = load_domain(it, "name");
		block->answer = load_ip(load, it, "answer");
	}
	xml_for_each(it, at, "forward") {
		struct role_forward *forward = array_add(resolver->forwards, resolver->n_forwards);

		forward->zone = xml_attr(it, "zone") ? load_domain(it, "zone") : xstrdup(".");
		forward->to = load_ip(load, it, "to");
	}
	return resolver;
}

static void free_resolver(void *model)
{
	struct role_resolver *resolver = model;

	for (size_t i = 0; i < resolver->n_blocks; i++)
		free(resolver->blocks[i].name);
	free(resolver->blocks);
	for (size_t i = 0; i < resolver->n_forwards; i++)
		free(resolver->forwards[i].zone);
	free(resolver->forwards);
	free(resolver);
}

static bool has_anchor(const struct topo *topo)
{
	const struct role_zone *zone;
	struct zone_walk walk = { 0 };

	while ((zone = zone_next(topo, &walk)))
		if (zone_is_anchor(topo, zone))
			return true;
	return false;
}

static void check_forward(struct rules *rules, size_t node, const struct role_forward *forward,
			  const struct xml_node *at)
{
	const struct iface *to = iface_with(rules, forward->to);
	const struct topo_node *server = to ? &rules->topo->nodes[to->node] : NULL;

	if (rules_is_long(forward->zone))
		xml_problem(rules->problems, at, "zone", RULES_TOO_LONG);
	if (!forward->to.family || xml_tainted(rules->root))
		return;
	if (!server || (!resolver_of(server) && !name_server_of(server)))
		xml_problem(rules->problems, at, "to",
			    "no resolver and no name server of the lab has this address");
	else if (to->node == node)
		xml_problem(rules->problems, at, "to", "this is the resolver's own address");
}

static void check_resolver(struct rules *rules, size_t node, const void *model,
			   const struct xml_node *at)
{
	const struct role_resolver *resolver = model;
	size_t i, j;

	rules_need_address(rules, node, at, "resolver");
	for (i = 0; i < resolver->n_forwards; i++)
		check_forward(rules, node, &resolver->forwards[i], xml_child_at(at, "forward", i));
	if (!zone_of(rules->topo, ".") && !resolver_forward(resolver, ".") &&
	    !xml_tainted(rules->root))
		xml_problem(rules->problems, at, NULL,
			    "a resolver starts from the root, and no name server of the lab serves "
			    "zone '.'");
	if (resolver->validate && !has_anchor(rules->topo) && !xml_tainted(rules->root))
		xml_problem(rules->problems, at, "validate",
			    "there is nothing to validate: no zone of the lab is signed "
			    "(dnssec=\"yes\")");
	for (i = 0; i < resolver->n_blocks; i++) {
		if (rules_is_long(resolver->blocks[i].name))
			xml_problem(rules->problems, xml_child_at(at, "block", i), "name",
				    RULES_TOO_LONG);
		for (j = 0; j < i; j++) {
			if (str_eq(resolver->blocks[i].name, resolver->blocks[j].name))
				xml_problem(rules->problems, xml_child_at(at, "block", i), "name",
					    "'%s' is blocked already", resolver->blocks[i].name);
		}
	}
}

static const struct xml_bound bounds[] = { { "resolver", "block", 1000, 0 },
					   { "resolver", "forward", 100, 0 } };

const struct topo_role role_resolver = {
	.name = "resolver",
	.shown = "dns-resolver",
	.sign = "names",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_resolver,
	.check = check_resolver,
	.plan = unbound_plan,
	.free = free_resolver,
};
