/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Router advertisements (RFC 4861, 6.2): bird's radv, as a service of its own beside whatever the
 * router speaks to other routers.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/build.h"
#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

#define RADV_CONF "/etc/bird/radv.conf"
#define RADV_CTL "/run/bird/radv.ctl"
#define LIFETIME_DEFAULT 1800
#define INTERVAL_MAX 600 /* RFC 4861, 6.2.1; a lifetime is none, or no shorter */
#define SLAAC_LEN 64     /* what an Ethernet's identifier leaves of an address, RFC 2464 */

/* <router-advertisement on= dns= domain= lifetime= managed= other= autonomous=> */
struct role_router_advertisement {
	char **on; /* interfaces */
	size_t n_on;
	struct net_addr dns;
	char *domain; /* with its final dot; "": none */
	unsigned int lifetime_s;
	bool managed, other, autonomous;
};

static void *load_router_advertisement(struct load *load, struct topo_node *node,
				       const struct xml_node *at)
{
	struct role_router_advertisement *radv = xcalloc(1, sizeof(*radv));
	auto_free char *list = load_name(at, "on");
	char *save = NULL, *word;

	for (word = strtok_r(list, " \t\r\n", &save); word; word = strtok_r(NULL, " \t\r\n", &save))
		*array_add(radv->on, radv->n_on) = xstrdup(word);
	radv->dns = load_ip(load, at, "dns");
	radv->lifetime_s = (unsigned int)xml_attr_unsigned(load->problems, at, "lifetime", 0, 9000,
							   LIFETIME_DEFAULT);
	radv->domain = xml_attr(at, "domain") ? load_domain(at, "domain") : xstrdup("");
	radv->managed = xml_attr_flag(load->problems, at, "managed", false);
	radv->other = xml_attr_flag(load->problems, at, "other", false);
	radv->autonomous = xml_attr_flag(load->problems, at, "autonomous", true);
	for (size_t i = 0; i < radv->n_on; i++) {
		struct topo_ra *ra = array_add(node->ra, node->n_ra);

		ra->on = radv->on[i];
		ra->says = (radv->dns.family || *radv->domain ? TOPO_RA_NAMES : 0) |
			   (radv->managed ? TOPO_RA_MANAGED : 0) |
			   (radv->other ? TOPO_RA_OTHER : 0);
	}
	return radv;
}

static void free_router_advertisement(void *model)
{
	struct role_router_advertisement *radv = model;

	for (size_t i = 0; i < radv->n_on; i++)
		free(radv->on[i]);
	free(radv->on);
	free(radv->domain);
	free(radv);
}

/* A prefix of another length is advertised, and makes no addresses. */
static void check_on(struct rules *rules, const struct iface *on, bool autonomous,
		     const struct xml_node *at)
{
	bool some = false;
	char text[NET_TEXT];

	for (size_t i = 0; i < on->addresses->n; i++) {
		struct net_prefix address = on->addresses->list[i];

		if (address.addr.family != NET_IPV6)
			continue;
		some = true;
		if (address.len != SLAAC_LEN && autonomous)
			xml_problem(rules->problems, at, "on",
				    "hosts make no address of %s on '%s': its prefix length is "
				    "not %d",
				    net_prefix_text(address, text), on->name, SLAAC_LEN);
	}
	if (!some && !xml_has_problem(rules->problems, on->at, "address"))
		xml_problem(rules->problems, at, "on",
			    "interface '%s' has no IPv6 address to advertise a prefix of",
			    on->name);
}

static void check_router_advertisement(struct rules *rules, size_t node, const void *model,
				       const struct xml_node *at)
{
	const struct role_router_advertisement *radv = model;
	const struct topo_node *of = &rules->topo->nodes[node];
	char ip[NET_TEXT];

	if (!of->forwards && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, NULL,
			    "node '%s' says to others that it is a router, and has no <router/>",
			    of->name);
	for (size_t i = 0; i < radv->n_on; i++) {
		const struct iface *on = iface_named(rules, node, radv->on[i]);

		if (on)
			check_on(rules, on, radv->autonomous, at);
		else if (!xml_tainted(rules->nodes[node]))
			xml_problem(rules->problems, at, "on",
				    "there is no interface '%s' in node '%s'", radv->on[i],
				    of->name);
	}
	if (radv->dns.family == NET_IPV4)
		xml_problem(rules->problems, at, "dns",
			    "dns %s is an IPv4 address, which an advertisement cannot carry",
			    net_addr_text(radv->dns, ip));
	else if (radv->dns.family && !iface_with(rules, radv->dns))
		xml_problem(rules->problems, at, "dns", "dns %s: no node has this address",
			    net_addr_text(radv->dns, ip));
	if (!radv->autonomous && !radv->managed)
		xml_problem(
			rules->problems, at, "autonomous",
			"hosts get no address: they make none, and managed=\"yes\" does not say "
			"that a DHCPv6 server has some");
	if (radv->lifetime_s && radv->lifetime_s < INTERVAL_MAX)
		xml_problem(rules->problems, at, "lifetime",
			    "lifetime %u is shorter than the %d s that may pass between two "
			    "advertisements; 0 is for no default router",
			    radv->lifetime_s, INTERVAL_MAX);
}

static void add_interface(const struct role_router_advertisement *radv, const char *name,
			  struct str *out)
{
	char ip[NET_TEXT];

	str_addf(out,
		 "\tinterface \"%s\" {\n"
		 "\t\tmax ra interval %d;\n"
		 "\t\tdefault lifetime %u;\n"
		 "%s%s"
		 "\t\tprefix ::/0 {%s };\n",
		 name, INTERVAL_MAX, radv->lifetime_s, radv->managed ? "\t\tmanaged yes;\n" : "",
		 radv->other ? "\t\tother config yes;\n" : "",
		 radv->autonomous ? "" : " autonomous no;");
	if (radv->dns.family)
		str_addf(out, "\t\trdnss { ns %s; };\n", net_addr_text(radv->dns, ip));
	if (*radv->domain)
		str_addf(out, "\t\tdnssl { domain \"%.*s\"; };\n", (int)strlen(radv->domain) - 1,
			 radv->domain);
	str_adds(out, "\t};\n");
}

static void plan_router_advertisement(const struct topo *topo, const struct topo_node *from,
				      const void *model, struct plan_node *node)
{
	const struct role_router_advertisement *radv = model;
	auto_str struct str conf = { 0 };

	(void)topo;
	(void)from;
	/* bird wants some number to call itself by, and tells it nobody here. */
	str_adds(&conf, "log stderr all;\n"
			"router id 0.0.0.1;\n"
			"\n"
			"protocol device {\n\tscan time 60;\n}\n"
			"\n"
			"protocol radv {\n");
	for (size_t i = 0; i < radv->n_on; i++)
		add_interface(radv, radv->on[i], &conf);
	str_adds(&conf, "}\n");
	plan_add_text(node, RADV_CONF, 0644, &conf);
	plan_add_service(node, "radv", "mkdir -p /run/bird\n",
			 "bird -f -c " RADV_CONF " -s " RADV_CTL);
	plan_add_check(node, PLAN_READY, RADV_CONF, xstrdup("router advertisements are sent"),
		       xstrdup("birdcl -s " RADV_CTL " show protocols | grep -q '^radv.* up '"));
}

const struct topo_role role_router_advertisement = {
	.name = "router-advertisement",
	.load = load_router_advertisement,
	.check = check_router_advertisement,
	.plan = plan_router_advertisement,
	.free = free_router_advertisement,
};
