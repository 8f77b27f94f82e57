/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is asked for a name, from the root down: as a resolver without a cache goes (RFC 1034,
 * 5.3.3). */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "plan/build.h"
#include "role/cast-way.h"
#include "role/name-server.h"
#include "role/resolver.h"

#define SERVERS_MAX 16 /* from the root to the answer */

struct chain {
	struct {
		size_t node;
		const struct role_zone *zone; /* the deepest there that holds the name */
	} servers[SERVERS_MAX];
	size_t n;
};

static size_t index_of(const struct topo *topo, const struct topo_node *node)
{
	return (size_t)(node - topo->nodes);
}

/* How many nodes serve the zone; the last of them in *node. */
static size_t servers_of(const struct topo *topo, const char *zone, size_t *node)
{
	const struct role_zone *it;
	struct zone_walk walk = { 0 };
	size_t n = 0;

	while ((it = zone_next(topo, &walk)))
		if (!it->lies && strcasecmp(it->name, zone) == 0) {
			*node = index_of(topo, walk.node);
			n++;
		}
	return n;
}

static const struct role_zone *deepest_at(const struct topo_node *node, const char *name)
{
	const struct role_name_server *server = name_server_of(node);
	const struct role_zone *best = NULL;

	for (size_t i = 0; i < server->n_zones; i++) {
		const struct role_zone *zone = &server->zones[i];

		if (!zone->lies && zone_holds(name, zone->name) &&
		    (!best || strlen(zone->name) > strlen(best->name)))
			best = zone;
	}
	return best;
}

/* The zone to which the server of that one refers: the next that holds the name; NULL: it is the
 * last. */
static const struct role_zone *next_zone(const struct topo *topo, const struct role_zone *zone,
					 const char *name)
{
	const struct role_zone *best = NULL, *it;
	struct zone_walk walk = { 0 };

	while ((it = zone_next(topo, &walk)))
		if (!it->lies && zone_holds(name, it->name) &&
		    strlen(it->name) > strlen(zone->name) && zone_holds(it->name, zone->name) &&
		    (!best || strlen(it->name) < strlen(best->name)))
			best = it;
	return best;
}

/* Why it is not known who is asked; NULL: it is. */
static char *find_chain(const struct cast *c, struct chain *ret)
{
	const struct topo_node *resolver = &c->topo->nodes[c->resolver];
	const struct role_zone *next = NULL;
	const char *name = ".";

	if (resolver_forward(resolver_of(resolver), c->host))
		return xasprintf("resolver '%s' passes the question on", resolver->name);
	for (; ret->n < SERVERS_MAX; name = next->name) {
		size_t node = 0, n = servers_of(c->topo, name, &node);
		const struct role_zone *zone;

		if (n != 1 || node == c->resolver)
			return n == 1 ? xasprintf("the resolver has the zone '%s' itself", name)
				      : xasprintf("%zu servers have the zone '%s': any of them is "
						  "asked",
						  n, name);
		if (topo_speaks_ipv6(resolver) && topo_speaks_ipv6(&c->topo->nodes[node]))
			return xasprintf("the server of '%s' may be asked by IPv6", name);
		zone = deepest_at(&c->topo->nodes[node], c->host);
		ret->servers[ret->n].node = node;
		ret->servers[ret->n++].zone = zone;
		next = next_zone(c->topo, zone, c->host);
		if (!next)
			return NULL;
	}
	return xstrdup("too many zones");
}

/* A name as Wireshark writes it: "com", and the root as "<Root>". */
static char *plain(const char *name)
{
	return str_eq(name, ".") ? xstrdup("<Root>") : xstrndup(name, strlen(name) - 1);
}

static void put_referral(struct cast *c, const char *part, const struct role_zone *from)
{
	const struct role_zone *to = next_zone(c->topo, from, c->host);
	size_t node = 0;
	auto_free char *zone = plain(to->name), *ns = plain(to->ns);
	char text[NET_TEXT];

	cast_put(c, part, "refers", "%s", zone);
	cast_put(c, part, "ns", "%s", ns);
	if (servers_of(c->topo, to->name, &node) == 1 && zone_holds(to->ns, from->name))
		cast_put(c, part, "glue", "%s",
			 net_addr_text(plan_address_of(&c->topo->nodes[node], NET_IPV4), text));
	else
		cast_lack(c, part, "glue", "the referral to '%s' comes without an address", zone);
}

static bool put_server(struct cast *c, const char *part, const struct chain *chain, size_t i)
{
	struct net_addr address =
		plan_address_of(&c->topo->nodes[chain->servers[i].node], NET_IPV4);
	auto_free char *zone = plain(chain->servers[i].zone->name);
	struct cast_spot spot;

	if (!cast_find(c->topo, address, SIZE_MAX, &spot)) {
		cast_lack(c, part, NULL, "the server of '%s' has no IPv4 address", zone);
		return false;
	}
	cast_put_spot(c, part, &spot, address);
	cast_put(c, part, "zone", "%s", zone);
	return true;
}

static void put_answer(struct cast *c, const struct role_zone *zone)
{
	for (size_t i = 0; i < zone->n_records; i++) {
		const struct role_record *record = &zone->records[i];
		auto_free char *owner = zone_absolute(record->name, zone->name);

		if (strcasecmp(owner, c->host) != 0 || !str_eq(record->type, "A"))
			continue;
		cast_put(c, "authority", "ttl", "%u", record->ttl);
		return;
	}
	cast_lack(c, "authority", "ttl", "'%s' is another name for something else", c->host);
}

void cast_names(struct cast *c)
{
	struct chain chain = { 0 };
	auto_free char *why = find_chain(c, &chain);
	size_t last = chain.n - 1;

	if (why) {
		cast_lack(c, "root", NULL, "%s", why);
		cast_lack(c, "tld", NULL, "%s", why);
		cast_lack(c, "authority", NULL, "%s", why);
		return;
	}
	if (last) {
		if (put_server(c, "root", &chain, 0))
			put_referral(c, "root", chain.servers[0].zone);
	} else {
		cast_lack(c, "root", NULL, "the root's own server has the answer");
	}
	if (last > 1) {
		if (put_server(c, "tld", &chain, 1))
			put_referral(c, "tld", chain.servers[1].zone);
	} else {
		cast_lack(c, "tld", NULL, "no zone lies between the root and that of '%s'",
			  c->host);
	}
	if (put_server(c, "authority", &chain, last))
		put_answer(c, chain.servers[last].zone);
}
