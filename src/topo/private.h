/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this folder share. */
#ifndef TOPO_PRIVATE_H
#define TOPO_PRIVATE_H

#include <string.h> /* array_add */

#include "topo/load.h"

#define NODES_MAX 250
#define LINKS_MAX 1000
#define NETWORKS_MAX 250
#define PACKAGES_MAX 100
#define INTERFACES_MAX 32          /* NICs, and bridges, of one node */
#define VLANS_MAX 100              /* IDs in use in one lab */
#define VLAN_DEFAULT 1             /* of a port that names none, as switches come */
#define STP_PRIORITY_DEFAULT 32768 /* of a bridge, IEEE 802.1D, 17.14 */
#define STP_PORT_DEFAULT 32        /* of a port, as Linux counts: 0 to 63 */
#define ADDRESSES_MAX 64           /* of one node */
/* One <file source=>: libxml2 takes 10 MB of text in an element, and this is base64 there. */
#define SOURCE_MAX ((size_t)7 * 1024 * 1024)
#define SOURCES_MAX ((size_t)32 * 1024 * 1024) /* all of a topology */
#define ROUTES_MAX 250
#define FILES_MAX 1000 /* of one node */
#define RUNS_MAX 1000
#define CHECKS_MAX 100
#define CHECK_DEADLINE_DEFAULT 60
#define ENDS_MAX 250  /* of one link */
#define PATHS_MAX 500 /* of one Wi-Fi link: each radio with each */
#define MEMORY_DEFAULT 128
#define CHANNEL_DEFAULT 6
#define VARIES_MAX 100
#define RADIOS_MAX 32 /* of one Wi-Fi link; the hub (src/medium) carries as many */

/* node.c, link.c, file.c */

void load_node(struct load *load, const struct xml_node *at);
/* Once all nodes and networks are there. */
void load_roles(struct load *load, struct topo_node *node, const struct xml_node *at);
void load_link(struct load *load, const struct xml_node *at, bool silent);
/* domain.c: finds the domains of all interfaces, once all links are there. Returns how many VLANs
 * there are; what is beyond VLANS_MAX is in no domain with others. */
size_t load_domains(struct topo *topo);
/* The VLANs that the lab uses; returns how many. */
size_t load_vlans(const struct topo *topo, uint16_t ret[VLANS_MAX]);
/* vary.c: all <vary> of a lab. */
void vary_load(struct load *load, const struct xml_node *root);
void vary_free(struct topo_vary *vary);
/* A <file> with a source gets it inline, in the document too. */
void load_file(struct load *load, struct topo_node *node, struct xml_node *at);

#endif
