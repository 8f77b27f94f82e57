/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is taken from an element, whichever it is. */
#include "experiment/load.h"

char *experiment_attr(const struct xml_node *node, const char *attr)
{
	const char *value = xml_attr(node, attr);

	return xstrdup(value ? value : "");
}

struct experiment_place experiment_place_of(const struct xml_node *node)
{
	return (struct experiment_place){ xstrdup(xml_file(node)), xml_line(node),
					  xml_column(node) };
}

bool experiment_has_room(struct experiment_loader *loader, const struct xml_node *node, size_t n,
			 size_t max)
{
	if (n == max)
		xml_problem(loader->problems, node, NULL, "more than %zu of <%s>", max,
			    xml_name(node));
	return n < max;
}
