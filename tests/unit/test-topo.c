/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Topologies: what they load to, and every complaint about the ones in golden/topo/bad.
 * Covers: src/topo/ask.c src/topo/domain.c src/topo/file.c src/topo/free.c src/topo/iface.c src/topo/link.c
 * Covers: src/topo/load.c src/topo/node.c src/topo/notes.c src/topo/rules.c src/topo/rules-address.c src/topo/rules-dhcp.c src/topo/rules-bridge.c
 * Covers: src/topo/rules-link.c src/topo/rules-names.c src/topo/rules-ring.c src/topo/rules-route.c src/topo/rules-wifi.c src/topo/topo.c
 * Covers: src/topo/point.c src/role/dhcp-option.c src/role/dhcp-rules.c src/role/dhcp-server.c src/role/name-server.c src/role/role.c src/role/router.c
 */
#include <sys/stat.h>

#include "lib/tests.h"
#include "role/dhcp-server.h"
#include "role/filter.h"
#include "role/name-server.h"
#include "role/nat.h"
#include "role/resolver.h"
#include "role/role.h"
#include "role/router.h"
#include "role/web-server.h"
#include "topo/topo.h"

static char *top, *schema;

/* The whole model as text, but for lines, which differ between a file and its flat form. */

static void dump_addresses(struct str *out, const struct topo_addresses *addresses)
{
	char buf[NET_TEXT];

	for (size_t i = 0; i < addresses->n; i++)
		str_addf(out, " address=%s", net_prefix_text(addresses->list[i], buf));
	if (addresses->duplicate)
		str_adds(out, " duplicate");
}

static void dump_ip(struct str *out, const char *name, struct net_addr ip)
{
	char buf[NET_TEXT];

	if (ip.family)
		str_addf(out, " %s=%s", name, net_addr_text(ip, buf));
}

static void dump_port(struct str *out, const struct topo_node *node, const struct topo_port *port)
{
	str_addf(out, "%s", node->nics[port->nic].name);
	if (port->vlan)
		str_addf(out, "/%u", port->vlan);
	for (size_t i = 0; i < port->n_trunk; i++)
		str_addf(out, "+%u", port->trunk[i]);
	if (port->cost)
		str_addf(out, "(cost=%u priority=%u)", port->cost, port->priority);
	str_adds(out, ",");
}

static void dump_interfaces(struct str *out, const struct topo *topo, const struct topo_node *node)
{
	char buf[NET_TEXT];
	size_t i, j;

	for (i = 0; i < node->n_nics; i++) {
		const struct topo_nic *nic = &node->nics[i];

		str_addf(out, "  nic %s mac=%s%s%s link=%s", nic->name, net_mac_text(nic->mac, buf),
			 nic->mac_given ? "" : " (derived)", nic->dhcp ? " dhcp" : "",
			 nic->link == SIZE_MAX ? "-" : topo->links[nic->link].name);
		dump_addresses(out, &nic->addresses);
		if (nic->slaac)
			str_adds(out, " slaac");
		str_adds(out, "\n");
	}
	for (i = 0; i < node->n_bridges; i++) {
		const struct topo_bridge *bridge = &node->bridges[i];

		str_addf(out, "  bridge %s mac=%s ports=", bridge->name,
			 net_mac_text(bridge->mac, buf));
		for (j = 0; j < bridge->n_ports; j++)
			dump_port(out, node, &bridge->ports[j]);
		if (bridge->stp)
			str_addf(out, " stp=%u", bridge->priority);
		if (bridge->mtu)
			str_addf(out, " mtu=%u", bridge->mtu);
		dump_addresses(out, &bridge->addresses);
		str_adds(out, "\n");
	}
	for (i = 0; i < node->n_vlans; i++) {
		const struct topo_vlan *vlan = &node->vlans[i];

		str_addf(out, "  vlan %s on=%s id=%u", vlan->name,
			 vlan->nic != SIZE_MAX ? node->nics[vlan->nic].name
					       : node->bridges[vlan->bridge].name,
			 vlan->id);
		if (vlan->mtu)
			str_addf(out, " mtu=%u", vlan->mtu);
		dump_addresses(out, &vlan->addresses);
		str_adds(out, "\n");
	}
	if (node->loopback.n) {
		str_adds(out, "  loopback");
		dump_addresses(out, &node->loopback);
		str_adds(out, "\n");
	}
}

static void dump_nics(struct str *out, const struct topo_node *node, const char *what,
		      const struct role_nics *nics)
{
	for (size_t i = 0; i < nics->n; i++)
		str_addf(out, " %s%s", what, topo_iface_name(node, nics->list[i]));
}

