/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All rules over one topology. */
#include "topo/rules.h"

static const struct xml_node **elements(const struct xml_node *root, const char *name, size_t n)
{
	const struct xml_node **list = xcalloc(n, sizeof(*list));
	const struct xml_node *it;
	size_t i = 0;

	xml_for_each(it, root, name)
		list[i++] = it;
	return list;
}

void rules_check(const struct topo *topo, const struct xml_node *root,
		 struct xml_problems *problems, struct xml_problems *notes)
{
	struct rules rules = {
		.topo = topo,
		.root = root,
		.problems = problems,
		.nodes = elements(root, "node", topo->n_nodes),
		.links = elements(root, "link", topo->n_links),
	};

	iface_find_all(&rules);
	rules_names(&rules);
	rules_addresses(&rules);
	rules_routes(&rules);
	rules_links(&rules);
	rules_dhcp(&rules);
	rules_routing(&rules);
	rules_dns(&rules);
	rules.problems = notes;
	if (!problems->n)
		rules_notes(&rules);
	free(rules.nodes);
	free(rules.links);
	free(rules.ifaces);
	free(rules.first);
}
