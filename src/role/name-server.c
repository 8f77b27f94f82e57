/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authoritative name server: knot, with zones that never change and so need no journal. */
#include "role/name-server.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan/build.h"
#include "role/record.h"
#include "role/resolver.h"
#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

#define KNOT_CONF "/etc/knot/knot.conf"
#define TTL_DEFAULT 86400

static void load_zone(struct load *load, struct role_name_server *server, const struct xml_node *at)
{
	struct role_zone *zone = array_add(server->zones, server->n_zones);
	struct xml_node *it;

	zone->name = load_domain(at, "name");
	zone->ns = load_domain(at, "ns");
	zone->ttl = (unsigned int)xml_attr_unsigned(load->problems, at, "ttl", 0, INT32_MAX,
						    TTL_DEFAULT);
	xml_for_each(it, at, "record") {
		struct role_record *record = array_add(zone->records, zone->n_records);
		char *p;

		record->name = load_name(it, "name");
		for (p = record->name; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		record->type = load_name(it, "type");
		record->data = load_name(it, "data");
		record->ttl = (unsigned int)xml_attr_unsigned(load->problems, it, "ttl", 0,
							      INT32_MAX, zone->ttl);
	}
}

static void *load_name_server(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_name_server *server = xcalloc(1, sizeof(*server));
	struct xml_node *it;

	(void)node;
	xml_for_each(it, at, "zone")
		load_zone(load, server, it);
	return server;
}

static void free_zone(struct role_zone *zone)
{
	for (size_t i = 0; i < zone->n_records; i++) {
		free(zone->records[i].name);
		free(zone->records[i].type);
		free(zone->records[i].data);
	}
	free(zone->records);
	free(zone->name);
	free(zone->ns);
}

static void free_name_server(void *model)
{
	struct role_name_server *server = model;

	for (size_t i = 0; i < server->n_zones; i++)
		free_zone(&server->zones[i]);
	free(server->zones);
	free(server);
}

static void check_cname(struct rules *rules, const struct role_zone *zone, size_t index,
			const struct xml_node *at)
{
	const struct role_record *record = &zone->records[index];
	size_t i;

	if (str_eq(record->name, "@") && str_eq(record->type, "CNAME")) {
		xml_problem(rules->problems, at, "type",
			    "the zone's own name has SOA and NS and so cannot be an alias");
		return;
	}
	for (i = 0; i < index; i++) {
		if (!str_eq(zone->records[i].name, record->name))
			continue;
		if (str_eq(record->type, "CNAME") || str_eq(zone->records[i].type, "CNAME")) {
			xml_problem(rules->problems, at, "name",
				    "an alias (CNAME) must be the only record of its name: '%s' "
				    "has two",
				    record->name);
			return;
		}
	}
}

static void check_data(struct rules *rules, const struct role_record *record,
		       const struct xml_node *at)
{
	auto_str struct str why = { 0 };

	if (xml_has_problem(rules->problems, at, "data") ||
	    xml_has_problem(rules->problems, at, "type"))
		return;
	if (str_eq(record->type, "SOA"))
		xml_problem(rules->problems, at, "type", "a zone's SOA follows from the zone");
	else if (!record_is_type(record->type))
		xml_problem(rules->problems, at, "type",
			    "there is no type '%s'; one without a name is written as TYPE65280, "
			    "its data as \\# 2 abcd",
			    record->type);
	else if (!record_is_good(record->type, record->data, &why))
		xml_problem(rules->problems, at, "data", "data of type %s is '%.64s'%s",
			    record->type, record->data, str_text(&why));
}

static void check_record(struct rules *rules, const struct role_zone *zone, size_t index,
			 const struct xml_node *at)
{
	const struct role_record *record = &zone->records[index];
	auto_free char *full = zone_absolute(record->name, zone->name);
	const struct role_zone *home = zone_of(rules->topo, full);

	if (!*record->name || !*record->type || !*record->data)
		return;
	check_data(rules, record, at);
	if (rules_is_long(full))
		xml_problem(rules->problems, at, "name",
			    "the whole name is longer than 253 characters");
	if (home && !str_eq(home->name, zone->name))
		xml_problem(rules->problems, at, "name",
			    "'%s' belongs in zone '%s', which this one delegates", full,
			    home->name);
	check_cname(rules, zone, index, at);
}

static bool same_records(const struct role_zone *a, const struct role_zone *b)
{
	size_t i;

	for (i = 0; i < a->n_records && i < b->n_records; i++) {
		const struct role_record *x = &a->records[i], *y = &b->records[i];

		if (!str_eq(x->name, y->name) || !str_eq(x->type, y->type) ||
		    !str_eq(x->data, y->data) || x->ttl != y->ttl)
			return false;
	}
	return a->n_records == b->n_records;
}

/* One node has a zone once; two nodes that serve it say the same. */
static void check_equal_zones(struct rules *rules, size_t node, const struct role_zone *zone,
			      const struct xml_node *at)
{
	const struct role_zone *first;
	struct zone_walk walk = { 0 };

	while ((first = zone_next(rules->topo, &walk)) != zone) {
		if (!str_eq(first->name, zone->name))
			continue;
		if (walk.node == &rules->topo->nodes[node])
			xml_problem(rules->problems, at, "name", "a second zone '%s' in this node",
				    zone->name);
		else if (!same_records(first, zone))
			xml_problem(rules->problems, at, "name",
				    "the records of zone '%s' differ from those in node '%s'",
				    zone->name, walk.node->name);
		return;
	}
}

static void check_zone(struct rules *rules, size_t node, const struct role_zone *zone,
		       const struct xml_node *at)
{
	const struct xml_node *it;
	size_t i = 0;

	if (!*zone->name)
		return;
	if (rules_is_long(zone->name))
		xml_problem(rules->problems, at, "name", RULES_TOO_LONG);
	if (*zone->ns && (str_eq(zone->ns, ".") || rules_is_long(zone->ns)))
		xml_problem(rules->problems, at, "ns",
			    "ns is '%.64s', which cannot be a server's name", zone->ns);
	if (!str_eq(zone->name, ".") && !zone_above(rules->topo, zone->name) &&
	    !xml_tainted(rules->root) && !xml_has_problem(rules->problems, at, "name"))
		xml_problem(rules->problems, at, "name",
			    "no parent: no name server of the lab serves '.' or another zone above "
			    "this one");
	check_equal_zones(rules, node, zone, at);
	xml_for_each(it, at, "record")
		check_record(rules, zone, i++, it);
}

/* Policies such as SPF are one string, and are often pasted without the quotes. */
static void note_name_server(struct rules *rules, size_t node, const void *model,
			     const struct xml_node *at)
{
	const struct role_name_server *server = model;

	(void)node;
	for (size_t i = 0; i < server->n_zones; i++)
		for (size_t j = 0; j < server->zones[i].n_records; j++) {
			const struct role_record *record = &server->zones[i].records[j];
			size_t n = record_count_strings(record->data);

			if (str_eq(record->type, "TXT") && !strchr(record->data, '"') && n > 1)
				xml_problem(rules->problems,
					    xml_child_at(xml_child_at(at, "zone", i), "record", j),
					    "data",
					    "without quotes these are %zu strings; one is "
					    "data='\"%.40s\"'",
					    n, record->data);
		}
}

static void check_name_server(struct rules *rules, size_t node, const void *model,
			      const struct xml_node *at)
{
	const struct role_name_server *server = model;

	rules_need_address(rules, node, at, "name server");
	if (resolver_of(&rules->topo->nodes[node]))
		xml_problem(rules->problems, at, NULL,
			    "a node is a resolver or a name server, not both: each needs port 53");
	for (size_t i = 0; i < server->n_zones; i++)
		check_zone(rules, node, &server->zones[i], xml_child_at(at, "zone", i));
}

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

/* "root.zone", "com.zone", "google.com.zone"; a zone that is called root beside "." is "root..zone"
 */
static char *zone_file_name(const struct role_zone *zone)
{
	size_t len = strlen(zone->name);

	if (str_eq(zone->name, "."))
		return xstrdup("root.zone");
	return xasprintf("%.*s.zone", (int)(str_eq(zone->name, "root.") ? len : len - 1),
			 zone->name);
}

static void add_zone(const struct topo *topo, const struct role_zone *zone, struct str *conf,
		     struct plan_node *node)
{
	auto_free char *name = zone_file_name(zone);
	auto_free char *path = xasprintf("/etc/knot/%s", name);
	auto_str struct str text = { 0 };

	zone_file(topo, zone, &text);
	plan_add_text(node, path, 0644, &text);
	str_addf(conf, "  - domain: %s\n    file: %s\n", zone->name, name);
	plan_add_check(
		node, PLAN_READY, KNOT_CONF, xasprintf("serves %s", zone->name),
		xasprintf("kdig @127.0.0.1 +short +retry=0 +timeout=3 +norec %s SOA | grep -q .",
			  zone->name));
}

static void plan_name_server(const struct topo *topo, const struct topo_node *from,
			     const void *model, struct plan_node *node)
{
	const struct role_name_server *server = model;
	auto_str struct str conf = { 0 };

	add_listen(from, &conf);
	str_adds(&conf, knot_options);
	for (size_t i = 0; i < server->n_zones; i++)
		add_zone(topo, &server->zones[i], &conf, node);
	plan_add_text(node, KNOT_CONF, 0644, &conf);
	plan_add_service(node, "knot", "mkdir -p /run/knot\nchown knot:knot /run/knot\n",
			 "knotd -m 1 -c " KNOT_CONF);
}

/* The zones of all nodes are compared with one another, and with all records. */
static const struct xml_bound bounds[] = { { "name-server", "zone", 250, 250 },
					   { "zone", "record", 2000, 5000 } };

const struct topo_role role_name_server = {
	.name = "name-server",
	.sign = "names",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_name_server,
	.check = check_name_server,
	.note = note_name_server,
	.plan = plan_name_server,
	.free = free_name_server,
};
