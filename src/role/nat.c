/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Address translation at a network's edge: nftables, by the kernel's connection tracking. */
#include "role/nat.h"

#include <stdlib.h>

#include "plan/build.h"
#include "role/dhcp-server.h"
#include "role/role.h"
#include "topo/load.h"
#include "topo/rules.h"

#define NAT_CONF "/etc/nftables.d/nat.nft"

static const char *proto(const struct role_nat_forward *forward)
{
	return forward->udp ? "udp" : "tcp";
}

static void load_forward(struct load *load, const struct xml_node *at, struct role_nat *nat)
{
	struct role_nat_forward *forward = array_add(nat->forwards, nat->n_forwards);
	const char *name = xml_attr(at, "proto");

	forward->udp = name && str_eq(name, "udp");
	forward->port = (unsigned int)xml_attr_unsigned(load->problems, at, "port", 1, 65535, 0);
	forward->to = load_ip(load, at, "to");
	forward->to_port = (unsigned int)xml_attr_unsigned(load->problems, at, "to-port", 1, 65535,
							   forward->port);
}

static void *load_nat(struct load *load, struct topo_node *node, const struct xml_node *at)
{
	struct role_nat *nat = xcalloc(1, sizeof(*nat));
	struct xml_node *it;

	nat->on = load_name(at, "on");
	node->outside = nat->on;
	nat->address = load_ip(load, at, "address");
	xml_for_each(it, at, "forward")
		load_forward(load, it, nat);
	return nat;
}

static void free_nat(void *model)
{
	struct role_nat *nat = model;

	free(nat->on);
	free(nat->forwards);
	free(nat);
}

static void check_forward(struct rules *rules, size_t node, const struct role_nat *nat, size_t i,
			  const struct xml_node *at)
{
	const struct role_nat_forward *forward = &nat->forwards[i];
	const struct iface *towards =
		forward->to.family ? iface_towards(rules, node, forward->to) : NULL;
	char ip[NET_TEXT];

	for (size_t j = 0; j < i; j++)
		if (forward->port && nat->forwards[j].port == forward->port &&
		    nat->forwards[j].udp == forward->udp) {
			xml_problem(rules->problems, at, "port",
				    "port %u (%s) is forwarded already", forward->port,
				    proto(forward));
			return;
		}
	if (!forward->to.family)
		return;
	if (towards && str_eq(towards->name, nat->on))
		xml_problem(rules->problems, at, "to",
			    "%s is on the outside: interface '%s' is in its subnet",
			    net_addr_text(forward->to, ip), nat->on);
	else if (!iface_with(rules, forward->to) && !dhcp_gives(rules->topo, forward->to))
		xml_problem(rules->problems, at, "to", "to %s: no node has this address",
			    net_addr_text(forward->to, ip));
}

static void check_on(struct rules *rules, size_t node, const struct role_nat *nat,
		     const struct iface *on, const struct xml_node *at)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct topo_iface iface = { .kind = on->kind, .index = on->index };
	bool asks = topo_iface_asks_dhcp(of, &iface);
	const struct iface *has = nat->address.family ? iface_with(rules, nat->address) : NULL;
	char ip[NET_TEXT];

	if (!on->addresses->n && !asks && !xml_has_problem(rules->problems, on->at, "address"))
		xml_problem(rules->problems, at, "on",
			    "interface '%s' has no address to be seen by outside", nat->on);
	if (nat->address.family && (!has || has->node != node))
		xml_problem(rules->problems, at, "address",
			    "address %s is not one of this node: answers would not come back to it",
			    net_addr_text(nat->address, ip));
}

static void check_nat(struct rules *rules, size_t node, const void *model,
		      const struct xml_node *at)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	const struct role_nat *nat = model;
	const struct iface *on = *nat->on ? iface_named(rules, node, nat->on) : NULL;

	if (!of->forwards && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, NULL,
			    "this node has no <router/>: nothing passes that could be translated");
	if (!on && *nat->on && !xml_tainted(rules->nodes[node]))
		xml_problem(rules->problems, at, "on", "there is no interface '%s' in node '%s'",
			    nat->on, of->name);
	if (on)
		check_on(rules, node, nat, on, at);
	for (size_t i = 0; i < nat->n_forwards; i++)
		check_forward(rules, node, nat, i, xml_child_at(at, "forward", i));
}

static void add_forwards(const struct role_nat *nat, struct str *out)
{
	char ip[NET_TEXT], own[NET_TEXT];

	str_adds(out, "\tchain prerouting {\n"
		      "\t\ttype nat hook prerouting priority dstnat; policy accept;\n");
	for (size_t i = 0; i < nat->n_forwards; i++) {
		const struct role_nat_forward *forward = &nat->forwards[i];

		str_addf(out, "\t\tiifname \"%s\" ", nat->on);
		if (nat->address.family)
			str_addf(out, "ip daddr %s ", net_addr_text(nat->address, own));
		else
			str_adds(out, "fib daddr type local ");
		str_addf(out, "%s dport %u counter dnat to %s:%u\n", proto(forward), forward->port,
			 net_addr_text(forward->to, ip), forward->to_port);
	}
	str_adds(out, "\t}\n");
}

