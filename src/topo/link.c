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

static const char *const securities[] = {
	[TOPO_WPA2] = "wpa2",
	[TOPO_OPEN] = "open",
	[TOPO_WPA3] = "wpa3",
	[TOPO_WPA2_WPA3] = "wpa2-wpa3",
	[TOPO_ENTERPRISE] = "enterprise",
};

const char *topo_security_name(enum topo_security security)
{
	return securities[security];
}

static enum topo_security load_security(const struct xml_node *at, enum topo_security fallback)
{
	for (size_t i = 0; i < ARRAY_SIZE(securities); i++)
		if (str_eq(xml_attr(at, "security"), securities[i]))
			return (enum topo_security)i;
	return fallback;
}

static char *load_text(const struct xml_node *at, const char *attr)
{
	const char *text = xml_attr(at, attr);

	return text ? xstrdup(text) : NULL;
}

/* What the element says of a network. */
static void load_network(struct load *load, struct topo_link *link, const struct xml_node *at)
{
	struct topo_ssid *network = array_add(link->networks, link->n_networks);

	network->ssid = load_text(at, "ssid");
	network->passphrase = load_text(at, "passphrase");
	network->security = load_security(at, TOPO_WPA2);
	network->hidden = xml_attr_flag(load->problems, at, "hidden", false);
}

/* Of that name; from: the first that counts. */
static size_t find_network(const struct topo_link *link, const char *ssid, size_t from)
{
	for (size_t i = from; i < link->n_networks; i++)
		if (link->networks[i].ssid && str_eq(link->networks[i].ssid, ssid))
			return i;
	return SIZE_MAX;
}

/*
 * Which network an end is of. An access point with an ssid= has one beside the link's, even where
 * both have one name; so have others that say the same name. A station joins the first of its name.
 */
static void load_end_network(struct load *load, struct topo_link *link, size_t index,
			     const struct xml_node *at, bool access_point)
{
	struct topo_end *end = &link->ends[index];
	const char *ssid = xml_attr(at, "ssid");

	if (end->nic != SIZE_MAX && load->topo->nodes[end->node].nics[end->nic].monitor) {
		end->network = SIZE_MAX;
	} else if (ssid) {
		end->network = find_network(link, ssid, access_point);
		if (access_point && end->network == SIZE_MAX) {
			end->network = link->n_networks;
			load_network(load, link, at);
		}
	}
	end->security =
		end->network == SIZE_MAX ? TOPO_WPA2 : link->networks[end->network].security;
	if (!access_point)
		end->security = load_security(at, end->security);
}

/* Those of access points first: they are what there is to join. */
static void load_networks(struct load *load, struct topo_link *link, const struct xml_node *at)
{
	load_network(load, link, at);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < link->n_ends; i++) {
			const struct topo_end *end = &link->ends[i];
			bool access_point =
				end->nic != SIZE_MAX &&
				load->topo->nodes[end->node].nics[end->nic].access_point;

			if (access_point == !pass)
				load_end_network(load, link, i, xml_child_at(at, "end", i),
						 access_point);
		}
}

static void load_shape(struct load *load, struct net_shape *shape, const struct xml_node *at)
{
	for (size_t i = 0; net_shape_names[i]; i++) {
		const char *name = net_shape_names[i], *value = xml_attr(at, name);
		struct err err = ERR_INIT;

		if (!value || net_shape_set(shape, name, value, &err) == 0)
			continue;
		if (!xml_has_problem(load->problems, at, name))
			xml_problem(load->problems, at, name, "%s", err.msg);
	}
}

static struct topo_end load_end(struct load *load, const struct topo_link *link,
				const struct xml_node *at, bool silent)
{
	struct topo_end end = { .node = load_node_ref(load, at, "node", silent),
				.nic = SIZE_MAX,
				.shape = link->shape };

	load_shape(load, &end.shape, at);
	if (end.node != SIZE_MAX) {
		const struct xml_node *node =
			xml_child_at(xml_parent(xml_parent(at)), "node", end.node);

		end.nic = load_nic_ref(load, &load->topo->nodes[end.node], at, "nic",
				       silent || xml_tainted(node));
	}
	if (xml_attr(at, "channel"))
		end.channel = (unsigned int)xml_attr_unsigned(load->problems, at, "channel", 1, 11,
							      CHANNEL_DEFAULT);
	end.identity = load_text(at, "identity");
	end.password = load_text(at, "password");
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
	struct xml_node *it;

	link->name = load_name(at, "name");
	link->kind = str_eq(xml_attr(at, "kind"), "wifi") ? TOPO_LINK_WIFI : TOPO_LINK_WIRE;
	link->down = str_eq(xml_attr(at, "state"), "down");
	load_shape(load, &link->shape, at);
	link->loop = xml_attr_flag(load->problems, at, "loop", false);
	if (link->kind == TOPO_LINK_WIFI)
		link->channel = (unsigned int)xml_attr_unsigned(load->problems, at, "channel", 1,
								11, CHANNEL_DEFAULT);
	xml_for_each(it, at, "end") {
		struct topo_end end = load_end(load, link, it, silent);
		struct topo_nic *nic =
			end.nic == SIZE_MAX ? NULL : &load->topo->nodes[end.node].nics[end.nic];

		*array_add(link->ends, link->n_ends) = end;
		if (nic && nic->link == SIZE_MAX)
			nic->link = index;
	}
	if (link->kind == TOPO_LINK_WIFI)
		load_networks(load, link, at);
	xml_for_each(it, at, "path")
		load_path(load, link, it, silent);
}
