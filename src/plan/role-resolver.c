/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The recursive resolver: unbound, told the address of the lab's root and nothing else.
 *
 * It asks for what it needs and no more (no target fetches, no prefetch, full names at once), so
 * that a capture shows the referrals and not unbound's manners; and it is patient, because an
 * emulated name server behind a cable may need half a second for its first answer, and a query
 * asked twice looks like a loss.
 */
#include <assert.h>

#include "base/str.h"
#include "plan/build.h"

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

	if (!plan_address(from).family || plan_asks_dhcp(from)) {
		str_adds(out, "\tinterface: 0.0.0.0\n");
		return;
	}
	str_adds(out, "\tinterface: 127.0.0.1\n");
	for (i = 0; plan_iface(from, i, &iface); i++)
		str_addf(out, "\tinterface: %s\n", net_addr_text(iface.address.addr, ip));
}

/* "redirect": the name and all below it get this answer. */
static void add_blocks(const struct topo_resolver *resolver, struct str *out)
{
	char ip[NET_TEXT];
	size_t i;

	for (i = 0; i < resolver->n_blocks; i++) {
		const struct topo_block *block = &resolver->blocks[i];

		str_addf(out, "\tlocal-zone: \"%s\" redirect\n\tlocal-data: \"%s 60 IN A %s\"\n",
			 block->name, block->name, net_addr_text(block->answer, ip));
	}
}

/* The names and addresses of the servers of ".". */
static void add_root_hints(const struct topo *topo, struct str *out)
{
	char ip[NET_TEXT];
	size_t i, j;

	for (i = 0; i < topo->n_nodes; i++)
		for (j = 0; j < topo->nodes[i].n_zones; j++) {
			const struct topo_zone *zone = &topo->nodes[i].zones[j];

			if (!str_eq(zone->name, ".") || !plan_address(&topo->nodes[i]).family)
				continue;
			str_addf(out, ". 3600000 IN NS %s\n%s 3600000 IN A %s\n", zone->ns,
				 zone->ns, net_addr_text(plan_address(&topo->nodes[i]), ip));
		}
	assert(out->len);
}

/* What this resolver must answer: a block's answer where one covers the name, else what the name
 * servers say. */
static bool expected(const struct topo *topo, const struct topo_resolver *resolver,
		     const char *name, struct net_addr *ret)
{
	size_t i;

	for (i = 0; i < resolver->n_blocks; i++)
		if (plan_in_zone(name, resolver->blocks[i].name)) {
			*ret = resolver->blocks[i].answer;
			return true;
		}
	return plan_resolve(topo, name, ret);
}

static void add_checks(const struct topo *topo, const struct topo_node *from,
		       struct plan_node *node)
{
	char ip[NET_TEXT];
	struct net_addr want;
	size_t i;

	plan_add_check(node, xstrdup("resolver answers"),
		       xstrdup("unbound-control -q -c " PLAN_UNBOUND_CONF " status"));
	/* A server that is asked before there is a way to it costs the resolver's own backoff. */
	for (i = 0; i < topo->n_nodes; i++)
		if (topo->nodes[i].n_zones)
			plan_add_reach_check(node, &topo->nodes[i]);
	for (i = 0; i < topo->n_nodes; i++) {
		const char *host = topo->nodes[i].web.host;
		auto_free char *name = host ? xasprintf("%s.", host) : NULL;

		if (name && expected(topo, &from->resolver, name, &want))
			plan_add_check(node, xasprintf("resolves %s", host),
				       xasprintf("kdig @127.0.0.1 +short +retry=0 +timeout=5 %s A "
						 "| grep -qxF %s",
						 name, net_addr_text(want, ip)));
	}
}

void plan_role_resolver(const struct topo *topo, const struct topo_node *from,
			struct plan_node *node)
{
	auto_str struct str conf = { 0 }, hints = { 0 };

	if (!from->resolver.enabled)
		return;
	add_root_hints(topo, &hints);
	str_adds(&conf, "server:\n");
	add_interfaces(from, &conf);
	str_adds(&conf, server_options);
	add_blocks(&from->resolver, &conf);
	str_adds(&conf, "\n"
			"remote-control:\n"
			"\tcontrol-enable: yes\n"
			"\tcontrol-interface: /run/unbound.ctl\n"
			"\tcontrol-use-cert: no\n");
	plan_add_text(node, PLAN_UNBOUND_CONF, 0644, &conf);
	plan_add_text(node, "/etc/unbound/root.hints", 0644, &hints);
	plan_add_service(node, "unbound", "", "unbound -d -p -c " PLAN_UNBOUND_CONF);
	add_checks(topo, from, node);
}
