/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Zone files (RFC 1035, section 5): the records that the topology gives, and those that follow from
 * it: SOA, NS, a delegation to each child zone that some node serves, and the addresses of name
 * servers, as data of the zone that their names lie in and as glue in the parent (RFC 1034,
 * section 4.2.1).
 */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "plan/build.h"

/* The deepest zone above this one that somebody serves: the one that delegates it. */
static bool is_child_of(const struct topo *topo, const struct topo_zone *child,
			const struct topo_zone *zone)
{
	const struct topo_zone *above = NULL;
	const char *dot;

	if (strcmp(child->name, ".") == 0)
		return false;
	dot = strchr(child->name, '.');
	above = plan_zone_of(topo, dot && dot[1] ? dot + 1 : ".");
	return above && strcasecmp(above->name, zone->name) == 0;
}

/*
 * Does the zone's file hold the address of this server of zone `served`? It does as data where the
 * name lies in this zone and in none deeper, and as glue where the zone delegates `served` and the
 * name lies below it.
 */
static bool holds_address(const struct topo *topo, const struct topo_zone *zone,
			  const struct topo_zone *served)
{
	const struct topo_zone *home = plan_zone_of(topo, served->ns);

	if (home && strcasecmp(home->name, zone->name) == 0)
		return true;
	return is_child_of(topo, served, zone) && plan_in_zone(served->ns, zone->name);
}

/* A line once: two servers of a zone, or a record that the user wrote too, must not double it. */
static void add_line(struct str *out, const char *line)
{
	const char *at = str_text(out);
	size_t len = strlen(line);

	for (; (at = strstr(at, line)); at++)
		if ((at == out->data || at[-1] == '\n') && at[len] == '\n')
			return;
	str_addf(out, "%s\n", line);
}

static void add_server(const struct topo *topo, const struct topo_zone *zone,
		       const struct topo_zone *served, struct net_addr address, struct str *ns,
		       struct str *glue)
{
	bool same = strcasecmp(served->name, zone->name) == 0;
	char ip[NET_TEXT];

	if (same || is_child_of(topo, served, zone)) {
		auto_free char *line = xasprintf("%s IN NS %s", served->name, served->ns);

		add_line(ns, line);
	}
	if (address.family && holds_address(topo, zone, served)) {
		auto_free char *line =
			xasprintf("%s IN A %s", served->ns, net_addr_text(address, ip));

		add_line(glue, line);
	}
}

static void add_records(const struct topo_zone *zone, struct str *out)
{
	for (size_t i = 0; i < zone->n_records; i++) {
		const struct topo_record *record = &zone->records[i];
		auto_free char *owner = plan_absolute(record->name, zone->name);
		auto_free char *line = NULL;

		if (record->ttl && record->ttl != zone->ttl)
			line = xasprintf("%s %u IN %s %s", owner, record->ttl, record->type,
					 record->data);
		else
			line = xasprintf("%s IN %s %s", owner, record->type, record->data);
		add_line(out, line);
	}
}

void plan_zone_file(const struct topo *topo, const struct topo_zone *zone, struct str *out)
{
	const char *origin = strcmp(zone->name, ".") == 0 ? "" : zone->name;
	auto_str struct str ns = { 0 }, addresses = { 0 };
	size_t i, j;

	for (i = 0; i < topo->n_nodes; i++)
		for (j = 0; j < topo->nodes[i].n_zones; j++)
			add_server(topo, zone, &topo->nodes[i].zones[j],
				   plan_address(&topo->nodes[i]), &ns, &addresses);
	/* Serial 1, once and for all: there is no other server to tell. Negative answers are
	 * forgotten in a minute. */
	str_addf(out, "$ORIGIN %s\n$TTL %u\n%s IN SOA %s hostmaster.%s 1 3600 900 604800 60\n",
		 zone->name, zone->ttl, zone->name, zone->ns, origin);
	str_adds(out, str_text(&ns));
	add_records(zone, &addresses);
	str_adds(out, str_text(&addresses));
}