static void dump_others(struct str *out, const struct role_redistribute *others)
{
	str_addf(out, " from=%u%s", others->from, others->default_route ? " default" : "");
}

static void dump_costs(struct str *out, const struct topo_node *node,
		       const struct role_costs *costs)
{
	for (size_t i = 0; i < costs->n; i++)
		str_addf(out, " %s=%u", topo_iface_name(node, costs->list[i].nic),
			 costs->list[i].value);
	str_adds(out, "\n");
}

static void dump_ospf(struct str *out, const struct topo_node *node, const struct role_ospf *ospf)
{
	str_adds(out, "    ospf");
	dump_others(out, &ospf->others);
	for (size_t i = 0; i < ospf->n_areas; i++) {
		str_addf(out, " area %u stub=%u", ospf->areas[i].id, ospf->areas[i].stub);
		dump_nics(out, node, "", &ospf->areas[i].nics);
		dump_nics(out, node, "passive ", &ospf->areas[i].passive);
	}
	dump_costs(out, node, &ospf->costs);
}

static void dump_rip(struct str *out, const struct topo_node *node, const struct role_rip *rip)
{
	str_adds(out, "    rip");
	dump_others(out, &rip->others);
	dump_nics(out, node, "", &rip->nics);
	dump_costs(out, node, &rip->costs);
}

static void dump_marks(struct str *out, const struct role_marks *marks)
{
	if (marks->has_preference)
		str_addf(out, " preference=%u", marks->preference);
	if (marks->has_med)
		str_addf(out, " med=%u", marks->med);
	if (marks->prepend)
		str_addf(out, " prepend=%u", marks->prepend);
	if (marks->community)
		str_addf(out, " community=%x", marks->community);
}

static void dump_policy(struct str *out, const char *what, const struct role_policy *policy)
{
	char text[NET_TEXT];

	if (!policy->given)
		return;
	str_addf(out, " %s(", what);
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct role_policy_rule *rule = &policy->rules[i];

		str_addf(out, "%s %s{%u,%u} as=%u community=%x", rule->accept ? "accept" : "deny",
			 net_prefix_text(rule->prefix, text), rule->least, rule->most, rule->as,
			 rule->community);
		dump_marks(out, &rule->marks);
		str_adds(out, "; ");
	}
	str_adds(out, policy->deny_rest ? "deny" : "accept");
	dump_marks(out, &policy->marks);
	str_adds(out, ")");
}

static void dump_bgp(struct str *out, const struct topo *topo, const struct role_bgp *bgp)
{
	char text[NET_TEXT];
	size_t i;

	str_addf(out, "    bgp as=%u", bgp->as);
	dump_others(out, &bgp->others);
	for (i = 0; i < bgp->n_neighbors; i++) {
		const struct role_neighbor *neighbor = &bgp->neighbors[i];

		str_addf(out, " neighbor=%s%s%s%s", topo->nodes[neighbor->node].name,
			 neighbor->client ? " client" : "",
			 neighbor->keeps_next_hop ? " keeps-next-hop" : "",
			 neighbor->loopback ? " loopback" : "");
		dump_policy(out, "import", &neighbor->in);
		dump_policy(out, "export", &neighbor->out);
	}
	for (i = 0; i < bgp->n_originate; i++)
		str_addf(out, " originate=%s%s",
			 bgp->originate[i].network == SIZE_MAX
				 ? net_prefix_text(bgp->originate[i].prefix, text)
				 : topo->networks[bgp->originate[i].network].name,
			 bgp->originate[i].meant ? " meant" : "");
	str_adds(out, "\n");
}

static void dump_router(struct str *out, const struct topo *topo, const struct topo_node *node)
{
	const struct role_router *router = router_of(node);

	str_addf(out, "  router%s\n", router->ecmp ? " ecmp" : "");
	if (router->ospf.enabled)
		dump_ospf(out, node, &router->ospf);
	if (router->rip.enabled)
		dump_rip(out, node, &router->rip);
	if (router->bgp.as)
		dump_bgp(out, topo, &router->bgp);
}

static void dump_zones(struct str *out, const struct role_name_server *server)
{
	size_t i, j;

	for (i = 0; i < server->n_zones; i++) {
		const struct role_zone *zone = &server->zones[i];

		str_addf(out, "  zone %s ns=%s ttl=%u%s%s%s%s%s\n", zone->name, zone->ns, zone->ttl,
			 zone->secondary ? " secondary" : "", zone->reverse ? " reverse" : "",
			 zone->lies ? " lies" : "", zone->dnssec ? " dnssec" : "",
			 zone->ds == ROLE_DS_WRONG  ? " ds=wrong"
			 : zone->ds == ROLE_DS_NONE ? " ds=none"
						    : "");
		for (j = 0; j < zone->n_records; j++)
			str_addf(out, "    %s %u %s %s\n", zone->records[j].name,
				 zone->records[j].ttl, zone->records[j].type,
				 zone->records[j].data);
	}
}

