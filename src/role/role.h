/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that a node can be told to do: a file a role, with its part of the model, how it is read, its
 * rules, and what it adds to a node's plan. Who has to know of another role asks that one's header.
 */
#ifndef ROLE_ROLE_H
#define ROLE_ROLE_H

#include "topo/role.h"

/* In the order in which what they add stands in a node's plan. */
#define ROLE_LIST(role)                                                                         \
	role(access_point) role(dhcp_server) role(dhcp_relay) role(router)                      \
		role(router_advertisement) role(dhcpv6_server) role(resolver) role(name_server) \
			role(web_server) role(traffic_server) role(filter) role(nat) role(client)

#define ROLE_DECLARE(name) extern const struct topo_role role_##name;
ROLE_LIST(ROLE_DECLARE)

/* For topo_load; NULL at the end. */
extern const struct topo_role *const role_all[];

#endif
