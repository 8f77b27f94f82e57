/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packet filter: nftables; each rule counts what it matched. */
#include "role/filter.h"

#include <stdlib.h>

#include "plan/build.h"
#include "role/nat.h"
#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

#define FILTER_CONF "/etc/nftables.d/filter.nft"

static const char *const chains[] = {
	[FILTER_INPUT] = "input", [FILTER_FORWARD] = "forward", [FILTER_OUTPUT] = "output"
};

static unsigned int load_chain(const struct xml_node *at)
{
	const char *name = xml_attr(at, "chain");
	unsigned int i = 0;

	while (name && i < FILTER_CHAINS && !str_eq(name, chains[i]))
		i++;
	return name && i < FILTER_CHAINS ? i : FILTER_INPUT;
}

/* An address, or a block of them. */
static struct net_prefix load_block(struct load *load, const struct xml_node *at, const char *attr)
{
	const char *text = xml_attr(at, attr);
	struct net_addr ip;

	if (text && strchr(text, '/'))
		return load_prefix(load, at, attr);
	ip = load_ip(load, at, attr);
	return (struct net_prefix){ ip, (uint8_t)(ip.family ? net_bits(ip) : 0) };
}

static void load_ports(struct load *load, const struct xml_node *at, struct role_filter_rule *rule)
{
	const char *text = xml_attr(at, "port"), *dash;

	if (!text || xml_has_problem(load->problems, at, "port"))
		return;
	dash = strchr(text, '-');
	rule->port = (unsigned int)strtoul(text, NULL, 10);
	rule->last_port = dash ? (unsigned int)strtoul(dash + 1, NULL, 10) : rule->port;
	if (rule->port > 65535 || rule->last_port > 65535 || rule->port > rule->last_port) {
		xml_problem(load->problems, at, "port", "port is '%s': %s", text,
			    rule->port > rule->last_port ? "its end comes before its start"
							 : "ports go up to 65535");
		rule->port = 0;
	}
}

static void load_rule(struct load *load, const struct xml_node *at, struct role_filter *filter)
{
	struct role_filter_rule *rule = array_add(filter->rules, filter->n_rules);

	rule->chain = load_chain(at);
	rule->from = load_block(load, at, "from");
	rule->to = load_block(load, at, "to");
	rule->in = load_name(at, "in");
	rule->out = load_name(at, "out");
	rule->proto = load_name(at, "proto");
	rule->state = load_name(at, "state");
	rule->action = load_name(at, "action");
	rule->name = load_name(at, "name");
	load_ports(load, at, rule);
}

static void *load_filter(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_filter *filter = xcalloc(1, sizeof(*filter));
	const struct xml_node *ruleset = xml_child(at, "ruleset");
	struct xml_node *it;

	(void)node;
	for (unsigned int i = 0; i < FILTER_CHAINS; i++) {
		const char *policy = xml_attr(at, chains[i]);

		filter->drops[i] = policy && str_eq(policy, "drop");
	}
	xml_for_each(it, at, "rule")
		load_rule(load, it, filter);
	if (ruleset)
		filter->ruleset = xml_text(ruleset);
	return filter;
}

static void free_filter(void *model)
{
	struct role_filter *filter = model;

	for (size_t i = 0; i < filter->n_rules; i++) {
		struct role_filter_rule *rule = &filter->rules[i];

		free(rule->in);
		free(rule->out);
		free(rule->proto);
		free(rule->state);
		free(rule->action);
		free(rule->name);
	}
	free(filter->rules);
	free(filter->ruleset);
	free(filter);
}

/* --- rules --- */

static void check_iface(struct rules *rules, size_t node, const char *name,
			const struct xml_node *at, const char *attr)
{
	if (*name && !iface_named(rules, node, name) && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, attr, "there is no interface '%s' in node '%s'",
			    name, rules->topo->nodes[node].name);
}

static void check_rule(struct rules *rules, size_t node, const struct role_filter_rule *rule,
		       const struct xml_node *at)
{
	const char *chain = chains[rule->chain];
	bool has_ports = str_eq(rule->proto, "tcp") || str_eq(rule->proto, "udp");

	check_iface(rules, node, rule->in, at, "in");
	check_iface(rules, node, rule->out, at, "out");
	if (*rule->in && rule->chain == FILTER_OUTPUT)
		xml_problem(rules->problems, at, "in",
			    "what is in chain '%s' is this node's own and came in nowhere", chain);
	if (*rule->out && rule->chain == FILTER_INPUT)
		xml_problem(rules->problems, at, "out",
			    "what is in chain '%s' is for this node and goes out nowhere", chain);
	if (rule->port && !has_ports)
		xml_problem(rules->problems, at, "port",
			    "a port is of TCP or UDP: proto=\"tcp\" or proto=\"udp\" is missing");
}

static void check_ruleset(struct rules *rules, const char *ruleset, const struct xml_node *at)
{
	for (unsigned int i = 0; i < FILTER_CHAINS; i++)
		if (xml_attr(at, chains[i]))
			xml_problem(rules->problems, at, chains[i],
				    "a <ruleset> has its own policies: '%s' would say nothing",
				    chains[i]);
	if (!ruleset[strspn(ruleset, " \t\r\n")])
		xml_problem(rules->problems, xml_child(at, "ruleset"), NULL, "no ruleset in it");
}

static void check_filter(struct rules *rules, size_t node, const void *model,
			 const struct xml_node *at)
{
	const struct role_filter *filter = model;

	if (filter->ruleset)
		check_ruleset(rules, filter->ruleset, at);
	for (size_t i = 0; i < filter->n_rules; i++)
		check_rule(rules, node, &filter->rules[i], xml_child_at(at, "rule", i));
}

