/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journeys against the truth: each row is a known program of actions, written as captures, and what
 * must be told of it: one line a journey, its hops as PORT>ACTION (out) and PORT<ACTION (in).
 * Covers: src/journey/journey.c src/journey/frame.c src/journey/hash.c src/journey/judge.c
 * Covers: src/journey/keys.c src/journey/match.c src/journey/relate.c
 */
#include "lib/journey-world.h"
#include "lib/tests.h"

#define M(port) (&w->macs[port])
#define SYN 2
#define ACK 16
#define PSH_ACK 24

static const struct packet a_to_c = { IP_A, IP_C, 7, .ttl = 64 };
static const struct packet c_to_a = { IP_C, IP_A, 9, .ttl = 64 };
static const struct packet a_to_h = { IP_A, IP_H, 7, .ttl = 64 };

static void routed(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_c, 1000, 2000, "hello");

	world_a_to_c(w, 1000, &p);
}

static void not_one_direction(struct world *w)
{
	w->no_directions = true;
	routed(w);
}

static void asked_and_answered(struct world *w)
{
	const struct bytes q = packet_udp(&a_to_c, 1000, 53, "\x12\x34 question");
	const struct bytes r = packet_udp(&c_to_a, 53, 1000, "\x12\x34 answer");

	world_a_to_c(w, 1000, &q);
	world_c_to_a(w, 30000, &r);
}

/* ARP: to all ports; the answer to one. */
static void flooded_arp(struct world *w)
{
	const struct bytes q = packet_arp(1, IP_A, IP_R0, M(A0));
	const struct bytes r = packet_arp(2, IP_R0, IP_A, M(R0));

	world_wire(w, A0, 0, M(A0), &mac_all, &q);
	world_wire(w, S1, 50, M(A0), &mac_all, &q);
	world_wire(w, S2, 51, M(A0), &mac_all, &q);
	world_wire(w, S3, 52, M(A0), &mac_all, &q);
	world_wire(w, R0, 200, M(R0), M(A0), &r);
	world_wire(w, S0, 250, M(R0), M(A0), &r);
}

/* Asked again while the first is in the cable: what is sent when only that one is there, answers
 * that. */
static void asked_again_in_the_cable(struct world *w)
{
	const struct bytes q = packet_arp(1, IP_C, IP_R1, M(C0));
	const struct bytes r = packet_arp(2, IP_R1, IP_C, M(R1));

	world_wire(w, C0, 0, M(C0), &mac_all, &q);
	world_wire(w, C0, 15000, M(C0), &mac_all, &q);
	world_wire(w, R1, 20100, M(R1), M(C0), &r);
	world_wire(w, R1, 35100, M(R1), M(C0), &r);
	world_sort(w);
}

/* A switch that does not know where h is: all get it, one takes it. */
static void flooded_unicast(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_h, 1, 2, "x");

	world_wire(w, A0, 0, M(A0), M(H0), &p);
	world_wire(w, S1, 50, M(A0), M(H0), &p);
	world_wire(w, S2, 51, M(A0), M(H0), &p);
	world_wire(w, S3, 52, M(A0), M(H0), &p);
}

/* a asks in its VLAN; what it sends to h goes over the trunk twice. */
static void over_a_trunk(struct world *w)
{
	const struct bytes q = packet_arp(1, IP_A, IP_R0, M(A0)), q10 = packet_tagged(&q, 10);
	const struct bytes p = packet_udp(&a_to_h, 1, 2, "x"), p10 = packet_tagged(&p, 10);
	const struct bytes r = packet_routed(&p), r20 = packet_tagged(&r, 20);

	world_add_vlans(w);
	world_wire(w, A0, 0, M(A0), &mac_all, &q);
	world_wire(w, S2, 50, M(A0), &mac_all, &q10);
	world_wire(w, A0, 1000, M(A0), M(R0), &p);
	world_wire(w, S2, 1050, M(A0), M(R0), &p10);
	world_wire(w, R0, 1100, M(R0), M(H0), &r20);
	world_wire(w, S1, 1150, M(R0), M(H0), &r);
}