static void add_conf(const struct role_nat *nat, struct str *out)
{
	char ip[NET_TEXT];

	str_adds(out, "table ip nat {\n");
	if (nat->n_forwards)
		add_forwards(nat, out);
	str_addf(out,
		 "\tchain postrouting {\n"
		 "\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
		 "\t\toifname \"%s\" counter ",
		 nat->on);
	if (nat->address.family)
		str_addf(out, "snat to %s\n", net_addr_text(nat->address, ip));
	else
		str_adds(out, "masquerade\n");
	str_adds(out, "\t}\n}\n");
}

static void plan_nat(const struct topo *topo, const struct topo_node *from, const void *model,
		     struct plan_node *node)
{
	auto_str struct str conf = { 0 };

	(void)topo;
	(void)from;
	add_conf(model, &conf);
	plan_add_text(node, NAT_CONF, 0644, &conf);
	plan_add_lines(node, PLAN_SETUP, "nft -f " NAT_CONF "\n");
	plan_add_check(node, PLAN_READY, NAT_CONF, xstrdup("addresses are translated"),
		       xstrdup("nft list chain ip nat postrouting >/dev/null"));
	plan_add_table(node, "nat", "nft list table ip nat");
	plan_add_table(node, "conntrack", "conntrack -L 2>/dev/null");
}

/* --- who is behind it --- */

static bool is_on(const struct topo_node *node, const char *on, size_t nic)
{
	if (str_eq(node->nics[nic].name, on))
		return true;
	for (size_t i = 0; i < node->n_bridges; i++)
		for (size_t j = 0;
		     str_eq(node->bridges[i].name, on) && j < node->bridges[i].n_ports; j++)
			if (node->bridges[i].ports[j].nic == nic)
				return true;
	return false;
}

/* Goes over the links of each node, but not out of the NAT's own outside. */
static bool *find_inside(const struct topo *topo, const struct topo_node *box)
{
	bool *inside = xcalloc(topo->n_nodes, sizeof(*inside));
	auto_free size_t *queue = xcalloc(topo->n_nodes, sizeof(*queue));
	size_t n = 0;

	queue[n++] = (size_t)(box - topo->nodes);
	inside[queue[0]] = true;
	for (size_t i = 0; i < n; i++) {
		const struct topo_node *node = &topo->nodes[queue[i]];

		for (size_t j = 0; j < node->n_nics; j++) {
			size_t link = node->nics[j].link;

			if (link >= topo->n_links ||
			    (node == box && is_on(node, nat_of(box)->on, j)))
				continue;
			for (size_t k = 0; k < topo->links[link].n_ends; k++) {
				size_t other = topo->links[link].ends[k].node;

				if (!inside[other])
					queue[n++] = other;
				inside[other] = true;
			}
		}
	}
	return inside;
}

/* By which the outside knows it; none where it is leased. */
static struct net_addr outside_of(const struct topo_node *box)
{
	const struct role_nat *nat = nat_of(box);
	struct plan_iface iface;

	for (size_t i = 0; !nat->address.family && plan_iface(box, i, &iface); i++)
		if (str_eq(iface.name, nat->on))
			return iface.address.addr;
	return nat->address;
}

static bool is_forwarded(const struct topo_node *box, bool udp, struct net_addr *ip,
			 unsigned int *port)
{
	const struct role_nat *nat = nat_of(box);

	for (size_t i = 0; i < nat->n_forwards; i++) {
		const struct role_nat_forward *forward = &nat->forwards[i];

		if (forward->udp != udp || forward->to_port != *port ||
		    !net_addr_equal(forward->to, *ip))
			continue;
		*ip = outside_of(box);
		*port = forward->port;
		return ip->family;
	}
	return false;
}

bool nat_way(const struct topo *topo, const struct topo_node *from, const struct topo_node *to,
	     bool udp, struct net_addr *ip, unsigned int *port)
{
	for (size_t i = 0; i < topo->n_nodes; i++) {
		const struct topo_node *box = &topo->nodes[i];
		auto_free bool *inside = nat_of(box) ? find_inside(topo, box) : NULL;

		if (inside && box != to && inside[to - topo->nodes] &&
		    !inside[from - topo->nodes] && !is_forwarded(box, udp, ip, port))
			return false;
	}
	return true;
}

static const struct xml_bound bounds[] = { { "nat", "forward", 250, 0 } };

const struct topo_role role_nat = {
	.name = "nat",
	.bounds = bounds,
	.n_bounds = ARRAY_SIZE(bounds),
	.load = load_nat,
	.check = check_nat,
	.plan = plan_nat,
	.free = free_nat,
};
