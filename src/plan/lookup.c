/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions about the topology that several roles ask. */
#include <string.h>

#include "base/str.h"
#include "plan/build.h"

bool plan_iface(const struct topo_node *node, size_t i, struct plan_iface *ret)
{
	struct topo_iface iface;

	for (size_t j = 0; topo_iface(node, j, &iface); j++) {
		if (i < iface.addresses->n) {
			*ret = (struct plan_iface){ iface.name, iface.addresses->list[i],
						    iface.kind, i > 0 };
			return true;
		}
		i -= iface.addresses->n;
	}
	return false;
}

struct net_addr plan_address(const struct topo_node *node)
{
	struct plan_iface iface;

	if (node->loopback.n)
		return node->loopback.list[0].addr;
	return plan_iface(node, 0, &iface) ? iface.address.addr : (struct net_addr){ 0 };
}

bool plan_iface_named(const struct topo_node *node, const char *name, struct net_addr ip,
		      struct plan_iface *ret)
{
	struct plan_iface iface;
	size_t i;

	for (i = 0; plan_iface(node, i, &iface); i++)
		if (strcmp(iface.name, name) == 0 && net_prefix_contains(iface.address, ip)) {
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