/* Of a VLAN that the port does not carry, of one that nobody else is in, and of none at a trunk. */
static void wrong_tags(struct world *w)
{
	const struct bytes q = packet_arp(1, IP_R0, IP_A, M(R0)), q40 = packet_tagged(&q, 40);
	const struct bytes other = packet_other(0x88b5, "alone");

	world_add_vlans(w);
	world_wire(w, R0, 0, M(R0), &mac_all, &q40);
	world_wire(w, AP0, 1000, M(AP0), &mac_all, &other);
	world_wire(w, R0, 2000, M(R0), &mac_all, &q);
}

/* s has an address in VLAN 30 alone: it takes what is for all there, and not what is for all in 20.
 */
static void own_vlan(struct world *w)
{
	static const uint16_t own[] = { 30 };
	const struct bytes other = packet_other(0x88b5, "to all");

	world_add_vlans(w);
	for (size_t i = S0; i <= S3; i++) {
		w->ports[i].own = own;
		w->ports[i].n_own = ARRAY_SIZE(own);
	}
	w->addresses[S][0] = world_ipv6(IP_H + 1);
	w->nodes[S].n_addresses = 1;
	w->ports[S2].n_tags = 1; /* 10: nobody else is in 20 */
	world_wire(w, AP0, 0, M(AP0), &mac_all, &other);
	world_wire(w, H0, 1000, M(H0), &mac_all, &other);
}

static void answered_by_r(struct world *w, uint8_t flags)
{
	const struct packet there = { IP_A, IP_C, 7, .ttl = 64 };
	const struct packet back = { IP_C, IP_A, 0, .ttl = 64 };
	const struct bytes syn = packet_tcp(&there, 1000, 80, 500, 0, 2, "");
	const struct bytes word = packet_tcp(&back, 80, 1000, 0, 501, flags, "");

	world_wire(w, A0, 1000, M(A0), M(R0), &syn);
	world_wire(w, S2, 1100, M(A0), M(R0), &syn);
	world_wire(w, R0, 1200, M(R0), M(A0), &word);
	world_wire(w, S0, 1300, M(R0), M(A0), &word);
}

/* The filter of r rejects TCP with a RST, in place of c. */
static void rejected_tcp(struct world *w)
{
	answered_by_r(w, 0x14);
}

/* r takes the connection in place of c: who knows what it made of it? */
static void taken_tcp(struct world *w)
{
	answered_by_r(w, 0x12);
}

/* To a NIC for which the lab has no device of any VLAN, and to all. */
static void tags_at_a_plain_nic(struct world *w)
{
	const struct packet p = { IP_C, IP_R1, 7, .ttl = 64 };
	const struct bytes one = packet_udp(&p, 1, 2, "x"), one40 = packet_tagged(&one, 40);
	const struct bytes q = packet_arp(1, IP_C, IP_R1, M(C0)), q40 = packet_tagged(&q, 40);

	world_wire(w, C0, 0, M(C0), M(R1), &one40);
	world_wire(w, C0, 1000, M(C0), &mac_all, &q40);
}

/* To all, in a ring whose last port is blocked. */
static void round_a_ring(struct world *w)
{
	const struct bytes q = packet_arp(1, IP_A, IP_R0, M(A0));

	world_add_ap(w);
	world_add_ring(w);
	world_wire(w, A0, 0, M(A0), &mac_all, &q);
	world_wire(w, S2, 50, M(A0), &mac_all, &q);
	world_wire(w, S3, 51, M(A0), &mac_all, &q);
	world_wire(w, S4, 52, M(A0), &mac_all, &q);
	world_wire(w, AP1, 100, M(A0), &mac_all, &q);
}

static void lost_on_cable(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_c, 1000, 2000, "hello");
	const struct bytes r = packet_routed(&p);

	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_out(w, R1, 300, M(R1), M(C0), &r);
}

static void lost_in_router(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_c, 1000, 2000, "hello");

	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
}

static void lost_in_switch(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_h, 1, 2, "x");

	world_wire(w, A0, 0, M(A0), M(H0), &p);
}

