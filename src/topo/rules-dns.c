/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: resolvers, name servers, zones, records; and web servers, which are found by name. */
#include <stdint.h>
#include <string.h>

#include "topo/rules.h"

#define DOMAIN_MAX 254 /* with the final dot; RFC 1035, section 3.1, says 255 bytes on the wire */
#define TOO_LONG "the name is longer than 253 characters"

/* Both absolute. */
static bool in_zone(const char *name, const char *zone)
{
	size_t ln = strlen(name), lz = strlen(zone);

	if (str_eq(zone, "."))
		return true;
	return ln >= lz && str_eq(name + ln - lz, zone) && (ln == lz || name[ln - lz - 1] == '.');
}

/*
 * The deepest zone of the lab around a name; not the one of that very name where strict. NULL:
 * none.
 */
static const struct topo_zone *zone_around(const struct topo *topo, const char *name, bool strict)
{
	const struct topo_zone *best = NULL;
	size_t i, j;

	for (i = 0; i < topo->n_nodes; i++) {
		for (j = 0; j < topo->nodes[i].n_zones; j++) {
			const struct topo_zone *zone = &topo->nodes[i].zones[j];

			if (*zone->name && in_zone(name, zone->name) &&
			    !(strict && str_eq(zone->name, name)) &&
			    (!best || strlen(zone->name) > strlen(best->name)))
				best = zone;
		}
	}
	return best;
}

static bool has_root(const struct topo *topo)
{
	return zone_around(topo, ".", false) != NULL;
}

static void needs_address(struct rules *rules, size_t node, const struct xml_node *at,
			  const char *what)
{
	size_t i;

	if (node_has_address(rules, node) || xml_tainted(rules->nodes[node]))
		return;
	for (i = 0; i < rules->n_ifaces; i++) {
		if (rules->ifaces[i].node == node &&
		    xml_has_problem(rules->problems, rules->ifaces[i].at, "address"))
			return;
	}
	xml_problem(rules->problems, at, NULL,
		    "a %s needs an address, and no interface of node '%s' has one", what,
		    rules->topo->nodes[node].name);
}

static bool is_name(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	return *name && strspn(name, allowed) == strlen(name) && strlen(name) <= DOMAIN_MAX &&
	       !strstr(name, "..");
}

/* "10 mail.example.com." : numbers, then a name. */
static bool is_numbers_and_name(const char *data, int numbers)
{
	for (; numbers; numbers--) {
		size_t digits = strspn(data, "0123456789");

		if (digits == 0 || digits > 5 || data[digits] != ' ')
			return false;
		data += digits;
		data += strspn(data, " ");
	}
	return is_name(data);
}

/*
 * Strings in quotes or words without; nothing that would go on in the next line, or be a comment.
 */
static bool is_strings(const char *data)
{
	bool quoted = false;

	for (; *data; data++) {
		if (*data == '\\' && data[1])
			data++;
		else if (*data == '"')
			quoted = !quoted;
		else if (!quoted && strchr("();@$", *data))
			return false;
	}
	return !quoted;
}

static bool is_address(const char *data, enum net_family family)
{
	struct net_addr addr;

	return net_addr_parse(data, &addr) == 0 && addr.family == family;
}

/* NULL, or what the data should have been. */
static const char *data_problem(const struct topo_record *record)
{
	const char *type = record->type, *data = record->data;

	if (str_eq(type, "A"))
		return is_address(data, NET_IPV4) ? NULL : "an IPv4 address such as 68.85.2.1";
	if (str_eq(type, "AAAA"))
		return is_address(data, NET_IPV6) ? NULL : "an IPv6 address such as 2001:db8::1";
	if (str_eq(type, "CNAME") || str_eq(type, "PTR"))
		return is_name(data) ? NULL : "a domain name";
	if (str_eq(type, "MX"))
		return is_numbers_and_name(data, 1)
			       ? NULL
			       : "a preference and a name, such as \"10 mail\"";
	if (str_eq(type, "SRV"))
		return is_numbers_and_name(data, 3) ? NULL : "priority, weight, port and a name";
	return is_strings(data) ? NULL : "words, or strings in quotes";
}

