/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A topology from its file to its end. */
#include "topo/topo.h"

#include <stdint.h>
#include <stdlib.h>

#include "topo/private.h"
#include "topo/rules.h"

static void load_lab(struct load *load, const struct xml_node *root)
{
	struct topo *topo = load->topo;
	bool silent = xml_tainted(root);
	struct xml_node *it;
	size_t i = 0;

	topo->name = load_name(root, "name");
	topo->description = xml_prose_in(load->problems, root, "description", "en");
	xml_for_each(it, root, "network") {
		struct topo_network *network = array_add(topo->networks, topo->n_networks);

		network->name = load_name(it, "name");
		network->prefix = load_prefix(load, it, "prefix");
	}
	xml_for_each(it, root, "node")
		load_node(load, it);
	xml_for_each(it, root, "node")
		load_bgp(load, &topo->nodes[i++], it, silent);
	xml_for_each(it, root, "link")
		load_link(load, it, silent);
}

/* More than this is a mistake or an attack; nothing is loaded of it. */
static bool too_many(const struct xml_node *node, const char *name, size_t max,
		     struct xml_problems *problems)
{
	const struct xml_node *it = xml_child_at(node, name, max);

	if (it)
		xml_problem(problems, it, NULL, "too many: a %s has at most %zu of these",
			    xml_name(node), max);
	return it != NULL;
}

/* What costs the square of its number somewhere, and what nobody writes so much of. */
static const struct bound {
	const char *in, *name;
	size_t max;
} bounds[] = {
	{ "lab", "network", NETWORKS_MAX },   { "lab", "node", NODES_MAX },
	{ "lab", "link", LINKS_MAX },         { "node", "nic", INTERFACES_MAX },
	{ "node", "bridge", INTERFACES_MAX }, { "node", "route", ROUTES_MAX },
	{ "node", "file", FILES_MAX },        { "node", "run", RUNS_MAX },
	{ "resolver", "block", BLOCKS_MAX },  { "bgp", "neighbor", NODES_MAX },
	{ "bgp", "originate", NETWORKS_MAX }, { "name-server", "zone", ZONES_MAX },
	{ "zone", "record", RECORDS_MAX },    { "link", "end", ENDS_MAX },
	{ "link", "path", PATHS_MAX },
};

/* The zones of all nodes are compared with one another, and with all records. */
struct census {
	size_t zones, records;
};

static bool fits(const struct xml_node *node, struct census *census, struct xml_problems *problems)
{
	const struct xml_node *it;
	bool over = false;

	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++)
		if (xml_is(node, bounds[i].in))
			over |= too_many(node, bounds[i].name, bounds[i].max, problems);
	census->zones += xml_is(node, "zone");
	census->records += xml_is(node, "record");
	if (!over && (census->zones > ZONES_MAX || census->records > ALL_RECORDS_MAX)) {
		xml_problem(problems, node, NULL,
			    "too many: a lab has at most %d zones and %d records", ZONES_MAX,
			    ALL_RECORDS_MAX);
		over = true;
	}
	for (it = xml_child(node, NULL); it && !over; it = xml_next(it, NULL))
		over = !fits(it, census, problems);
	return !over;
}

static bool is_bounded(const struct xml_node *root, struct xml_problems *problems)
{
	struct census census = { 0 };

	return fits(root, &census, problems);
}

static int load_doc(struct xml_doc *doc, const char *name, struct topo *ret,
		    struct xml_problems *problems, struct err *err)
{
	auto_topo struct topo topo = { 0 };
	struct load load = { .topo = &topo, .problems = problems };
	struct xml_node *root = xml_root(doc);
	struct str flat = { 0 };

	if (xml_is(root, "lab")) {
		load_lab(&load, root);
		rules_check(&topo, root, problems, &topo.notes);
	}
	xml_problems_sort(problems, name);
	if (problems->n)
		return xml_problems_err(problems, err);
	xml_dump(doc, &flat);
	topo.flat = str_take(&flat);
	*ret = topo;
	topo = (struct topo){ 0 };
	return 0;
}

static char *schema_path(const char *schema_dir)
{
	return xasprintf("%s/topology.rng", schema_dir);
}

int topo_load(const char *path, const char *schema_dir, struct topo *ret,
	      struct xml_problems *problems, struct err *err)
{
	auto_free char *schema = schema_path(schema_dir);
	auto_xml_doc struct xml_doc *doc = NULL;
	const struct xml_options options = { .schema = schema, .is_bounded = is_bounded };
	int r = xml_open(path, &options, &doc, problems, err);

	return r < 0 ? r : load_doc(doc, path, ret, problems, err);
}

int topo_load_text(const char *text, size_t len, const char *name, const char *schema_dir,
		   struct topo *ret, struct xml_problems *problems, struct err *err)
{
	auto_free char *schema = schema_path(schema_dir);
	auto_xml_doc struct xml_doc *doc = NULL;
	const struct xml_options options = { .schema = schema,
					     .limit = FLAT_MAX,
					     .is_bounded = is_bounded };
	int r = xml_open_text(text, len, name, &options, &doc, problems, err);

	return r < 0 ? r : load_doc(doc, name, ret, problems, err);
}

size_t topo_find_node(const struct topo *topo, const char *name)
{
	size_t i;

	for (i = 0; i < topo->n_nodes; i++) {
		if (str_eq(topo->nodes[i].name, name))
			return i;
	}
	return SIZE_MAX;
}

static bool is_wireless(const struct topo *topo, size_t link)
{
	return link != SIZE_MAX && topo->links[link].kind == TOPO_LINK_WIFI;
}

bool topo_has_port(const struct topo *topo, const char *node, const char *nic)
{
	size_t at = topo_find_node(topo, node), port;

	for (size_t i = 0; str_eq(node, "wifi") && i < topo->n_links; i++)
		if (is_wireless(topo, i) && (!nic || str_eq(topo->links[i].name, nic)))
			return true;
	if (at == SIZE_MAX || !nic)
		return at != SIZE_MAX;
	port = topo_find_nic(&topo->nodes[at], nic);
	return port != SIZE_MAX && !is_wireless(topo, topo->nodes[at].nics[port].link);
}

size_t topo_find_nic(const struct topo_node *node, const char *name)
{
	size_t i;

	for (i = 0; i < node->n_nics; i++) {
		if (str_eq(node->nics[i].name, name))
			return i;
	}
	return SIZE_MAX;
}
