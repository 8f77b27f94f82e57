/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two small topologies that the tests of the plan share, made by hand: no file, no parser. */
#ifndef TESTS_PLAN_LABS_H
#define TESTS_PLAN_LABS_H

#include <stdint.h>

#include "topo/topo.h"

#define IP(a, b, c, d)             \
	{                          \
		NET_IPV4,          \
		{                  \
			a, b, c, d \
		}                  \
	}
#define MAC(last) .mac.byte = { 2, 0, 0, 0, 0, last }
/* A literal where the model has a char *. */
#define TEXT(s) (char *)(uintptr_t)(s)

/*
 * Routing: a - b - c-1 on /30s; AS 65001 holds a and b (OSPF and iBGP), 65002 holds c-1. Behind a
 * is a LAN with the host h; a also has a static route into it. What points into *ret is static:
 * nothing is freed, and a test that changes a node changes it until the next call.
 */
void make_routing(struct topo *ret);

/* Services: ap (DHCP on a bridge), dns (resolver), root and org (name servers), web, laptop (DHCP
 * client, by wifi). */
void make_services(struct topo *ret);

#endif
