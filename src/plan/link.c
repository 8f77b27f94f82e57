/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links: from the topology, as text, and as JSON. What is of one kind stands in that kind's part.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "plan/build.h"

static const struct plan_node *node_at(const struct plan *plan, const struct plan_link *link,
				       size_t end)
{
	return &plan->nodes[link->ends[end].node];
}

static const char *tap_at(const struct plan *plan, const struct plan_link *link, size_t end)
{
	return node_at(plan, link, end)->nics[link->ends[end].nic].tap;
}

/* --- wires --- */

static void build_wire(const struct topo_link *from, size_t index, struct plan_link *link)
{
	(void)snprintf(link->bridge, sizeof(link->bridge), "br%u", (unsigned int)index);
	link->down = from->down;
}

/* It does the same both ways. */
static bool is_alike(const struct plan_link *link)
{
	for (size_t i = 1; i < link->n_ends; i++)
		if (!net_shape_equal(&link->ends[0].shape, &link->ends[i].shape))
			return false;
	return true;
}

static void print_wire(const struct plan *plan, const struct plan_link *link, struct str *out)
{
	bool both = is_alike(link);

	str_addf(out, "wire %s: bridge %s, taps", link->name, link->bridge);
	for (size_t i = 0; i < link->n_ends; i++)
		str_addf(out, " %s", tap_at(plan, link, i));
	for (size_t i = 0; i < (both ? 1 : link->n_ends); i++) {
		auto_str struct str text = { 0 };

		net_shape_add_text(&text, &link->ends[i].shape);
		if (text.len && both)
			str_addf(out, ", %s", str_text(&text));
		else if (text.len)
			str_addf(out, ", from %s %s", tap_at(plan, link, i), str_text(&text));
	}
	str_adds(out, link->down ? ", down\n" : "\n");
}

/* What few wires have is only there where it is. */
static json_t *shape_json(const struct net_shape *shape)
{
	const struct {
		const char *name;
		uint32_t value;
	} rare[] = { { "duplicate_ppm", shape->duplicate_ppm },
		     { "reorder_ppm", shape->reorder_ppm },
		     { "corrupt_ppm", shape->corrupt_ppm },
		     { "mtu", shape->mtu } };
	json_t *out =
		json_pack("{s:I, s:I, s:I, s:I}", "delay_us", (json_int_t)shape->delay_us,
			  "jitter_us", (json_int_t)shape->jitter_us, "loss_ppm",
			  (json_int_t)shape->loss_ppm, "rate_bps", (json_int_t)shape->rate_bps);

	for (size_t i = 0; i < ARRAY_SIZE(rare); i++)
		if (rare[i].value)
			(void)json_object_set_new(out, rare[i].name, json_integer(rare[i].value));
	return out;
}

static json_t *wire_json(const struct plan *plan, const struct plan_link *link)
{
	json_t *taps = json_array(), *ways = json_array(), *out;
	struct net_shape shape = { 0 };

	for (size_t i = 0; i < link->n_ends; i++) {
		const struct net_shape *way = &link->ends[i].shape;

		shape = i ? net_shape_common(&shape, way) : *way;
		(void)json_array_append_new(taps, json_string(tap_at(plan, link, i)));
		(void)json_array_append_new(ways, shape_json(way));
	}
	out = json_pack("{s:s, s:s, s:o, s:o}", "link", link->name, "bridge", link->bridge, "taps",
			taps, "shape", shape_json(&shape));
	if (!is_alike(link))
		(void)json_object_set(out, "ways", ways);
	json_decref(ways);
	if (link->down)
		(void)json_object_set_new(out, "state", json_string("down"));
	return out;
}

/* --- the air --- */

static void build_air(const struct topo_link *from, size_t index, struct plan_link *link)
{
	(void)index;
	for (size_t i = 0; i < from->n_networks; i++) {
		const struct topo_ssid *network = &from->networks[i];

		*array_add(link->networks, link->n_networks) = (struct topo_ssid){
			.ssid = xstrdup(network->ssid),
			.passphrase = network->passphrase ? xstrdup(network->passphrase) : NULL,
			.security = network->security,
			.hidden = network->hidden,
		};
	}
	for (size_t i = 0; i < from->n_paths; i++)
		*array_add(link->paths, link->n_paths) = from->paths[i];
}

/* Nothing where it is what was always meant. */
static void print_security(const struct topo_ssid *network, struct str *out)
{
	if (network->security != TOPO_WPA2)
		str_addf(out, ", %s", topo_security_name(network->security));
	if (network->hidden)
		str_adds(out, ", hidden");
}

static void print_network(const struct plan *plan, const struct plan_link *link, size_t network,
			  struct str *out)
{
	str_addf(out, "  ssid %s", link->networks[network].ssid);
	print_security(&link->networks[network], out);
	str_adds(out, ", radios");
	for (size_t i = 0; i < link->n_ends; i++)
		if (link->ends[i].network == network)
			str_addf(out, " %s", node_at(plan, link, i)->name);
	str_adds(out, "\n");
}

