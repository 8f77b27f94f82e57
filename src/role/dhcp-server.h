/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <dhcp-server>: who gives addresses (RFC 2131). */
#ifndef ROLE_DHCP_SERVER_H
#define ROLE_DHCP_SERVER_H

#include "topo/topo.h"

/* <dhcp-server on= first= last= lease= router= dns=> : pool, lease in seconds, options 3 and 6 */
struct role_dhcp_server {
	char *on; /* interface name (NIC or bridge) */
	struct net_addr first, last, router, dns;
	unsigned int lease_s;
};

static inline const struct role_dhcp_server *dhcp_server_of(const struct topo_node *node)
{
	return topo_model(node, "dhcp-server");
}

#endif
