/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ethernet, ARP, IPv4 and IPv6 (RFC 826, 791, 8200): what stays the same from hop to hop. */
#include "journey/frame.h"

#include <string.h>

#include "journey/keys.h"

#define ETHERNET 14
#define TYPE_MIN 0x600 /* below: a length (IEEE 802.3) */
#define TYPE_IPV4 0x800
#define TYPE_ARP 0x806
#define TYPE_VLAN 0x8100
#define TYPE_VLAN_OUTER 0x88a8
#define VLAN_ID 0xfff /* beside priority and drop eligibility */
#define TYPE_IPV6 0x86dd
#define ARP_IPV4 28 /* bytes of ARP for IPv4 over Ethernet */
#define IPV4_MIN 20
#define IPV4_DF 0x4000
#define IPV4_MF 0x2000
#define IPV4_OFFSET 0x1fff
#define IPV6_HEAD 40
/* What may stand between an IPv6 header and what the packet carries: RFC 8200, 4; RFC 4302. */
#define IPV6_HOP_BY_HOP 0
#define IPV6_ROUTING 43
#define IPV6_FRAGMENT 44
#define IPV6_AUTHENTICATION 51
#define IPV6_DESTINATION 60
#define IPV6_ADDRESSES 8 /* where both begin */

static void parse_arp(const uint8_t *p, size_t len, struct journey_frame *f)
{
	f->kind = JOURNEY_ARP;
	if (len > ARP_IPV4)
		len = ARP_IPV4; /* what follows is padding */
	f->ident = journey_hash(TYPE_ARP, p, len);
	f->keys.content = f->ident;
	if (len < ARP_IPV4)
		return;
	f->source = net_ipv4(p + 14);
	f->destination = net_ipv4(p + 24);
	journey_keys_arp(p, f);
}

/* A datagram that may be cut on its way is looked up by what its pieces share. */
static void set_ipv4_ident(const uint8_t *p, uint64_t payload, struct journey_frame *f)
{
	uint16_t id = get_be16(p + 4);
	uint16_t flags = get_be16(p + 6);
	uint64_t ends = journey_mix(journey_load(p + 12), f->protocol);
	uint64_t datagram = journey_mix(ends, id);

	f->more = flags & IPV4_MF;
	f->piece_at = (uint32_t)(flags & IPV4_OFFSET) * 8;
	f->ident = journey_mix(datagram, journey_mix(payload, flags));
	f->key = f->ident;
	if (!(flags & IPV4_DF) && id)
		f->key = datagram;
	if (f->more || f->piece_at)
		f->keys.datagram = datagram;
	f->keys.content = journey_mix(ends, journey_mix(payload, flags & IPV4_OFFSET));
}

void journey_parse_ipv4(const uint8_t *p, size_t len, struct journey_frame *f)
{
	size_t head = len >= IPV4_MIN ? (size_t)(p[0] & 15) * 4 : 0;
	size_t total;

	if (head < IPV4_MIN || p[0] >> 4 != 4 || head > len)
		return;
	total = get_be16(p + 2);
	if (total < head)
		return;
	if (total > len)
		total = len; /* the capture has less than the wire had */
	f->kind = JOURNEY_IPV4;
	f->packet = p;
	f->packet_len = total;
	f->ttl = p[8];
	f->protocol = p[9];
	f->source = net_ipv4(p + 12);
	f->destination = net_ipv4(p + 16);
	f->piece_len = (uint32_t)(total - head);
	set_ipv4_ident(p, journey_hash(TYPE_IPV4, p + head, total - head), f);
	if (!f->piece_at)
		journey_keys_ipv4(p, head, total, f);
}

/* The length of an extension header; 0: it is none, or cut off. */
static size_t ipv6_extension(uint8_t type, const uint8_t *p, size_t len)
{
	size_t head = 0;

	if (len < 8)
		return 0;
	if (type == IPV6_HOP_BY_HOP || type == IPV6_ROUTING || type == IPV6_DESTINATION)
		head = ((size_t)p[1] + 1) * 8;
	else if (type == IPV6_FRAGMENT)
		head = 8;
	else if (type == IPV6_AUTHENTICATION)
		head = ((size_t)p[1] + 2) * 4;
	return head <= len ? head : 0;
}

/* Only the sender makes pieces of a packet (RFC 8200, 4.5): each is a packet of its own on the way,
 * and they share a number. */
static void set_ipv6_piece(const uint8_t *p, uint64_t ends, struct journey_frame *f)
{
	uint16_t offset = get_be16(p + 2);

	f->more = offset & 1;
	f->piece_at = offset & 0xfff8U;
	if (f->more || f->piece_at)
		f->keys.datagram = journey_mix(journey_mix(ends, f->protocol), get_be32(p + 4));
}

