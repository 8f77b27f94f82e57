/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authoritative name server: knot, with zones that never change and so need no journal. */
#include <string.h>

#include "base/str.h"
#include "plan/build.h"

/* Knot reserves 500 MiB and more of address space for each of its databases unless told otherwise.
 */
static const char knot_options[] = "    user: knot:knot\n"
				   "    rundir: /run/knot\n"
				   "    identity: \"\"\n"
				   "    version: \"\"\n"
				   "    udp-workers: 1\n"
				   "    tcp-workers: 1\n"
				   "    background-workers: 1\n"
				   "\n"
				   "log:\n"
				   "  - target: stderr\n"
				   "    any: info\n"
				   "\n"
				   "database:\n"
				   "    storage: /run/knot\n"
				   "    journal-db-max-size: 1M\n"
				   "    kasp-db-max-size: 5M\n"
				   "    timer-db-max-size: 1M\n"
				   "    catalog-db-max-size: 5M\n"
				   "\n"
				   "template:\n"
				   "  - id: default\n"
				   "    storage: /etc/knot\n"
				   "    zonefile-load: whole\n"
				   "    zonefile-sync: -1\n"
				   "    journal-content: none\n"
				   "\n"
				   "zone:\n";

static void add_listen(const struct topo_node *from, struct str *out)
{
	char ip[NET_TEXT];
	struct plan_iface iface;
	size_t i;

	str_adds(out, "server:\n    listen: [ 127.0.0.1@53");
	for (i = 0; plan_iface(from, i, &iface); i++)
		str_addf(out, ", %s@53", net_addr_text(iface.address.addr, ip));
	str_adds(out, " ]\n");
}

/* "root.zone", "com.zone", "google.com.zone" */
static char *zone_file_name(const struct topo_zone *zone)
{
	return xasprintf("%.*s.zone",
			 (int)(strcmp(zone->name, ".") == 0 ? 4 : strlen(zone->name) - 1),
			 strcmp(zone->name, ".") == 0 ? "root" : zone->name);
}

static void add_zone(const struct topo *topo, const struct topo_zone *zone, struct str *conf,
		     struct plan_node *node)
{
	auto_free char *name = zone_file_name(zone);
	auto_free char *path = xasprintf("/etc/knot/%s", name);
	auto_str struct str text = { 0 };

	plan_zone_file(topo, zone, &text);
	plan_add_text(node, path, 0644, &text);
	str_addf(conf, "  - domain: %s\n    file: %s\n", zone->name, name);
	plan_add_check(
		node, xasprintf("serves %s", zone->name),
		xasprintf("kdig @127.0.0.1 +short +retry=0 +timeout=3 +norec %s SOA | grep -q .",
			  zone->name));
}

void plan_role_name_server(const struct topo *topo, const struct topo_node *from,
			   struct plan_node *node)
{
	auto_str struct str conf = { 0 };

	if (!from->n_zones)
		return;
	add_listen(from, &conf);
	str_adds(&conf, knot_options);
	for (size_t i = 0; i < from->n_zones; i++)
		add_zone(topo, &from->zones[i], &conf, node);
	plan_add_text(node, "/etc/knot/knot.conf", 0644, &conf);
	plan_add_service(node, "knot", "mkdir -p /run/knot\nchown knot:knot /run/knot\n",
			 "knotd -m 1 -c /etc/knot/knot.conf");
}
