/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The roles. */
#include "role/role.h"

const struct topo_role *const role_all[] = {
	&role_access_point, &role_dhcp_server, &role_router, &role_resolver,
	&role_name_server,  &role_web_server,  &role_client, NULL,
};
