/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lab on paper: what was sent where and when is said by the test, and written as the captures
 * that labd-capture and labd-medium would have made of it.
 *
 *      a ---- s ---- r ==== c        s: a switch; r: a router; the cable r-c takes 20 ms
 *             |
 *      h ---- s      ap ---- s       ap: an access point, with an address of its own
 *                    ap ~ ~ ~ w, v   two stations
 *
 * After world_add_ap a second access point, aq, hangs at the switch and in the same air; after
 * world_add_parallel a second cable lies beside the first.
 */
#ifndef TESTS_JOURNEY_WORLD_H
#define TESTS_JOURNEY_WORLD_H

#include "journey/journey.h"

enum world_node { A, H, S, R, C, AP, W, V, AQ, N_NODES };
enum world_port {
	A0,
	H0,
	S0,
	S1,
	S2,
	S3,
	R0,
	R1,
	C0,
	AP0,
	AP1,
	W0,
	V0,
	S4,
	AQ0,
	AQ1,
	R2,
	C1,
	N_PORTS
};
enum world_link { L_AS, L_HS, L_SR, L_RC, L_SAP, L_AIR, L_SAQ, L_PARALLEL, N_LINKS };

#define IP_A 0x0a000001U
#define IP_H 0x0a000002U
#define IP_R0 0x0a0000feU
#define IP_AP 0x0a000009U
#define IP_R1 0x0a0100feU
#define IP_C 0x0a010001U

struct bytes {
	uint8_t data[2048];
	uint32_t len;
};

struct world {
	char dir[64];
	struct net_mac macs[N_PORTS];
	struct net_addr addresses[N_NODES][4]; /* IPv4, then IPv6 */
	struct journey_node nodes[N_NODES];
	struct journey_port ports[N_PORTS];
	struct journey_link links[N_LINKS];
	struct journey_lab lab;
	struct record *records[N_PORTS + 1]; /* the last: the air */
	size_t n_records[N_PORTS + 1];
	int64_t end_us;            /* when the captures stopped */
	uint64_t dropped;          /* that the next record's capture says it lost before */
	struct str drops[N_NODES]; /* what kernels say of packets that they dropped */
	bool no_directions;
};

void world_init(struct world *w);
void world_add_ap(struct world *w);
/* s keeps VLANs apart: a is in 10, h in 20, ap in 30; r is on a trunk of 10 and 20. */
void world_add_vlans(struct world *w);
/* After world_add_ap: a wire in place of the air joins ap and aq, which blocks its port there. */
void world_add_ring(struct world *w);
/* Another cable from r to c, as slow. */
void world_add_parallel(struct world *w);
void world_free(struct world *w); /* removes the files */
/* Puts what was said in the order of packets into that of time, as a tap sees it. */
void world_sort(struct world *w);
/* Writes all captures; may be called again. */
void world_write(struct world *w);

/* ---- packets: Ethernet's payload with its type in front ---- */
struct packet {
	uint32_t from, to;
	uint16_t id;
	bool may_cut; /* no DF */
	uint8_t ttl;
	bool ipv6; /* the addresses are IPv4's, in the last bytes of IPv6's */
};
struct bytes packet_udp(const struct packet *p, uint16_t from, uint16_t to, const char *text);
struct bytes packet_tcp(const struct packet *p, uint16_t from, uint16_t to, uint32_t seq,
			uint32_t ack, uint8_t flags, const char *text);
struct bytes packet_icmp(const struct packet *p, uint8_t type, uint32_t rest,
			 const struct bytes *quoted);
/* fd00::/96 with IPv4's behind it. */
struct net_addr world_ipv6(uint32_t ipv4);
/* fe80::/64 by the MAC, and the group that an address is asked for in. */
struct net_addr world_link_local(const struct net_mac *mac);
struct net_addr world_group_of(struct net_addr address);
struct bytes packet_icmpv6(uint32_t from, uint32_t to, uint8_t type, uint8_t code,
			   const struct bytes *quoted);
/* Of RFC 4861: flags as they stand behind the checksum; target NULL: none. */
struct bytes packet_neighbour(struct net_addr from, struct net_addr to, uint8_t type,
			      uint32_t flags, const struct net_addr *target);
/* An MLD report, behind a hop-by-hop header. */
struct bytes packet_mld(struct net_addr from);
/* A piece of an IPv6 packet, behind a fragment header. */
struct bytes packet_piece_ipv6(const struct bytes *whole, uint32_t id, uint32_t at, uint32_t len,
			       bool more);
/* A piece of an IPv4 packet: bytes at to at + len of its payload. */
struct bytes packet_piece(const struct bytes *whole, uint32_t at, uint32_t len, bool more);
struct bytes packet_arp(uint16_t operation, uint32_t from, uint32_t to, const struct net_mac *mac);
struct bytes packet_other(uint16_t type, const char *text);
/* With a tag of that VLAN. */
struct bytes packet_tagged(const struct bytes *packet, uint16_t vlan);
/* What a router does to it. */
struct bytes packet_routed(const struct bytes *packet);

/* ---- frames: where and when one was seen ---- */
extern const struct net_mac mac_all;
void world_out(struct world *w, enum world_port port, int64_t us, const struct net_mac *src,
	       const struct net_mac *dst, const struct bytes *packet);
void world_in(struct world *w, enum world_port port, int64_t us, const struct net_mac *src,
	      const struct net_mac *dst, const struct bytes *packet);
/* Out at one end and 5 us (or the link's delay) later in at the other. */
void world_wire(struct world *w, enum world_port port, int64_t us, const struct net_mac *src,
		const struct net_mac *dst, const struct bytes *packet);
/* The node's kernel says that it dropped this frame. */
void world_drop(struct world *w, enum world_node node, const char *reason, const char *function,
		const struct net_mac *src, const struct net_mac *dst, const struct bytes *packet);
/* a to c through the switch, which knows the way, and the router; and back. */
void world_a_to_c(struct world *w, int64_t us, const struct bytes *packet);
void world_c_to_a(struct world *w, int64_t us, const struct bytes *packet);
struct air {
	enum world_port by;
	const struct net_mac *to, *third; /* receiver; the far end of the way */
	uint16_t sequence;
	bool to_ap, from_ap, retry, encrypted;
};
void world_air(struct world *w, int64_t us, const struct air *air, const struct bytes *packet);
void world_manage(struct world *w, int64_t us, const struct air *air, uint8_t subtype);

/* The same in words. */
#define A_TO_S "a:eth0>sent s:eth0<switched s:eth2>switched r:eth0<"
#define A_TO_C A_TO_S "forwarded r:eth1>forwarded c:eth0<"

#define R_TO_A "r:eth0>sent s:eth2<switched s:eth0>switched a:eth0<delivered"
#define FLOODED "s:eth0<flooded s:eth1>flooded s:eth2>flooded s:eth3>flooded "
#define R_TO_ALL                                                                   \
	"r:eth0>sent s:eth2<flooded s:eth0>flooded s:eth1>flooded s:eth3>flooded " \
	"a:eth0<delivered "                                                        \
	"h:eth0<delivered ap:eth0<delivered"

/* Reads it, says it in words, one line a journey (see test-journey.c), and compares. */
void world_check(const struct world *w, const struct journey_opts *opts, const char *told);

/* What happens in a new world, and what is told of it: a row, and the test of one, for ADD_ROWS. */
struct world_row {
	const char *name;
	void (*happens)(struct world *w);
	const char *told;
};
void world_test_row(void **state);

#endif
