/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journeys of IPv6 against the truth, as test-journey.c has them of IPv4: errors that quote a
 * packet, neighbours, routers, addresses that are tried, pieces.
 * Covers: src/journey/frame.c src/journey/index.c src/journey/judge.c src/journey/keys.c
 * Covers: src/journey/relate.c
 */
#include "lib/journey-world.h"
#include "lib/tests.h"

#define M(port) (&w->macs[port])
#define SYN 2
#define ACK 16

static const struct packet a_to_c_6 = { IP_A, IP_C, .ttl = 64, .ipv6 = true };
static const struct packet c_to_a_6 = { IP_C, IP_A, .ttl = 64, .ipv6 = true };

static void no_route_ipv6(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_c_6, 1000, 2000, "ports and more");
	const struct bytes e = packet_icmpv6(IP_R0, IP_A, 1, 0, &p);

	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_wire(w, R0, 200, M(R0), M(A0), &e);
	world_wire(w, S0, 300, M(R0), M(A0), &e);
}

/* Who has which address is not known, but the router says that it knows no way. */
static void no_route_of_some(struct world *w)
{
	for (size_t i = 0; i < N_NODES; i++)
		w->nodes[i].n_addresses /= 2;
	no_route_ipv6(w);
}

static void opened_ipv6(struct world *w)
{
	const struct bytes syn = packet_tcp(&a_to_c_6, 1000, 80, 100, 0, SYN, "");
	const struct bytes both = packet_tcp(&c_to_a_6, 80, 1000, 500, 101, SYN | ACK, "");

	world_a_to_c(w, 0, &syn);
	world_c_to_a(w, 30000, &both);
}

static void pinged_ipv6(struct world *w)
{
	const struct bytes ping = packet_icmpv6(IP_A, IP_C, 128, 0, NULL);
	const struct bytes pong = packet_icmpv6(IP_C, IP_A, 129, 0, NULL);

	world_a_to_c(w, 0, &ping);
	world_c_to_a(w, 30000, &pong);
}

static void expired_ipv6(struct world *w)
{
	const struct packet ends = { IP_A, IP_C, .ttl = 1, .ipv6 = true };
	const struct bytes p = packet_udp(&ends, 1000, 2000, "hello");
	const struct bytes e = packet_icmpv6(IP_R0, IP_A, 3, 0, &p);

	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_wire(w, R0, 200, M(R0), M(A0), &e);
	world_wire(w, S0, 300, M(R0), M(A0), &e);
}

/* A destination that the router can pass on no further, since packets are too big there. */
static void too_big_ipv6(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_c_6, 1000, 2000, "long");
	const struct bytes e = packet_icmpv6(IP_R0, IP_A, 2, 0, &p);

	world_wire(w, A0, 0, M(A0), M(R0), &p);
	world_wire(w, S2, 100, M(A0), M(R0), &p);
	world_wire(w, R0, 200, M(R0), M(A0), &e);
	world_wire(w, S0, 300, M(R0), M(A0), &e);
}

/* To the group of an address: all hear it, one is in the group. */
static void flood(struct world *w, int64_t us, const struct net_mac *to, const struct bytes *p)
{
	world_wire(w, A0, us, M(A0), to, p);
	world_wire(w, S1, us + 50, M(A0), to, p);
	world_wire(w, S2, us + 51, M(A0), to, p);
	world_wire(w, S3, us + 52, M(A0), to, p);
}

static struct net_mac mac_of_group(struct net_addr group)
{
	return (struct net_mac){ { 0x33, 0x33, group.byte[12], group.byte[13], group.byte[14],
				   group.byte[15] } };
}

static void neighbour(struct world *w)
{
	const struct net_addr a = world_ipv6(IP_A), r = world_ipv6(IP_R0);
	const struct net_mac group = mac_of_group(world_group_of(r));
	const struct bytes q = packet_neighbour(a, world_group_of(r), 135, 0, &r);
	const struct bytes n = packet_neighbour(r, a, 136, 0xe0000000, &r);

	flood(w, 0, &group, &q);
	world_wire(w, R0, 200, M(R0), M(A0), &n);
	world_wire(w, S0, 250, M(R0), M(A0), &n);
}

