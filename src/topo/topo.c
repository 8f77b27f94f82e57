/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A topology from its file to its end. */
#include "topo/topo.h"

#include <stdint.h>
#include <stdlib.h>

#include "topo/private.h"
#include "topo/rules.h"

static void load_lab(struct load *load, const struct xml_node *root)
{
	const struct xml_node *description = xml_child(root, "description");
	struct topo *topo = load->topo;
	bool silent = xml_tainted(root);
	struct xml_node *it;
	size_t i = 0;

	topo->name = load_name(root, "name");
	topo->description = description ? xml_prose(description) : NULL;
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
static bool too_many(const struct xml_node *root, const char *name, size_t max,
		     struct xml_problems *problems)
{
	const struct xml_node *it = xml_child_at(root, name, max);

	if (it)
		xml_problem(problems, it, NULL, "too many: a lab has at most %zu of these", max);
	return it != NULL;
}

static bool has_too_many_names(const struct xml_node *node, struct xml_problems *problems)
{
	const struct xml_node *server = xml_child(node, "name-server"), *it;
	bool over = server && too_many(server, "zone", ZONES_MAX, problems);

	if (!server)
		return false;
	xml_for_each(it, server, "zone")
		over |= too_many(it, "record", RECORDS_MAX, problems);
	return over;
}

static bool is_bounded(const struct xml_node *root, struct xml_problems *problems)
{
	bool over = too_many(root, "network", NETWORKS_MAX, problems);
	const struct xml_node *it;

	over |= too_many(root, "node", NODES_MAX, problems);
	over |= too_many(root, "link", LINKS_MAX, problems);
	xml_for_each(it, root, "node") {
		over |= too_many(it, "nic", INTERFACES_MAX, problems);
		over |= too_many(it, "bridge", INTERFACES_MAX, problems);
		over |= too_many(it, "route", ROUTES_MAX, problems);
		over |= has_too_many_names(it, problems);
	}
	return !over;
}

static int load_doc(struct xml_doc *doc, const char *name, struct topo *ret,
		    struct xml_problems *problems, struct err *err)
{
	auto_topo struct topo topo = { 0 };
	struct load load = { .topo = &topo, .problems = problems };
	struct xml_node *root = xml_root(doc);
	struct str flat = { 0 };

	if (xml_is(root, "lab") && is_bounded(root, problems)) {
		load_lab(&load, root);
		rules_check(&topo, root, problems);
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
	const struct xml_options options = { .schema = schema };
	int r = xml_open(path, &options, &doc, problems, err);

	return r < 0 ? r : load_doc(doc, path, ret, problems, err);
}

int topo_load_text(const char *text, size_t len, const char *name, const char *schema_dir,
		   struct topo *ret, struct xml_problems *problems, struct err *err)
{
	auto_free char *schema = schema_path(schema_dir);
	auto_xml_doc struct xml_doc *doc = NULL;
	const struct xml_options options = { .schema = schema, .limit = FLAT_MAX };
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

size_t topo_find_nic(const struct topo_node *node, const char *name)
{
	size_t i;

	for (i = 0; i < node->n_nics; i++) {
		if (str_eq(node->nics[i].name, name))
			return i;
	}
	return SIZE_MAX;
}
