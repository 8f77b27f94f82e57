/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a forwarding table, as `ip route show` prints it, has for an address. Pure. */
#ifndef REPORT_ROUTE_H
#define REPORT_ROUTE_H

#include "base/json.h"
#include "base/str.h"
#include "net/addr.h"

enum route {
	ROUTE_UNKNOWN, /* there is no table */
	ROUTE_NONE,    /* the table has nothing for it */
	ROUTE_REJECTS, /* "unreachable", "blackhole" or "prohibit" */
	ROUTE_THERE,
};

#define ROUTE_WAYS_MAX 16

/* An entry. Several ways are equal-cost paths: each flow takes one of them. */
struct route_entry {
	char kind[NET_TEXT];   /* of one that rejects: its first word; else "" */
	char prefix[NET_TEXT]; /* "default" as well */
	struct route_way {
		char via[NET_TEXT], dev[NET_TEXT]; /* via "": the address itself */
	} ways[ROUTE_WAYS_MAX];
	size_t n_ways; /* more than ROUTE_WAYS_MAX: that many, of which the first are there */
};

/* Of a story's tables the node's of that kind; NULL: it has none. */
const json_t *route_table(const json_t *story, const char *node, const char *kind);
/* The longest prefix that has the address, of these the one with the least metric. table may be
 * NULL. */
enum route route_look_up(const char *table, const char *address, struct route_entry *ret);
bool route_same(const struct route_entry *a, const struct route_entry *b);

#endif
