/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authoritative name server: what is written of it, and what has to be true of it. */
#include "role/name-server.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "role/record.h"
#include "role/resolver.h"
#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

#define TTL_DEFAULT 86400
#define NAME_MAX_KEPT 90 /* it, and its keys, are in files of that name, in a tar's header */

static void load_zone(struct load *load, struct role_name_server *server, const struct xml_node *at)
{
	struct role_zone *zone = array_add(server->zones, server->n_zones);
	const char *ds = xml_attr(at, "ds");
	struct xml_node *it;

	zone->name = load_domain(at, "name");
	zone->ns = load_domain(at, "ns");
	zone->lies = xml_attr_flag(load->problems, at, "lies", false);
	zone->expired = str_eq(xml_attr(at, "dnssec"), "expired");
	zone->dnssec = zone->expired || xml_attr_flag(load->problems, at, "dnssec", false);
	zone->ds = str_eq(ds, "wrong")  ? ROLE_DS_WRONG
		   : str_eq(ds, "none") ? ROLE_DS_NONE
					: ROLE_DS_RIGHT;
	zone->reverse = xml_attr_flag(load->problems, at, "reverse", false);
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
	xml_for_each(it, at, "secondary") {
		struct role_zone *zone = array_add(server->zones, server->n_zones);

		zone->name = load_domain(it, "zone");
		zone->ns = load_domain(it, "ns");
		zone->secondary = true;
	}
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
	if (str_eq(record->type, "DS") && str_eq(full, zone->name))
		xml_problem(rules->problems, at, "name",
			    "a DS record belongs in the zone above, which says it of this one");
	else if (home && !str_eq(home->name, zone->name) && !zone->lies &&
		 !(str_eq(record->type, "DS") && str_eq(full, home->name)))
		xml_problem(rules->problems, at, "name",
			    "'%s' belongs in zone '%s', which this one delegates", full,
			    home->name);
	check_cname(rules, zone, index, at);
}

/* Where zone i is written. */
static const struct xml_node *zone_at(const struct role_name_server *server, size_t i,
				      const struct xml_node *at)
{
	size_t first = 0;

	while (first < server->n_zones && !server->zones[first].secondary)
		first++;
	return i < first ? xml_child_at(at, "zone", i) : xml_child_at(at, "secondary", i - first);
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
	return a->n_records == b->n_records && a->dnssec == b->dnssec && a->expired == b->expired &&
	       a->ds == b->ds;
}

/* One node has a zone once; two nodes that serve it say the same. */
static void check_equal_zones(struct rules *rules, size_t node, const struct role_zone *zone,
			      const struct xml_node *at)
{
	const char *attr = zone->secondary ? "zone" : "name";
	const struct role_zone *first;
	struct zone_walk walk = { 0 };

	while ((first = zone_next(rules->topo, &walk)) != zone) {
		if (!str_eq(first->name, zone->name))
			continue;
		if (walk.node == &rules->topo->nodes[node])
			xml_problem(rules->problems, at, attr, "a second zone '%s' in this node",
				    zone->name);
		else if (first->secondary || zone->secondary || first->lies || zone->lies)
			continue;
		else if (!same_records(first, zone))
			xml_problem(rules->problems, at, attr,
				    "the records of zone '%s' differ from those in node '%s': "
				    "one of them has to be marked with lies=\"yes\"",
				    zone->name, walk.node->name);
		return;
	}
}

/* The zone that it belongs under, or that it is a copy of. */
static void check_place(struct rules *rules, const struct role_zone *zone,
			const struct xml_node *at)
{
	const struct role_zone *self = zone_of(rules->topo, zone->name);
	const char *attr = zone->secondary ? "zone" : "name";

	if (xml_tainted(rules->root) || xml_has_problem(rules->problems, at, attr))
		return;
	if (zone->secondary && (!self || self->secondary || !str_eq(self->name, zone->name)))
		xml_problem(rules->problems, at, attr,
			    "no node has zone '%s' itself: there is nothing to transfer",
			    zone->name);
	if (!zone->secondary && !zone->lies && !str_eq(zone->name, ".") &&
	    !zone_above(rules->topo, zone->name))
		xml_problem(rules->problems, at, attr,
			    "no parent: no name server of the lab serves '.' or another zone above "
			    "this one");
}