static void dump_nat(struct str *out, const struct role_nat *nat)
{
	str_addf(out, "  nat %s", nat->on);
	dump_ip(out, "address", nat->address);
	str_adds(out, "\n");
	for (size_t i = 0; i < nat->n_forwards; i++) {
		const struct role_nat_forward *forward = &nat->forwards[i];

		str_addf(out, "    forward %s %u", forward->udp ? "udp" : "tcp", forward->port);
		dump_ip(out, "to", forward->to);
		str_addf(out, " %u\n", forward->to_port);
	}
}

static void dump_filter(struct str *out, const struct role_filter *filter)
{
	str_addf(out, "  filter %d%d%d %s\n", filter->drops[FILTER_INPUT],
		 filter->drops[FILTER_FORWARD], filter->drops[FILTER_OUTPUT],
		 filter->ruleset ? filter->ruleset : "");
	for (size_t i = 0; i < filter->n_rules; i++) {
		const struct role_filter_rule *r = &filter->rules[i];
		char from[NET_TEXT] = "-", to[NET_TEXT] = "-";

		if (r->from.addr.family)
			(void)net_prefix_text(r->from, from);
		if (r->to.addr.family)
			(void)net_prefix_text(r->to, to);
		str_addf(out, "    rule %u %s '%s' from=%s to=%s in=%s out=%s %s %u-%u [%s]\n",
			 r->chain, r->action, r->name, from, to, r->in, r->out, r->proto, r->port,
			 r->last_port, r->state);
	}
}

static void dump_dhcp(struct str *out, const struct role_dhcp_server *dhcp)
{
	char text[NET_TEXT], ip[NET_TEXT];

	str_addf(out, "  dhcp-server %s lease=%u", dhcp->on, dhcp->lease_s);
	dump_ip(out, "first", dhcp->first);
	dump_ip(out, "last", dhcp->last);
	dump_ip(out, "router", dhcp->router);
	dump_ip(out, "dns", dhcp->dns);
	if (dhcp->subnet.addr.family)
		str_addf(out, " subnet=%s", net_prefix_text(dhcp->subnet, text));
	str_adds(out, "\n");
	for (size_t i = 0; i < dhcp->n_reservations; i++)
		str_addf(out, "    reservation %s %s '%s'\n",
			 net_mac_text(dhcp->reservations[i].mac, text),
			 net_addr_text(dhcp->reservations[i].address, ip),
			 dhcp->reservations[i].name);
	for (size_t i = 0; i < dhcp->n_options; i++)
		str_addf(out, "    option %u '%s' '%s'\n", dhcp->options[i].code,
			 dhcp->options[i].name, dhcp->options[i].value);
}

static void dump_relays(struct str *out, const struct role_dhcp_relays *relays)
{
	for (size_t i = 0; relays && i < relays->n; i++) {
		str_addf(out, "  dhcp-relay %s", relays->list[i].on);
		dump_ip(out, "to", relays->list[i].to);
		str_adds(out, "\n");
	}
}

static void dump_roles(struct str *out, const struct topo *topo, const struct topo_node *node)
{
	const struct role_dhcp *dhcp = dhcp_of(node);
	const struct role_resolver *resolver = resolver_of(node);
	size_t i;

	for (i = 0; i < node->n_nics; i++)
		if (node->nics[i].station)
			str_addf(out, "  client %s\n", node->nics[i].name);
	for (i = 0; i < node->n_nics; i++)
		if (node->nics[i].access_point)
			str_addf(out, "  access-point %s\n", node->nics[i].name);
	for (i = 0; dhcp && i < dhcp->n; i++)
		dump_dhcp(out, &dhcp->servers[i]);
	dump_relays(out, dhcp_relays_of(node));
	if (router_of(node))
		dump_router(out, topo, node);
	if (resolver)
		str_addf(out, "  resolver%s\n", resolver->validate ? " validate" : "");
	for (i = 0; resolver && i < resolver->n_blocks; i++) {
		str_addf(out, "    block %s", resolver->blocks[i].name);
		dump_ip(out, "answer", resolver->blocks[i].answer);
		str_adds(out, "\n");
	}
	for (i = 0; resolver && i < resolver->n_forwards; i++) {
		str_addf(out, "    forward %s", resolver->forwards[i].zone);
		dump_ip(out, "to", resolver->forwards[i].to);
		str_adds(out, "\n");
	}
	if (name_server_of(node))
		dump_zones(out, name_server_of(node));
	if (web_server_of(node))
		str_addf(out, "  web-server %s\n", web_server_of(node)->sites->host);
	if (topo_model(node, "router-advertisement"))
		str_adds(out, "  router-advertisement\n");
	if (topo_model(node, "traffic-server"))
		str_adds(out, "  traffic-server\n");
	if (nat_of(node))
		dump_nat(out, nat_of(node));
	if (filter_of(node))
		dump_filter(out, filter_of(node));
}

