/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of DHCP servers. */
#include <stdint.h>

#include "role/dhcp-server.h"

/* --- who hears whom --- */

/* The relays of a node that hear the broadcasts of that domain, from *i on; NULL: no more. */
static const struct role_dhcp_relay *next_relay(const struct rules *rules, size_t node,
						size_t domain, size_t *i)
{
	const struct role_dhcp_relays *relays = dhcp_relays_of(&rules->topo->nodes[node]);

	while (relays && *i < relays->n) {
		const struct role_dhcp_relay *relay = &relays->list[(*i)++];
		const struct iface *on = iface_named(rules, node, relay->on);

		if (on && (domain == SIZE_MAX || on->domain == domain))
			return relay;
	}
	return NULL;
}

/* Does the node answer on that domain itself? */
static bool answers(const struct rules *rules, size_t node, size_t domain)
{
	const struct role_dhcp *dhcp = dhcp_of(&rules->topo->nodes[node]);

	for (size_t i = 0; dhcp && i < dhcp->n; i++) {
		const struct iface *on = iface_named(rules, node, dhcp->servers[i].on);

		if (on && on->domain == domain && !dhcp->servers[i].subnet.addr.family)
			return true;
	}
	return false;
}

struct net_addr dhcp_address_on(const struct iface *on)
{
	for (size_t i = 0; i < on->addresses->n; i++)
		if (on->addresses->list[i].addr.family == NET_IPV4)
			return on->addresses->list[i].addr;
	return (struct net_addr){ 0 };
}

/* Where a relay on that subnet hears clients for this node; NULL: there is none. */
static const struct iface *relayed_on(const struct rules *rules, size_t node,
				      struct net_prefix subnet)
{
	for (size_t i = 0; i < rules->topo->n_nodes; i++) {
		const struct role_dhcp_relay *relay;
		size_t next = 0;

		while ((relay = next_relay(rules, i, SIZE_MAX, &next))) {
			const struct iface *to = iface_with(rules, relay->to);
			const struct iface *on = iface_named(rules, i, relay->on);
			struct net_addr own = dhcp_address_on(on);

			if (to && to->node == node && own.family &&
			    net_prefix_contains(subnet, own))
				return on;
		}
	}
	return NULL;
}

/* --- one server --- */

/* Where its clients are. */
struct lan {
	const char *whose; /* "the interface's subnet" */
	struct net_prefix subnet;
	size_t domain; /* SIZE_MAX: no relay is there */
};

/* In the subnet, and neither its first nor its last address. */
static bool is_host_of(struct net_prefix subnet, struct net_addr ip)
{
	return net_addr_compare(ip, net_prefix_network(subnet).addr) > 0 &&
	       net_addr_compare(ip, net_prefix_last(subnet)) < 0;
}

static void check_host(struct rules *rules, const struct lan *lan, struct net_addr ip,
		       const struct xml_node *at, const char *attr)
{
	char addr[NET_TEXT], text[NET_TEXT];

	if (ip.family && !is_host_of(lan->subnet, ip))
		xml_problem(rules->problems, at, attr, "%s %s is not a host address of %s (%s)",
			    attr, net_addr_text(ip, text), lan->whose,
			    net_prefix_text(lan->subnet, addr));
}

static bool in_pool(const struct role_dhcp_server *dhcp, struct net_addr ip)
{
	return dhcp->first.family && dhcp->last.family && net_addr_compare(ip, dhcp->first) >= 0 &&
	       net_addr_compare(ip, dhcp->last) <= 0;
}

static bool overlap(const struct role_dhcp_server *a, const struct role_dhcp_server *b)
{
	return in_pool(a, b->first) || in_pool(b, a->first);
}

/*
 * Every address in the pool lies in the subnet, is nobody's, and is not the subnet's own.
 */
static void check_pool(struct rules *rules, const struct lan *lan,
		       const struct role_dhcp_server *dhcp, const struct xml_node *at)
{
	char ip[NET_TEXT], text[IFACE_TEXT];
	size_t i;

	check_host(rules, lan, dhcp->first, at, "first");
	check_host(rules, lan, dhcp->last, at, "last");
	for (i = 0; i < rules->n_addresses; i++) {
		const struct iface_address *of = &rules->addresses[i];

		if (of->iface->domain == lan->domain && in_pool(dhcp, of->address.addr))
			xml_problem(rules->problems, at, NULL,
				    "the pool contains %s, the address of '%s'",
				    net_addr_text(of->address.addr, ip),
				    iface_text(rules, of->iface, text));
	}
}