/* Behind the extension headers stands what the packet carries; where that begins. */
static size_t parse_ipv6_extensions(const uint8_t *p, size_t total, uint64_t ends,
				    struct journey_frame *f)
{
	size_t at = IPV6_HEAD, head;
	const uint8_t *piece = NULL;

	for (f->protocol = p[6]; !(piece && get_be16(piece + 2) & 0xfff8U) &&
				 (head = ipv6_extension(f->protocol, p + at, total - at));
	     at += head) {
		if (f->protocol == IPV6_FRAGMENT)
			piece = p + at;
		f->protocol = p[at];
	}
	if (piece)
		set_ipv6_piece(piece, ends, f);
	return at;
}

static void parse_ipv6(const uint8_t *p, size_t len, struct journey_frame *f)
{
	size_t total, body;
	uint64_t ends;

	if (len < IPV6_HEAD || p[0] >> 4 != 6)
		return;
	total = IPV6_HEAD + (size_t)get_be16(p + 4);
	if (total > len)
		total = len;
	f->kind = JOURNEY_IPV6;
	f->ttl = p[7];
	f->source = net_ipv6(p + IPV6_ADDRESSES);
	f->destination = net_ipv6(p + IPV6_ADDRESSES + 16);
	ends = journey_hash(TYPE_IPV6, p + IPV6_ADDRESSES, IPV6_HEAD - IPV6_ADDRESSES);
	body = parse_ipv6_extensions(p, total, ends, f);
	f->ident = journey_mix(ends, journey_hash(p[6], p + IPV6_HEAD, total - IPV6_HEAD));
	f->keys.content = journey_mix(journey_mix(ends, f->protocol),
				      journey_hash(f->piece_at, p + body, total - body));
	if (!f->piece_at)
		journey_keys_ipv6(p, body, total, f);
}

/* What follows an Ethernet type. */
static void parse_payload(uint16_t type, const uint8_t *p, size_t len, struct journey_frame *f)
{
	static const uint8_t xid[3] = { 0, 1, 0xaf };

	if (type < TYPE_MIN && type < len)
		len = type; /* the rest is padding */
	if (type < TYPE_MIN && len >= sizeof(xid))
		f->for_station = memcmp(p, xid, sizeof(xid)) == 0;
	if (type == TYPE_ARP)
		parse_arp(p, len, f);
	else if (type == TYPE_IPV4)
		journey_parse_ipv4(p, len, f);
	else if (type == TYPE_IPV6)
		parse_ipv6(p, len, f);
	if (!f->ident) {
		f->kind = JOURNEY_OTHER;
		f->ident = journey_hash(type, p, len);
		f->keys.content = f->ident;
	}
	if (!f->key)
		f->key = f->ident;
}

bool journey_parse_ethernet(const uint8_t *data, uint32_t len, uint32_t orig_len,
			    struct journey_frame *ret)
{
	size_t at = ETHERNET;
	uint16_t type;

	memset(ret, 0, sizeof(*ret));
	if (len < ETHERNET)
		return false;
	memcpy(ret->dst.byte, data, 6);
	memcpy(ret->src.byte, data + 6, 6);
	ret->bytes = orig_len;
	type = get_be16(data + 12);
	while ((type == TYPE_VLAN || type == TYPE_VLAN_OUTER) && len - at >= 4) {
		if (!ret->vlan)
			ret->vlan = get_be16(data + at) & VLAN_ID;
		type = get_be16(data + at + 2);
		at += 4;
		ret->tagged = true;
	}
	parse_payload(type, data + at, len - at, ret);
	return true;
}

uint64_t journey_fold(const uint8_t *data, size_t len)
{
	size_t at = ETHERNET - 2;
	uint8_t rest[8] = { 0 };
	uint64_t fold = 0;

	for (; at + 8 <= len; at += 8)
		fold ^= journey_load(data + at);
	if (at < len)
		memcpy(rest, data + at, len - at);
	return fold ^ journey_load(rest);
}

bool journey_parse_llc(const uint8_t *data, size_t len, struct journey_frame *ret)
{
	static const uint8_t snap[6] = { 0xaa, 0xaa, 3, 0, 0, 0 }; /* RFC 1042 */

	if (len < 8)
		return false;
	ret->bytes = (uint32_t)(len - 8 + ETHERNET);
	if (memcmp(data, snap, sizeof(snap)) == 0) {
		parse_payload(get_be16(data + 6), data + 8, len - 8, ret);
	} else {
		ret->bytes = (uint32_t)(len + ETHERNET);
		parse_payload((uint16_t)(len < TYPE_MIN ? len : 0), data, len, ret);
	}
	return true;
}