static void dump_node(struct str *out, const struct topo *topo, const struct topo_node *node)
{
	size_t i;

	str_addf(out, "node %s memory=%u", node->name, node->memory_mib);
	dump_ip(out, "dns", node->dns);
	str_addf(out, " (%s)\n", node->description ? node->description : "-");
	dump_interfaces(out, topo, node);
	for (i = 0; i < node->n_routes; i++) {
		char to[NET_TEXT];

		str_addf(out, "  route %s", net_prefix_text(node->routes[i].to, to));
		if (node->routes[i].kind != TOPO_ROUTE_VIA)
			str_addf(out, " %s", topo_route_kind_name(node->routes[i].kind));
		dump_ip(out, "via", node->routes[i].via);
		str_adds(out, "\n");
	}
	dump_roles(out, topo, node);
	for (i = 0; i < node->n_files; i++) {
		const struct topo_file *file = &node->files[i];

		str_addf(out, "  file %s %o %zu ", file->path, (unsigned int)file->mode, file->len);
		str_add_base64(out, file->data, file->len);
		str_adds(out, "\n");
	}
	for (i = 0; i < node->n_runs; i++)
		str_addf(out, "  run [%s]\n", node->runs[i]);
	for (i = 0; i < node->n_checks; i++)
		str_addf(out, "  check %s %u [%s]\n", node->checks[i].name,
			 node->checks[i].deadline_s, node->checks[i].command);
}

static void dump_network(struct str *out, const struct topo_ssid *network, unsigned int channel)
{
	str_addf(out, " ssid='%s'", network->ssid);
	if (network->passphrase)
		str_addf(out, " passphrase='%s'", network->passphrase);
	if (network->security != TOPO_WPA2)
		str_addf(out, " %s", topo_security_name(network->security));
	if (network->hidden)
		str_adds(out, " hidden");
	if (channel)
		str_addf(out, " channel=%u", channel);
}

static void dump_shape(struct str *out, const char *before, const struct net_shape *shape,
		       const char *after)
{
	auto_str struct str text = { 0 };

	net_shape_add_text(&text, shape);
	if (text.len)
		str_addf(out, "%s%s%s", before, str_text(&text), after);
}

static void dump_end(struct str *out, const struct topo *topo, const struct topo_link *link,
		     const struct topo_end *end)
{
	str_addf(out, " %s:%s", topo->nodes[end->node].name,
		 topo->nodes[end->node].nics[end->nic].name);
	if (topo->nodes[end->node].nics[end->nic].monitor)
		str_adds(out, "(listens)");
	else if (link->kind == TOPO_LINK_WIFI && end->network > 0)
		str_addf(out, "(network %zu)", end->network);
	if (end->identity)
		str_addf(out, "(%s/%s)", end->identity, end->password);
	if (!net_shape_equal(&link->shape, &end->shape))
		dump_shape(out, " (", &end->shape, ")");
}

static void dump(struct str *out, const struct topo *topo)
{
	char text[NET_TEXT];
	size_t i, j;

	str_addf(out, "lab %s (%s)\n", topo->name, topo->description ? topo->description : "-");
	for (i = 0; i < topo->n_networks; i++) {
		const struct topo_network *network = &topo->networks[i];

		str_addf(out, "network %s", network->name);
		if (network->prefix.len)
			str_addf(out, " prefix=%s", net_prefix_text(network->prefix, text));
		str_adds(out, "\n");
	}
	for (i = 0; i < topo->n_nodes; i++)
		dump_node(out, topo, &topo->nodes[i]);
	for (i = 0; i < topo->n_links; i++) {
		const struct topo_link *link = &topo->links[i];

		str_addf(out, "link %s %s", link->name, topo_link_kind_name(link->kind));
		dump_shape(out, " ", &link->shape, "");
		str_adds(out, link->down ? " down" : "");
		for (j = 0; j < link->n_networks; j++)
			dump_network(out, &link->networks[j], j == 0 ? link->channel : 0);
		for (j = 0; j < link->n_ends; j++)
			dump_end(out, topo, link, &link->ends[j]);
		str_adds(out, "\n");
	}
}

