/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this folder share: the roles, how a node's plan grows, and questions about the
 * topology. */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include "plan/plan.h"

/* Where things are in a guest. */
#define PLAN_SETUP "/etc/labd/setup"
#define PLAN_CA_CERT "/etc/labd/ca.crt"
#define PLAN_REACH "/etc/labd/reach"
#define PLAN_LIB "/usr/lib/labd"
#define PLAN_LEASE "/run/labd/lease"
#define PLAN_BIRD_CONF "/etc/bird/bird.conf"
#define PLAN_UNBOUND_CONF "/etc/unbound/unbound.conf"
#define PLAN_LEASES "/run/dnsmasq.leases" /* of the DHCP server */
#define PLAN_RTO " rto_min 1s"            /* behind a route: RFC 6298, 2.4 */
#define PLAN_WEB_ROOT "/srv/www"

/* --- node.c: a node's plan grows. Texts are copied unless they are given as struct str, which is
 * emptied. */
void plan_add_file(struct plan_node *node, const char *path, mode_t mode, const void *data,
		   size_t len);
void plan_add_text(struct plan_node *node, const char *path, mode_t mode, struct str *text);
void plan_add_secret(struct plan_node *node, const char *path, mode_t mode,
		     enum plan_content content, const char *subject);
/* before: shell lines to run first, "" for none; command: the daemon, in the foreground. */
void plan_add_service(struct plan_node *node, const char *name, const char *before,
		      const char *command);
/* Both strings become the node's. */
void plan_add_check(struct plan_node *node, char *name, char *command);
/* That the node has a way to another one; nothing where that has no address. */
void plan_add_reach_check(struct plan_node *node, const struct topo_node *to);
/* kind is static, the command is copied. */
void plan_add_table(struct plan_node *node, const char *kind, const char *command);
void plan_node_free(struct plan_node *node);

/* --- lookup.c: questions about the topology. */
/* One interface with an address; name is owned by the topology. */
struct plan_iface {
	const char *name;
	struct net_prefix address;
};

/* Interface i of a node's NICs, then bridges, that have an address; false past the last. */
bool plan_iface(const struct topo_node *node, size_t i, struct plan_iface *ret);
/* The node's first address; none where it has none. */
struct net_addr plan_address(const struct topo_node *node);
/* The interface with this name; false when there is none with an address. */
bool plan_iface_named(const struct topo_node *node, const char *name, struct plan_iface *ret);
/* Interfaces of two nodes on one subnet, the first pair by a's order; false when there is none. */
bool plan_shared_subnet(const struct topo_node *a, const struct topo_node *b,
			struct plan_iface *on_a, struct plan_iface *on_b);
bool plan_has_ospf_nic(const struct topo_node *node, const char *nic);
/* bird runs here. */
bool plan_is_dynamic(const struct topo_node *node);
/* Name of the BGP session with a node in bird.conf; freed by the caller. */
char *plan_session_name(const struct topo_node *peer);
/* The node's DHCP client runs on this NIC. */
bool plan_asks_dhcp(const struct topo_node *node);
/* The Wi-Fi link of a NIC, NULL when it is on none. */
const struct topo_link *plan_wifi_of(const struct topo *topo, const struct topo_nic *nic);
/* Does the absolute name lie in the zone (both with the final dot)? */
bool plan_in_zone(const char *name, const char *zone);
/* The deepest zone of the topology that holds the absolute name, NULL when there is none. */
const struct topo_zone *plan_zone_of(const struct topo *topo, const char *name);
/* Absolute form of a record's name: "@" and relative names get the zone's. Freed by the caller. */
char *plan_absolute(const char *name, const char *zone);
/* The address that the lab's name servers give for an absolute name; false when they give none. */
bool plan_resolve(const struct topo *topo, const char *name, struct net_addr *ret);

/* --- One file each. A role that a node does not play adds nothing. */
typedef void plan_role(const struct topo *topo, const struct topo_node *from,
		       struct plan_node *node);
plan_role plan_interfaces;
plan_role plan_role_wifi;
plan_role plan_role_client;
plan_role plan_role_dhcp_server;
plan_role plan_role_router;
plan_role plan_role_resolver;
plan_role plan_role_name_server;
plan_role plan_role_web_server;

/* tables.c: which tables a node has; no role, since a topology that has none of them has ARP. */
void plan_tables(const struct topo_node *from, struct plan_node *node);

/* meet.c: PLAN_MEET, on a router that has OSPF or BGP neighbours beside it. */
void plan_meet(const struct topo *topo, const struct topo_node *from, struct plan_node *node);
/* router-checks.c: what has to hold before a router is ready. */
void plan_router_checks(const struct topo *topo, const struct topo_node *from,
			struct plan_node *node);

/* zone.c: the zone's master file (RFC 1035, section 5), appended to out. */
void plan_zone_file(const struct topo *topo, const struct topo_zone *zone, struct str *out);

/* web-page.c: the page that a web server shows. */
void plan_web_page(const struct topo *topo, const struct topo_node *from, struct str *out);

#endif
