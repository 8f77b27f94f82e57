/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: links, their ends, and wires. */
#include <stdint.h>

#include "topo/private.h"
#include "topo/rules.h"

#define IPV6_MTU_MIN 1280

/* One NIC, one plug. */
static void check_end(struct rules *rules, size_t link, size_t index)
{
	const struct topo_end *end = &rules->topo->links[link].ends[index];
	const struct xml_node *at = xml_child_at(rules->links[link], "end", index);
	const struct topo_nic *nic;
	auto_free char *unused = NULL;
	size_t i;

	if (end->nic == SIZE_MAX)
		return;
	nic = &rules->topo->nodes[end->node].nics[end->nic];
	for (i = 0; i < index; i++) {
		const struct topo_end *other = &rules->topo->links[link].ends[i];

		if (other->node == end->node && other->nic == end->nic)
			xml_problem(rules->problems, at, "nic", "both ends are the same NIC");
	}
	unused = iface_free_name(rules, end->node, nic->name);
	if (nic->link != link)
		xml_problem(rules->problems, at, "nic",
			    "NIC '%s' of node '%s' is on link '%s' already; give the node "
			    "another, <nic name=\"%s\"/>, for this one",
			    nic->name, rules->topo->nodes[end->node].name,
			    rules->topo->links[nic->link].name, unused);
}

static void check_wire(struct rules *rules, const struct topo_link *link, const struct xml_node *at)
{
	static const char *const attrs[] = { "ssid", "security", "passphrase", "hidden",
					     "channel" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attrs); i++) {
		if (xml_attr(at, attrs[i]))
			xml_problem(rules->problems, at, attrs[i],
				    "a wire has no %s — is it kind=\"wifi\"?", attrs[i]);
	}
	for (i = 0; i < link->n_ends; i++)
		rules_wire_end(rules, xml_child_at(at, "end", i));
	if (link->n_paths)
		xml_problem(rules->problems, xml_child_at(at, "path", 0), NULL,
			    "only a Wi-Fi link has paths");
	if (link->n_ends != 2 && !xml_tainted(at))
		xml_problem(rules->problems, at, NULL, "a wire has two ends, not %zu%s",
			    link->n_ends,
			    link->n_ends > 2
				    ? ": to connect more, put a node with a bridge in the middle"
				    : "");
}

/* What IPv6 asks of every link (RFC 8200, section 5): the kernel takes it from a smaller one. */
static void check_ipv6_mtu(struct rules *rules, const struct iface *iface)
{
	const struct topo_node *node = &rules->topo->nodes[iface->node];
	const struct topo_iface of = { .kind = iface->kind,
				       .index = iface->index,
				       .addresses = iface->addresses };
	unsigned int mtu = topo_iface_mtu(rules->topo, node, &of);

	if (mtu < IPV6_MTU_MIN && topo_iface_speaks_ipv6(node, &of))
		xml_problem(rules->problems, iface->at,
			    xml_attr(iface->at, "slaac") ? "slaac" : "address",
			    "IPv6 needs an MTU of %d (RFC 8200, 5), and here it is %u",
			    IPV6_MTU_MIN, mtu);
}

void rules_links(struct rules *rules)
{
	const struct topo *topo = rules->topo;
	size_t i, j;

	rules_monitors(rules);
	for (i = 0; i < rules->n_ifaces; i++)
		check_ipv6_mtu(rules, &rules->ifaces[i]);
	for (i = 0; i < topo->n_links; i++) {
		const struct topo_link *link = &topo->links[i];

		for (j = 0; j < link->n_ends; j++)
			check_end(rules, i, j);
		if (xml_has_problem(rules->problems, rules->links[i], "kind"))
			continue;
		switch (link->kind) {
		case TOPO_LINK_WIRE:
			check_wire(rules, link, rules->links[i]);
			break;
		case TOPO_LINK_WIFI:
			rules_wifi(rules, link, rules->links[i]);
			break;
		}
	}
}
