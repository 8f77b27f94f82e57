/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <dhcp-server> and <dhcp-relay>: who gives addresses, and who carries the question there (RFC
 * 2131; RFC 1542, 4). */
#ifndef ROLE_DHCP_SERVER_H
#define ROLE_DHCP_SERVER_H

#include "topo/rules.h"
#include "topo/topo.h"

struct plan_node;

/* <reservation mac= address= name=> or <reservation node= nic= address= name=> */
struct role_reservation {
	struct net_mac mac; /* all zero: the file is wrong */
	size_t node, nic;   /* whose it is, indexes; SIZE_MAX: it was given as a MAC */
	struct net_addr address;
	char *name; /* the host name that it is told; "": none */
};

/* <option code= value=> or <option name= value=> (RFC 2132) */
struct role_dhcp_option {
	unsigned int code; /* 0: it has a name */
	char *name, *value;
};

/* <dhcp-server on= first= last= subnet= lease= router= dns=> : a pool, lease in seconds, options 3
 * and 6 */
struct role_dhcp_server {
	char *on; /* interface name (NIC or bridge) */
	struct net_addr first, last, router, dns;
	struct net_prefix subnet; /* that a relay asks for; no family: the interface's own */
	unsigned int lease_s;
	struct role_reservation *reservations;
	size_t n_reservations;
	struct role_dhcp_option *options;
	size_t n_options;
};

/* All of a node's. */
struct role_dhcp {
	struct role_dhcp_server *servers;
	size_t n;
};

static inline const struct role_dhcp *dhcp_of(const struct topo_node *node)
{
	return topo_model(node, "dhcp-server");
}

/* <dhcp-relay on= to=> */
struct role_dhcp_relay {
	char *on;
	struct net_addr to;
};
struct role_dhcp_relays {
	struct role_dhcp_relay *list;
	size_t n;
};

static inline const struct role_dhcp_relays *dhcp_relays_of(const struct topo_node *node)
{
	return topo_model(node, "dhcp-relay");
}

/* Does a server of the lab give this address to somebody? */
bool dhcp_gives(const struct topo *topo, struct net_addr ip);

/* --- dhcp-option.c */
/* Whether the server takes the option; if not, why is a sentence. */
bool dhcp_option_is_good(const struct role_dhcp_option *option, struct str *why);
unsigned int dhcp_option_code(const struct role_dhcp_option *option); /* 0: there is none such */

/* A good one's value in dnsmasq's words, appended. */
void dhcp_option_add_value(const struct role_dhcp_option *option, struct str *out);

/* --- dhcp-rules.c */
/* Its first IPv4 address; none where it has none. */
struct net_addr dhcp_address_on(const struct iface *on);
void dhcp_server_check(struct rules *rules, size_t node, const void *model,
		       const struct xml_node *at);
void dhcp_server_note(struct rules *rules, size_t node, const void *model,
		      const struct xml_node *at);

/* --- dnsmasq.c: servers and relays of a node are one dnsmasq. */
void dnsmasq_plan(const struct topo *topo, const struct topo_node *from, struct plan_node *node);

#endif
