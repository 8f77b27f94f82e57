/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a BGP session lets in and out: how it is read, its rules, and a filter of bird's. */
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"
#include "role/router.h"

/* RFC 1997. */
#define NO_EXPORT UINT32_C(0xffffff01)
#define NO_ADVERTISE UINT32_C(0xffffff02)

/* --- model --- */

static uint32_t load_community(struct load *load, const struct xml_node *at, const char *attr)
{
	const char *text = xml_attr(at, attr);
	unsigned int high, low;

	if (!text)
		return 0;
	if (str_eq(text, "no-export"))
		return NO_EXPORT;
	if (str_eq(text, "no-advertise"))
		return NO_ADVERTISE;
	if (sscanf(text, "%5u:%5u", &high, &low) == 2 && high <= UINT16_MAX && low <= UINT16_MAX &&
	    (high || low))
		return (uint32_t)high << 16 | low;
	if (!xml_has_problem(load->problems, at, attr))
		xml_problem(load->problems, at, attr,
			    "%s is '%.32s', and both numbers of a community are at most 65535, not "
			    "both 0",
			    attr, text);
	return 0;
}

static void load_marks(struct load *load, const struct xml_node *at, struct role_marks *ret)
{
	ret->has_preference = xml_attr(at, "local-preference");
	ret->preference = (uint32_t)xml_attr_unsigned(load->problems, at, "local-preference", 0,
						      UINT32_MAX, 0);
	ret->has_med = xml_attr(at, "med");
	ret->med = (uint32_t)xml_attr_unsigned(load->problems, at, "med", 0, UINT32_MAX, 0);
	ret->prepend = (unsigned int)xml_attr_unsigned(load->problems, at, "prepend", 1, 16, 0);
	ret->community = load_community(load, at, "add-community");
}

static void load_rule(struct load *load, const struct xml_node *at, struct role_policy_rule *ret)
{
	unsigned int bits;

	ret->accept = xml_is(at, "accept");
	ret->prefix = load_prefix(load, at, "prefix");
	bits = ret->prefix.addr.family ? net_bits(ret->prefix.addr) : 32;
	ret->least = (uint8_t)xml_attr_unsigned(load->problems, at, "ge", 0, bits, ret->prefix.len);
	ret->most = (uint8_t)xml_attr_unsigned(load->problems, at, "le", 0, bits,
					       xml_attr(at, "ge") ? bits : ret->prefix.len);
	ret->as = (uint32_t)xml_attr_unsigned(load->problems, at, "as", 1, UINT32_MAX - 1, 0);
	ret->community = load_community(load, at, "community");
	if (ret->accept)
		load_marks(load, at, &ret->marks);
}

void router_load_policy(struct load *load, const struct xml_node *at, struct role_policy *ret)
{
	struct xml_node *it;

	if (!at)
		return;
	ret->given = true;
	ret->deny_rest = str_eq(xml_attr(at, "else"), "deny");
	load_marks(load, at, &ret->marks);
	xml_for_each(it, at, NULL)
		load_rule(load, it, array_add(ret->rules, ret->n_rules));
}

/* --- rules --- */

static void check_marks(struct rules *rules, const struct xml_node *at,
			const struct role_marks *marks, bool out, bool external)
{
	if (marks->prepend && !out)
		xml_problem(rules->problems, at, "prepend",
			    "a router puts itself into the paths that it tells: prepend= belongs "
			    "into <export>");
	else if (marks->prepend && !external)
		xml_problem(rules->problems, at, "prepend",
			    "within one AS no path gets longer: prepend= is for a neighbor in "
			    "another AS");
	if (marks->has_preference && out && external)
		xml_problem(rules->problems, at, "local-preference",
			    "a local preference is not told to another AS (RFC 4271, 5.1.5): it "
			    "belongs into <import>");
}

static void check_match(struct rules *rules, const struct xml_node *at,
			const struct role_policy_rule *rule)
{
	bool lengths = xml_attr(at, "ge") || xml_attr(at, "le");
	char text[NET_TEXT];

	if (lengths && !xml_attr(at, "prefix"))
		xml_problem(rules->problems, at, xml_attr(at, "ge") ? "ge" : "le",
			    "ge= and le= say how long a prefix inside of prefix= is, and there is "
			    "none");
	else if (rule->least < rule->prefix.len || rule->least > rule->most)
		xml_problem(rules->problems, at, xml_attr(at, "le") ? "le" : "ge",
			    "no prefix in %s is %u to %u bits long",
			    net_prefix_text(rule->prefix, text), rule->least, rule->most);
}

