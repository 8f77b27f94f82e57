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
#include "role/name-server.h"
#include "role/record.h"
#include "role/resolver.h"

#define CNAME_MAX 8 /* longer chains are loops, or deserve to be called so */

const char *name_server_inside(const struct topo_node *node)
{
	return resolver_of(node) ? "127.0.0.2" : "127.0.0.1";
}

const struct role_zone *zone_next(const struct topo *topo, struct zone_walk *walk)
{
	for (;; walk->next_zone = 0) {
		const struct role_name_server *server =
			walk->node ? name_server_of(walk->node) : NULL;

		if (server && walk->next_zone < server->n_zones)
			return &server->zones[walk->next_zone++];
		if (walk->next_node == topo->n_nodes)
			return NULL;
		walk->node = &topo->nodes[walk->next_node++];
	}
}

bool zone_holds(const char *name, const char *zone)
{
	size_t ln = strlen(name), lz = strlen(zone);

	if (strcmp(zone, ".") == 0)
		return true;
	if (ln < lz || strcasecmp(name + ln - lz, zone) != 0)
		return false;
	return ln == lz || name[ln - lz - 1] == '.';
}

/* One whose name could not be read has "". */
static const struct role_zone *deepest(const struct topo *topo, const char *name, bool strict)
{
	const struct role_zone *best = NULL, *zone;
	struct zone_walk walk = { 0 };

	while ((zone = zone_next(topo, &walk)))
		if (*zone->name && !zone->lies && zone_holds(name, zone->name) &&
		    !(strict && strcasecmp(zone->name, name) == 0) &&
		    (!best || strlen(zone->name) > strlen(best->name) ||
		     (best->secondary && !zone->secondary && zone_holds(zone->name, best->name))))
			best = zone;
	return best;
}

const struct role_zone *zone_of(const struct topo *topo, const char *name)
{
	return deepest(topo, name, false);
}

const struct role_zone *zone_above(const struct topo *topo, const char *name)
{
	return deepest(topo, name, true);
}

char *zone_absolute(const char *name, const char *zone)
{
	size_t len = strlen(name);

	if (strcmp(name, "@") == 0)
		return xstrdup(zone);
	if (len && name[len - 1] == '.')
		return xstrdup(name);
	return xasprintf("%s.%s", name, strcmp(zone, ".") == 0 ? "" : zone);
}

static const struct role_record *find_record(const struct role_zone *zone, const char *name,
					     const char *type)
{
	size_t i;

	for (i = 0; i < zone->n_records; i++) {
		auto_free char *owner = zone_absolute(zone->records[i].name, zone->name);

		if (strcasecmp(owner, name) == 0 && strcasecmp(zone->records[i].type, type) == 0)
			return &zone->records[i];
	}
	return NULL;
}

bool zone_resolve(const struct topo *topo, const char *name, struct net_addr *ret)
{
	auto_free char *at = xstrdup(name);
	int hops;

	for (hops = 0; hops < CNAME_MAX; hops++) {
		const struct role_zone *zone = zone_of(topo, at);
		const struct role_record *a = zone ? find_record(zone, at, "A") : NULL;
		const struct role_record *cname = zone ? find_record(zone, at, "CNAME") : NULL;
		struct net_addr addr;

		if (a && net_addr_parse(a->data, &addr) == 0) {
			*ret = addr;
			return true;
		}
		if (!cname)
			return false;
		free(at);
		at = zone_absolute(cname->data, zone->name);
	}
	return false;
}

static bool is_child_of(const struct topo *topo, const struct role_zone *child,
			const struct role_zone *zone)
{
	const struct role_zone *above = zone_above(topo, child->name);

	return above && strcasecmp(above->name, zone->name) == 0;
}

/*
 * Does the zone's file hold the address of this server of zone `served`? It does as data where the
 * name lies in this zone and in none deeper, and as glue where the zone delegates `served` and the
 * name lies below it.
 */
