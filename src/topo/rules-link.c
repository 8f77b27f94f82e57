/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: links, their ends, and Wi-Fi cells. */
#include <stdint.h>

#include "topo/private.h"
#include "topo/rules.h"

static const struct topo_nic *nic_of(const struct rules *rules, const struct topo_end *end)
{
	return &rules->topo->nodes[end->node].nics[end->nic];
}

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
	static const char *const attrs[] = { "ssid", "passphrase", "channel" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attrs); i++) {
		if (xml_attr(at, attrs[i]))
			xml_problem(rules->problems, at, attrs[i],
				    "a wire has no %s — is it kind=\"wifi\"?", attrs[i]);
	}
	for (i = 0; i < link->n_ends; i++)
		if (link->ends[i].channel)
			xml_problem(rules->problems, xml_child_at(at, "end", i), "channel",
				    "a wire has no channel");
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

static void check_cell(struct rules *rules, const struct topo_link *link, const struct xml_node *at)
{
	size_t known = 0, i;

	for (i = 0; i < link->n_ends; i++) {
		const struct topo_end *end = &link->ends[i];

		if (end->nic == SIZE_MAX)
			continue;
		known++;
		if (end->channel && !nic_of(rules, end)->access_point)
			xml_problem(rules->problems, xml_child_at(at, "end", i), "channel",
				    "only an access point has a channel of its own");
		if (!nic_of(rules, end)->access_point && !nic_of(rules, end)->station &&
		    !xml_tainted(rules->nodes[end->node]))
			xml_problem(rules->problems, xml_child_at(at, "end", i), NULL,
				    "neither <access-point> nor <client> of node '%s' has this NIC",
				    rules->topo->nodes[end->node].name);
	}
	if (known == link->n_ends && known >= 2 && !topo_access_points(rules->topo, link))
		xml_problem(rules->problems, at, NULL, "a Wi-Fi link needs an access point");
}

/* A guest has one radio at most, so that a radio has the name of its node. */
static void check_radio(struct rules *rules, size_t link, size_t index)
{
	const struct topo *topo = rules->topo;
	const struct topo_end *end = &topo->links[link].ends[index];
	size_t i;

	for (i = 0; end->nic != SIZE_MAX && i < end->nic; i++) {
		size_t other = topo->nodes[end->node].nics[i].link;

		if (other != SIZE_MAX && topo->links[other].kind == TOPO_LINK_WIFI)
			xml_problem(
				rules->problems, xml_child_at(rules->links[link], "end", index),
				"nic", "node '%s' already has a radio, '%s': it can have only one",
				topo->nodes[end->node].name, topo->nodes[end->node].nics[i].name);
	}
}

static void check_paths(struct rules *rules, const struct topo_link *link,
			const struct xml_node *at)
{
	size_t i, j;

	for (i = 0; i < link->n_paths; i++) {
		const struct topo_path *path = &link->paths[i];
		const struct xml_node *here = xml_child_at(at, "path", i);

		if (path->a == SIZE_MAX || path->b == SIZE_MAX)
			continue;
		if (path->a == path->b)
			xml_problem(rules->problems, here, "to", "both ends are the same node");
		for (j = 0; j < i; j++)
			if ((link->paths[j].a == path->a && link->paths[j].b == path->b) ||
			    (link->paths[j].a == path->b && link->paths[j].b == path->a))
				xml_problem(rules->problems, here, NULL,
					    "a second path between these two");
	}
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
	else if (strchr(link->passphrase, '"') && strchr(strchr(link->passphrase, '"'), '#'))
		xml_problem(rules->problems, at, "passphrase",
			    "a '#' after a '\"' would begin a comment for wpa_supplicant");
	if (link->n_ends > RADIOS_MAX)
		xml_problem(rules->problems, at, NULL, "more than %d radios on one link",
			    RADIOS_MAX);
	for (i = 0; i < link->n_ends; i++)
		check_radio(rules, (size_t)(link - rules->topo->links), i);
	check_paths(rules, link, at);
	if (link->n_ends < 2 && !xml_tainted(at))
		xml_problem(rules->problems, at, NULL,
			    "a Wi-Fi link has at least two ends, not %zu", link->n_ends);
	check_cell(rules, link, at);
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
}
