/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What connects the NICs. */
#include <stdint.h>

#include "topo/private.h"

const char *topo_link_kind_name(enum topo_link_kind kind)
{
	switch (kind) {
	case TOPO_LINK_WIRE:
		return "wire";
	case TOPO_LINK_WIFI:
		return "wifi";
	}
	return "?";
}

static void load_shape(struct load *load, struct topo_link *link, const struct xml_node *at)
{
	/* The delay first: jitter is measured against it. */
	static const char *const names[] = { "delay", "jitter", "loss", "rate" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = xml_attr(at, names[i]);
		struct err err = ERR_INIT;

		if (!value || shape_set(&link->shape, names[i], value, &err) == 0)
			continue;
		if (!xml_has_problem(load->problems, at, names[i]))
			xml_problem(load->problems, at, names[i], "%s", err.msg);
	}
}

static struct topo_end load_end(struct load *load, const struct xml_node *at, bool silent)
{
	struct topo_end end = { load_node_ref(load, at, "node", silent), SIZE_MAX };

	if (end.node != SIZE_MAX) {
		const struct xml_node *node =
			xml_child_at(xml_parent(xml_parent(at)), "node", end.node);

		end.nic = load_nic_ref(load, &load->topo->nodes[end.node], at, "nic",
				       silent || xml_tainted(node));
	}
	return end;
}

void load_link(struct load *load, const struct xml_node *at, bool silent)
{
	struct topo_link *link = array_add(load->topo->links, load->topo->n_links);
	size_t index = load->topo->n_links - 1;
	const char *ssid = xml_attr(at, "ssid"), *passphrase = xml_attr(at, "passphrase");
	struct xml_node *it;

	link->name = load_name(at, "name");
	link->kind = str_eq(xml_attr(at, "kind"), "wifi") ? TOPO_LINK_WIFI : TOPO_LINK_WIRE;
	load_shape(load, link, at);
	link->ssid = ssid ? xstrdup(ssid) : NULL;
	link->passphrase = passphrase ? xstrdup(passphrase) : NULL;
	if (link->kind == TOPO_LINK_WIFI)
		link->channel = (unsigned int)xml_attr_unsigned(load->problems, at, "channel", 1,
								11, CHANNEL_DEFAULT);
	xml_for_each(it, at, "end") {
		struct topo_end end = load_end(load, it, silent);
		struct topo_nic *nic =
			end.nic == SIZE_MAX ? NULL : &load->topo->nodes[end.node].nics[end.nic];

		*array_add(link->ends, link->n_ends) = end;
		if (nic && nic->link == SIZE_MAX)
			nic->link = index;
	}
}
