/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * All that a node can be told to do: a file a role, with its part of the model, how it is read, its
 * rules, and what it adds to a node's plan. Who has to know of another role asks that one's header.
 */
#ifndef ROLE_ROLE_H
#define ROLE_ROLE_H

#include "topo/role.h"

/* For topo_load. In the order in which what they add stands in a node's plan; NULL at the end. */
extern const struct topo_role *const role_all[];

extern const struct topo_role role_access_point, role_client, role_dhcp_server, role_name_server,
	role_resolver, role_router, role_web_server;

#endif
