/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a node knows at a moment, by its kind: the tables that a run shows before and after.
 *
 * Only commands that ask the node itself: one that went through the network would put frames on
 * the wires, and teach the tables that it shows.
 */
#include "base/str.h"
#include "plan/build.h"

void plan_tables(const struct topo_node *from, struct plan_node *node)
{
	plan_add_table(node, "arp", "ip -4 neighbor show");
	if (from->router.enabled)
		plan_add_table(node, "routes", "ip -4 route show");
	if (from->n_bridges) {
		auto_str struct str command = { 0 };

		/* What it learned, not what it was told or is itself. */
		for (size_t i = 0; i < from->n_bridges; i++)
			str_addf(&command, "%sbridge fdb show br %s dynamic", i ? " && " : "",
				 from->bridges[i].name);
		plan_add_table(node, "switch", command.data);
	}
	if (from->resolver.enabled)
		plan_add_table(node, "dns-cache",
			       "unbound-control -c " PLAN_UNBOUND_CONF " dump_cache");
	if (from->dhcp_server.on)
		plan_add_table(node, "leases", "[ ! -e " PLAN_LEASES " ] || cat " PLAN_LEASES);
}
