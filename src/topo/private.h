/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this folder share. */
#ifndef TOPO_PRIVATE_H
#define TOPO_PRIVATE_H

#include <string.h> /* array_add */

#include "topo/topo.h"
#include "xml/xml.h"

#define NODES_MAX 250
#define LINKS_MAX 1000
#define NETWORKS_MAX 250
#define INTERFACES_MAX 32                     /* NICs and bridges of one node */
#define SOURCE_MAX ((size_t)1024 * 1024)      /* one <file source=> */
#define SOURCES_MAX ((size_t)4 * 1024 * 1024) /* all of a topology */
#define FLAT_MAX ((size_t)8 * 1024 * 1024)    /* topo.flat: the above in base64, and the document */
#define ROUTES_MAX 250
#define FILES_MAX 1000 /* of one node */
#define RUNS_MAX 1000
#define BLOCKS_MAX 1000      /* of one resolver */
#define ENDS_MAX 250         /* of one link */
#define PATHS_MAX 500        /* of one Wi-Fi link: each radio with each */
#define ZONES_MAX 250        /* of all nodes together: each is compared with each, for each */
#define RECORDS_MAX 2000     /* of one zone */
#define ALL_RECORDS_MAX 5000 /* of all of them */
#define MEMORY_DEFAULT 128
#define LEASE_DEFAULT 3600
#define TTL_DEFAULT 86400
#define CHANNEL_DEFAULT 6
#define RADIOS_MAX 32 /* of one Wi-Fi link; the hub (src/medium) carries as many */

/*
 * Loading. Every element gives its entry in the model, in the order of the document, even where a
 * value is missing or wrong: it is then "" or 0 or SIZE_MAX, the finding is there, and the rules
 * pass it over.
 */
struct load {
	struct topo *topo;
	struct xml_problems *problems;
	size_t sources; /* bytes of <file source=> so far */
};

/* value.c: an attribute's value; NULL element attributes give the fallback. Names are copies. */
char *load_name(const struct xml_node *at, const char *attr);
char *load_domain(const struct xml_node *at, const char *attr); /* lower case, with the final dot */
struct net_addr load_ip(const struct load *load, const struct xml_node *at, const char *attr);
struct net_prefix load_address(const struct load *load, const struct xml_node *at,
			       const char *attr);
struct net_prefix load_prefix(const struct load *load, const struct xml_node *at, const char *attr);
struct net_mac load_mac(const struct load *load, const struct xml_node *at, const char *attr);
/*
 * A reference by name; SIZE_MAX and a finding (quietly where silent) when there is no such thing.
 */
size_t load_nic_ref(const struct load *load, const struct topo_node *node,
		    const struct xml_node *at, const char *attr, bool silent);
size_t load_node_ref(const struct load *load, const struct xml_node *at, const char *attr,
		     bool silent);
size_t load_network_ref(const struct load *load, const struct xml_node *at, const char *attr,
			bool silent);
/* NIC references with blanks in between; those that exist. */
void load_nic_refs(const struct load *load, const struct topo_node *node, const struct xml_node *at,
		   const char *attr, bool silent, size_t **ret, size_t *n);

/* node.c, role.c, link.c, file.c */

void load_node(struct load *load, const struct xml_node *at);
void load_roles(struct load *load, struct topo_node *node, const struct xml_node *at);
/* What names other nodes or networks, once all are there. */
void load_bgp(struct load *load, struct topo_node *node, const struct xml_node *at, bool silent);
void load_link(struct load *load, const struct xml_node *at, bool silent);
/* A <file> with a source gets it inline, in the document too. */
void load_file(struct load *load, struct topo_node *node, struct xml_node *at);

#endif