static void load_good(const char *path, struct topo *topo)
{
	auto_problems struct topo_problems problems = { 0 };
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;
	int r = topo_load(path, schema, role_all, topo, &problems, &err);

	xml_problems_print(&problems, NULL, &text);
	if (r < 0)
		fail_msg("%s\n%s", err.msg, str_text(&text));
	assert_int_equal(problems.n, 0);
}

/* What is loaded, and that its flat form gives the same without any other file, however often. */
static void check_good(const char *path, const char *golden)
{
	auto_topo struct topo topo = { 0 };
	auto_topo struct topo again = { 0 };
	auto_problems struct topo_problems problems = { 0 };
	auto_str struct str text = { 0 };
	auto_str struct str text_again = { 0 };
	struct err err = ERR_INIT;

	load_good(path, &topo);
	dump(&text, &topo);
	assert_golden(golden, str_text(&text));
	if (topo_load_text(topo.flat, strlen(topo.flat), "flat", schema, role_all, &again,
			   &problems, &err) < 0)
		fail_msg("%s\n%s", err.msg, topo.flat);
	dump(&text_again, &again);
	assert_string_equal(str_text(&text), str_text(&text_again));
	assert_string_equal(topo.flat, again.flat);
	assert_null(strstr(topo.flat, "source="));
	assert_null(strstr(topo.flat, "xi:include"));
}

static void test_good(void **state)
{
	static const char *const folders[] = { "topologies", "tests/golden/topo/good" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		auto_free char *path =
			xasprintf("%s/%s/%s.xml", top, folders[i], (const char *)*state);
		auto_free char *golden =
			xasprintf("%s/tests/golden/topo/good/%s.txt", top, (const char *)*state);

		if (access(path, F_OK) == 0)
			check_good(path, golden);
	}
}

/* Messages name files as they were given, so the test stands in the folder of the files. */
static void test_bad(void **state)
{
	const char *name = *state;
	auto_free char *path = xasprintf("%s.xml", name);
	auto_free char *golden = xasprintf("%s.txt", name);
	auto_topo struct topo topo = { 0 };
	auto_problems struct topo_problems problems = { 0 };
	auto_str struct str text = { 0 };
	struct err err = ERR_INIT;
	size_t i;

	assert_int_equal(topo_load(path, schema, role_all, &topo, &problems, &err), -EINVAL);
	assert_null(topo.name);
	assert_true(problems.n > 0);
	assert_int_equal(err.code, -EINVAL);
	assert_non_null(strstr(err.msg, problems.items[0].text));
	for (i = 1; i < problems.n; i++) {
		if (str_eq(problems.items[i].file, problems.items[i - 1].file))
			assert_true(problems.items[i].line >= problems.items[i - 1].line);
	}
	xml_problems_print(&problems, NULL, &text);
	assert_golden(golden, str_text(&text));
}

static void test_cannot_be_read(void **state)
{
	struct topo topo = { 0 };
	auto_problems struct topo_problems problems = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(topo_load("none.xml", schema, role_all, &topo, &problems, &err), -ENOENT);
	assert_string_equal(err.msg, "'none.xml': No such file or directory");
	assert_int_equal(topo_load(".", schema, role_all, &topo, &problems, &err), -EISDIR);
	assert_int_equal(topo_load("root.xml", "/nonexistent", role_all, &topo, &problems, &err),
			 -ENOENT);
	assert_non_null(strstr(err.msg, "topology.rng"));
	assert_int_equal(problems.n, 0);
}

/* A text has no folder: what it includes is refused, not looked for. */
static void test_text_reads_no_file(void **state)
{
	static const char text[] = "<lab name='a' xmlns:xi='http://www.w3.org/2001/XInclude'>"
				   "<xi:include href='root.xml'/><node name='a'/></lab>";
	static const char source[] =
		"<lab name='a'><node name='a'><file path='/x' source='root.xml'/></node></lab>";
	struct topo topo = { 0 };
	auto_problems struct topo_problems problems = { 0 };

	(void)state;
	assert_int_equal(topo_load_text(text, strlen(text), "text", schema, role_all, &topo,
					&problems, NULL),
			 -EINVAL);
	assert_int_equal(problems.n, 1);
	assert_string_equal(
		problems.items[0].text,
		"include: 'root.xml': a text that is not a file cannot refer to other files");
	topo_problems_free(&problems);
	assert_int_equal(topo_load_text(source, strlen(source), "text", schema, role_all, &topo,
					&problems, NULL),
			 -EINVAL);
	assert_int_equal(problems.n, 1);
	assert_string_equal(
		problems.items[0].text,
		"node 'a': file '/x': 'root.xml': a text that is not a file cannot refer to "
		"other files");
}

