/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All rules over one topology. */
#include "topo/rules.h"

#include <stdlib.h>
#include <string.h>

#include "topo/role.h"

static const struct xml_node **elements(const struct xml_node *root, const char *name, size_t n)
{
	const struct xml_node **list = xcalloc(n, sizeof(*list));
	const struct xml_node *it;
	size_t i = 0;

	xml_for_each(it, root, name)
		list[i++] = it;
	return list;
}

/* Their rules, or their notes. */
static void ask_roles(struct rules *rules, bool notes)
{
	for (size_t node = 0; node < rules->topo->n_nodes; node++) {
		const struct topo_node *of = &rules->topo->nodes[node];

		for (size_t i = 0; i < of->n_parts; i++) {
			const struct topo_role *role = of->parts[i].role;
			const struct xml_node *at = xml_child(rules->nodes[node], role->name);

			if (!notes && role->check)
				role->check(rules, node, of->parts[i].model, at);
			if (notes && role->note)
				role->note(rules, node, of->parts[i].model, at);
		}
	}
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
	rules_bridges(&rules);
	rules_addresses(&rules);
	rules_routes(&rules);
	rules_links(&rules);
	rules_dhcp(&rules);
	rules_rings(&rules);
	ask_roles(&rules, false);
	rules.problems = notes;
	if (!problems->n) {
		ask_roles(&rules, true);
		rules_notes(&rules);
	}
	free(rules.nodes);
	free(rules.links);
	free(rules.ifaces);
	free(rules.addresses);
	free(rules.first);
}
