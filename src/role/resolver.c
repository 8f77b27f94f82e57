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
				     "\tmodule-config: \"iterator\"\n"
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

/* Unbound has empty zones of its own for the addresses of private networks and of documents (RFC
 * 6303): a lab that has such zones wants them asked. */
static void add_reverse(const struct topo *topo, struct str *out)
{
	const struct role_zone *zone;
	struct zone_walk walk = { 0 };

	while ((zone = zone_next(topo, &walk)))
		if (zone_is_reverse(zone->name)) {
			str_adds(out, "\tunblock-lan-zones: yes\n");
			return;
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

			if (!expected(topo, resolver, name, &want))
				continue;
			plan_add_check(node, PLAN_WHOLE, UNBOUND_CONF,
				       xasprintf("resolves %s", host),
				       xasprintf("kdig @127.0.0.1 +short +retry=0 +timeout=5 %s A "
						 "| grep -qxF %s",
						 name, net_addr_text(want, ip)));
		}
	}
}

static void plan_resolver(const struct topo *topo, const struct topo_node *from, const void *model,
			  struct plan_node *node)
{
	const struct role_resolver *resolver = model;
	auto_str struct str conf = { 0 }, hints = { 0 };

	add_root_hints(topo, &hints);
	str_adds(&conf, "server:\n");
	add_interfaces(from, &conf);
	str_adds(&conf, server_options);
	add_reverse(topo, &conf);
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
