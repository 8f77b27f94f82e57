/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a topology. */
#include <stdlib.h>

#include "topo/topo.h"

static void free_zone(struct topo_zone *zone)
{
	size_t i;

	for (i = 0; i < zone->n_records; i++) {
		free(zone->records[i].name);
		free(zone->records[i].type);
		free(zone->records[i].data);
	}
	free(zone->records);
	free(zone->name);
	free(zone->ns);
}

static void free_roles(struct topo_node *node)
{
	size_t i;

	free(node->dhcp_server.on);
	free(node->router.ospf.nics);
	free(node->router.bgp.neighbors);
	free(node->router.bgp.originate);
	for (i = 0; i < node->resolver.n_blocks; i++)
		free(node->resolver.blocks[i].name);
	free(node->resolver.blocks);
	for (i = 0; i < node->n_zones; i++)
		free_zone(&node->zones[i]);
	free(node->zones);
	free(node->web.host);
}

static void free_node(struct topo_node *node)
{
	size_t i;

	for (i = 0; i < node->n_nics; i++)
		free(node->nics[i].name);
	free(node->nics);
	for (i = 0; i < node->n_bridges; i++) {
		free(node->bridges[i].name);
		free(node->bridges[i].ports);
	}
	free(node->bridges);
	free(node->routes);
	free_roles(node);
	for (i = 0; i < node->n_files; i++) {
		free(node->files[i].path);
		free(node->files[i].data);
	}
	free(node->files);
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
	free(link->ends);
	free(link->paths);
	free(link->ssid);
	free(link->passphrase);
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
	free(topo->name);
	free(topo->description);
	free(topo->flat);
	xml_problems_free(&topo->notes);
	*topo = (struct topo){ 0 };
}
