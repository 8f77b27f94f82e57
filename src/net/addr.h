/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of the Internet layer: an address of either family, and a prefix. They are small and go by
 * value; all zero is none.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>

enum net_family { NET_NONE, NET_IPV4, NET_IPV6 };

/* RFC 791, RFC 4291. Two equal ones are equal in every byte. */
struct net_addr {
	uint8_t family;   /* enum net_family */
	uint8_t byte[16]; /* network byte order; of IPv4 the first four, the others zero */
};

/*
 * An address with the length of its prefix (RFC 4632; RFC 4291, 2.3): of an interface, with its
 * host bits, or of a network, without.
 */
struct net_prefix {
	struct net_addr addr;
	uint8_t len; /* bits */
};

/* Enough for the text of each value here. */
#define NET_TEXT 52

/* How many bits an address of the family has: 32, 128, or 0 for none. */
unsigned int net_bits(struct net_addr addr);

/* From the four bytes of an IPv4 header, or the sixteen of an IPv6 header. */
struct net_addr net_ipv4(const uint8_t byte[4]);
struct net_addr net_ipv6(const uint8_t byte[16]);

/*
 * "192.0.2.1", four decimal numbers, or "2001:db8::1", as RFC 4291, 2.2 has it, without a zone. 0,
 * or -EINVAL with ret as it was.
 */
int net_addr_parse(const char *text, struct net_addr *ret);
/* RFC 5952; "" for none. Returns buf. */
const char *net_addr_text(struct net_addr addr, char buf[NET_TEXT]);
bool net_addr_equal(struct net_addr a, struct net_addr b);
/* Less than, equal to, or more than 0: none, IPv4, IPv6, each in the order of its addresses. */
int net_addr_compare(struct net_addr a, struct net_addr b);
/* The address behind it, one before it; none past either end. */
struct net_addr net_addr_next(struct net_addr addr);
struct net_addr net_addr_previous(struct net_addr addr);
/* Whether all bits are zero ("0.0.0.0", "::"), as they are of none. */
bool net_addr_is_unspecified(struct net_addr addr);
/*
 * Whether a machine's interface can have it: not this network, the host itself, a group, or what is
 * reserved (RFC 1122, 3.2.1.3; RFC 1112; RFC 4291, 2.5.2, 2.5.3, 2.7).
 */
bool net_addr_is_host(struct net_addr addr);
/* Of one link, and never passed on: fe80::/10 (RFC 4291, 2.5.6), 169.254.0.0/16 (RFC 3927). */
bool net_addr_is_link_local(struct net_addr addr);
/* Whether it means many machines: multicast, or IPv4's limited broadcast (RFC 919). */
bool net_addr_is_group(struct net_addr addr);
/* How many bits the two have in common from the left; 0 of two families. */
unsigned int net_addr_common(struct net_addr a, struct net_addr b);

/* "192.0.2.1/24". 0, or -EINVAL with ret as it was; host bits stay. */
int net_prefix_parse(const char *text, struct net_prefix *ret);
const char *net_prefix_text(struct net_prefix prefix, char buf[NET_TEXT]);
/* The host bits zero, or one: the network, and the last address in it, an IPv4 network's broadcast.
 */
struct net_prefix net_prefix_network(struct net_prefix prefix);
struct net_addr net_prefix_last(struct net_prefix prefix);
/* The netmask, as an address of the family. */
struct net_addr net_prefix_mask(struct net_prefix prefix);
/* False of two families. */
bool net_prefix_contains(struct net_prefix prefix, struct net_addr addr);
/* Whether both are of one network, of one length. */
bool net_prefix_same(struct net_prefix a, struct net_prefix b);

#endif
