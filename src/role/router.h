/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <router>: what forwards, and how it comes to know where to. */
#ifndef ROLE_ROUTER_H
#define ROLE_ROUTER_H

#include "plan/build.h"
#include "topo/load.h"
#include "topo/rules.h"
#include "topo/topo.h"

/* Where routes can come from that a protocol is told to announce (redistribute=), as bits. */
enum role_source {
	ROLE_STATIC = 1, /* <route> */
	ROLE_CONNECTED = 2,
	ROLE_OSPF = 4,
	ROLE_RIP = 8,
	ROLE_BGP = 16,
};

/* redistribute="static bgp" default="yes": what a protocol announces beside its own. */
struct role_redistribute {
	unsigned int from;  /* enum role_source */
	bool default_route; /* 0.0.0.0/0 too, from wherever it comes */
};

/* Interfaces, as topo_iface() counts them. */
struct role_nics {
	size_t *list;
	size_t n;
};

/* <cost nic= value=> */
struct role_cost {
	size_t nic; /* SIZE_MAX: the file is wrong */
	uint16_t value;
};
struct role_costs {
	struct role_cost *list;
	size_t n;
};

enum role_stub { ROLE_STUB_NO, ROLE_STUB_YES, ROLE_STUB_TOTAL };

/* <area id= nics= passive= stub=>; nics= and passive= of <ospf> are area 0. */
struct role_area {
	uint32_t id;
	enum role_stub stub;
	struct role_nics nics, passive;
};

/*
 * <ospf> (RFC 2328): every address of the node is announced: those of NICs that are in no area's
 * nics as passive ones of the first area; where something is passive in words, only what is named.
 */
struct role_ospf {
	bool enabled;
	struct role_redistribute others;
	struct role_area *areas; /* at least one in a plan */
	size_t n_areas;
	struct role_costs costs;
};

/* <rip nics=> : version 2 (RFC 2453). */
struct role_rip {
	bool enabled;
	struct role_redistribute others;
	struct role_nics nics;
	struct role_costs costs;
};

/* What a route gets, or is; 0 and 0:0 mean that nothing is said. */
struct role_marks {
	bool has_preference, has_med;
	uint32_t preference, med; /* LOCAL_PREF, MULTI_EXIT_DISC */
	unsigned int prepend;     /* the own AS this many times more in the path */
	uint32_t community;       /* RFC 1997, one that is added */
};

/* <accept> or <deny>: the routes that all of its conditions hold for */
struct role_policy_rule {
	bool accept;
	struct net_prefix prefix; /* no family: any */
	uint8_t least, most;      /* how long the route's prefix is */
	uint32_t as;              /* somewhere in the path; 0: any path */
	uint32_t community;       /* 0: any */
	struct role_marks marks;
};

/* <import else="accept"> or <export>: the first rule that fits decides. */
struct role_policy {
	bool given, deny_rest;
	struct role_marks marks; /* of all that is accepted */
	struct role_policy_rule *rules;
	size_t n_rules;
};

/* <neighbor node=> : a BGP session to the adjacent (eBGP) or any (iBGP) node that speaks BGP */
struct role_neighbor {
	size_t node; /* index; SIZE_MAX: the file is wrong */
	bool client; /* this router reflects routes to it (RFC 4456) */
	bool keeps_next_hop;
	bool loopback; /* between the loopback addresses */
	struct role_policy in, out;
};

/* <originate network=> or <originate prefix=> */
struct role_originate {
	size_t network; /* index; SIZE_MAX: a prefix */
	struct net_prefix prefix;
	bool meant; /* though it is somebody else's */
};

struct role_bgp {
	uint32_t as; /* 0: no BGP */
	struct role_redistribute others;
	struct role_neighbor *neighbors;
	size_t n_neighbors;
	struct role_originate *originate; /* what this AS announces (RFC 4271) */
	size_t n_originate;
};

/* <router> : forwards IPv4; holds <ospf>, <rip> and <bgp> */
struct role_router {
	bool ecmp;
	struct role_ospf ospf;
	struct role_rip rip;
	struct role_bgp bgp;
};

#define BIRD_CONF "/etc/bird/bird.conf"

/* NULL where the node is no router. */
static inline const struct role_router *router_of(const struct topo_node *node)
{
	return topo_model(node, "router");
}

/* router-share.c: what several protocols have. */
void router_load_nics(struct load *load, struct topo_node *node, const struct xml_node *at,
		      const char *attr, struct role_nics *ret);
bool router_names_nic(const struct topo_node *node, const struct role_nics *nics, const char *name);
/* Each NIC of it needs an address; what: "OSPF". */
void router_check_nics(struct rules *rules, size_t node, const struct xml_node *at,
		       const struct role_nics *nics, const char *what);
void router_load_costs(struct load *load, struct topo_node *node, const struct xml_node *at,
		       struct role_costs *ret);
/* 0: nothing is said of it. */
unsigned int router_cost(const struct topo_node *node, const struct role_costs *costs,
			 const char *name);
/* Each is of another NIC, one that is announced. */
void router_check_costs(struct rules *rules, size_t node, const struct xml_node *at,
			const struct role_costs *costs,
			bool (*is_announced)(const struct topo_node *node, const char *name));
