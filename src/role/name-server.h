/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <name-server>: zones, and what is asked about those of a whole lab (RFC 1034). */
#ifndef ROLE_NAME_SERVER_H
#define ROLE_NAME_SERVER_H

#include "topo/topo.h"

struct plan_node;

/*
 * <record name= type= data= ttl=> : one resource record in presentation format; name relative to
 * its zone, lower case, "@" the apex. ttl is the zone's where the file gives none.
 */
struct role_record {
	char *name, *type, *data;
	unsigned int ttl;
};

/*
 * <zone name="com." ns="a.gtld-servers.net." ttl=> : this node is authoritative for the zone. SOA,
 * NS, delegations to child zones of this topology, and their glue are derived by zone_file.
 * <secondary zone="com." ns=> : so it is, with what it transfers from the nodes that have the zone
 * itself (RFC 5936).
 */
enum role_ds { ROLE_DS_RIGHT, ROLE_DS_WRONG, ROLE_DS_NONE }; /* in the parent of a signed zone */

struct role_zone {
	char *name; /* absolute, lower case, with the final dot; "." is the root */
	char *ns;   /* the server's own name, absolute */
	unsigned int ttl;
	bool secondary; /* it has no records */
	bool lies;      /* nobody delegates to it, and it can say other things than the zone */
	bool dnssec;    /* signed (RFC 4033) */
	bool expired;   /* once, and never again: its signatures are of the past */
	enum role_ds ds;
	bool reverse; /* names of the addresses that the lab's other zones have */
	struct role_record *records;
	size_t n_records;
};

struct role_name_server {
	struct role_zone *zones; /* the secondary ones behind the others */
	size_t n_zones;
};

static inline const struct role_name_server *name_server_of(const struct topo_node *node)
{
	return topo_model(node, "name-server");
}

/* --- zone.c. Names are absolute, with the final dot; letters of both cases are equal. */
/* Where knot is asked in the node itself: beside a resolver it has port 53 there alone. */
const char *name_server_inside(const struct topo_node *node);
/* All zones of a lab, node by node; begins as { 0 }. NULL behind the last. */
struct zone_walk {
	const struct topo_node *node; /* whose zone it is */
	size_t next_node, next_zone;
};
const struct role_zone *zone_next(const struct topo *topo, struct zone_walk *walk);
/* Does the name lie in the zone with that name? */
bool zone_holds(const char *name, const char *zone);
/* The deepest zone of the lab that holds the name, NULL when there is none; not a secondary where
 * some node has the zone itself. */
const struct role_zone *zone_of(const struct topo *topo, const char *name);
/* The same without the zone of that very name: who delegates it. */
const struct role_zone *zone_above(const struct topo *topo, const char *name);
/* Absolute form of a record's name: "@" and relative names get the zone's. Freed by the caller. */
char *zone_absolute(const char *name, const char *zone);
/* The address that the lab's name servers give for a name; false when they give none. */
bool zone_resolve(const struct topo *topo, const char *name, struct net_addr *ret);
/* The zone's master file (RFC 1035, section 5), appended to out. */
void zone_file(const struct topo *topo, const struct role_zone *zone, struct str *out);
/* Do two nodes that serve this zone transfer it, one from the other? */
bool zone_is_transferred(const struct role_zone *zone, const struct role_zone *other);
/* The zone is signed, and none above it is: a resolver has to know its key. */
bool zone_is_anchor(const struct topo *topo, const struct role_zone *zone);
/* What a resolver that validates makes of a zone: its chain of keys holds, ends before it, or is
 * broken (RFC 4033, section 5). */
enum zone_trust { ZONE_INSECURE, ZONE_SECURE, ZONE_BOGUS };
enum zone_trust zone_trust(const struct topo *topo, const struct role_zone *zone);
/* The name of the key whose DS record is known of a signed zone (plan_add_secret). A new string. */
char *zone_ds_key(const struct role_zone *zone);
/* Can PTR records be derived for a zone of that name? */
bool zone_is_reverse(const char *name);

/* --- knot.c */
void knot_plan(const struct topo *topo, const struct topo_node *from, const void *model,
	       struct plan_node *node);

#endif
