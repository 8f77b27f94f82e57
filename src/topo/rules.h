/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules that a schema cannot say. Each looks at the model, and at the document for the place of a
 * finding.
 */
#ifndef TOPO_RULES_H
#define TOPO_RULES_H

#include "topo/topo.h"

/* An interface, with where it is written. */
struct iface {
	size_t node;
	enum topo_iface_kind kind;
	size_t index; /* among those of its kind in the node */
	const char *name;
	const struct topo_addresses *addresses;
	struct net_mac mac;
	const struct xml_node *at;
	size_t domain; /* see struct topo_iface */
};

/* One address of an interface. */
struct iface_address {
	const struct iface *iface;
	struct net_prefix address;
};

struct rules {
	const struct topo *topo;
	const struct xml_node *root;
	struct xml_problems *problems;
	const struct xml_node **nodes; /* their elements */
	const struct xml_node **links;
	struct iface *ifaces; /* of all nodes, in order; a node's as topo_iface() has them */
	size_t n_ifaces;
	struct iface_address *addresses; /* of all interfaces, in order */
	size_t n_addresses;
	size_t *first; /* of each node, and one more: where its interfaces begin */
};

/* Adds what is wrong with the topology to problems; where nothing is, what is hardly meant to
 * notes. */
void rules_check(const struct topo *topo, const struct xml_node *root,
		 struct xml_problems *problems, struct xml_problems *notes);

/* iface.c */
void iface_find_all(struct rules *rules);
/* NULL where the node has none of that name; name may be NULL. */
const struct iface *iface_named(const struct rules *rules, size_t node, const char *name);
const struct iface *iface_of_nic(const struct rules *rules, size_t node, size_t nic);
/* The bridge that the NIC is a port of, or the NIC itself: where its address would be. */
const struct iface *iface_above(const struct rules *rules, size_t node, size_t nic);
/* "eth2" where the node has an eth0 and an eth1; a new string. */
char *iface_free_name(const struct rules *rules, size_t node, const char *name);
bool node_has_address(const struct rules *rules, size_t node);
/* Any interface that has the address; NULL where nobody does. */
const struct iface *iface_with(const struct rules *rules, struct net_addr ip);
/* The one in that domain that has it; NULL: none there does. */
const struct iface *iface_on(const struct rules *rules, size_t domain, struct net_addr ip);
/* Of those that have it, the one that the node reaches on a wire of its own; else any. */
const struct iface *iface_reached(const struct rules *rules, size_t node, struct net_addr ip);
/* The address of the interface whose subnet holds this one; NULL: none does. */
const struct net_prefix *iface_subnet(const struct iface *iface, struct net_addr ip);
/* The node's interface on a subnet that holds the address. */
const struct iface *iface_towards(const struct rules *rules, size_t node, struct net_addr ip);
/* "node:name" for a message. */
#define IFACE_TEXT 64
const char *iface_text(const struct rules *rules, const struct iface *iface, char buf[IFACE_TEXT]);

/* A server of DHCP, or a relay, hears what the interface sends to all. */
bool iface_hears_dhcp(const struct rules *rules, const struct iface *iface);

/* Every node and every end was understood: what is not there is really missing. */
bool rules_are_whole(const struct rules *rules);

/* Says that a server (what: "name server") at this element needs an address, if its node has none.
 */
void rules_need_address(struct rules *rules, size_t node, const struct xml_node *at,
			const char *what);

/* Of an absolute name with its final dot: it is longer than RFC 1035, section 3.1, allows. */
bool rules_is_long(const char *name);
#define RULES_TOO_LONG "the name is longer than 253 characters"

/* One file each. */
void rules_names(struct rules *rules);
void rules_addresses(struct rules *rules);
void rules_bridges(struct rules *rules);
void rules_rings(struct rules *rules);
void rules_routes(struct rules *rules);
void rules_dhcp(struct rules *rules); /* rules-dhcp.c: of NICs and bridges with dhcp="yes" */
void rules_links(struct rules *rules);
/* rules-wifi.c: of a Wi-Fi link; of NICs that only listen; of a wire's end, what is a radio's
 * alone. */
void rules_wifi(struct rules *rules, const struct topo_link *link, const struct xml_node *at);
void rules_monitors(struct rules *rules);
void rules_wire_end(struct rules *rules, const struct xml_node *end);
/* notes.c: with rules->problems for the notes. */
void rules_notes(struct rules *rules);

#endif