static void check_told(struct rules *rules, const struct lan *lan,
		       const struct role_dhcp_server *dhcp, const struct xml_node *at)
{
	char ip[NET_TEXT];

	if (dhcp->router.family && !net_prefix_contains(lan->subnet, dhcp->router))
		xml_problem(rules->problems, at, "router", "router %s is not in %s",
			    net_addr_text(dhcp->router, ip), lan->whose);
	else if (dhcp->router.family && !iface_on(rules, lan->domain, dhcp->router))
		xml_problem(rules->problems, at, "router", "router %s: no node %s this address",
			    net_addr_text(dhcp->router, ip),
			    iface_with(rules, dhcp->router) ? "on the interface's wire has"
							    : "has");
	if (dhcp->dns.family && !iface_with(rules, dhcp->dns))
		xml_problem(rules->problems, at, "dns", "dns %s: no node has this address",
			    net_addr_text(dhcp->dns, ip));
}

static void check_options(struct rules *rules, const struct role_dhcp_server *dhcp,
			  const struct xml_node *at)
{
	for (size_t i = 0; i < dhcp->n_options; i++) {
		const struct role_dhcp_option *option = &dhcp->options[i];
		const struct xml_node *is = xml_child_at(at, "option", i);
		unsigned int code = dhcp_option_code(option);
		auto_str struct str why = { 0 };
		size_t j = 0;

		if ((!option->code && !*option->name) || !*option->value)
			continue;
		while (code && j < i && dhcp_option_code(&dhcp->options[j]) != code)
			j++;
		if (!dhcp_option_is_good(option, &why))
			xml_problem(rules->problems, is, NULL, "%s", str_text(&why));
		else if (j < i)
			xml_problem(rules->problems, is, NULL, "option %u is said twice", code);
	}
}

/* --- reservations --- */

/* What dnsmasq would take for something else than a name. */
static bool is_word(const char *name)
{
	return str_eq(name, "ignore") || str_eq(name, "infinite");
}

static void check_twice(struct rules *rules, const struct role_reservation *one,
			const struct role_reservation *before, bool same, const struct xml_node *at)
{
	char text[NET_TEXT];

	if (one->address.family && net_addr_equal(one->address, before->address))
		xml_problem(rules->problems, at, "address", "address %s is reserved already",
			    net_addr_text(one->address, text));
	if (same && !net_mac_is_zero(one->mac) && net_mac_equal(one->mac, before->mac))
		xml_problem(rules->problems, at, NULL, "%s has a reservation already",
			    net_mac_text(one->mac, text));
	if (*one->name && str_eq(one->name, before->name) &&
	    !net_mac_equal(one->mac, before->mac) && !xml_has_problem(rules->problems, at, "name"))
		xml_problem(rules->problems, at, "name", "name '%s' is reserved already",
			    one->name);
}

static void check_reservation(struct rules *rules, const struct lan *lan,
			      const struct role_reservation *one, const struct xml_node *at)
{
	const struct iface *has =
		one->address.family ? iface_on(rules, lan->domain, one->address) : NULL;
	const struct topo_node *of = one->nic != SIZE_MAX ? &rules->topo->nodes[one->node] : NULL;
	char text[IFACE_TEXT], ip[NET_TEXT];

	check_host(rules, lan, one->address, at, "address");
	if (has)
		xml_problem(rules->problems, at, "address", "address %s is the address of '%s'",
			    net_addr_text(one->address, ip), iface_text(rules, has, text));
	if (is_word(one->name))
		xml_problem(rules->problems, at, "name", "name '%s' is a word of dnsmasq's own",
			    one->name);
	if (of && !of->nics[one->nic].dhcp && !xml_tainted(rules->nodes[one->node]))
		xml_problem(rules->problems, at, "nic", "NIC '%s' of '%s' asks for no address",
			    of->nics[one->nic].name, of->name);
}

/* Those of the node's servers up to this one. */
static void check_reservations(struct rules *rules, const struct lan *lan,
			       const struct role_dhcp *dhcp, size_t server,
			       const struct xml_node *at)
{
	const struct role_dhcp_server *of = &dhcp->servers[server];

	for (size_t i = 0; i < of->n_reservations; i++) {
		const struct role_reservation *one = &of->reservations[i];
		const struct xml_node *is = xml_child_at(at, "reservation", i);

		check_reservation(rules, lan, one, is);
		for (size_t j = 0; j <= server; j++) {
			const struct role_dhcp_server *before = &dhcp->servers[j];
			size_t n = j == server ? i : before->n_reservations;

			for (size_t k = 0; k < n; k++)
				check_twice(rules, one, &before->reservations[k], j == server, is);
		}
	}
}

/* --- all of a node's --- */

