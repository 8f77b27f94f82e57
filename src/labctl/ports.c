/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The places where a lab can be captured. */
#include "labctl/ports.h"

#include "labctl/file.h"
#include "role/role.h"
#include "run/run.h"

void ports_topology(const struct labctl *l, const char *dir, struct topo *ret)
{
	auto_free char *path = run_path(dir, RUN_TOPOLOGY);
	auto_free char *schemas = file_topology_dir(l);
	auto_problems struct topo_problems problems = { 0 };

	(void)topo_load(path, schemas, role_all, ret, &problems, NULL);
}

static void wire_ports(const struct topo *topo, const struct topo_link *link,
		       void (*f)(void *ctx, const char *port), void *ctx)
{
	for (size_t i = 0; i < link->n_ends; i++) {
		const struct topo_node *node = &topo->nodes[link->ends[i].node];
		auto_free char *port =
			xasprintf("%s:%s", node->name, node->nics[link->ends[i].nic].name);

		f(ctx, port);
	}
}

void ports_each(const struct topo *topo, void (*f)(void *ctx, const char *port), void *ctx)
{
	for (size_t i = 0; i < topo->n_links; i++) {
		auto_free char *air = xasprintf("wifi:%s", topo->links[i].name);

		if (topo->links[i].kind == TOPO_LINK_WIFI)
			f(ctx, air);
		else
			wire_ports(topo, &topo->links[i], f, ctx);
	}
}