/* Bounds that nobody writes by hand: the text around n times the middle. */
struct bound {
	const char *name;
	const char *front, *middle, *back;
	size_t n;
	const char *problem; /* in the first finding; NULL: it loads */
};

static const struct bound bounds[] = {
	{ "250 nodes", "<lab name='a'>", "<node name='n%zu'/>", "</lab>", 250, NULL },
	{ "251 nodes", "<lab name='a'>", "<node name='n%zu'/>", "</lab>", 251, "too many" },
	{ "251 networks", "<lab name='a'><node name='a'/>",
	  "<network name='n%zu' prefix='10.0.0.0/8'/>", "</lab>", 251, "too many" },
	{ "1001 links", "<lab name='a'><node name='a'/>", "<link name='l%zu'/>", "</lab>", 1001,
	  "too many" },
	{ "32 NICs", "<lab name='a'><node name='a'>", "<nic name='e%zu'/>", "</node></lab>", 32,
	  NULL },
	{ "33 NICs", "<lab name='a'><node name='a'>", "<nic name='e%zu'/>", "</node></lab>", 33,
	  "too many" },
	{ "300 routes", "<lab name='a'><node name='a'>",
	  "<route to='10.0.0.0/8' via='10.0.0.%zu'/>", "</node></lab>", 300, "too many" },
	{ "251 zones", "<lab name='a'><node name='a'><name-server>", "<zone name='z%zu' ns='a'/>",
	  "</name-server></node></lab>", 251, "too many" },
	{ "251 ends", "<lab name='a'><node name='a'/><link name='l'>", "<end node='a' nic='e%zu'/>",
	  "</link></lab>", 251, "a link has at most 250 of these" },
	{ "1001 files", "<lab name='a'><node name='a'>", "<file path='/f%zu'/>", "</node></lab>",
	  1001, "a node has at most 1000 of these" },
	{ "2001 records", "<lab name='a'><node name='a'><name-server><zone name='.' ns='a'>",
	  "<record name='r%zu' type='A' data='10.0.0.1'/>", "</zone></name-server></node></lab>",
	  2001, "too many" },
	{ "600 mistakes", "<lab name='a'>", "<nodes name='%zu'/>", "</lab>", 600,
	  "did you mean 'node'" },
};

static void test_bound(void **state)
{
	const struct bound *bound = *state;
	auto_topo struct topo topo = { 0 };
	auto_problems struct topo_problems problems = { 0 };
	auto_str struct str text = { 0 };
	size_t i;
	int r;

	str_adds(&text, bound->front);
	for (i = 0; i < bound->n; i++) {
		const char *mark = strstr(bound->middle, "%zu");

		str_addf(&text, "%.*s%zu%s", (int)(mark - bound->middle), bound->middle, i,
			 mark + 3);
	}
	str_adds(&text, bound->back);
	r = topo_load_text(text.data, text.len, "text", schema, role_all, &topo, &problems, NULL);
	assert_int_equal(r, bound->problem ? -EINVAL : 0);
	if (bound->problem)
		assert_non_null(strstr(problems.items[0].text, bound->problem));
	assert_true(problems.n <= XML_PROBLEMS_MAX);
}

/* A folder of its own for what must not be in a source tree: links that lead out of it. */
static void test_links_out_of_the_folder(void **state)
{
	static const char lab[] = "<lab name='a' xmlns:xi='http://www.w3.org/2001/XInclude'>\n"
				  "<node name='a'><file path='/x' source='inside/out'/></node>\n"
				  "<node name='b'><file path='/x' source='inside/in'/></node>\n"
				  "</lab>\n";
	auto_free char *path = NULL, *inside = NULL, *out = NULL, *in = NULL;
	auto_topo struct topo topo = { 0 };
	auto_problems struct topo_problems problems = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	path = xasprintf("%s/lab.xml", folder);
	inside = xasprintf("%s/inside", folder);
	out = xasprintf("%s/out", inside);
	in = xasprintf("%s/in", inside);
	assert_int_equal(mkdir(inside, 0700), 0);
	assert_int_equal(symlink("/etc/passwd", out), 0);
	assert_int_equal(symlink("../lab.xml", in), 0);
	assert_int_equal(io_write_file(path, lab, strlen(lab), 0600, &err), 0);
	assert_int_equal(topo_load(path, schema, role_all, &topo, &problems, &err), -EINVAL);
	assert_int_equal(problems.n, 1);
	assert_int_equal(problems.items[0].line, 2);
	assert_string_equal(problems.items[0].text,
			    "node 'a': file '/x': 'inside/out' is outside the main file's folder");
}