static bool fits_all(const struct role_policy_rule *rule)
{
	return !rule->prefix.addr.family && !rule->as && !rule->community;
}

void router_check_policy(struct rules *rules, const struct xml_node *at,
			 const struct role_policy *policy, bool external)
{
	bool out = at && xml_is(at, "export"), done = false;

	if (!at)
		return;
	check_marks(rules, at, &policy->marks, out, external);
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct xml_node *here = xml_child_at(at, NULL, i);

		if (done) {
			xml_problem(rules->problems, here, NULL,
				    "no route gets here: the line above takes all");
			break;
		}
		check_match(rules, here, &policy->rules[i]);
		check_marks(rules, here, &policy->rules[i].marks, out, external);
		done = fits_all(&policy->rules[i]) && !xml_attr(here, "prefix") &&
		       !xml_attr(here, "community") && !xml_attr(here, "as");
	}
}

/* --- bird --- */

static void add_community(uint32_t community, struct str *out)
{
	str_addf(out, "(%u,%u)", community >> 16, community & 0xffff);
}

/* What the rule says of a mark goes before what its policy says of all. */
static void add_marks(const struct role_marks *marks, const struct role_marks *all, uint32_t as,
		      struct str *out)
{
	unsigned int prepend = marks->prepend ? marks->prepend : all->prepend;
	const uint32_t add[] = { all->community, marks->community };

	if (marks->has_preference || all->has_preference)
		str_addf(out, "bgp_local_pref = %u; ",
			 marks->has_preference ? marks->preference : all->preference);
	if (marks->has_med || all->has_med)
		str_addf(out, "bgp_med = %u; ", marks->has_med ? marks->med : all->med);
	for (unsigned int i = 0; i < prepend; i++)
		str_addf(out, "bgp_path.prepend(%u); ", as);
	for (size_t i = 0; i < ARRAY_SIZE(add); i++)
		if (add[i]) {
			str_adds(out, "bgp_community.add(");
			add_community(add[i], out);
			str_adds(out, "); ");
		}
}

static void add_condition(const struct role_policy_rule *rule, struct str *out)
{
	char text[NET_TEXT];
	const char *gap = "";

	if (rule->prefix.addr.family) {
		str_addf(out, "net ~ [ %s{%u,%u} ]", net_prefix_text(rule->prefix, text),
			 rule->least, rule->most);
		gap = " && ";
	}
	if (rule->as) {
		str_addf(out, "%sbgp_path ~ [= * %u * =]", gap, rule->as);
		gap = " && ";
	}
	if (rule->community) {
		str_adds(out, gap);
		add_community(rule->community, out);
		str_adds(out, " ~ bgp_community");
	}
	if (fits_all(rule))
		str_adds(out, "true");
}

void router_add_policy(const struct role_policy *policy, enum net_family family, uint32_t as,
		       struct str *out)
{
	static const struct role_marks none;

	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct role_policy_rule *rule = &policy->rules[i];

		if (rule->prefix.addr.family && rule->prefix.addr.family != family)
			continue;
		str_adds(out, "\t\t\tif ");
		add_condition(rule, out);
		str_adds(out, " then { ");
		if (rule->accept)
			add_marks(&rule->marks, &policy->marks, as, out);
		str_adds(out, rule->accept ? "accept; }\n" : "reject; }\n");
	}
	str_adds(out, "\t\t\t");
	if (!policy->deny_rest)
		add_marks(&none, &policy->marks, as, out);
	str_adds(out, policy->deny_rest ? "reject;\n" : "accept;\n");
}

bool router_policy_passes(const struct role_policy *policy, struct net_prefix prefix)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct role_policy_rule *rule = &policy->rules[i];

		if (rule->prefix.addr.family &&
		    (!net_prefix_contains(rule->prefix, prefix.addr) || prefix.len < rule->least ||
		     prefix.len > rule->most))
			continue;
		/* By its path or communities it may fit or not. */
		if (!rule->as && !rule->community)
			return rule->accept;
		if (!rule->accept)
			return false;
	}
	return !policy->deny_rest;
}

static bool stops(const struct role_marks *marks)
{
	return marks->community == NO_EXPORT || marks->community == NO_ADVERTISE;
}

bool router_policy_stops(const struct role_policy *policy)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (stops(&policy->rules[i].marks))
			return true;
	return stops(&policy->marks);
}