static bool holds_address(const struct topo *topo, const struct role_zone *zone,
			  const struct role_zone *served)
{
	const struct role_zone *home = zone_of(topo, served->ns);

	if (served == zone && zone->lies)
		return zone_holds(served->ns, zone->name);
	if (home && strcasecmp(home->name, zone->name) == 0)
		return true;
	return is_child_of(topo, served, zone) && zone_holds(served->ns, zone->name);
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

static const enum net_family families[] = { NET_IPV4, NET_IPV6 };

static void add_server(const struct topo *topo, const struct role_zone *zone,
		       const struct role_zone *served, const struct topo_node *node, struct str *ns,
		       struct str *glue)
{
	bool same = strcasecmp(served->name, zone->name) == 0;
	char ip[NET_TEXT];

	if (served != zone && (served->lies || zone->lies))
		return;
	if (same || is_child_of(topo, served, zone)) {
		auto_free char *line = xasprintf("%s IN NS %s", served->name, served->ns);

		add_line(ns, line);
	}
	for (size_t i = 0; i < ARRAY_SIZE(families) && holds_address(topo, zone, served); i++) {
		struct net_addr address = plan_address_of(node, families[i]);
		auto_free char *line = NULL;

		if (!address.family)
			continue;
		line = xasprintf("%s IN %s %s", served->ns, i ? "AAAA" : "A",
				 net_addr_text(address, ip));
		add_line(glue, line);
	}
}

static void add_records(const struct role_zone *zone, struct str *out)
{
	for (size_t i = 0; i < zone->n_records; i++) {
		const struct role_record *record = &zone->records[i];
		auto_free char *owner = zone_absolute(record->name, zone->name);
		auto_str struct str line = { 0 };

		str_adds(&line, owner);
		if (record->ttl != zone->ttl)
			str_addf(&line, " %u", record->ttl);
		str_addf(&line, " IN %s ", record->type);
		record_add_data(record->type, record->data, &line);
		add_line(out, str_text(&line));
	}
}

bool zone_is_anchor(const struct topo *topo, const struct role_zone *zone)
{
	const struct role_zone *above = zone_above(topo, zone->name);

	return zone->dnssec && !(above && above->dnssec);
}

enum zone_trust zone_trust(const struct topo *topo, const struct role_zone *zone)
{
	const struct role_zone *above = zone_above(topo, zone->name);
	bool bogus = zone->ds == ROLE_DS_WRONG || zone->expired;
	enum zone_trust trust;

	if (zone_is_anchor(topo, zone))
		return bogus ? ZONE_BOGUS : ZONE_SECURE;
	trust = above ? zone_trust(topo, above) : ZONE_INSECURE;
	if (trust != ZONE_SECURE)
		return trust;
	if (!zone->dnssec || zone->ds == ROLE_DS_NONE)
		return ZONE_INSECURE;
	return bogus ? ZONE_BOGUS : ZONE_SECURE;
}

bool zone_is_transferred(const struct role_zone *zone, const struct role_zone *other)
{
	return str_eq(zone->name, other->name) && zone->secondary != other->secondary &&
	       !zone->lies && !other->lies;
}

char *zone_ds_key(const struct role_zone *zone)
{
	return xasprintf("%s.%s", zone->ds == ROLE_DS_WRONG ? "other" : "ksk", zone->name);
}

/* "2.0.192.in-addr.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa." : the name of an address (RFC 1035, section
 * 3.5; RFC 3596, section 2.5). */
#define REVERSE_IPV4 "in-addr.arpa."
#define REVERSE_IPV6 "ip6.arpa."

bool zone_is_reverse(const char *name)
{
	return zone_holds(name, REVERSE_IPV4) || zone_holds(name, REVERSE_IPV6);
}

static char *reverse_name(struct net_addr addr)
{
	const unsigned char *b = addr.byte;
	struct str name = { 0 };

	if (addr.family == NET_IPV4)
		return xasprintf("%u.%u.%u.%u." REVERSE_IPV4, b[3], b[2], b[1], b[0]);
	for (size_t i = sizeof(addr.byte); i-- > 0;)
		str_addf(&name, "%x.%x.", b[i] & 15U, b[i] >> 4);
	str_adds(&name, REVERSE_IPV6);
	return str_take(&name);
}

/* The name of an address record, unless the zone says something else of that address. */
static void add_pointer(const struct role_zone *zone, const char *owner, struct net_addr addr,
			struct str *out)
{
	auto_free char *name = reverse_name(addr);
	auto_str struct str line = { 0 };

	if (!zone_holds(name, zone->name) || find_record(zone, name, "PTR") ||
	    find_record(zone, name, "CNAME") || *owner == '*')
		return;
	str_addf(&line, "%s IN PTR %s", name, owner);
	add_line(out, str_text(&line));
}

/* Whatever has an address in the lab's zones: records, and the servers themselves. */
static void add_pointers(const struct topo *topo, const struct role_zone *zone, struct str *out)
{
	const struct role_zone *other;
	struct zone_walk walk = { 0 };
	struct net_addr addr;

	while ((other = zone_next(topo, &walk))) {
		for (size_t i = 0; i < ARRAY_SIZE(families); i++)
			if (plan_address_of(walk.node, families[i]).family)
				add_pointer(zone, other->ns,
					    plan_address_of(walk.node, families[i]), out);
		for (size_t i = 0; i < other->n_records; i++) {
			const struct role_record *record = &other->records[i];
			auto_free char *owner = zone_absolute(record->name, other->name);

			if ((str_eq(record->type, "A") || str_eq(record->type, "AAAA")) &&
			    net_addr_parse(record->data, &addr) == 0)
				add_pointer(zone, owner, addr, out);
		}
	}
}

void zone_file(const struct topo *topo, const struct role_zone *zone, struct str *out)
{
	const char *origin = strcmp(zone->name, ".") == 0 ? "" : zone->name;
	auto_str struct str ns = { 0 }, addresses = { 0 };
	const struct role_zone *served;
	struct zone_walk walk = { 0 };

	while ((served = zone_next(topo, &walk)))
		add_server(topo, zone, served, walk.node, &ns, &addresses);
	/* Serial 1: a zone changes only where somebody changes it by hand. Negative answers are
	 * forgotten in a minute. */
	str_addf(out, "$ORIGIN %s\n$TTL %u\n%s IN SOA %s hostmaster.%s 1 3600 900 604800 60\n",
		 zone->name, zone->ttl, zone->name, zone->ns, origin);
	str_adds(out, str_text(&ns));
	add_records(zone, &addresses);
	if (zone->reverse)
		add_pointers(topo, zone, &addresses);
	str_adds(out, str_text(&addresses));
}
