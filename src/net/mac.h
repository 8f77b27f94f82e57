/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The address of a network card, 48 bits (IEEE 802, EUI-48). All zero is none. */
#ifndef NET_MAC_H
#define NET_MAC_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"

struct net_mac {
	uint8_t byte[6];
};

/* "00:16:d3:23:68:8a", in either case. 0, or -EINVAL with ret as it was. */
int net_mac_parse(const char *text, struct net_mac *ret);
/* In lower case. Returns buf. */
const char *net_mac_text(struct net_mac mac, char buf[NET_TEXT]);
bool net_mac_equal(struct net_mac a, struct net_mac b);
bool net_mac_is_zero(struct net_mac mac);
/* Of a group of cards, all of them included: the first bit on the wire is set. */
bool net_mac_is_group(struct net_mac mac);
/* The address that a card makes itself in an IPv6 prefix of 64 bits: RFC 4291, appendix A. */
struct net_addr net_mac_address(struct net_prefix prefix, struct net_mac mac);

#endif
