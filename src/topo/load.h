/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of attributes, for this folder and for roles. */
#ifndef TOPO_LOAD_H
#define TOPO_LOAD_H

#include <string.h> /* array_add */

#include "topo/topo.h"
#include "xml/xml.h"

/*
 * Loading. Every element gives its entry in the model, in the order of the document, even where a
 * value is missing or wrong: it is then "" or 0 or SIZE_MAX, the finding is there, and the rules
 * pass it over.
 */
#define VLAN_MAX 4094 /* IEEE 802.1Q, 9.6: 4095 is reserved */
struct load {
	struct topo *topo;
	struct xml_problems *problems;
	size_t sources; /* bytes of <file source=> so far */
};

/* An attribute's value; NULL element attributes give the fallback. Names are copies. */
char *load_name(const struct xml_node *at, const char *attr);
char *load_domain(const struct xml_node *at, const char *attr); /* lower case, with the final dot */
struct net_addr load_ip(const struct load *load, const struct xml_node *at, const char *attr);
/* With blanks in between; those that are wrong are left out. */
void load_addresses(const struct load *load, const struct xml_node *at, const char *attr,
		    struct topo_addresses *ret);
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
/* IDs with blanks in between. */
void load_vlan_ids(const struct load *load, const struct xml_node *at, const char *attr,
		   uint16_t **ret, size_t *n);
/* A NIC or a bridge. */
void load_below(const struct load *load, const struct topo_node *node, const struct xml_node *at,
		const char *attr, bool silent, size_t *nic, size_t *bridge);
size_t load_iface_ref(const struct load *load, const struct topo_node *node,
		      const struct xml_node *at, const char *attr, bool silent);
/* References to interfaces of any kind, as topo_iface() counts them. */
void load_iface_refs(const struct load *load, const struct topo_node *node,
		     const struct xml_node *at, const char *attr, bool silent, size_t **ret,
		     size_t *n);
/* NIC references with blanks in between; those that exist. */
void load_nic_refs(const struct load *load, const struct topo_node *node, const struct xml_node *at,
		   const char *attr, bool silent, size_t **ret, size_t *n);

#endif