static void test_derived_macs(void **state)
{
	auto_free char *path = xasprintf("%s/topologies/school.xml", top);
	auto_points struct topo_points points = { 0 };
	auto_topo struct topo topo = { 0 };
	const struct topo_point *point;
	const struct topo_node *node;
	char buf[NET_TEXT];

	(void)state;
	load_good(path, &topo);
	assert_int_equal(topo.n_nodes, 17);
	node = &topo.nodes[topo_find_node(&topo, "kt1")];
	/* Fixed once and for all: captures of different labs compare. */
	assert_string_equal(net_mac_text(node->nics[0].mac, buf), "02:2d:f7:75:57:0f");
	assert_int_equal(topo_find_node(&topo, "kt9"), SIZE_MAX);
	assert_true(topo_has_port(&topo, "client", NULL));
	assert_false(topo_has_port(&topo, "client", "wlan0")); /* a radio */
	assert_false(topo_has_port(&topo, "kt9", NULL));
	assert_true(topo_has_port(&topo, "kt1", "eth0"));
	assert_false(topo_has_port(&topo, "kt1", "eth9"));
	assert_true(topo_has_port(&topo, "wifi", NULL));
	assert_true(topo_has_port(&topo, "wifi", "client-ap"));
	assert_false(topo_has_port(&topo, "wifi", "ap-switch")); /* a wire */
	topo_points(&topo, &points);
	point = topo_find_point(&points, "kt1:eth2");
	assert_int_equal(point->node, topo_find_node(&topo, "kt1"));
	assert_int_equal(point->nic, 2);
	assert_ptr_equal(topo_find_point(&points, "wifi:client-ap"), &points.list[points.n - 1]);
	assert_int_equal(topo_find_nic(node, "eth2"), 2);
	assert_int_equal(topo_find_nic(node, "eth9"), SIZE_MAX);
}

#define NET "<lab name='a'><network name='n' prefix='10.0.0.0/8'/>"
#define CARD(name, address) "<nic name='" name "' address='10.0." address "/24'/>"
#define ROUTE(to, via) "<route to='" to "' via='10.0." via "'/>"
#define LINK(name, a, b) \
	"<link name='" name "'><end node='" a "' nic='e1'/><end node='" b "' nic='e0'/></link>"
/* a - r - s - b: four subnets of three wires. */
#define CHAIN(a, r, s, b)                                                                          \
	NET "<node name='a'>" CARD("e1", "1.2") a "</node><node name='r'>" CARD("e0", "1.1")       \
		CARD("e1", "2.1") r "</node><node name='s'>" CARD("e0", "2.2") CARD("e1", "3.1") s \
		"</node><node name='b'>" CARD("e0", "3.2") b "</node>" LINK("ar", "a", "r")        \
			LINK("rs", "r", "s") LINK("sb", "s", "b") "</lab>"

