/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of roles. */
#include "role/role.h"

#define ROW(name) &role_##name,

const struct topo_role *const role_all[] = { ROLE_LIST(ROW) NULL };