void router_load_others(struct load *load, const struct xml_node *at,
			struct role_redistribute *ret);
/* What it redistributes is there. */
void router_check_others(struct rules *rules, size_t node, const struct xml_node *at,
			 const struct role_redistribute *others);
/* A condition of bird's for them; own: one more that always holds, or NULL. "" where there is
 * none. */
void router_add_others(const struct role_redistribute *others, const char *own,
		       enum net_family family, struct str *out);

/* router-ospf.c */
void router_load_ospf(struct load *load, struct topo_node *node, const struct xml_node *at,
		      struct role_ospf *ret);
void router_check_ospf(struct rules *rules, size_t node, const struct xml_node *at);
void router_note_ospf(struct rules *rules, size_t node, const struct xml_node *at);
void router_free_ospf(struct role_ospf *ospf);
/* Of IPv4 version 2, of IPv6 version 3. */
void router_add_ospf(const struct topo_node *from, enum net_family family, struct str *out);
/* Its name in bird.conf; static. */
const char *router_ospf_name(const struct topo_node *node, enum net_family family);
/* The area in whose name OSPF speaks on the node's interface; NULL: it does not. */
const struct role_area *router_area_of(const struct topo_node *node, const char *name);
/* The area that it is announced in, spoken on or not; NULL: in none. */
const struct role_area *router_announced_in(const struct topo_node *node, const char *name);
/* Two interfaces that speak OSPF with one another: one subnet, one area of one kind. */
bool router_are_ospf_neighbors(const struct topo_node *a, const struct plan_iface *on_a,
			       const struct topo_node *b, const struct plan_iface *on_b);

/* router-rip.c */
void router_load_rip(struct load *load, struct topo_node *node, const struct xml_node *at,
		     struct role_rip *ret);
void router_check_rip(struct rules *rules, size_t node, const struct xml_node *at);
void router_free_rip(struct role_rip *rip);
void router_add_rip(const struct topo_node *from, struct str *out);
bool router_has_rip_nic(const struct topo_node *node, const char *name);

/* router-bgp.c */
void router_load_bgp(struct load *load, const struct xml_node *at, struct role_bgp *ret);
void router_free_bgp(struct role_bgp *bgp);
void router_add_originated(const struct topo_node *from, enum net_family family, struct str *out);
void router_add_bgp(const struct topo *topo, const struct topo_node *from, enum net_family family,
		    struct str *out);
/* Whether the two, as neighbours, have a session over that family. */
bool router_has_session(const struct topo *topo, const struct topo_node *from,
			const struct topo_node *peer, enum net_family family);
/* Name of the BGP session with a node in bird.conf; freed by the caller. */
char *router_session_name(const struct topo_node *peer, enum net_family family);
/* What the router says of the other; NULL: it does not name it. */
const struct role_neighbor *router_neighbor(const struct topo *topo, const struct topo_node *from,
					    const struct topo_node *peer);

/* router-bgp-rules.c */
void router_check_bgp(struct rules *rules, size_t node, const struct xml_node *at);
void router_note_bgp(struct rules *rules, size_t node, const struct xml_node *at);

/* router-session.c: the prefixes that BGP brings to the node from others, for certain; freed by the
 * caller. */
void router_session_walk(const struct topo *topo, const struct topo_node *to,
			 struct net_prefix **ret, size_t *n);

/* router-policy.c: import and export of a session. */
void router_load_policy(struct load *load, const struct xml_node *at, struct role_policy *ret);
void router_check_policy(struct rules *rules, const struct xml_node *at,
			 const struct role_policy *policy, bool external);
/* The rest of a filter of bird's, for an AS: after this a route is accepted or rejected. Rules for
 * prefixes of the other family are left out. */
void router_add_policy(const struct role_policy *policy, enum net_family family, uint32_t as,
		       struct str *out);
/* Whatever path and communities it has, such a route comes through. */
bool router_policy_passes(const struct role_policy *policy, struct net_prefix prefix);
/* It may give routes a community by which they go no further (no-export, no-advertise). */
bool router_policy_stops(const struct role_policy *policy);

/* router-meet.c: PLAN_MEET, on a router that has OSPF, RIP or BGP neighbours beside it. */
void router_meet(const struct topo *topo, const struct topo_node *from, struct plan_node *node);
/* router-checks.c: its neighbours, and its ways to all addresses. */
void router_checks(const struct topo *topo, const struct topo_node *from, struct plan_node *node);
/* router-heard.c: whether the node has, or is told, a way to the address. */
struct router_heard;
struct router_heard *router_heard_new(const struct topo *topo, const struct topo_node *from,
				      enum net_family family);
bool router_heard_of(const struct router_heard *heard, struct net_addr ip);
void router_heard_free(struct router_heard *heard);
/* The number that a router calls itself by (RFC 2328, 1.2): its IPv4 address, or its place in the
 * lab where it has none. Returns buf. */
const char *router_id(const struct topo *topo, const struct topo_node *node, char buf[NET_TEXT]);
/* router-bird.c: bird, for a router that speaks a protocol. */
void router_bird(const struct topo *topo, const struct topo_node *from, struct plan_node *node);

#endif
