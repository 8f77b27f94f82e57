/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules: no two things of a kind have one name, and bridges are made of NICs that are free. */
#include <string.h>

#include "net/point.h"
#include "topo/rules.h"

/* Says that a thing of that name is there already. at is the second one, first the other; unused
 * (may be NULL) a name that nobody has. */
static void twice(struct rules *rules, const struct xml_node *at, const struct xml_node *first,
		  const char *what, const char *unused)
{
	const char *name = xml_attr(at, "name");
	auto_free char *place = str_eq(xml_file(at), xml_file(first))
					? xasprintf("line %u", xml_line(first))
					: xasprintf("%s:%u", xml_file(first), xml_line(first));

	xml_problem(rules->problems, at, "name", "a second %s '%s'; the first is at %s%s%s%s", what,
		    name, place, unused ? "; '" : "", unused ? unused : "",
		    unused ? "' is free" : "");
}

static const struct xml_node *earlier(const struct xml_node *parent, const struct xml_node *at,
				      const char *kind)
{
	const char *name = xml_attr(at, "name");
	struct xml_node *it;

	if (!name || !*name)
		return NULL;
	xml_for_each(it, parent, kind) {
		if (it == at)
			return NULL;
		if (str_eq(xml_attr(it, "name"), name))
			return it;
	}
	return NULL;
}

static void unique(struct rules *rules, const char *kind)
{
	const struct xml_node *first;
	struct xml_node *it;

	xml_for_each(it, rules->root, kind) {
		first = earlier(rules->root, it, kind);
		if (first)
			twice(rules, it, first, kind, NULL);
	}
}

static void check_interfaces(struct rules *rules)
{
	static const char *const taken[] = { "lo", "all", "default" };
	size_t i, j;

	for (i = 0; i < rules->n_ifaces; i++) {
		const struct iface *iface = &rules->ifaces[i];
		const struct iface *first = iface_named(rules, iface->node, iface->name);
		auto_free char *other = iface_free_name(rules, iface->node, iface->name);

		if (first && first != iface && *iface->name && iface->kind != TOPO_IFACE_LOOPBACK)
			twice(rules, iface->at, first->at, "interface", other);
		for (j = 0; j < ARRAY_SIZE(taken); j++) {
			if (iface->kind != TOPO_IFACE_LOOPBACK && str_eq(iface->name, taken[j]))
				xml_problem(rules->problems, iface->at, "name",
					    "the name '%s' is reserved by the kernel", iface->name);
		}
	}
}

static void check_reserved(struct rules *rules)
{
	size_t i;

	for (i = 0; i < rules->topo->n_nodes; i++)
		if (str_eq(rules->topo->nodes[i].name, NET_AIR))
			xml_problem(rules->problems, rules->nodes[i], "name",
				    "the name 'wifi' is reserved for the air in captures");
}

static void check_prefixes(struct rules *rules)
{
	const struct topo *topo = rules->topo;
	size_t i, j;

	for (i = 0; i < topo->n_networks; i++) {
		const struct topo_network *a = &topo->networks[i];

		for (j = 0; j < i && *a->name; j++) {
			const struct topo_network *b = &topo->networks[j];

			if (net_prefix_same(a->prefix, b->prefix) &&
			    !net_addr_is_unspecified(a->prefix.addr))
				xml_problem(rules->problems,
					    xml_child_at(rules->root, "network", i), "prefix",
					    "the prefix is already used by network '%s'", b->name);
		}
	}
}

void rules_names(struct rules *rules)
{
	unique(rules, "network");
	unique(rules, "package");
	unique(rules, "node");
	unique(rules, "link");
	check_interfaces(rules);
	check_reserved(rules);
	check_prefixes(rules);
}

bool rules_is_long(const char *name)
{
	return strlen(name) > 254; /* 255 bytes on the wire, with a length in front */
}