static void check_dnssec(struct rules *rules, const struct role_zone *zone,
			 const struct xml_node *at)
{
	if (zone->ds != ROLE_DS_RIGHT && !zone->dnssec)
		xml_problem(rules->problems, at, "ds",
			    "a zone that is not signed (dnssec=\"yes\") has no DS record");
	if (strlen(zone->name) > NAME_MAX_KEPT)
		xml_problem(rules->problems, at, "name",
			    "the name of a zone is at most %d characters long here", NAME_MAX_KEPT);
}

/* The zone below this one that it delegates, some of its own names or NULL. */
static const char *delegated(const struct topo *topo, const struct role_zone *zone)
{
	const struct role_zone *other;
	struct zone_walk walk = { 0 };

	while ((other = zone_next(topo, &walk))) {
		const struct role_zone *above = zone_above(topo, other->name);

		if (!other->lies && above && str_eq(above->name, zone->name))
			return other->name;
	}
	for (size_t i = 0; i < zone->n_records; i++)
		if (str_eq(zone->records[i].type, "NS") && !str_eq(zone->records[i].name, "@"))
			return zone->records[i].name;
	return NULL;
}

/*
 * What others ask of port 53 goes to the resolver then: it transfers nothing to anybody, and would
 * answer whoever wants it to resolve with a delegation.
 */
static void check_beside_resolver(struct rules *rules, const struct role_zone *zone,
				  const struct xml_node *at)
{
	const char *attr = zone->secondary ? "zone" : "name";
	const char *below = delegated(rules->topo, zone);
	const struct role_zone *other;
	struct zone_walk walk = { 0 };

	if (below)
		xml_problem(rules->problems, at, attr,
			    "a node that is a resolver, too, serves no zone that delegates, as "
			    "this one does '%s'",
			    below);
	while ((other = zone_next(rules->topo, &walk)))
		if (zone_is_transferred(zone, other)) {
			xml_problem(rules->problems, at, attr,
				    "a node that is a resolver, too, transfers no zone, as this "
				    "one with node '%s'",
				    walk.node->name);
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
		xml_problem(rules->problems, at, zone->secondary ? "zone" : "name", RULES_TOO_LONG);
	if (zone->reverse && !zone_is_reverse(zone->name))
		xml_problem(rules->problems, at, "reverse",
			    "a zone of addresses is called such as 2.0.192.in-addr.arpa., not '%s'",
			    zone->name);
	if (*zone->ns && (str_eq(zone->ns, ".") || rules_is_long(zone->ns)))
		xml_problem(rules->problems, at, "ns",
			    "ns is '%.64s', which cannot be a server's name", zone->ns);
	check_place(rules, zone, at);
	check_dnssec(rules, zone, at);
	if (resolver_of(&rules->topo->nodes[node]))
		check_beside_resolver(rules, zone, at);
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
					    xml_child_at(zone_at(server, i, at), "record", j),
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
	if (!server->n_zones)
		xml_problem(rules->problems, at, NULL, "element 'zone' or 'secondary' is missing");
	for (size_t i = 0; i < server->n_zones; i++)
		check_zone(rules, node, &server->zones[i], zone_at(server, i, at));
}

/* The zones of all nodes are compared with one another, and with all records. */
static const struct xml_bound bounds[] = { { "name-server", "zone", 250, 250 },
					   { "name-server", "secondary", 250, 250 },
					   { "zone", "record", 2000, 5000 } };

const struct topo_role role_name_server = {
	.name = "name-server",
	.sign = "names",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_name_server,
	.check = check_name_server,
	.note = note_name_server,
	.plan = knot_plan,
	.free = free_name_server,
};
