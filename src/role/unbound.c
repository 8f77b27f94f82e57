/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of a resolver: unbound, told the address of the lab's root and nothing else.
 *
 * It asks for what it needs and no more (no target fetches, no prefetch, full names at once), so
 * that a capture shows the referrals and not unbound's manners; and it is patient, because an
 * emulated name server behind a cable may need half a second for its first answer, and a query
 * asked twice looks like a loss.
 */
#include "role/resolver.h"

#include <stdlib.h>
#include <string.h>

#include "plan/build.h"
#include "role/name-server.h"

/* Of two families always the same one comes first: what is asked is the same in each run. */
static void add_families(const struct topo_node *from, struct str *out)
{
	str_adds(out, "\tport: 53\n\taccess-control: 0.0.0.0/0 allow\n");
	if (!topo_speaks_ipv6(from)) {
		str_adds(out, "\tdo-ip6: no\n");
		return;
	}
	str_adds(out, "\taccess-control: ::/0 allow\n\tprefer-ip6: yes\n");
	if (!plan_address_of(from, NET_IPV4).family && !topo_asks_dhcp(from))
		str_adds(out, "\tdo-ip4: no\n");
}

static const char server_options[] =
	"\tchroot: \"\"\n"
	"\tusername: \"\"\n"
	"\tdirectory: \"/etc/unbound\"\n"
	"\tpidfile: \"\"\n"
	"\tuse-syslog: no\n"
	"\troot-hints: \"/etc/unbound/root.hints\"\n"
	"\tmodule-config: \"%s\"\n"
	"\tqname-minimisation: no\n"
	"\ttarget-fetch-policy: \"0 0 0 0 0\"\n"
	"\tdo-not-query-localhost: no\n"
	"\tnum-threads: 1\n"
	"\toutgoing-range: 64\n"
	"\tnum-queries-per-thread: 32\n"
	"\tmsg-cache-size: 256k\n"
	"\tmsg-cache-slabs: 1\n"
	"\trrset-cache-size: 512k\n"
	"\trrset-cache-slabs: 1\n"
	"\tinfra-cache-slabs: 1\n"
	"\tinfra-cache-numhosts: 200\n"
	"\tinfra-cache-min-rtt: 2000\n"
	"\tunknown-server-time-limit: 2000\n"
	"\t# By itself it gives no answer that it had to look for longer "
	"than 1.9 s.\n"
	"\tdiscard-timeout: 0\n"
	"\t# A cache that serves what the wire no longer says, or "
	"asks before it is asked, tells another story.\n"
	"\tprefetch: no\n"
	"\tserve-expired: no\n"
	"\thide-identity: yes\n"
	"\thide-version: yes\n";

/* The keys that the resolver believes without being told by another zone: the root's, as a rule. */
static void add_anchors(const struct topo *topo, struct str *out, struct plan_node *node)
{
	const struct role_zone *zone;
	struct zone_walk walk = { 0 };

	/* 2: what is refused is refused with its reason, in the answer and in the log. */
	str_adds(out, "\tede: yes\n"
		      "\tval-log-level: 2\n"
		      "\ttrust-anchor-signaling: no\n"
		      "\taggressive-nsec: no\n");
	while ((zone = zone_next(topo, &walk))) {
		const char *name = str_eq(zone->name, ".") ? "root." : zone->name;
		auto_free char *path = xasprintf("/etc/unbound/%sds", name);
		auto_free char *key = zone_ds_key(zone);
		auto_free char *line = xasprintf("\ttrust-anchor-file: \"%s\"\n", path);

		if (!zone_is_anchor(topo, zone) || zone->lies || strstr(str_text(out), line))
			continue;
		str_adds(out, line);
		plan_add_secret(node, path, 0644, PLAN_CONTENT_ZONE_DS, key, NULL);
	}
}

static void add_interfaces(const struct topo_node *from, struct str *out)
{
	char ip[NET_TEXT];
	struct plan_iface iface;
	size_t i;

	if (!plan_address(from).family || topo_asks_dhcp(from)) {
		str_adds(out, "\tinterface: 0.0.0.0\n");
		if (topo_speaks_ipv6(from))
			str_adds(out, "\tinterface: ::0\n");
		return;
	}
	str_adds(out, "\tinterface: 127.0.0.1\n");
	for (i = 0; plan_iface_ipv6(from, i, &iface); i++)
		str_addf(out, "\tinterface: %s\n", net_addr_text(iface.address.addr, ip));
	for (i = 0; plan_iface(from, i, &iface); i++)
		str_addf(out, "\tinterface: %s\n", net_addr_text(iface.address.addr, ip));
}

/* "redirect": the name and all below it get this answer. */
static void add_blocks(const struct role_resolver *resolver, struct str *out)
{
	char ip[NET_TEXT];
	size_t i;

	for (i = 0; i < resolver->n_blocks; i++) {
		const struct role_block *block = &resolver->blocks[i];

		str_addf(out, "\tlocal-zone: \"%s\" redirect\n\tlocal-data: \"%s 60 IN A %s\"\n",
			 block->name, block->name, net_addr_text(block->answer, ip));
	}
}

/* Unbound has empty zones of its own for names that are nobody's, and for the addresses of private
 * networks and of documents (RFC 6761, RFC 6303): a lab that serves one wants its servers asked. */
