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

		if (!value || net_shape_set(&link->shape, names[i], value, &err) == 0)
			continue;
		if (!xml_has_problem(load->problems, at, names[i]))
			xml_problem(load->problems, at, names[i], "%s", err.msg);
	}
}

static struct topo_end load_end(struct load *load, const struct xml_node *at, bool silent)
{
	struct topo_end end = { load_node_ref(load, at, "node", silent), SIZE_MAX, 0 };

	if (end.node != SIZE_MAX) {
		const struct xml_node *node =
			xml_child_at(xml_parent(xml_parent(at)), "node", end.node);

		end.nic = load_nic_ref(load, &load->topo->nodes[end.node], at, "nic",
				       silent || xml_tainted(node));
	}
	if (xml_attr(at, "channel"))
		end.channel = (unsigned int)xml_attr_unsigned(load->problems, at, "channel", 1, 11,
							      CHANNEL_DEFAULT);
	return end;
}

/* The end of the node that an attribute names. */
static size_t load_station(struct load *load, const struct topo_link *link,
			   const struct xml_node *at, const char *attr, bool silent)
{
	size_t node = load_node_ref(load, at, attr, silent), i;

	for (i = 0; i < link->n_ends; i++)
		if (node != SIZE_MAX && link->ends[i].node == node)
			return i;
	if (node != SIZE_MAX)
		xml_problem(load->problems, at, attr, "node '%s' is not on this link",
			    load->topo->nodes[node].name);
	return SIZE_MAX;
}

static void load_path(struct load *load, struct topo_link *link, const struct xml_node *at,
		      bool silent)
{
	struct topo_path *path = array_add(link->paths, link->n_paths);
	const char *signal = xml_attr(at, "signal"), *loss = xml_attr(at, "loss");
	struct net_shape shape = { 0 };
	struct err err = ERR_INIT;

	path->a = load_station(load, link, at, "from", silent);
	path->b = load_station(load, link, at, "to", silent);
	path->signal = TOPO_SIGNAL;
	/* The schema has seen that it is a negative number of at most two digits. */
	if (signal && !xml_has_problem(load->problems, at, "signal"))
		path->signal = (int)strtol(signal, NULL, 10);
	if (loss && net_shape_set(&shape, "loss", loss, &err) < 0 &&
	    !xml_has_problem(load->problems, at, "loss"))
		xml_problem(load->problems, at, "loss", "%s", err.msg);
	path->loss_ppm = shape.loss_ppm;
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
	xml_for_each(it, at, "path")
		load_path(load, link, it, silent);
}