static bool matches_all(const struct role_filter_rule *rule)
{
	return !rule->from.addr.family && !rule->to.addr.family && !*rule->in && !*rule->out &&
	       !*rule->proto && !*rule->state;
}

static void note_filter(struct rules *rules, size_t node, const void *model,
			const struct xml_node *at)
{
	const struct role_filter *filter = model;
	bool ended[FILTER_CHAINS] = { false };

	for (size_t i = 0; i < filter->n_rules; i++) {
		const struct role_filter_rule *rule = &filter->rules[i];
		const struct xml_node *here = xml_child_at(at, "rule", i);

		if (ended[rule->chain])
			xml_problem(rules->problems, here, NULL,
				    "never asked: a rule before it takes all of chain '%s'",
				    chains[rule->chain]);
		else if (rule->chain == FILTER_FORWARD && !rules->topo->nodes[node].forwards)
			xml_problem(rules->problems, here, "chain",
				    "this node has no <router/>: nothing goes through chain "
				    "'forward'");
		ended[rule->chain] |= matches_all(rule);
	}
}

/* --- plan --- */

static void add_addresses(const struct net_prefix *p, const char *which, struct str *out)
{
	char text[NET_TEXT];

	if (!p->addr.family)
		return;
	str_addf(out, "%s %s %s ", p->addr.family == NET_IPV4 ? "ip" : "ip6", which,
		 p->len == net_bits(p->addr) ? net_addr_text(p->addr, text)
					     : net_prefix_text(*p, text));
}

static void add_state(const char *state, struct str *out)
{
	if (!*state)
		return;
	str_adds(out, "ct state {");
	for (const char *p = state + strspn(state, " "); *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		str_addf(out, "%s %.*s", out->data[out->len - 1] == '{' ? "" : ",", (int)len, p);
		p += len;
	}
	str_adds(out, " } ");
}

static void add_proto(const struct role_filter_rule *rule, struct str *out)
{
	if (str_eq(rule->proto, "icmp"))
		str_adds(out, "meta l4proto { icmp, ipv6-icmp } ");
	else if (str_eq(rule->proto, "ospf"))
		str_adds(out, "meta l4proto 89 ");
	else if (rule->port && rule->port == rule->last_port)
		str_addf(out, "%s dport %u ", rule->proto, rule->port);
	else if (rule->port)
		str_addf(out, "%s dport %u-%u ", rule->proto, rule->port, rule->last_port);
	else if (*rule->proto)
		str_addf(out, "meta l4proto %s ", rule->proto);
}

/* A router's "port unreachable" would be the word of somebody who is asked in vain, not of one who
 * forbids. */
static void add_rule(const struct role_filter_rule *rule, struct str *out)
{
	str_adds(out, "\t\t");
	if (*rule->in)
		str_addf(out, "iifname \"%s\" ", rule->in);
	if (*rule->out)
		str_addf(out, "oifname \"%s\" ", rule->out);
	add_addresses(&rule->from, "saddr", out);
	add_addresses(&rule->to, "daddr", out);
	add_proto(rule, out);
	add_state(rule->state, out);
	str_addf(out, "counter %s",
		 str_eq(rule->action, "reject") ? "reject with icmpx admin-prohibited"
						: rule->action);
	if (*rule->name)
		str_addf(out, " comment \"%s\"", rule->name);
	str_adds(out, "\n");
}

static void add_chain(const struct role_filter *filter, unsigned int chain, struct str *out)
{
	const char *policy = filter->drops[chain] ? "drop" : "accept";

	str_addf(out, "\tchain %s {\n\t\ttype filter hook %s priority filter; policy %s;\n",
		 chains[chain], chains[chain], policy);
	/* What the node says to itself is nobody's to filter: its own services ask each other. */
	if (!str_eq(chains[chain], "forward"))
		str_addf(out, "\t\t%s \"lo\" accept\n",
			 str_eq(chains[chain], "input") ? "iifname" : "oifname");
	for (size_t i = 0; i < filter->n_rules; i++)
		if (filter->rules[i].chain == chain)
			add_rule(&filter->rules[i], out);
	str_addf(out, "\t\tcounter comment \"no rule: %s\"\n\t}\n", policy);
}

static void plan_filter(const struct topo *topo, const struct topo_node *from, const void *model,
			struct plan_node *node)
{
	const struct role_filter *filter = model;
	auto_str struct str conf = { 0 };

	(void)topo;
	if (filter->ruleset) {
		str_adds(&conf, filter->ruleset);
	} else {
		str_adds(&conf, "table inet filter {\n");
		for (unsigned int i = 0; i < FILTER_CHAINS; i++)
			add_chain(filter, i, &conf);
		str_adds(&conf, "}\n");
	}
	plan_add_text(node, FILTER_CONF, 0644, &conf);
	plan_add_lines(node, PLAN_SETUP, "nft -f " FILTER_CONF "\n");
	plan_add_check(node, PLAN_READY, FILTER_CONF, xstrdup("packet filter is loaded"),
		       xstrdup(filter->ruleset ? "nft list tables | grep -q ."
					       : "nft list table inet filter >/dev/null"));
	plan_add_table(node, "filter",
		       filter->ruleset ? "nft list ruleset" : "nft list table inet filter");
	if (!nat_of(from))
		plan_add_table(node, "conntrack", "conntrack -L 2>/dev/null");
}

static const struct xml_bound bounds[] = { { "filter", "rule", 500, 0 } };

const struct topo_role role_filter = {
	.name = "filter",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_filter,
	.check = check_filter,
	.note = note_filter,
	.plan = plan_filter,
	.free = free_filter,
};