static const struct iface *check_on(struct rules *rules, size_t node,
				    const struct role_dhcp_server *dhcp, const struct xml_node *at)
{
	const struct iface *on = iface_named(rules, node, dhcp->on);

	if (!on && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, "on", "there is no interface '%s' in node '%s'",
			    dhcp->on, rules->topo->nodes[node].name);
	if (!on || dhcp_address_on(on).family)
		return on;
	if (!xml_has_problem(rules->problems, on->at, "address"))
		xml_problem(rules->problems, at, "on",
			    "interface '%s' has no address to serve from", dhcp->on);
	return NULL;
}

static void find_near(const struct role_dhcp_server *dhcp, const struct iface *on, struct lan *lan)
{
	const struct net_prefix *subnet = iface_subnet(on, dhcp->first);

	lan->subnet = *(subnet ? subnet : iface_subnet(on, dhcp_address_on(on)));
	lan->domain = on->domain;
}

static void find_far(struct rules *rules, size_t node, const struct role_dhcp_server *dhcp,
		     const struct iface *on, const struct xml_node *at, struct lan *lan)
{
	const struct iface *relay = relayed_on(rules, node, dhcp->subnet);
	char text[NET_TEXT];

	lan->whose = "the relayed subnet";
	lan->domain = relay ? relay->domain : SIZE_MAX;
	(void)net_prefix_text(dhcp->subnet, text);
	if (iface_subnet(on, dhcp->subnet.addr))
		xml_problem(rules->problems, at, "subnet",
			    "subnet %s is the interface's own: no relay is needed", text);
	else if (!relay && !xml_tainted(rules->root))
		xml_problem(rules->problems, at, "subnet",
			    "no dhcp-relay on %s asks this node: nobody would get an address of it",
			    text);
}

static void check_server(struct rules *rules, size_t node, const struct role_dhcp *all, size_t i,
			 const struct xml_node *at)
{
	const struct role_dhcp_server *dhcp = &all->servers[i];
	bool far = dhcp->subnet.addr.family;
	struct lan lan = { "the interface's subnet", dhcp->subnet, SIZE_MAX };
	const struct iface *on;
	char first[NET_TEXT], last[NET_TEXT];

	if (!*dhcp->on)
		return;
	if (dhcp->first.family && dhcp->last.family &&
	    net_addr_compare(dhcp->first, dhcp->last) > 0)
		xml_problem(rules->problems, at, "first", "first %s comes after last %s",
			    net_addr_text(dhcp->first, first), net_addr_text(dhcp->last, last));
	check_options(rules, dhcp, at);
	on = check_on(rules, node, dhcp, at);
	if (!on)
		return;
	if (far)
		find_far(rules, node, dhcp, on, at, &lan);
	else
		find_near(dhcp, on, &lan);
	check_pool(rules, &lan, dhcp, at);
	check_told(rules, &lan, dhcp, at);
	check_reservations(rules, &lan, all, i, at);
	for (size_t j = 0; j < i; j++)
		if (overlap(dhcp, &all->servers[j]))
			xml_problem(rules->problems, at, "first",
				    "the pool overlaps that of another dhcp-server of this node");
}

void dhcp_server_check(struct rules *rules, size_t node, const void *model,
		       const struct xml_node *at)
{
	const struct role_dhcp *dhcp = model;

	for (size_t i = 0; at && i < dhcp->n; i++, at = xml_next(at, "dhcp-server"))
		check_server(rules, node, dhcp, i, at);
}

/* --- notes --- */

static void note_other(struct rules *rules, const struct role_dhcp_server *one, size_t domain,
		       size_t other, const struct xml_node *at)
{
	const struct topo_node *of = &rules->topo->nodes[other];
	const struct role_dhcp *dhcp = dhcp_of(of);
	bool shared = false;

	if (!answers(rules, other, domain))
		return;
	for (size_t i = 0; i < dhcp->n; i++)
		shared |= overlap(one, &dhcp->servers[i]);
	xml_problem(rules->problems, at, NULL,
		    "node '%s' answers DHCP in this network too: a client takes the offer that "
		    "comes first%s",
		    of->name, shared ? ", and two may get one address, as the pools overlap" : "");
}

void dhcp_server_note(struct rules *rules, size_t node, const void *model,
		      const struct xml_node *at)
{
	const struct role_dhcp *dhcp = model;

	for (size_t i = 0; at && i < dhcp->n; i++, at = xml_next(at, "dhcp-server")) {
		const struct role_dhcp_server *server = &dhcp->servers[i];
		const struct iface *on = iface_named(rules, node, server->on);

		for (size_t j = 0; !server->subnet.addr.family && j < node; j++)
			note_other(rules, server, on->domain, j, at);
	}
}