static void print_air(const struct plan *plan, const struct plan_link *link, struct str *out)
{
	str_addf(out, "medium %s: ssid %s", link->name, link->networks[0].ssid);
	print_security(&link->networks[0], out);
	str_adds(out, ", radios");
	for (size_t i = 0; i < link->n_ends; i++)
		str_addf(out, " %s", node_at(plan, link, i)->name);
	str_adds(out, "\n");
	for (size_t i = 1; i < link->n_networks; i++)
		print_network(plan, link, i, out);
	for (size_t i = 0; i < link->n_paths; i++) {
		const struct topo_path *path = &link->paths[i];
		const struct net_shape loss = { .loss_ppm = path->loss_ppm };

		str_addf(out, "  path %s %s: %d dBm%s", node_at(plan, link, path->a)->name,
			 node_at(plan, link, path->b)->name, path->signal,
			 path->loss_ppm ? ", " : "");
		net_shape_add_text(out, &loss);
		str_adds(out, "\n");
	}
}

static json_t *air_json(const struct plan *plan, const struct plan_link *link)
{
	json_t *radios = json_array(), *paths = json_array(), *networks = json_array();

	for (size_t i = 0; i < link->n_ends; i++)
		(void)json_array_append_new(radios, json_string(node_at(plan, link, i)->name));
	for (size_t i = 0; i < link->n_networks; i++) {
		const struct topo_ssid *network = &link->networks[i];

		(void)json_array_append_new(
			networks,
			json_pack("{s:s, s:s, s:s*, s:b}", "ssid", network->ssid, "security",
				  topo_security_name(network->security), "passphrase",
				  network->passphrase, "hidden", network->hidden));
	}
	for (size_t i = 0; i < link->n_paths; i++) {
		const struct topo_path *path = &link->paths[i];

		(void)json_array_append_new(
			paths, json_pack("{s:I, s:I, s:i, s:I}", "a", (json_int_t)path->a, "b",
					 (json_int_t)path->b, "signal_dbm", path->signal,
					 "loss_ppm", (json_int_t)path->loss_ppm));
	}
	return json_pack("{s:s, s:s, s:s*, s:o, s:o, s:o}", "link", link->name, "ssid",
			 link->networks[0].ssid, "passphrase", link->networks[0].passphrase,
			 "radios", radios, "paths", paths, "networks", networks);
}

/* --- all of them --- */

static const struct kind {
	const char *one, *all; /* in text and JSON */
	bool radio;            /* its ends have no taps */
	void (*build)(const struct topo_link *from, size_t index, struct plan_link *link);
	void (*print)(const struct plan *plan, const struct plan_link *link, struct str *out);
	json_t *(*json)(const struct plan *plan, const struct plan_link *link);
} kinds[] = {
	[TOPO_LINK_WIRE] = { "wire", "wires", false, build_wire, print_wire, wire_json },
	[TOPO_LINK_WIFI] = { "medium", "media", true, build_air, print_air, air_json },
};

bool plan_has_tap(const struct plan *plan, const struct plan_nic *nic)
{
	return nic->link == SIZE_MAX || !kinds[plan->links[nic->link].kind].radio;
}

void plan_add_link(const struct topo *topo, size_t index, struct plan *plan)
{
	const struct topo_link *from = &topo->links[index];
	struct plan_link *link = array_add(plan->links, plan->n_links);

	link->name = xstrdup(from->name);
	link->kind = from->kind;
	for (size_t i = 0; i < from->n_ends; i++)
		*array_add(link->ends, link->n_ends) =
			(struct plan_end){ from->ends[i].node, from->ends[i].nic,
					   from->ends[i].network, from->ends[i].shape };
	kinds[link->kind].build(from, index, link);
}

void plan_link_free(struct plan_link *link)
{
	free(link->name);
	free(link->ends);
	for (size_t i = 0; i < link->n_networks; i++) {
		free(link->networks[i].ssid);
		free(link->networks[i].passphrase);
	}
	free(link->networks);
	free(link->paths);
}

/* The last kind first. */
void plan_print_links(const struct plan *plan, struct str *out)
{
	for (size_t kind = ARRAY_SIZE(kinds); kind-- > 0;)
		for (size_t i = 0; i < plan->n_links; i++)
			if (plan->links[i].kind == kind)
				kinds[kind].print(plan, &plan->links[i], out);
}

void plan_print_end(const struct plan *plan, const struct plan_nic *nic, struct str *out)
{
	const struct plan_link *link = nic->link == SIZE_MAX ? NULL : &plan->links[nic->link];

	if (*nic->tap)
		str_addf(out, "tap %s, ", nic->tap);
	else
		str_adds(out, "radio, ");
	if (link)
		str_addf(out, "%s %s\n", kinds[link->kind].one, link->name);
	else
		str_adds(out, "not connected\n");
}

void plan_links_to_json(const struct plan *plan, json_t *ret)
{
	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		json_t *list = json_array();

		for (size_t i = 0; i < plan->n_links; i++)
			if (plan->links[i].kind == kind)
				(void)json_array_append_new(
					list, kinds[kind].json(plan, &plan->links[i]));
		(void)json_object_set_new(ret, kinds[kind].all, list);
	}
}

/* Links of a kind are counted apart, as their lists are. "wire" is there always. */
void plan_end_to_json(const struct plan *plan, const struct plan_nic *nic, json_t *ret)
{
	const struct plan_link *link = nic->link == SIZE_MAX ? NULL : &plan->links[nic->link];
	json_int_t n = 0;

	(void)json_object_set_new(ret, "wire", json_null());
	for (size_t i = 0; link && i < nic->link; i++)
		n += plan->links[i].kind == link->kind;
	if (link)
		(void)json_object_set_new(ret, kinds[link->kind].one, json_integer(n));
	(void)json_object_set_new(ret, "link", link ? json_string(link->name) : json_null());
}
