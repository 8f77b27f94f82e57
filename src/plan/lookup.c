/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions about the topology that several roles ask. */
#include <string.h>

#include "base/str.h"
#include "plan/build.h"

bool plan_iface_of(const struct topo_node *node, enum net_family family, size_t i,
		   struct plan_iface *ret)
{
	struct topo_iface iface;

	for (size_t j = 0; topo_iface(node, j, &iface); j++) {
		bool further = false;

		for (size_t k = 0; k < iface.addresses->n; k++) {
			struct net_prefix address = iface.addresses->list[k];

			if (address.addr.family != family)
				continue;
			if (i-- == 0) {
				*ret = (struct plan_iface){ iface.name, address, iface.kind,
							    iface.domain, further };
				return true;
			}
			further = true;
		}
	}
	return false;
}

bool plan_iface(const struct topo_node *node, size_t i, struct plan_iface *ret)
{
	return plan_iface_of(node, NET_IPV4, i, ret);
}

bool plan_iface_ipv6(const struct topo_node *node, size_t i, struct plan_iface *ret)
{
	return plan_iface_of(node, NET_IPV6, i, ret);
}

struct net_addr plan_address_of(const struct topo_node *node, enum net_family family)
{
	struct plan_iface iface;

	for (size_t i = 0; i < node->loopback.n; i++)
		if (node->loopback.list[i].addr.family == family)
			return node->loopback.list[i].addr;
	return plan_iface_of(node, family, 0, &iface) ? iface.address.addr : (struct net_addr){ 0 };
}

struct net_addr plan_address(const struct topo_node *node)
{
	struct net_addr address = plan_address_of(node, NET_IPV4);

	return address.family ? address : plan_address_of(node, NET_IPV6);
}

struct net_addr plan_address_for(const struct topo_node *from, const struct topo_node *to)
{
	struct net_addr address = plan_address_of(to, NET_IPV6);
	struct plan_iface iface;
	bool ipv4 = topo_asks_dhcp(from) || plan_iface(from, 0, &iface);

	return address.family && !ipv4 ? address : plan_address(to);
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
			enum net_family family, struct plan_iface *on_a, struct plan_iface *on_b)
{
	struct plan_iface at_a, at_b;
	size_t i, j;

	for (i = 0; plan_iface_of(a, family, i, &at_a); i++)
		for (j = 0; plan_iface_of(b, family, j, &at_b); j++)
			if (at_a.domain == at_b.domain &&
			    net_prefix_same(at_a.address, at_b.address)) {
				*on_a = at_a;
				*on_b = at_b;
				return true;
			}
	return false;
}

bool plan_is_hidden(const struct topo_node *node, const struct topo_node *of)
{
	struct net_addr address = plan_address(of);
	struct plan_iface here, there;
	bool hidden = false;

	for (size_t i = 0; plan_iface(node, i, &here); i++) {
		if (node == of || here.kind == TOPO_IFACE_LOOPBACK ||
		    !net_prefix_contains(here.address, address))
			continue;
		hidden = true;
		for (size_t j = 0; plan_iface(of, j, &there); j++)
			if (there.domain == here.domain &&
			    net_addr_equal(there.address.addr, address))
				return false;
	}
	return hidden;
}

const struct topo_link *plan_wifi_of(const struct topo *topo, const struct topo_nic *nic)
{
	const struct topo_link *link = nic->link < topo->n_links ? &topo->links[nic->link] : NULL;

	return link && link->kind == TOPO_LINK_WIFI ? link : NULL;
}
