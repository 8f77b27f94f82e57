/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A topology from its file to its end. */
#include "topo/topo.h"

#include <stdint.h>
#include <stdlib.h>

#include "topo/private.h"
#include "topo/role.h"
#include "topo/rules.h"

/* "a b"; NULL: none. */
static char *load_packages(const struct xml_node *root)
{
	struct str list = { 0 };
	struct xml_node *it;

	xml_for_each(it, root, "package") {
		const char *name = xml_attr(it, "name");

		if (name)
			str_addf(&list, "%s%s", list.len ? " " : "", name);
	}
	return list.len ? str_take(&list) : NULL;
}

static void load_lab(struct load *load, const struct xml_node *root)
{
	struct topo *topo = load->topo;
	bool silent = xml_tainted(root);
	struct xml_node *it;
	size_t i = 0;

	topo->name = load_name(root, "name");
	topo->whole = xml_attr_flag(load->problems, root, "whole", false);
	topo->description = xml_prose_in(load->problems, root, "description", "en");
	topo->packages = load_packages(root);
	xml_for_each(it, root, "network") {
		struct topo_network *network = array_add(topo->networks, topo->n_networks);

		network->name = load_name(it, "name");
		network->prefix = load_prefix(load, it, "prefix");
	}
	xml_for_each(it, root, "node")
		load_node(load, it);
	xml_for_each(it, root, "node")
		load_roles(load, &topo->nodes[i++], it);
	xml_for_each(it, root, "link")
		load_link(load, it, silent);
	vary_load(load, root);
	if (load_domains(topo) > VLANS_MAX)
		xml_problem(load->problems, root, NULL, "more than %d VLANs in one lab", VLANS_MAX);
}

/* What costs the square of its number somewhere, and what nobody writes so much of. */
static const struct xml_bound bounds[] = {
	{ "lab", "package", PACKAGES_MAX, 0 },   { "lab", "network", NETWORKS_MAX, 0 },
	{ "lab", "vary", VARIES_MAX, 0 },        { "lab", "node", NODES_MAX, 0 },
	{ "lab", "link", LINKS_MAX, 0 },         { "node", "nic", INTERFACES_MAX, 0 },
	{ "node", "bridge", INTERFACES_MAX, 0 }, { "node", "vlan", INTERFACES_MAX, 0 },
	{ "bridge", "port", INTERFACES_MAX, 0 }, { "node", "route", ROUTES_MAX, 0 },
	{ "node", "file", FILES_MAX, 0 },        { "node", "run", RUNS_MAX, 0 },
	{ "node", "check", CHECKS_MAX, 0 },      { "link", "end", ENDS_MAX, 0 },
	{ "link", "path", PATHS_MAX, 0 },
};

/* These and the roles'. */
static struct xml_bound *all_bounds(const struct topo_role *const *roles, size_t *n)
{
	struct xml_bound *all = NULL;

	*n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++)
		*array_add(all, *n) = bounds[i];
	for (; *roles; roles++)
		for (size_t i = 0; i < (*roles)->n_bounds; i++)
			*array_add(all, *n) = (*roles)->bounds[i];
	return all;
}

static int load_doc(struct xml_doc *doc, const char *name, const struct topo_role *const *roles,
		    struct topo *ret, struct xml_problems *problems, struct err *err)
{
	auto_topo struct topo topo = { .roles = roles };
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

static int open_and_load(const char *path, const char *text, size_t len, const char *schema_dir,
			 const struct topo_role *const *roles, struct topo *ret,
			 struct xml_problems *problems, struct err *err)
{
	auto_free char *schema = xasprintf("%s/topology.rng", schema_dir);
	struct xml_options options = { .schema = schema, .limit = text ? TOPO_FLAT_MAX : 0 };
	auto_free struct xml_bound *all = all_bounds(roles, &options.n_bounds);
	auto_xml_doc struct xml_doc *doc = NULL;
	int r;

	options.bounds = all;
	r = text ? xml_open_text(text, len, path, &options, &doc, problems, err)
		 : xml_open(path, &options, &doc, problems, err);
	return r < 0 ? r : load_doc(doc, path, roles, ret, problems, err);
}

int topo_load(const char *path, const char *schema_dir, const struct topo_role *const *roles,
	      struct topo *ret, struct xml_problems *problems, struct err *err)
{
	return open_and_load(path, NULL, 0, schema_dir, roles, ret, problems, err);
}

int topo_load_text(const char *text, size_t len, const char *name, const char *schema_dir,
		   const struct topo_role *const *roles, struct topo *ret,
		   struct xml_problems *problems, struct err *err)
{
	return open_and_load(name, text, len, schema_dir, roles, ret, problems, err);
}