/* The last frames of a capture: nobody knows. */
static void under_way_at_the_end(struct world *w)
{
	w->end_us = 10000;
	lost_on_cable(w);
}

static void in_router_at_the_end(struct world *w)
{
	w->end_us = 10000;
	lost_in_router(w);
}

static void expired(struct world *w)
{
	const struct packet ends = { IP_A, IP_C, 7, .ttl = 1 };
	const struct packet reply = { IP_R0, IP_A, 8, .ttl = 64 };
	const struct bytes p = packet_udp(&ends, 1000, 2000, "hello");
	const struct bytes e = packet_icmp(&reply, 11, 0, &p);

	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_wire(w, R0, 200, M(R0), M(A0), &e);
	world_wire(w, S0, 300, M(R0), M(A0), &e);
}

/* The captures end soon after: the router's word is what shows that it dropped the packet. */
static void no_route_at_the_end(struct world *w)
{
	const struct packet reply = { IP_R0, IP_A, 8, .ttl = 64 };
	const struct bytes p = packet_udp(&a_to_c, 1000, 2000, "hello");
	const struct bytes e = packet_icmp(&reply, 3, 0, &p);

	w->end_us = 10000;
	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_wire(w, R0, 200, M(R0), M(A0), &e);
	world_wire(w, S0, 300, M(R0), M(A0), &e);
}

/* A port that nobody listens at: the packet was delivered all the same. */
static void no_port(struct world *w)
{
	const struct packet reply = { IP_C, IP_A, 8, .ttl = 64 };
	const struct bytes p = packet_udp(&a_to_c, 1000, 2000, "hello");
	struct bytes e = packet_icmp(&reply, 3, 0, &p);

	e.data[2 + 20 + 1] = 3;
	world_a_to_c(w, 0, &p);
	world_c_to_a(w, 30000, &e);
}

/* The router may not cut it. */
static void too_big(struct world *w)
{
	const struct packet reply = { IP_R0, IP_A, 8, .ttl = 64 };
	const struct bytes p = packet_udp(&a_to_c, 1000, 2000, "hello");
	struct bytes e = packet_icmp(&reply, 3, 1280, &p);

	e.data[2 + 20 + 1] = 4;
	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_wire(w, R0, 200, M(R0), M(A0), &e);
	world_wire(w, S0, 300, M(R0), M(A0), &e);
}

/* r sends it to c, and c back to r, as long as its TTL lasts. */
static void round_and_round(struct world *w)
{
	const struct packet lost = { IP_A, 0x0a020001, 7, .ttl = 5 };
	const struct packet reply = { IP_R0, IP_A, 8, .ttl = 64 };
	struct bytes p = packet_udp(&lost, 1000, 2000, "hello");
	const struct bytes e = packet_icmp(&reply, 11, 0, &p);

	w->nodes[C].routes = true;
	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	for (int i = 0; i < 2; i++) {
		p = packet_routed(&p);
		world_wire(w, R1, 300 + i * 50000, M(R1), M(C0), &p);
		p = packet_routed(&p);
		world_wire(w, C0, 25000 + i * 50000, M(C0), M(R1), &p);
	}
	world_wire(w, R0, 120000, M(R0), M(A0), &e);
	world_wire(w, S0, 120100, M(R0), M(A0), &e);
}

static void to_the_router(struct world *w)
{
	const struct packet p = { IP_A, IP_R1, 7, .ttl = 1 };
	const struct packet r = { IP_R1, IP_A, 7, .ttl = 64 };
	const struct bytes ping = packet_icmp(&p, 8, 0x10001, NULL);
	const struct bytes pong = packet_icmp(&r, 0, 0x10001, NULL);

	world_wire(w, A0, 0, M(A0), M(R0), &ping);
	world_wire(w, S2, 100, M(A0), M(R0), &ping);
	world_wire(w, R0, 200, M(R0), M(A0), &pong);
	world_wire(w, S0, 300, M(R0), M(A0), &pong);
}

