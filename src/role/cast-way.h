/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of cast.h share: parts as they grow, and ways through the lab. Of this folder. */
#ifndef ROLE_CAST_WAY_H
#define ROLE_CAST_WAY_H

#include "base/json.h"
#include "topo/topo.h"

struct cast {
	const struct topo *topo;
	json_t *parts, *lacks, *notes;
	size_t client, nic;       /* the client, and the NIC by which it uses the network */
	size_t domain;            /* of that NIC */
	struct net_prefix subnet; /* of the client's, none where it is not known before */
	struct net_addr router;   /* that it is told of by DHCP */
	struct net_addr dns;      /* that it asks */
	size_t resolver;          /* node */
	struct net_addr address;  /* of the web server */
	size_t web;               /* node */
	char *host;               /* of the URL, absolute; cast_lab frees it */
};

static inline const struct topo_node *cast_client(const struct cast *c)
{
	return &c->topo->nodes[c->client];
}

/* --- cast-way.c */

/* A word of a part, or why it has none: of the part as a whole where word is NULL. */
void cast_put(struct cast *c, const char *part, const char *word, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void cast_lack(struct cast *c, const char *part, const char *word, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* An interface of a node. */
struct cast_spot {
	size_t node;
	struct topo_iface iface;
};

/* Who has that address; with a domain that is not SIZE_MAX, in that one. */
bool cast_find(const struct topo *topo, struct net_addr address, size_t domain,
	       struct cast_spot *ret);
/* node, name, address, mac, port of a part that is at an interface. */
void cast_put_spot(struct cast *c, const char *part, const struct cast_spot *spot,
		   struct net_addr address);
/* The capture point that sees what the interface sends; "" where none is the only one. */
char *cast_point(const struct topo *topo, const struct cast_spot *spot);
/* Where the node, as the topology says it, sends what is for that address: to itself, or to the
 * gateway; none where a routing daemon has to say. */
struct net_addr cast_next_hop(const struct cast *c, size_t node, struct net_addr to);

/* Who must be asked for its MAC before the client can send there: next-address, next-mac. */
void cast_put_next(struct cast *c, const char *part, struct net_addr to);

/* --- cast-path.c */

/* The way from node to node: the only one. */
struct cast_way {
	size_t *nodes;               /* both ends too */
	const struct topo_end **out; /* the end by which each but the last sends */
	size_t n;                    /* nodes; 0: there is none, or not only one */
	uint64_t delay_us;           /* there and back */
};
void cast_find_way(const struct topo *topo, size_t from, size_t to, struct cast_way *ret);
void cast_way_free(struct cast_way *way);
AUTO_DEFINE(cast_way_auto, struct cast_way, cast_way_free)
#define auto_cast_way AUTO(cast_way_autop)
/* Whether some node on the way hides who sends. */
bool cast_hides(const struct topo *topo, const struct cast_way *way);

/* How the server at its end sees the client, as filters with the address that the client has at
 * home: hears, answers. */
void cast_put_seen(struct cast *c, const char *part, const struct cast_way *way);
/* What lies between the client and the page: gateway, and more of web. */
void cast_web_way(struct cast *c);

/* --- cast-lease.c: access-point and wpa2; dhcp-server. */
void cast_wifi(struct cast *c);
void cast_lease(struct cast *c);

/* --- cast-dns.c: root, tld, authority. */
void cast_names(struct cast *c);

/* --- cast-block.c: blocked, validator. */
void cast_blocked(struct cast *c);

#endif
