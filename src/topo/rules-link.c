/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: links, their ends, and Wi-Fi cells. */
#include <stdint.h>

#include "topo/rules.h"

static bool is_access_point(const struct rules *rules, const struct topo_end *end)
{
	return rules->topo->nodes[end->node].access_point.nic == end->nic;
}

static bool is_client(const struct rules *rules, const struct topo_end *end)
{
	return rules->topo->nodes[end->node].client.nic == end->nic;
}

/* One NIC, one plug. */
static void check_end(struct rules *rules, size_t link, size_t index)
{
	const struct topo_end *end = &rules->topo->links[link].ends[index];
	const struct xml_node *at = xml_child_at(rules->links[link], "end", index);
	const struct topo_nic *nic;
	size_t i;

	if (end->nic == SIZE_MAX)
		return;
	nic = &rules->topo->nodes[end->node].nics[end->nic];
	for (i = 0; i < index; i++) {
		const struct topo_end *other = &rules->topo->links[link].ends[i];

		if (other->node == end->node && other->nic == end->nic)
			xml_problem(rules->problems, at, "nic", "both ends are the same NIC");
	}
	if (nic->link != link)
		xml_problem(rules->problems, at, "nic",
			    "NIC '%s' of node '%s' is on link '%s' already", nic->name,
			    rules->topo->nodes[end->node].name, rules->topo->links[nic->link].name);
}

static void check_wire(struct rules *rules, const struct topo_link *link, const struct xml_node *at)
{
	static const char *const attrs[] = { "ssid", "passphrase", "channel" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attrs); i++) {
		if (xml_attr(at, attrs[i]))
			xml_problem(rules->problems, at, attrs[i],
				    "a wire has no %s — is it kind=\"wifi\"?", attrs[i]);
	}
	if (link->n_ends != 2 && !xml_tainted(at))
		xml_problem(rules->problems, at, NULL, "a wire has two ends, not %zu%s",
			    link->n_ends,
			    link->n_ends > 2
				    ? ": to connect more, put a node with a bridge in the middle"
				    : "");
}

static void check_cell(struct rules *rules, const struct topo_link *link, const struct xml_node *at)
{
	size_t points = 0, known = 0, i;

	for (i = 0; i < link->n_ends; i++) {
		const struct topo_end *end = &link->ends[i];

		if (end->nic == SIZE_MAX)
			continue;
		known++;
		points += is_access_point(rules, end);
		if (!is_access_point(rules, end) && !is_client(rules, end) &&
		    !xml_tainted(rules->nodes[end->node]))
			xml_problem(rules->problems, xml_child_at(at, "end", i), NULL,
				    "neither <access-point> nor <client> of node '%s' has this NIC",
				    rules->topo->nodes[end->node].name);
	}
	if (known == link->n_ends && known >= 2 && points != 1)
		xml_problem(rules->problems, at, NULL, "a Wi-Fi link has one access point, not %zu",
			    points);
}

static void check_wifi(struct rules *rules, const struct topo_link *link, const struct xml_node *at)
{
	static const char *const attrs[] = { "delay", "jitter", "loss", "rate" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attrs); i++) {
		if (xml_attr(at, attrs[i]))
			xml_problem(rules->problems, at, attrs[i], "only a wire has a %s",
				    attrs[i]);
	}
	if (!link->ssid)
		xml_problem(rules->problems, at, NULL, "a Wi-Fi link needs an ssid");
	if (!link->passphrase)
		xml_problem(rules->problems, at, NULL, "a Wi-Fi link needs a passphrase");
	if (link->n_ends < 2 && !xml_tainted(at))
		xml_problem(rules->problems, at, NULL,
			    "a Wi-Fi link has at least two ends, not %zu", link->n_ends);
	check_cell(rules, link, at);
}

/* The roles that need a NIC of a certain kind of link. */
static void check_roles(struct rules *rules, size_t node)
{
	const struct topo_node *of = &rules->topo->nodes[node];
	size_t nic = of->access_point.nic, link;

	if (nic != SIZE_MAX) {
		link = of->nics[nic].link;
		if (link == SIZE_MAX || rules->topo->links[link].kind != TOPO_LINK_WIFI)
			xml_problem(rules->problems, role_at(rules, node, "access-point"), "nic",
				    "NIC '%s' is on no Wi-Fi link", of->nics[nic].name);
	}
	nic = of->client.nic;
	if (nic != SIZE_MAX && of->nics[nic].link == SIZE_MAX)
		xml_problem(rules->problems, role_at(rules, node, "client"), "nic",
			    "NIC '%s' is on no link", of->nics[nic].name);
}

void rules_links(struct rules *rules)
{
	const struct topo *topo = rules->topo;
	size_t i, j;

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
			check_wifi(rules, link, rules->links[i]);
			break;
		}
	}
	for (i = 0; i < topo->n_nodes; i++)
		check_roles(rules, i);
}