static void check_cname(struct rules *rules, const struct topo_zone *zone, size_t index,
			const struct xml_node *at)
{
	const struct topo_record *record = &zone->records[index];
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

static void check_record(struct rules *rules, const struct topo_zone *zone, size_t index,
			 const struct xml_node *at)
{
	const struct topo_record *record = &zone->records[index];
	const char *wanted = data_problem(record), *end = str_eq(zone->name, ".") ? "" : zone->name;
	auto_free char *full = str_eq(record->name, "@") ? xstrdup(zone->name)
							 : xasprintf("%s.%s", record->name, end);
	const struct topo_zone *home = zone_around(rules->topo, full, false);

	if (!*record->name || !*record->type || !*record->data)
		return;
	if (wanted && !xml_has_problem(rules->problems, at, "data") &&
	    !xml_has_problem(rules->problems, at, "type"))
		xml_problem(rules->problems, at, "data", "data of type %s is '%.64s', not %s",
			    record->type, record->data, wanted);
	if (strlen(full) > DOMAIN_MAX)
		xml_problem(rules->problems, at, "name",
			    "the whole name is longer than 253 characters");
	if (home && !str_eq(home->name, zone->name))
		xml_problem(rules->problems, at, "name",
			    "'%s' belongs in zone '%s', which this one delegates", full,
			    home->name);
	check_cname(rules, zone, index, at);
}

static bool same_records(const struct topo_zone *a, const struct topo_zone *b)
{
	size_t i;

	for (i = 0; i < a->n_records && i < b->n_records; i++) {
		const struct topo_record *x = &a->records[i], *y = &b->records[i];

		if (!str_eq(x->name, y->name) || !str_eq(x->type, y->type) ||
		    !str_eq(x->data, y->data) || x->ttl != y->ttl)
			return false;
	}
	return a->n_records == b->n_records;
}

/* One node has a zone once; two nodes that serve it say the same. */
static void check_equal_zones(struct rules *rules, size_t node, size_t index,
			      const struct xml_node *at)
{
	const struct topo_zone *zone = &rules->topo->nodes[node].zones[index];
	size_t i, j;

	for (i = 0; i <= node; i++) {
		const struct topo_node *of = &rules->topo->nodes[i];

		for (j = 0; j < (i == node ? index : of->n_zones); j++) {
			if (!str_eq(of->zones[j].name, zone->name))
				continue;
			if (i == node)
				xml_problem(rules->problems, at, "name",
					    "a second zone '%s' in this node", zone->name);
			else if (!same_records(&of->zones[j], zone))
				xml_problem(
					rules->problems, at, "name",
					"the records of zone '%s' differ from those in node '%s'",
					zone->name, of->name);
			return;
		}
	}
}

static void check_zone(struct rules *rules, size_t node, size_t index, const struct xml_node *at)
{
	const struct topo_zone *zone = &rules->topo->nodes[node].zones[index];
	const struct xml_node *it;
	size_t i = 0;

	if (!*zone->name)
		return;
	if (strlen(zone->name) > DOMAIN_MAX)
		xml_problem(rules->problems, at, "name", TOO_LONG);
	if (*zone->ns && (str_eq(zone->ns, ".") || strlen(zone->ns) > DOMAIN_MAX))
		xml_problem(rules->problems, at, "ns",
			    "ns is '%.64s', which cannot be a server's name", zone->ns);
	if (!str_eq(zone->name, ".") && !zone_around(rules->topo, zone->name, true) &&
	    !xml_tainted(rules->root) && !xml_has_problem(rules->problems, at, "name"))
		xml_problem(rules->problems, at, "name",
			    "no parent: no name server of the lab serves '.' or another zone above "
			    "this one");
	check_equal_zones(rules, node, index, at);
	xml_for_each(it, at, "record")
		check_record(rules, zone, i++, it);
}

static void check_resolver(struct rules *rules, size_t node)
{
	const struct xml_node *at = role_at(rules, node, "resolver");
	const struct topo_resolver *resolver = &rules->topo->nodes[node].resolver;
	size_t i, j;

	needs_address(rules, node, at, "resolver");
	if (!has_root(rules->topo) && !xml_tainted(rules->root))
		xml_problem(rules->problems, at, NULL,
			    "a resolver starts from the root, and no name server of the lab serves "
			    "zone '.'");
	for (i = 0; i < resolver->n_blocks; i++) {
		if (strlen(resolver->blocks[i].name) > DOMAIN_MAX)
			xml_problem(rules->problems, xml_child_at(at, "block", i), "name",
				    TOO_LONG);
		for (j = 0; j < i; j++) {
			if (str_eq(resolver->blocks[i].name, resolver->blocks[j].name))
				xml_problem(rules->problems, xml_child_at(at, "block", i), "name",
					    "'%s' is blocked already", resolver->blocks[i].name);
		}
	}
}

static void check_web(struct rules *rules, size_t node, const struct xml_node *at)
{
	needs_address(rules, node, at, "web server");
	if (strlen(rules->topo->nodes[node].web.host) >= DOMAIN_MAX)
		xml_problem(rules->problems, at, "host", TOO_LONG);
}

void rules_dns(struct rules *rules)
{
	size_t i, j;

	for (i = 0; i < rules->topo->n_nodes; i++) {
		const struct topo_node *node = &rules->topo->nodes[i];
		const struct xml_node *servers = role_at(rules, i, "name-server");

		if (node->resolver.enabled)
			check_resolver(rules, i);
		if (node->n_zones)
			needs_address(rules, i, servers, "name server");
		if (node->n_zones && node->resolver.enabled)
			xml_problem(rules->problems, servers, NULL,
				    "a node is a resolver or a name server, not both: each needs "
				    "port 53");
		for (j = 0; j < node->n_zones; j++)
			check_zone(rules, i, j, xml_child_at(servers, "zone", j));
		if (node->web.host)
			check_web(rules, i, role_at(rules, i, "web-server"));
	}
}
