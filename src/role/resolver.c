/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The recursive resolver: unbound, told the address of the lab's root and nothing else.
 *
 * It asks for what it needs and no more (no target fetches, no prefetch, full names at once), so
 * that a capture shows the referrals and not unbound's manners; and it is patient, because an
 * emulated name server behind a cable may need half a second for its first answer, and a query
 * asked twice looks like a loss.
 */
#include "role/resolver.h"

#include <assert.h>
#include <stdlib.h>

#include "plan/build.h"
#include "role/name-server.h"
#include "role/role.h"
#include "role/web-server.h"
#include "topo/load.h"
#include "topo/rules.h"

#define UNBOUND_CONF "/etc/unbound/unbound.conf"

static void *load_resolver(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_resolver *resolver = xcalloc(1, sizeof(*resolver));
	struct xml_node *it;

	(void)node;
	resolver->validate = xml_attr_flag(load->problems, at, "validate", false);
	xml_for_each(it, at, "block") {
		struct role_block *block = array_add(resolver->blocks, resolver->n_blocks);

		block->name = load_domain(it, "name");
		block->answer = load_ip(load, it, "answer");
	}
	return resolver;
}

static void free_resolver(void *model)
{
	struct role_resolver *resolver = model;

	for (size_t i = 0; i < resolver->n_blocks; i++)
		free(resolver->blocks[i].name);
	free(resolver->blocks);
	free(resolver);
}

static bool has_anchor(const struct topo *topo)
{
	const struct role_zone *zone;
	struct zone_walk walk = { 0 };

	while ((zone = zone_next(topo, &walk)))
		if (zone_is_anchor(topo, zone))
			return true;
	return false;
}

static void check_resolver(struct rules *rules, size_t node, const void *model,
			   const struct xml_node *at)
{
	const struct role_resolver *resolver = model;
	size_t i, j;

	rules_need_address(rules, node, at, "resolver");
	if (!zone_of(rules->topo, ".") && !xml_tainted(rules->root))
		xml_problem(rules->problems, at, NULL,
			    "a resolver starts from the root, and no name server of the lab serves "
			    "zone '.'");
	if (resolver->validate && !has_anchor(rules->topo) && !xml_tainted(rules->root))
		xml_problem(rules->problems, at, "validate",
			    "there is nothing to validate: no zone of the lab is signed "
			    "(dnssec=\"yes\")");
	for (i = 0; i < resolver->n_blocks; i++) {
		if (rules_is_long(resolver->blocks[i].name))
			xml_problem(rules->problems, xml_child_at(at, "block", i), "name",
				    RULES_TOO_LONG);
		for (j = 0; j < i; j++) {
			if (str_eq(resolver->blocks[i].name, resolver->blocks[j].name))
				xml_problem(rules->problems, xml_child_at(at, "block", i), "name",
					    "'%s' is blocked already", resolver->blocks[i].name);
		}
	}
}

static const char server_options[] = "\tport: 53\n"
				     "\taccess-control: 0.0.0.0/0 allow\n"
				     "\tdo-ip6: no\n"
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

	str_adds(out, "\tede: yes\n"
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
		plan_add_secret(node, path, 0644, PLAN_CONTENT_ZONE_DS, key);
	}
}

static void add_interfaces(const struct topo_node *from, struct str *out)
{
	char ip[NET_TEXT];
	struct plan_iface iface;
	size_t i;

	if (!plan_address(from).family || topo_asks_dhcp(from)) {
		str_adds(out, "\tinterface: 0.0.0.0\n");
		return;
	}
	str_adds(out, "\tinterface: 127.0.0.1\n");
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
		zone = zone_of(topo, special[i]);
		if (zone && str_eq(zone->name, special[i]))
			str_addf(out, "\tlocal-zone: \"%s\" nodefault\n", special[i]);
	}
}

/* The names and addresses of the servers of ".". */
static void add_root_hints(const struct topo *topo, struct str *out)
{
	char ip[NET_TEXT];
	const struct role_zone *zone;
	struct zone_walk walk = { 0 };

	while ((zone = zone_next(topo, &walk)))
		if (str_eq(zone->name, ".") && plan_address(walk.node).family)
			str_addf(out, ". 3600000 IN NS %s\n%s 3600000 IN A %s\n", zone->ns,
				 zone->ns, net_addr_text(plan_address(walk.node), ip));
	assert(out->len);
}

