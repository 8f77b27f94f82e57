/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For this folder and for roles: how a node's plan grows, and questions about the topology. */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include "plan/plan.h"

/* Where things are in a guest. */
#define PLAN_SETUP "/etc/labd/setup"
#define PLAN_FORGET PLAN_LIB "/forget"
#define PLAN_CA_CERT "/etc/labd/ca.crt"
#define PLAN_LEASES \
	"/run/labd/" /* what was told by DHCP and by routers, and who is asked for names */
#define PLAN_ROUTES PLAN_LIB "/routes" /* behind it 4 or 6: the routes of a router with bird */
#define PLAN_RTO " rto_min 1s"         /* behind a route: RFC 6298, 2.4 */

/* --- node.c: a node's plan grows. Texts are copied unless they are given as struct str, which is
 * emptied. */
void plan_add_file(struct plan_node *node, const char *path, mode_t mode, const void *data,
		   size_t len);
void plan_add_text(struct plan_node *node, const char *path, mode_t mode, struct str *text);
/* Lines behind those of a file that is there already, such as PLAN_SETUP. */
void plan_add_lines(struct plan_node *node, const char *path, const char *lines);
/* What it lends or signs is good for so long (plan_node.lends_s). */
void plan_lends(struct plan_node *node, unsigned int seconds);
/* fault: plan_file's. */
void plan_add_secret(struct plan_node *node, const char *path, mode_t mode,
		     enum plan_content content, const char *subject, const char *fault);
/* before: shell lines to run first, "" for none; command: the daemon, in the foreground. */
void plan_add_service(struct plan_node *node, const char *name, const char *before,
		      const char *command);
/*
 * A line for the guest's shell, asked about once a second, once all services run, until it holds:
 * it changes nothing, and each process costs an emulated guest 20 to 50 ms. Both strings become the
 * node's. reads: the files that a role wrote and this check goes by, a blank between; a file of the
 * user's in its place takes the check away. NULL: none. Returns the new check, until the next is
 * added.
 */
struct plan_check *plan_add_check(struct plan_node *node, enum plan_scope scope, const char *reads,
				  char *name, char *command);
/* Those that go by this file are no longer the node's; false: there was none. */
bool plan_drop_checks(struct plan_node *node, const char *path);
/* kind is static, the command is copied. */
void plan_add_table(struct plan_node *node, const char *kind, const char *command);
void plan_node_free(struct plan_node *node);

/* --- link.c: links, whatever their kind. */
void plan_add_link(const struct topo *topo, size_t index, struct plan *plan);
void plan_link_free(struct plan_link *link);
/* A NIC that is no radio has one. */
bool plan_has_tap(const struct plan *plan, const struct plan_nic *nic);
void plan_print_links(const struct plan *plan, struct str *out);
/* Where the NIC ends on the host's side. */
void plan_print_end(const struct plan *plan, const struct plan_nic *nic, struct str *out);
/* They add to ret. */
void plan_links_to_json(const struct plan *plan, json_t *ret);
void plan_end_to_json(const struct plan *plan, const struct plan_nic *nic, json_t *ret);

/* --- lookup.c: questions about the topology. */
/* One address of an interface; name is owned by the topology. */
struct plan_iface {
	const char *name;
	struct net_prefix address;
	enum topo_iface_kind kind;
	size_t domain;
	bool further; /* the interface has another before it */
};

/* IPv4 address i of a node, in the order of topo_iface(); false past the last. */
bool plan_iface(const struct topo_node *node, size_t i, struct plan_iface *ret);
/* The same of IPv6, and of either. */
bool plan_iface_ipv6(const struct topo_node *node, size_t i, struct plan_iface *ret);
bool plan_iface_of(const struct topo_node *node, enum net_family family, size_t i,
		   struct plan_iface *ret);
/* By which others call the node: its loopback's, else its first, IPv4's before IPv6's; none where
 * it has none. */
struct net_addr plan_address(const struct topo_node *node);
/* The same of one family. */
struct net_addr plan_address_of(const struct topo_node *node, enum net_family family);
/* By which that node would reach the other: by IPv4 where both have it. */
struct net_addr plan_address_for(const struct topo_node *from, const struct topo_node *to);
/* The address on the interface with this name whose subnet holds ip; false when there is none. */
bool plan_iface_named(const struct topo_node *node, const char *name, struct net_addr ip,
		      struct plan_iface *ret);
/* Interfaces of two nodes on one wire and subnet, the first pair by a's order; false when there is
 * none. */
bool plan_shared_subnet(const struct topo_node *a, const struct topo_node *b,
			enum net_family family, struct plan_iface *on_a, struct plan_iface *on_b);
/*
 * Whether the first address of "of" is hidden from the node: it is on a subnet of the node's own
 * that is another wire's (a private network that is there twice).
 */
bool plan_is_hidden(const struct topo_node *node, const struct topo_node *of);
/* The Wi-Fi link of a NIC, NULL when it is on none. */
const struct topo_link *plan_wifi_of(const struct topo *topo, const struct topo_nic *nic);
/* --- Each node's own, whatever its roles are. */
/* routes.c: those of a family, for `ip -batch`; appended. Where a routing daemon runs, they are its
 * own: they have to come back when a link does. */
void plan_routes(const struct topo_node *from, enum net_family family, struct str *out);
/* interfaces.c: PLAN_SETUP, PLAN_FORGET and the tables that every node has. */
void plan_interfaces(const struct topo *topo, const struct topo_node *from, struct plan_node *node);
/* ipv6.c: the node's IPv6, behind what plan_interfaces does. */
void plan_ipv6(const struct topo *topo, const struct topo_node *from, struct plan_node *node);
/* radio.c: for a NIC on a Wi-Fi link. */
void plan_radio(const struct topo *topo, const struct topo_node *from, struct plan_node *node);
/* dhcp-client.c: for NICs with dhcp="yes". */
void plan_dhcp_clients(const struct topo_node *from, struct plan_node *node);
/* Somebody else says whom the node asks for names: its dns=, or a client's lease. */
bool plan_has_resolver(const struct topo_node *from);
/* dhcpcd.c: for NICs that are told more than a prefix. */
void plan_dhcpcd(const struct topo *topo, const struct topo_node *from, struct plan_node *node);
/* The node's end of the Wi-Fi link that the NIC is on; NULL where it is on none. */
const struct topo_end *plan_end_of(const struct topo *topo, const struct topo_node *node,
				   size_t nic);
/* The name in the certificate that access points of an enterprise network show; a new string. */
char *plan_eap_server(const struct topo *topo, const struct topo_link *link, size_t network);

#endif
