/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a topology. */
#include <stdlib.h>

#include "topo/private.h"
#include "topo/role.h"

static void free_roles(struct topo_node *node)
{
	for (size_t i = 0; i < node->n_parts; i++)
		if (node->parts[i].role->free)
			node->parts[i].role->free(node->parts[i].model);
	free(node->parts);
}

static void free_node(struct topo_node *node)
{
	size_t i;

	for (i = 0; i < node->n_nics; i++) {
		free(node->nics[i].name);
		free(node->nics[i].addresses.list);
	}
	free(node->nics);
	for (i = 0; i < node->n_bridges; i++) {
		free(node->bridges[i].name);
		for (size_t j = 0; j < node->bridges[i].n_ports; j++)
			free(node->bridges[i].ports[j].trunk);
		free(node->bridges[i].ports);
		free(node->bridges[i].addresses.list);
	}
	for (i = 0; i < node->n_vlans; i++) {
		free(node->vlans[i].name);
		free(node->vlans[i].addresses.list);
	}
	free(node->vlans);
	free(node->bridges);
	free(node->loopback.list);
	free(node->routes);
	free_roles(node);
	free(node->dhcp_on);
	free(node->ra);
	for (i = 0; i < node->n_files; i++) {
		free(node->files[i].path);
		free(node->files[i].data);
	}
	free(node->files);
	for (i = 0; i < node->n_checks; i++) {
		free(node->checks[i].name);
		free(node->checks[i].command);
	}
	free(node->checks);
	for (i = 0; i < node->n_runs; i++)
		free(node->runs[i]);
	free(node->runs);
	free(node->name);
	free(node->description);
	free(node->description_ko);
}

static void free_link(struct topo_link *link)
{
	free(link->name);
	for (size_t i = 0; i < link->n_ends; i++) {
		free(link->ends[i].identity);
		free(link->ends[i].password);
	}
	free(link->ends);
	free(link->paths);
	for (size_t i = 0; i < link->n_networks; i++) {
		free(link->networks[i].ssid);
		free(link->networks[i].passphrase);
	}
	free(link->networks);
}

void topo_free(struct topo *topo)
{
	size_t i;

	for (i = 0; i < topo->n_networks; i++)
		free(topo->networks[i].name);
	free(topo->networks);
	for (i = 0; i < topo->n_nodes; i++)
		free_node(&topo->nodes[i]);
	free(topo->nodes);
	for (i = 0; i < topo->n_links; i++)
		free_link(&topo->links[i]);
	free(topo->links);
	for (i = 0; i < topo->n_varies; i++)
		vary_free(&topo->varies[i]);
	free(topo->varies);
	free(topo->name);
	free(topo->description);
	free(topo->packages);
	free(topo->flat);
	xml_problems_free(&topo->notes);
	*topo = (struct topo){ 0 };
}