/* The same payload at the same place, another IP id: sent again, since the first was lost. */
static void retransmitted(struct world *w)
{
	const struct packet again = { IP_A, IP_C, 8, .ttl = 64 };
	const struct bytes p = packet_tcp(&a_to_c, 1000, 80, 100, 5, PSH_ACK, "GET /");
	const struct bytes q = packet_tcp(&again, 1000, 80, 100, 9, PSH_ACK, "GET /");
	const struct bytes r = packet_routed(&p);

	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_out(w, R1, 300, M(R1), M(C0), &r);
	world_a_to_c(w, 200000, &q);
}

static void opened(struct world *w)
{
	const struct bytes syn = packet_tcp(&a_to_c, 1000, 80, 100, 0, SYN, "");
	const struct bytes both = packet_tcp(&c_to_a, 80, 1000, 500, 101, SYN | ACK, "");
	const struct bytes ack = packet_tcp(&a_to_c, 1000, 80, 101, 501, ACK, "");

	world_a_to_c(w, 0, &syn);
	world_c_to_a(w, 30000, &both);
	world_a_to_c(w, 60000, &ack);
}

/* The same in every bit, three times, closer to each other than the cable is long; the second is
 * lost. */
static void identical(struct world *w)
{
	const struct packet zero = { IP_A, IP_C, 0, .ttl = 64 };
	const struct bytes p = packet_udp(&zero, 1000, 2000, "same");
	const struct bytes r = packet_routed(&p);

	world_a_to_c(w, 0, &p);
	world_wire(w, A0, 8000, M(A0), M(R0), &p);
	world_wire(w, S2, 8100, M(A0), M(R0), &p);
	world_out(w, R1, 8300, M(R1), M(C0), &r);
	world_a_to_c(w, 16000, &p);
}

/* Every second, as ARP does when nobody answers; the host is not there. */
static void arp_again(struct world *w)
{
	const struct bytes q = packet_arp(1, IP_C, IP_R1 + 5, M(C0));

	for (int i = 0; i < 3; i++)
		world_wire(w, C0, i * 1000000, M(C0), &mac_all, &q);
}

/* Two pieces that the sender made. */
static void fragments(struct world *w)
{
	const struct packet long_one = { IP_A, IP_C, 7, .may_cut = true, .ttl = 64 };
	const struct bytes p = packet_udp(&long_one, 1, 2, "0123456789abcdef01234567");
	const struct bytes first = packet_piece(&p, 0, 16, true);
	const struct bytes second = packet_piece(&p, 16, 16, false);

	world_a_to_c(w, 0, &first);
	world_a_to_c(w, 10, &second);
}

/* Two pieces that the router made. */
static void cut_by_router(struct world *w)
{
	const struct packet long_one = { IP_A, IP_C, 7, .may_cut = true, .ttl = 64 };
	const struct bytes p = packet_udp(&long_one, 1, 2, "0123456789abcdef01234567");
	const struct bytes r = packet_routed(&p);
	const struct bytes first = packet_piece(&r, 0, 16, true);
	const struct bytes second = packet_piece(&r, 16, 16, false);

	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_wire(w, R1, 300, M(R1), M(C0), &first);
	world_wire(w, R1, 310, M(R1), M(C0), &second);
}

static void one_piece_lost(struct world *w)
{
	const struct packet long_one = { IP_A, IP_C, 7, .may_cut = true, .ttl = 64 };
	const struct bytes p = packet_udp(&long_one, 1, 2, "0123456789abcdef01234567");
	const struct bytes r = packet_routed(&p);
	const struct bytes first = packet_piece(&r, 0, 16, true);
	const struct bytes second = packet_piece(&r, 16, 16, false);

	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_wire(w, R1, 300, M(R1), M(C0), &first);
	world_out(w, R1, 310, M(R1), M(C0), &second);
}

/* The far end of a wire was stamped before the near one, and what the switch sent before what it
 * got. */
static void clocks_jitter(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_c, 1000, 2000, "hello");
	const struct bytes r = packet_routed(&p);

	world_out(w, A0, 1009, M(A0), M(R0), &p);
	world_in(w, S0, 1003, M(A0), M(R0), &p);
	world_out(w, S2, 1002, M(A0), M(R0), &p);
	world_in(w, R0, 1000, M(A0), M(R0), &p);
	world_wire(w, R1, 1004, M(R1), M(C0), &r);
}

