/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has to hold of a resolver: it runs, reaches whom it asks, and answers what the zones say. */
#include <string.h>

#include "plan/build.h"
#include "role/name-server.h"
#include "role/nat.h"
#include "role/resolver.h"
#include "role/web-server.h"

#define HOPS_MAX 8 /* resolvers that forward to one another */

const struct role_forward *resolver_forward(const struct role_resolver *resolver, const char *name)
{
	const struct role_forward *best = NULL;

	for (size_t i = 0; i < resolver->n_forwards; i++) {
		const struct role_forward *it = &resolver->forwards[i];

		if (*it->zone && zone_holds(name, it->zone) &&
		    (!best || strlen(it->zone) > strlen(best->zone)))
			best = it;
	}
	return best;
}

const struct topo_node *resolver_at(const struct topo *topo, struct net_addr addr)
{
	struct plan_iface iface;

	for (size_t n = 0; n < topo->n_nodes; n++)
		for (size_t i = 0; plan_iface(&topo->nodes[n], i, &iface); i++)
			if (net_addr_equal(iface.address.addr, addr))
				return &topo->nodes[n];
	return NULL;
}

/* One that validates gives no answer then. */
static bool is_bogus(const struct topo *topo, const char *name)
{
	const struct role_zone *zone = zone_of(topo, name);

	return zone && zone_trust(topo, zone) == ZONE_BOGUS;
}

/* The resolver lies about it: who validates behind it may notice. */
static bool is_blocked(const struct role_resolver *resolver, const char *name)
{
	for (size_t i = 0; i < resolver->n_blocks; i++)
		if (zone_holds(name, resolver->blocks[i].name))
			return true;
	return false;
}

/*
 * What this resolver must answer: a block's answer where one covers the name, else what the one
 * that it asks must, else what the name servers say. False where that is nothing, or a lie.
 */
static bool expected(const struct topo *topo, const struct role_resolver *resolver,
		     const char *name, int hops, struct net_addr *ret)
{
	const struct role_forward *forward = resolver_forward(resolver, name);
	const struct topo_node *to = forward ? resolver_at(topo, forward->to) : NULL;
	const struct role_name_server *server = to ? name_server_of(to) : NULL;

	for (size_t i = 0; i < resolver->n_blocks; i++)
		if (zone_holds(name, resolver->blocks[i].name)) {
			*ret = resolver->blocks[i].answer;
			return true;
		}
	if (to && resolver_of(to) && resolver_of(to)->validate && is_bogus(topo, name))
		return false;
	if (to && resolver_of(to))
		return hops < HOPS_MAX && expected(topo, resolver_of(to), name, hops + 1, ret) &&
		       !(resolver->validate && is_blocked(resolver_of(to), name));
	for (size_t i = 0; server && i < server->n_zones; i++)
		if (server->zones[i].lies)
			return false;
	return zone_resolve(topo, name, ret);
}

/* Of a name server, that it answers from here. */
static void add_server_check(const struct topo *topo, const struct topo_node *from,
			     const struct topo_node *of, struct plan_node *node)
{
	const struct role_name_server *server = name_server_of(of);
	struct net_addr at = plan_address_for(from, of);
	unsigned int port = 53;
	char ip[NET_TEXT];

	/* The resolver itself follows what the zones say, and that is port 53. */
	if (server && (at.family == NET_IPV6 || nat_way(topo, from, of, true, &at, &port)) &&
	    port == 53)
		plan_add_check(node, PLAN_WHOLE, NULL, xasprintf("reaches %s", of->name),
			       xasprintf("kdig @%s +short +retry=0 +timeout=10 +norec %s SOA | "
					 "grep -q .",
					 net_addr_text(at, ip), server->zones[0].name));
}

static void add_forward_check(const struct topo *topo, const struct role_forward *forward,
			      struct plan_node *node)
{
	const struct topo_node *to = resolver_at(topo, forward->to);
	char ip[NET_TEXT];

	plan_add_check(node, PLAN_WHOLE, UNBOUND_CONF,
		       xasprintf("asks %s about %s", to->name, forward->zone),
		       xasprintf("kdig @%s +retry=0 +timeout=10 %s SOA | grep -q 'status: NOERROR'",
				 net_addr_text(forward->to, ip), forward->zone));
}

/* Of a signed zone, that its signatures hold. */
static void add_zone_checks(const struct topo *topo, const struct topo_node *from,
			    struct plan_node *node)
{
	const struct role_zone *zone;
	struct zone_walk walk = { 0 };

	while ((zone = zone_next(topo, &walk)))
		if (walk.node != from && zone->dnssec && zone_of(topo, zone->name) == zone &&
		    zone_trust(topo, zone) == ZONE_SECURE)
			plan_add_check(node, PLAN_WHOLE, UNBOUND_CONF,
				       xasprintf("validates %s", zone->name),
				       xasprintf("kdig @127.0.0.1 +retry=0 +timeout=5 +adflag %s "
						 "SOA | grep -q '^;; Flags:.* ad;'",
						 zone->name));
}

void unbound_checks(const struct topo *topo, const struct topo_node *from,
		    const struct role_resolver *resolver, struct plan_node *node)
{
	char ip[NET_TEXT];
	struct net_addr want;
	size_t i;

	plan_add_check(node, PLAN_READY, UNBOUND_CONF, xstrdup("resolver answers"),
		       xstrdup("unbound-control -q -c " UNBOUND_CONF " status"));
	/* A server that is asked before there is a way to it costs the resolver's own backoff. */
	for (i = 0; i < resolver->n_forwards; i++)
		add_forward_check(topo, &resolver->forwards[i], node);
	for (i = 0; i < topo->n_nodes && !resolver_forward(resolver, "."); i++)
		add_server_check(topo, from, &topo->nodes[i], node);
	for (i = 0; i < topo->n_nodes; i++) {
		const struct role_web_server *server = web_server_of(&topo->nodes[i]);

		for (size_t j = 0; server && j < server->n_sites; j++) {
			const char *host = server->sites[j].host;
			auto_free char *name = xasprintf("%s.", host);

			if (!expected(topo, resolver, name, 0, &want) ||
			    (resolver->validate && is_bogus(topo, name)))
				continue;
			plan_add_check(node, PLAN_WHOLE, UNBOUND_CONF,
				       xasprintf("resolves %s", host),
				       xasprintf("kdig @127.0.0.1 +short +retry=0 +timeout=5 %s A "
						 "| grep -qxF %s",
						 name, net_addr_text(want, ip)));
		}
	}
	if (resolver->validate)
		add_zone_checks(topo, from, node);
}
