/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a forwarding table, as `ip -4 route show` prints it, has for an address. Pure. */
#ifndef REPORT_ROUTE_H
#define REPORT_ROUTE_H

#include "base/str.h"

enum route {
	ROUTE_UNKNOWN, /* there is no table */
	ROUTE_NONE,    /* the table has nothing for it */
	ROUTE_REJECTS, /* "unreachable", "blackhole" or "prohibit" */
	ROUTE_THERE,
};

/* The longest prefix that has the address. table may be NULL. For ROUTE_REJECTS, the entry's first
 * two words are appended to entry. */
enum route route_look_up(const char *table, const char *address, struct str *entry);

#endif