/* It asks whether somebody has its address: nobody says so. */
static void address_is_free(struct world *w)
{
	const struct net_addr a = world_ipv6(IP_A);
	const struct net_mac group = mac_of_group(world_group_of(a));
	const struct bytes q =
		packet_neighbour(net_ipv6((const uint8_t[16]){ 0 }), world_group_of(a), 135, 0, &a);

	flood(w, 0, &group, &q);
}

/* The same of an address that h has: h tells all, and whatever the lab knew of h was wrong. */
static void address_is_taken(struct world *w)
{
	static const struct net_mac nodes = { { 0x33, 0x33, 0, 0, 0, 1 } };
	const struct net_addr all = net_ipv6((const uint8_t[16]){ 0xff, 2, [15] = 1 });
	const struct net_addr a = world_ipv6(0x0a000077);
	const struct net_mac group = mac_of_group(world_group_of(a));
	const struct bytes q =
		packet_neighbour(net_ipv6((const uint8_t[16]){ 0 }), world_group_of(a), 135, 0, &a);
	const struct bytes n = packet_neighbour(a, all, 136, 0x20000000, &a);

	flood(w, 0, &group, &q);
	world_wire(w, H0, 200, M(H0), &nodes, &n);
	world_wire(w, S0, 250, M(H0), &nodes, &n);
	world_wire(w, S2, 251, M(H0), &nodes, &n);
	world_wire(w, S3, 252, M(H0), &nodes, &n);
}

static const struct net_mac to_routers = { { 0x33, 0x33, 0, 0, 0, 2 } };
static const struct net_mac to_nodes = { { 0x33, 0x33, 0, 0, 0, 1 } };

static void advertise(struct world *w, int64_t us)
{
	const struct net_addr nodes = net_ipv6((const uint8_t[16]){ 0xff, 2, [15] = 1 });
	const struct bytes ra =
		packet_neighbour(world_link_local(M(R0)), nodes, 134, 0x40000708, NULL);

	world_wire(w, R0, us, M(R0), &to_nodes, &ra);
	world_wire(w, S0, us + 50, M(R0), &to_nodes, &ra);
	world_wire(w, S1, us + 51, M(R0), &to_nodes, &ra);
	world_wire(w, S3, us + 52, M(R0), &to_nodes, &ra);
}

/* A router's word for all answers who asked; the next one, ten seconds later, answers nobody. */
static void router(struct world *w)
{
	const struct net_addr routers = net_ipv6((const uint8_t[16]){ 0xff, 2, [15] = 2 });
	const struct bytes rs = packet_neighbour(world_link_local(M(A0)), routers, 133, 0, NULL);

	flood(w, 0, &to_routers, &rs);
	advertise(w, 300000);
	advertise(w, 10000000);
}

/* Nobody answers in time. */
static void router_too_late(struct world *w)
{
	const struct net_addr routers = net_ipv6((const uint8_t[16]){ 0xff, 2, [15] = 2 });
	const struct bytes rs = packet_neighbour(world_link_local(M(A0)), routers, 133, 0, NULL);

	flood(w, 0, &to_routers, &rs);
	advertise(w, 10000000);
}

static void listener(struct world *w)
{
	static const struct net_mac reports = { { 0x33, 0x33, 0, 0, 0, 0x16 } };
	const struct bytes p = packet_mld(world_link_local(M(A0)));

	flood(w, 0, &reports, &p);
}

/* Only the sender makes pieces. */
static void fragments_ipv6(struct world *w)
{
	const struct bytes p = packet_udp(&a_to_c_6, 1, 2, "0123456789abcdef01234567");
	const struct bytes first = packet_piece_ipv6(&p, 99, 0, 16, true);
	const struct bytes second = packet_piece_ipv6(&p, 99, 16, 16, false);
	const struct bytes other = packet_piece_ipv6(&p, 100, 16, 16, false);

	world_a_to_c(w, 0, &first);
	world_a_to_c(w, 10, &second);
	world_a_to_c(w, 50000, &other);
}

static void dhcpv6(struct world *w)
{
	static const struct net_mac servers = { { 0x33, 0x33, 0, 1, 0, 2 } };
	const struct packet q = { IP_A, IP_R0, .ttl = 1, .ipv6 = true };
	const struct packet r = { IP_R0, IP_A, .ttl = 64, .ipv6 = true };
	const struct bytes solicit = packet_udp(&q, 546, 547, "\x01\x12\x34\x56 options");
	const struct bytes reply = packet_udp(&r, 547, 546, "\x02\x12\x34\x56 options");

	flood(w, 0, &servers, &solicit);
	world_wire(w, R0, 200, M(R0), M(A0), &reply);
	world_wire(w, S0, 250, M(R0), M(A0), &reply);
}