/* What this resolver must answer: a block's answer where one covers the name, else what the name
 * servers say. */
static bool expected(const struct topo *topo, const struct role_resolver *resolver,
		     const char *name, struct net_addr *ret)
{
	size_t i;

	for (i = 0; i < resolver->n_blocks; i++)
		if (zone_holds(name, resolver->blocks[i].name)) {
			*ret = resolver->blocks[i].answer;
			return true;
		}
	return zone_resolve(topo, name, ret);
}

/* One that validates gives no answer then. */
static bool is_bogus(const struct topo *topo, const char *name)
{
	const struct role_zone *zone = zone_of(topo, name);

	return zone && zone_trust(topo, zone) == ZONE_BOGUS;
}

/* Of a name server, that it answers from here. */
static void add_server_check(const struct topo_node *of, struct plan_node *node)
{
	const struct role_name_server *server = name_server_of(of);
	char ip[NET_TEXT];

	if (server)
		plan_add_check(node, PLAN_WHOLE, NULL, xasprintf("reaches %s", of->name),
			       xasprintf("kdig @%s +short +retry=0 +timeout=10 +norec %s SOA | "
					 "grep -q .",
					 net_addr_text(plan_address(of), ip),
					 server->zones[0].name));
}

/* Of a signed zone, that its signatures hold. */
static void add_zone_checks(const struct topo *topo, struct plan_node *node)
{
	const struct role_zone *zone;
	struct zone_walk walk = { 0 };

	while ((zone = zone_next(topo, &walk)))
		if (zone->dnssec && zone_of(topo, zone->name) == zone &&
		    zone_trust(topo, zone) == ZONE_SECURE)
			plan_add_check(node, PLAN_WHOLE, UNBOUND_CONF,
				       xasprintf("validates %s", zone->name),
				       xasprintf("kdig @127.0.0.1 +retry=0 +timeout=5 +adflag %s "
						 "SOA | grep -q '^;; Flags:.* ad;'",
						 zone->name));
}

static void add_checks(const struct topo *topo, const struct role_resolver *resolver,
		       struct plan_node *node)
{
	char ip[NET_TEXT];
	struct net_addr want;
	size_t i;

	plan_add_check(node, PLAN_READY, UNBOUND_CONF, xstrdup("resolver answers"),
		       xstrdup("unbound-control -q -c " UNBOUND_CONF " status"));
	/* A server that is asked before there is a way to it costs the resolver's own backoff. */
	for (i = 0; i < topo->n_nodes; i++)
		add_server_check(&topo->nodes[i], node);
	for (i = 0; i < topo->n_nodes; i++) {
		const struct role_web_server *server = web_server_of(&topo->nodes[i]);

		for (size_t j = 0; server && j < server->n_sites; j++) {
			const char *host = server->sites[j].host;
			auto_free char *name = xasprintf("%s.", host);

			if (!expected(topo, resolver, name, &want) ||
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
		add_zone_checks(topo, node);
}

static void plan_resolver(const struct topo *topo, const struct topo_node *from, const void *model,
			  struct plan_node *node)
{
	const struct role_resolver *resolver = model;
	auto_str struct str conf = { 0 }, hints = { 0 };

	add_root_hints(topo, &hints);
	str_adds(&conf, "server:\n");
	add_interfaces(from, &conf);
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
	plan_add_text(node, UNBOUND_CONF, 0644, &conf);
	plan_add_text(node, "/etc/unbound/root.hints", 0644, &hints);
	plan_add_service(node, "unbound", "", "unbound -d -p -c " UNBOUND_CONF);
	add_checks(topo, resolver, node);
	plan_add_lines(node, PLAN_FORGET,
		       "unbound-control -q -c " UNBOUND_CONF " flush_zone . &&\n"
		       "unbound-control -q -c " UNBOUND_CONF " flush_infra all\n");
	plan_add_table(node, "dns-cache", "unbound-control -c " UNBOUND_CONF " dump_cache");
}

static const struct xml_bound bounds[] = { { "resolver", "block", 1000, 0 } };

const struct topo_role role_resolver = {
	.name = "resolver",
	.shown = "dns-resolver",
	.sign = "names",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_resolver,
	.check = check_resolver,
	.plan = plan_resolver,
	.free = free_resolver,
};
