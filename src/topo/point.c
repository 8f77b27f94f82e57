/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a lab's frames can be captured. */
#include <stdint.h>

#include "net/point.h"
#include "topo/private.h"

static bool is_air(const struct topo *topo, size_t link)
{
	return link != SIZE_MAX && topo->links[link].kind == TOPO_LINK_WIFI;
}

void topo_points(const struct topo *topo, struct topo_points *ret)
{
	struct topo_points points = { 0 };

	for (size_t i = 0; i < topo->n_nodes; i++) {
		const struct topo_node *node = &topo->nodes[i];

		for (size_t j = 0; j < node->n_nics; j++)
			if (!is_air(topo, node->nics[j].link))
				*array_add(points.list, points.n) =
					(struct topo_point){ xasprintf("%s:%s", node->name,
								       node->nics[j].name),
							     i, j, node->nics[j].link };
	}
	for (size_t i = 0; i < topo->n_links; i++)
		if (is_air(topo, i))
			*array_add(points.list, points.n) =
				(struct topo_point){ xasprintf(NET_AIR ":%s", topo->links[i].name),
						     SIZE_MAX, SIZE_MAX, i };
	*ret = points;
}

void topo_points_free(struct topo_points *points)
{
	for (size_t i = 0; i < points->n; i++)
		free(points->list[i].name);
	free(points->list);
	*points = (struct topo_points){ 0 };
}

const struct topo_point *topo_find_point(const struct topo_points *points, const char *name)
{
	for (size_t i = 0; i < points->n; i++)
		if (str_eq(points->list[i].name, name))
			return &points->list[i];
	return NULL;
}

bool topo_has_port(const void *arg, const char *node, const char *nic)
{
	const struct topo *topo = arg;
	auto_points struct topo_points points = { 0 };
	auto_free char *name = xasprintf("%s:%s", node, nic ? nic : "");
	bool found = !nic && topo_find_node(topo, node) != SIZE_MAX;

	topo_points(topo, &points);
	for (size_t i = 0; !found && i < points.n; i++)
		found = nic ? str_eq(points.list[i].name, name)
			    : str_prefix(points.list[i].name, name);
	return found;
}