static void add_unblocked(const struct topo *topo, struct str *out)
{
	static const char *const special[] = { "test.", "invalid.", "onion.", "home.arpa." };
	static const char lan[] = "\tunblock-lan-zones: yes\n";
	const struct role_zone *zone;
	struct zone_walk walk = { 0 };

	while ((zone = zone_next(topo, &walk)))
		if (zone_is_reverse(zone->name) && !strstr(str_text(out), lan))
			str_adds(out, lan);
	for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
		struct zone_walk again = { 0 };

		do
			zone = zone_next(topo, &again);
		while (zone && !zone_holds(zone->name, special[i]));
		if (zone)
			str_addf(out, "\tlocal-zone: \"%s\" nodefault\n", special[i]);
	}
}

/* A resolver is asked to resolve; a name server, what it has. */
static const char *forward_kind(const struct topo *topo, const struct role_forward *forward)
{
	const struct topo_node *to = resolver_at(topo, forward->to);

	return to && resolver_of(to) ? "forward" : "stub";
}

static void add_forwards(const struct topo *topo, const struct role_resolver *resolver,
			 struct str *out)
{
	char ip[NET_TEXT];

	for (size_t i = 0; i < resolver->n_forwards; i++) {
		const struct role_forward *first = &resolver->forwards[i];
		const char *kind = forward_kind(topo, first);
		auto_free char *head = xasprintf("%s-zone:\n\tname: \"%s\"\n", kind, first->zone);

		if (strstr(str_text(out), head))
			continue;
		str_addf(out, "\n%s", head);
		for (size_t j = i; j < resolver->n_forwards; j++)
			if (str_eq(resolver->forwards[j].zone, first->zone) &&
			    str_eq(forward_kind(topo, &resolver->forwards[j]), kind))
				str_addf(out, "\t%s-addr: %s\n", kind,
					 net_addr_text(resolver->forwards[j].to, ip));
	}
}

/* The zones of a name server in the same node, which says when one is there, or new. */
static void add_own_zones(const struct topo_node *from, struct str *out)
{
	const struct role_name_server *server = name_server_of(from);
	const char *inside = server ? name_server_inside(from) : NULL;

	for (size_t i = 0; server && i < server->n_zones; i++)
		str_addf(out,
			 "\nauth-zone:\n\tname: \"%s\"\n\tprimary: %s\n\tallow-notify: %s\n"
			 "\tfallback-enabled: no\n",
			 server->zones[i].name, inside, inside);
}

/* The names and addresses of the servers of ".". */
static void add_root_hints(const struct topo *topo, struct str *out)
{
	char ip[NET_TEXT];
	const struct role_zone *zone;
	struct zone_walk walk = { 0 };

	while ((zone = zone_next(topo, &walk))) {
		struct net_addr ipv4 = plan_address_of(walk.node, NET_IPV4);
		struct net_addr ipv6 = plan_address_of(walk.node, NET_IPV6);

		if (!str_eq(zone->name, ".") || zone->lies || !plan_address(walk.node).family)
			continue;
		str_addf(out, ". 3600000 IN NS %s\n", zone->ns);
		if (ipv4.family)
			str_addf(out, "%s 3600000 IN A %s\n", zone->ns, net_addr_text(ipv4, ip));
		if (ipv6.family)
			str_addf(out, "%s 3600000 IN AAAA %s\n", zone->ns, net_addr_text(ipv6, ip));
	}
	/* Without any, unbound would know those of the world: it asks nobody there, all is
	 * forwarded. */
	if (!out->len)
		str_adds(out, ". 3600000 IN NS nobody.invalid.\n");
}

void unbound_plan(const struct topo *topo, const struct topo_node *from, const void *model,
		  struct plan_node *node)
{
	const struct role_resolver *resolver = model;
	auto_str struct str conf = { 0 }, hints = { 0 };

	add_root_hints(topo, &hints);
	str_adds(&conf, "server:\n");
	add_interfaces(from, &conf);
	add_families(from, &conf);
	str_addf(&conf, server_options, resolver->validate ? "validator iterator" : "iterator");
	if (resolver->validate)
		add_anchors(topo, &conf, node);
	add_unblocked(topo, &conf);
	add_blocks(resolver, &conf);
	str_adds(&conf, "\n"
			"remote-control:\n"
			"\tcontrol-enable: yes\n"
			"\tcontrol-interface: /run/unbound.ctl\n"
			"\tcontrol-use-cert: no\n");
	add_forwards(topo, resolver, &conf);
	add_own_zones(from, &conf);
	plan_add_text(node, UNBOUND_CONF, 0644, &conf);
	plan_add_text(node, "/etc/unbound/root.hints", 0644, &hints);
	plan_add_service(node, "unbound", "", "unbound -d -p -c " UNBOUND_CONF);
	unbound_checks(topo, from, resolver, node);
	plan_add_lines(node, PLAN_FORGET,
		       "unbound-control -q -c " UNBOUND_CONF " flush_zone . &&\n"
		       "unbound-control -q -c " UNBOUND_CONF " flush_infra all\n");
	plan_add_table(node, "dns-cache", "unbound-control -c " UNBOUND_CONF " dump_cache");
}
