/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions about the topology that several roles ask. */
#include <string.h>

#include "base/str.h"
#include "plan/build.h"

bool plan_iface(const struct topo_node *node, size_t i, struct plan_iface *ret)
{
	size_t j;

	for (j = 0; j < node->n_nics; j++)
		if (node->nics[j].address.len && i-- == 0) {
			*ret = (struct plan_iface){ node->nics[j].name, node->nics[j].address };
			return true;
		}
	for (j = 0; j < node->n_bridges; j++)
		if (node->bridges[j].address.len && i-- == 0) {
			*ret = (struct plan_iface){ node->bridges[j].name,
						    node->bridges[j].address };
			return true;
		}
	return false;
}

struct net_addr plan_address(const struct topo_node *node)
{
	struct plan_iface iface;

	return plan_iface(node, 0, &iface) ? iface.address.addr : (struct net_addr){ 0 };
}

bool plan_iface_named(const struct topo_node *node, const char *name, struct plan_iface *ret)
{
	struct plan_iface iface;
	size_t i;

	for (i = 0; plan_iface(node, i, &iface); i++)
		if (strcmp(iface.name, name) == 0) {
			*ret = iface;
			return true;
		}
	return false;
}

bool plan_shared_subnet(const struct topo_node *a, const struct topo_node *b,
			struct plan_iface *on_a, struct plan_iface *on_b)
{
	struct plan_iface at_a, at_b;
	size_t i, j;

	for (i = 0; plan_iface(a, i, &at_a); i++)
		for (j = 0; plan_iface(b, j, &at_b); j++)
			if (net_prefix_same(at_a.address, at_b.address)) {
				*on_a = at_a;
				*on_b = at_b;
				return true;
			}
	return false;
}

const struct topo_link *plan_wifi_of(const struct topo *topo, const struct topo_nic *nic)
{
	const struct topo_link *link = nic->link < topo->n_links ? &topo->links[nic->link] : NULL;

	return link && link->kind == TOPO_LINK_WIFI ? link : NULL;
}