/* In one capture, frames that stand in the wrong order. */
static void stamps_jitter(struct world *w)
{
	const struct packet next = { IP_A, IP_C, 8, .ttl = 64 };
	const struct bytes p = packet_udp(&a_to_c, 1000, 2000, "one");
	const struct bytes q = packet_udp(&next, 1000, 2000, "two");

	world_a_to_c(w, 1007, &p);
	world_a_to_c(w, 1000, &q);
}

/* Seen at the end of a wire, but not at its beginning: the capture there lost it, and says so. */
static void capture_lost_one(struct world *w)
{
	const struct packet next = { IP_A, IP_C, 8, .ttl = 64 };
	const struct bytes p = packet_udp(&a_to_c, 1000, 2000, "one");
	const struct bytes q = packet_udp(&next, 1000, 2000, "two");
	const struct bytes r = packet_routed(&p);

	world_in(w, S0, 5, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_wire(w, R1, 300, M(R1), M(C0), &r);
	w->dropped = 1;
	world_a_to_c(w, 1000, &q);
}

/* Out of a router, and it never went in. */
static void from_nowhere(struct world *w)
{
	const struct packet p = { 0x01020304, IP_C, 8, .ttl = 63 };
	const struct bytes b = packet_udp(&p, 1, 2, "x");

	world_wire(w, R1, 0, M(R1), M(C0), &b);
}

static void lldp(struct world *w)
{
	static const struct net_mac nearest = { { 0x01, 0x80, 0xc2, 0, 0, 0x0e } };
	const struct bytes p = packet_other(0x88cc, "neighbour");

	world_wire(w, A0, 0, M(A0), &nearest, &p);
}

static void spanning_tree(struct world *w)
{
	static const struct net_mac bridges = { { 0x01, 0x80, 0xc2, 0, 0, 0 } };
	struct bytes p = packet_other(7, "\x42\x42\x03....");

	world_wire(w, S0, 0, M(S0), &bridges, &p);
	memcpy(p.data + p.len, "padding", 7);
	p.len += 7;
	world_in(w, R0, 9, M(S0), &bridges, &p);
}

/* To the bridge's own address. */
static void to_the_access_point(struct world *w)
{
	const struct packet p = { IP_A, IP_AP, 7, .ttl = 64 };
	const struct bytes b = packet_udp(&p, 1, 2, "x");

	world_wire(w, A0, 0, M(A0), M(AP1), &b);
	world_wire(w, S3, 50, M(A0), M(AP1), &b);
}

static const struct world_row rows[] = {
	{ "switched and routed", routed, "1 ip delivered: " A_TO_C "delivered\n" },
	{ "no capture knows a direction", not_one_direction,
	  "1 ip delivered: " A_TO_C "delivered\n" },
	{ "asked and answered", asked_and_answered,
	  "1 ip delivered: " A_TO_C "answered\n"
	  "2 ip delivered: c:eth0>sent r:eth1<forwarded r:eth0>forwarded s:eth2<switched "
	  "s:eth0>switched a:eth0<delivered answers=1\n" },
	{ "ARP is flooded", flooded_arp,
	  "1 arp delivered: a:eth0>sent s:eth0<flooded s:eth1>flooded s:eth2>flooded "
	  "s:eth3>flooded h:eth0<delivered r:eth0<answered ap:eth0<delivered\n"
	  "2 arp delivered: r:eth0>sent s:eth2<switched s:eth0>switched a:eth0<delivered "
	  "answers=1\n" },
	{ "asked again in the cable", asked_again_in_the_cable,
	  "1 arp delivered: c:eth0>sent r:eth1<answered\n"
	  "2 arp delivered: c:eth0>sent r:eth1<answered repeats=1\n"
	  "3 arp delivered: r:eth1>sent c:eth0<delivered answers=1\n"
	  "4 arp delivered: r:eth1>sent c:eth0<delivered answers=2 repeats=3\n" },
	{ "unknown stations are flooded", flooded_unicast,
	  "1 ip delivered: a:eth0>sent s:eth0<flooded s:eth1>flooded s:eth2>flooded "
	  "s:eth3>flooded h:eth0<delivered r:eth0<ignored ap:eth0<ignored\n" },
	{ "a VLAN of the switch's own", own_vlan,
	  "1 other delivered: ap:eth0>sent s:eth3<delivered\n"
	  "2 other dropped in s: h:eth0>sent s:eth1<ignored\n" },
	{ "a RST in place of another", rejected_tcp,
	  "1 ip dropped in r: " A_TO_S "dropped\n2 ip delivered: " R_TO_A " answers=1\n" },
	{ "a connection in place of another", taken_tcp,
	  "1 ip changed-or-dropped in r: " A_TO_S
	  "changed-or-dropped\n2 ip delivered: r:eth0>forwarded s:eth2<switched s:eth0>switched "
	  "a:eth0<delivered unmatched answers=1\nunmatched r:eth0 1\n" },
	{ "VLANs and a one-armed router", over_a_trunk,
	  "1 arp delivered: a:eth0>sent s:eth0<flooded s:eth2>flooded r:eth0<delivered\n"
	  "2 ip delivered: a:eth0>sent s:eth0<switched s:eth2>switched r:eth0<forwarded "
	  "r:eth0>forwarded s:eth2<switched s:eth1>switched h:eth0<delivered\n" },
	{ "tags that a port does not carry", wrong_tags,
	  "1 arp dropped in s: r:eth0>sent s:eth2<dropped\n"
	  "2 other dropped in s: ap:eth0>sent s:eth3<ignored\n"
	  "3 arp dropped in s: r:eth0>sent s:eth2<dropped repeats=1\n" },
	{ "tags at a plain NIC", tags_at_a_plain_nic,
	  "1 ip open: c:eth0>sent r:eth1<resting\n"
	  "2 arp open: c:eth0>sent r:eth1<resting\n" },
	{ "a ring with a blocked port", round_a_ring,
	  "1 arp delivered: a:eth0>sent s:eth0<flooded s:eth2>flooded s:eth3>flooded "
	  "s:eth4>flooded r:eth0<delivered ap:eth0<flooded aq:eth0<ignored ap:wlan0>flooded "
	  "aq:wlan0<ignored\n" },
	{ "lost on a link", lost_on_cable,
	  "1 ip lost on cable: " A_TO_S "forwarded r:eth1>lost\n" },
	{ "lost in a router", lost_in_router, "1 ip dropped in r: " A_TO_S "dropped\n" },
	{ "lost in a switch", lost_in_switch, "1 ip dropped in s: a:eth0>sent s:eth0<dropped\n" },
	{ "under way on a link at the end", under_way_at_the_end,
	  "1 ip open: " A_TO_S "forwarded r:eth1>forwarded\n" },
	{ "in a router at the end", in_router_at_the_end, "1 ip open: " A_TO_S "resting\n" },
	{ "TTL used up", expired,
	  "1 ip dropped in r: " A_TO_S "expired\n"
	  "2 ip delivered: r:eth0>sent s:eth2<switched s:eth0>switched a:eth0<delivered "
	  "answers=1 time-exceeded\n" },
	{ "no route, and the captures end", no_route_at_the_end,
	  "1 ip dropped in r: " A_TO_S "dropped\n"
	  "2 ip delivered: r:eth0>sent s:eth2<switched s:eth0>switched a:eth0<delivered "
	  "answers=1 network-unreachable\n" },
	{ "nobody listens", no_port,
	  "1 ip delivered: " A_TO_C "answered\n"
	  "2 ip delivered: c:eth0>sent r:eth1<forwarded r:eth0>forwarded s:eth2<switched "
	  "s:eth0>switched a:eth0<delivered answers=1 port-unreachable\n" },
	{ "too big", too_big,
	  "1 ip dropped in r: " A_TO_S "dropped\n"
	  "2 ip delivered: r:eth0>sent s:eth2<switched s:eth0>switched a:eth0<delivered "
	  "answers=1 fragmentation-needed\n" },
	{ "round and round", round_and_round,
	  "1 ip dropped in r: " A_TO_S "forwarded r:eth1>forwarded c:eth0<forwarded "
	  "c:eth0>forwarded r:eth1<forwarded r:eth1>forwarded c:eth0<forwarded c:eth0>forwarded "
	  "r:eth1<expired\n"
	  "2 ip delivered: r:eth0>sent s:eth2<switched s:eth0>switched a:eth0<delivered "
	  "answers=1 time-exceeded\n" },
	{ "a router is addressed", to_the_router,
	  "1 ip delivered: " A_TO_S "answered\n"
	  "2 ip delivered: r:eth0>sent s:eth2<switched s:eth0>switched a:eth0<delivered "
	  "answers=1\n" },
	{ "retransmitted", retransmitted,
	  "1 ip lost on cable: " A_TO_S "forwarded r:eth1>lost\n"
	  "2 ip delivered: " A_TO_C "delivered repeats=1\n" },
	{ "a connection is opened", opened,
	  "1 ip delivered: " A_TO_C "answered\n"
	  "2 ip delivered: c:eth0>sent r:eth1<forwarded r:eth0>forwarded s:eth2<switched "
	  "s:eth0>switched a:eth0<delivered answers=1\n"
	  "3 ip delivered: " A_TO_C "delivered\n" },
	{ "identical packets, one lost", identical,
	  "1 ip delivered: " A_TO_C "delivered\n"
	  "2 ip lost on cable: " A_TO_S "forwarded r:eth1>lost repeats=1\n"
	  "3 ip delivered: " A_TO_C "delivered repeats=2\n" },
	{ "ARP repeated", arp_again,
	  "1 arp delivered: c:eth0>sent r:eth1<delivered\n"
	  "2 arp delivered: c:eth0>sent r:eth1<delivered repeats=1\n"
	  "3 arp delivered: c:eth0>sent r:eth1<delivered repeats=2\n" },
	{ "fragments of the sender", fragments,
	  "1 ip delivered: " A_TO_C "delivered\n"
	  "2 ip delivered: " A_TO_C "delivered fragment_of=1\n" },
	{ "fragments of a router", cut_by_router,
	  "1 ip delivered: " A_TO_S "forwarded r:eth1>forwarded r:eth1>forwarded "
	  "c:eth0<delivered c:eth0<delivered\n" },
	{ "one fragment lost", one_piece_lost,
	  "1 ip lost on cable: " A_TO_S "forwarded r:eth1>forwarded r:eth1>lost "
	  "c:eth0<delivered\n" },
	{ "clocks disagree", clocks_jitter, "1 ip delivered: " A_TO_C "delivered\n" },
	{ "stamps disagree", stamps_jitter,
	  "1 ip delivered: " A_TO_C "delivered\n"
	  "2 ip delivered: " A_TO_C "delivered\n" },
	{ "a capture lost a frame", capture_lost_one,
	  "1 ip delivered: s:eth0<switched s:eth2>switched r:eth0<forwarded r:eth1>forwarded "
	  "c:eth0<delivered unmatched\n"
	  "2 ip delivered: " A_TO_C "delivered\n"
	  "unmatched s:eth0 1\n" },
	{ "from nowhere", from_nowhere,
	  "1 ip delivered: r:eth1>forwarded c:eth0<delivered unmatched\n"
	  "unmatched r:eth1 1\n" },
	{ "LLDP stays on its wire", lldp, "1 other delivered: a:eth0>sent s:eth0<delivered\n" },
	{ "padding does not count", spanning_tree,
	  "1 other delivered: s:eth0>sent a:eth0<delivered\n"
	  "2 other delivered: r:eth0<delivered unmatched\n"
	  "unmatched r:eth0 1\n" },
	{ "a bridge is addressed", to_the_access_point,
	  "1 ip delivered: a:eth0>sent s:eth0<switched s:eth3>switched ap:eth0<delivered\n" },
};

int main(void)
{
	ADD_ROWS(rows, world_test_row);
	return run_added("journeys", NULL, NULL);
}