static const struct world_row rows[] = {
	{ "no route of IPv6", no_route_ipv6,
	  "1 ip6 dropped in r: " A_TO_S "dropped\n"
	  "2 ip6 delivered: " R_TO_A " answers=1 network-unreachable\n" },
	{ "no route of IPv6, addresses unknown", no_route_of_some,
	  "1 ip6 dropped in r: " A_TO_S "dropped\n"
	  "2 ip6 delivered: " R_TO_A " answers=1 network-unreachable\n" },
	{ "a connection is opened, IPv6", opened_ipv6,
	  "1 ip6 delivered: " A_TO_C "answered\n"
	  "2 ip6 delivered: c:eth0>sent r:eth1<forwarded r:eth0>forwarded s:eth2<switched "
	  "s:eth0>switched a:eth0<delivered answers=1\n" },
	{ "ping of IPv6", pinged_ipv6,
	  "1 ip6 delivered: " A_TO_C "answered\n"
	  "2 ip6 delivered: c:eth0>sent r:eth1<forwarded r:eth0>forwarded s:eth2<switched "
	  "s:eth0>switched a:eth0<delivered answers=1\n" },
	{ "hop limit used up", expired_ipv6,
	  "1 ip6 dropped in r: " A_TO_S "expired\n"
	  "2 ip6 delivered: " R_TO_A " answers=1 time-exceeded\n" },
	{ "too big, IPv6", too_big_ipv6,
	  "1 ip6 dropped in r: " A_TO_S "dropped\n"
	  "2 ip6 delivered: " R_TO_A " answers=1 fragmentation-needed\n" },
	{ "neighbour discovery", neighbour,
	  "1 ip6 delivered: a:eth0>sent " FLOODED "h:eth0<ignored r:eth0<answered "
	  "ap:eth0<ignored\n"
	  "2 ip6 delivered: " R_TO_A " answers=1\n" },
	{ "an address that nobody has", address_is_free,
	  "1 ip6 delivered: a:eth0>sent " FLOODED "h:eth0<ignored r:eth0<ignored "
	  "ap:eth0<ignored\n" },
	{ "an address that somebody has", address_is_taken,
	  "1 ip6 delivered: a:eth0>sent " FLOODED "h:eth0<answered r:eth0<ignored "
	  "ap:eth0<ignored\n"
	  "2 ip6 delivered: h:eth0>sent s:eth1<flooded s:eth0>flooded s:eth2>flooded "
	  "s:eth3>flooded a:eth0<delivered r:eth0<delivered ap:eth0<delivered answers=1\n" },
	{ "router discovery", router,
	  "1 ip6 delivered: a:eth0>sent " FLOODED "h:eth0<delivered r:eth0<answered "
	  "ap:eth0<delivered\n"
	  "2 ip6 delivered: " R_TO_ALL " answers=1\n"
	  "3 ip6 delivered: " R_TO_ALL " repeats=2\n" },
	{ "a router that did not answer", router_too_late,
	  "1 ip6 delivered: a:eth0>sent " FLOODED "h:eth0<delivered r:eth0<delivered "
	  "ap:eth0<delivered\n"
	  "2 ip6 delivered: " R_TO_ALL "\n" },
	{ "a listener's report", listener,
	  "1 ip6 delivered: a:eth0>sent " FLOODED "h:eth0<delivered r:eth0<delivered "
	  "ap:eth0<delivered\n" },
	{ "fragments of IPv6", fragments_ipv6,
	  "1 ip6 delivered: " A_TO_C "delivered\n"
	  "2 ip6 delivered: " A_TO_C "delivered fragment_of=1\n"
	  "3 ip6 delivered: " A_TO_C "delivered repeats=2\n" },
	{ "DHCP of IPv6", dhcpv6,
	  "1 ip6 delivered: a:eth0>sent " FLOODED "h:eth0<delivered r:eth0<answered "
	  "ap:eth0<delivered\n"
	  "2 ip6 delivered: " R_TO_A " answers=1\n" },
};

int main(void)
{
	ADD_ROWS(rows, world_test_row);
	return run_added("journeys of IPv6", NULL, NULL);
}
