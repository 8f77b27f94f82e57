/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small topologies that the tests of plans share. */
#ifndef TESTS_PLAN_LABS_H
#define TESTS_PLAN_LABS_H

#include "topo/topo.h"

/* Loads what is inside of <lab name='test'>, which must be without fault; to be freed by topo_free.
 */
void make_lab(const char *inside, struct topo *ret);

/*
 * Routing: a - b - c-1 on /30s; AS 65001 holds a and b (OSPF and iBGP), 65002 holds c-1. Behind a
 * is a LAN with the host h; a also has a static route into it.
 */
void make_routing(struct topo *ret);

/*
 * Protocols: back (area 0) - border - inner (area 1, totally stubby), and border - hop (RIP) - end
 * (static routes only); border redistributes.
 */
void make_protocols(struct topo *ret);

/* Services: ap (DHCP on a bridge), dns (resolver), root and org (name servers), web, laptop (DHCP
 * client, by wifi). */
void make_services(struct topo *ret);
/* Networks of all kinds in one air, a twin among them, and a radio that only listens. */
void make_air(struct topo *ret);
void make_edge(struct topo *ret);
/* DHCP: several servers, a relay, two servers on one LAN. */
void make_dhcp(struct topo *ret);

/* Interfaces: r1 - r2 - r3 with loopbacks and OSPF; r1 has two subnets on the wire to r2; r1 and r3
 * speak iBGP across r2. arm is a one-armed router on a trunk of sw; far has the same address as arm
 * elsewhere; tree has spanning tree. */
void make_switching(struct topo *ret);
/* IPv4 and IPv6: h, which makes itself an address, - r - w, a web server; and f, of IPv4 alone. */
void make_dual(struct topo *ret);
/* r1 - r2 by both, and r2 - r3 by IPv6 alone; r3 is of another AS. */
void make_routing_ipv6(struct topo *ret);

#endif