static const struct note_row {
	const char *name, *text;
	const char *notes; /* the end of each, a line each */
} note_rows[] = {
	{ "words of TXT",
	  "<lab name='a'><network name='n' prefix='10.0.0.0/8'/><node name='a'>" CARD(
		  "e1", "1.2") "<name-server><zone name='.' ns='a.'><record name='x' type='TXT' "
			       "data='v=spf1 -all'/>"
			       "<record name='y' type='TXT' data='&quot;v=spf1 -all&quot;'/>"
			       "<record name='z' type='TXT' "
			       "data='v=spf1'/></zone></name-server></node></lab>",
	  "node 'a': name-server: zone '.': record 'x': without quotes these are 2 strings; one is "
	  "data='\"v=spf1 -all\"'\n" },
	{ "all is there",
	  CHAIN(ROUTE("0.0.0.0/0", "1.1"), "<router/>" ROUTE("10.0.3.0/24", "2.2"),
		"<router/>" ROUTE("10.0.1.0/24", "2.1"), ROUTE("0.0.0.0/0", "3.1")),
	  "" },
	{ "a router without a route",
	  CHAIN(ROUTE("0.0.0.0/0", "1.1"), "<router/>" ROUTE("10.0.3.0/24", "2.2"), "<router/>",
		ROUTE("0.0.0.0/0", "3.1")),
	  "node 's': it has no route to 10.0.1.0/24, where 'a' is\n" },
	{ "a host without one",
	  CHAIN("", "<router/>" ROUTE("10.0.3.0/24", "2.2"),
		"<router/>" ROUTE("10.0.1.0/24", "2.1"), ROUTE("0.0.0.0/0", "3.1")),
	  "node 'a': it has no route to 10.0.2.0/24, where 'r' is, nor to others\n" },
	{ "no router",
	  CHAIN(ROUTE("0.0.0.0/0", "1.1"), ROUTE("10.0.3.0/24", "2.2"),
		"<router/>" ROUTE("10.0.1.0/24", "2.1"), ROUTE("0.0.0.0/0", "3.1")),
	  "node 'r': it has NICs in two networks ('e0', 'e1') and no <router/>: it forwards "
	  "nothing "
	  "between them\n" },
	{ "a loop",
	  CHAIN(ROUTE("0.0.0.0/0", "1.1"), "<router/>" ROUTE("0.0.0.0/0", "2.2"),
		"<router/>" ROUTE("0.0.0.0/0", "2.1"), ROUTE("0.0.0.0/0", "3.1")),
	  "node 'r': route '0.0.0.0/0': a loop: packets to addresses that nobody has go through "
	  "'r', "
	  "'s', and 'r' again\n" },
	{ "whoever learns routes is not asked",
	  CHAIN(ROUTE("0.0.0.0/0", "1.1"), "<router><ospf nics='e0 e1'/></router>",
		"<router><ospf nics='e0 e1'/></router>", ROUTE("0.0.0.0/0", "3.1")),
	  "" },
	{ "nor who has commands for it",
	  CHAIN("<run>ip route add default via 10.0.1.1</run>",
		"<run>sysctl net.ipv4.ip_forward=1; ip route add 10.0.3.0/24 via 10.0.2.2</run>",
		"<router/>" ROUTE("10.0.1.0/24", "2.1"), ROUTE("0.0.0.0/0", "3.1")),
	  "" },
	{ "two DHCP servers on one wire",
	  NET "<node name='a'>" CARD(
		  "e1", "1.1") "<dhcp-server on='e1' first='10.0.1.10' last='10.0.1.20'/></node>"
			       "<node name='b'>" CARD(
				       "e0", "1.2") "<dhcp-server on='e0' first='10.0.1.30' "
						    "last='10.0.1.40'/></node>" LINK("ab", "a",
										     "b") "</lab>",
	  "node 'b': dhcp-server: node 'a' answers DHCP in this network too: a client takes the "
	  "offer that comes first\n" },
	{ "two islands",
	  NET "<node name='a'>" CARD("e0", "1.1") "</node><node name='b'>" CARD(
		  "e0", "2.1") "</node></lab>",
	  "" },
};

static void test_notes(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(note_rows); i++) {
		const struct note_row *row = &note_rows[i];
		auto_topo struct topo topo = { 0 };
		auto_problems struct topo_problems problems = { 0 };
		auto_str struct str notes = { 0 };
		struct err err = ERR_INIT;

		(void)state;
		if (topo_load_text(row->text, strlen(row->text), "x", schema, role_all, &topo,
				   &problems, &err) < 0)
			fail_msg("%s: %s", row->name, err.msg);
		for (size_t j = 0; j < topo.notes.n; j++) {
			assert_true(topo.notes.items[j].line == 1 &&
				    topo.notes.items[j].column > 1);
			str_addf(&notes, "%s\n", topo.notes.items[j].text);
		}
		if (!str_eq(str_text(&notes), row->notes))
			fail_msg("%s: '%s'", row->name, str_text(&notes));
	}
}

/* What comes with labd gives none. */
static void test_no_notes(void **state)
{
	static const char *const names[] = { "school", "small", "wifi" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_free char *path = xasprintf("%s/topologies/%s.xml", top, names[i]);
		auto_topo struct topo topo = { 0 };
		auto_problems struct topo_problems problems = { 0 };

		assert_int_equal(topo_load(path, schema, role_all, &topo, &problems, NULL), 0);
		assert_int_equal(topo.notes.n, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		cmocka_unit_test(test_notes),          cmocka_unit_test(test_no_notes),
		cmocka_unit_test(test_cannot_be_read), cmocka_unit_test(test_text_reads_no_file),
		cmocka_unit_test(test_derived_macs),   FOLDER_TEST(test_links_out_of_the_folder),
	};
	auto_free char *bad = source_path("tests/golden/topo/bad");
	auto_free char *up = source_path(".");
	int failed;

	top = realpath(up, NULL);
	schema = xasprintf("%s/topologies", top);
	add_files("topologies", test_good);
	add_files("tests/golden/topo/good", test_good);
	add_files("tests/golden/topo/bad", test_bad);
	ADD_ROWS(bounds, test_bound);
	ADD_TESTS(fixed);
	if (chdir(bad) < 0) {
		perror(bad);
		return 1;
	}
	failed = run_added("topo", NULL, NULL);
	free(schema);
	free(top);
	return failed;
}
