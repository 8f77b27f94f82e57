/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions about the topology that several roles ask. */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "plan/build.h"

#define CNAME_MAX 8 /* longer chains are loops, or deserve to be called so */

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

bool plan_has_ospf_nic(const struct topo_node *node, const char *nic)
{
	const struct topo_ospf *ospf = &node->router.ospf;
	size_t i;

	for (i = 0; i < ospf->n_nics; i++)
		if (strcmp(node->nics[ospf->nics[i]].name, nic) == 0)
			return true;
	return false;
}

bool plan_is_dynamic(const struct topo_node *node)
{
	return node->router.enabled && (node->router.ospf.enabled || node->router.bgp.as);
}

char *plan_session_name(const struct topo_node *peer)
{
	char *name = xasprintf("bgp_%s", peer->name), *p;

	/* A symbol of bird's has letters, digits and '_'. */
	for (p = name; *p; p++)
		if (*p == '-' || *p == '.')
			*p = '_';
	return name;
}

bool plan_asks_dhcp(const struct topo_node *node)
{
	return node->client.nic < node->n_nics && node->nics[node->client.nic].dhcp;
}

const struct topo_link *plan_wifi_of(const struct topo *topo, const struct topo_nic *nic)
{
	const struct topo_link *link = nic->link < topo->n_links ? &topo->links[nic->link] : NULL;

	return link && link->kind == TOPO_LINK_WIFI ? link : NULL;
}

bool plan_in_zone(const char *name, const char *zone)
{
	size_t ln = strlen(name), lz = strlen(zone);

	if (strcmp(zone, ".") == 0)
		return true;
	if (ln < lz || strcasecmp(name + ln - lz, zone) != 0)
		return false;
	return ln == lz || name[ln - lz - 1] == '.';
}

const struct topo_zone *plan_zone_of(const struct topo *topo, const char *name)
{
	const struct topo_zone *best = NULL;
	size_t i, j;

	for (i = 0; i < topo->n_nodes; i++)
		for (j = 0; j < topo->nodes[i].n_zones; j++) {
			const struct topo_zone *zone = &topo->nodes[i].zones[j];

			if (plan_in_zone(name, zone->name) &&
			    (!best || strlen(zone->name) > strlen(best->name)))
				best = zone;
		}
	return best;
}

char *plan_absolute(const char *name, const char *zone)
{
	size_t len = strlen(name);

	if (strcmp(name, "@") == 0)
		return xstrdup(zone);
	if (len && name[len - 1] == '.')
		return xstrdup(name);
	return xasprintf("%s.%s", name, strcmp(zone, ".") == 0 ? "" : zone);
}

static const struct topo_record *find_record(const struct topo_zone *zone, const char *name,
					     const char *type)
{
	size_t i;

	for (i = 0; i < zone->n_records; i++) {
		auto_free char *owner = plan_absolute(zone->records[i].name, zone->name);

		if (strcasecmp(owner, name) == 0 && strcasecmp(zone->records[i].type, type) == 0)
			return &zone->records[i];
	}
	return NULL;
}

bool plan_resolve(const struct topo *topo, const char *name, struct net_addr *ret)
{
	auto_free char *at = xstrdup(name);
	int hops;

	for (hops = 0; hops < CNAME_MAX; hops++) {
		const struct topo_zone *zone = plan_zone_of(topo, at);
		const struct topo_record *a = zone ? find_record(zone, at, "A") : NULL;
		const struct topo_record *cname = zone ? find_record(zone, at, "CNAME") : NULL;
		struct net_addr addr;

		if (a && net_addr_parse(a->data, &addr) == 0) {
			*ret = addr;
			return true;
		}
		if (!cname)
			return false;
		free(at);
		at = plan_absolute(cname->data, zone->name);
	}
	return false;
}
