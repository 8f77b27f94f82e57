/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who answers whom: a question's key equals the key that its answer carries. ARP (RFC 826), ICMP
 * (RFC 792, 4443), neighbours and routers of IPv6 (RFC 4861), UDP with the transaction of DNS and
 * DHCP (RFC 1035, 2131, 8415), TCP (RFC 9293).
 */
#include "journey/keys.h"

#define ICMP 1
#define ICMPV6 58
#define TCP 6
#define UDP 17
#define DNS_PORT 53
#define DHCP_SERVER 67
#define DHCP_CLIENT 68
#define DHCPV6_CLIENT 546
#define DHCPV6_SERVER 547

enum about {
	ABOUT_ARP = 1,
	ABOUT_ECHO,
	ABOUT_UDP,
	ABOUT_DHCP,
	ABOUT_SYN,
	ABOUT_DATA,
	ABOUT_STUB,
	ABOUT_DHCPV6,
	ABOUT_NEIGHBOUR,
	ABOUT_ROUTER,
};

/* Of two ends and what they talk about; the asker comes first. */
static uint64_t key(enum about about, uint64_t asker, uint64_t asked, uint64_t what)
{
	return journey_mix(journey_mix(asker, asked), journey_mix(about, what)) | 1;
}

static uint64_t end_of(struct net_addr address, uint16_t port)
{
	return journey_hash(port, address.byte, sizeof(address.byte));
}

void journey_keys_arp(const uint8_t *p, struct journey_frame *f)
{
	uint16_t operation = get_be16(p + 6);

	if (operation == 1)
		f->keys.question =
			key(ABOUT_ARP, end_of(f->source, 0), end_of(f->destination, 0), 0);
	else if (operation == 2)
		f->keys.answer = key(ABOUT_ARP, end_of(f->destination, 0), end_of(f->source, 0), 0);
}

/* An error quotes the packet that it is about: header and eight bytes, RFC 792. */
static uint64_t stub_key(const uint8_t *p, size_t len)
{
	size_t head = len >= 20 ? (size_t)(p[0] & 15) * 4 : 0;
	uint64_t ends;

	if (head < 20 || len < head + 8)
		return 0;
	ends = (uint64_t)get_be32(p + 12) << 32 | get_be32(p + 16);
	return key(ABOUT_STUB, ends, (uint64_t)p[9] << 16 | get_be16(p + 4),
		   journey_hash(0, p + head, 8));
}

static uint64_t stub_key_ipv6(const uint8_t *p, size_t len)
{
	return len < 48 || p[0] >> 4 != 6 ? 0
					  : key(ABOUT_STUB, journey_hash(p[6], p + 8, 32), 0,
						journey_hash(0, p + 40, 8));
}

static void keys_icmp(const uint8_t *p, size_t len, struct journey_frame *f)
{
	if (len < 8)
		return;
	switch (p[0]) {
	case 8: /* echo */
		f->keys.question = key(ABOUT_ECHO, end_of(f->source, 0), end_of(f->destination, 0),
				       get_be32(p + 4));
		break;
	case 0: /* echo reply */
		f->keys.answer = key(ABOUT_ECHO, end_of(f->destination, 0), end_of(f->source, 0),
				     get_be32(p + 4));
		break;
	case 3:  /* unreachable */
	case 11: /* time exceeded */
	case 12: /* parameter problem */
		f->keys.error = get_be16(p);
		f->keys.answer = stub_key(p + 8, len - 8);
		break;
	default:
		break;
	}
}

/* The transaction ID stays, addresses do not: DISCOVER comes from 0.0.0.0, OFFER goes to all. */
static void keys_dhcp(const uint8_t *p, size_t len, struct journey_frame *f)
{
	if (len < 8)
		return;
	if (p[0] == 1)
		f->keys.question = key(ABOUT_DHCP, 0, 0, get_be32(p + 4));
	else
		f->keys.answer = key(ABOUT_DHCP, 0, 0, get_be32(p + 4));
}

/* The same in IPv6, with 24 bits of it, RFC 8415: what a server says, and what it is asked. */
static void keys_dhcpv6(const uint8_t *p, size_t len, struct journey_frame *f)
{
	uint64_t transaction = len >= 4 ? key(ABOUT_DHCPV6, 0, 0, get_be32(p) & 0xffffff) : 0;

	if (len >= 4 && (p[0] == 2 || p[0] == 7)) /* ADVERTISE, REPLY */
		f->keys.answer = transaction;
	else if (len >= 4 && p[0] < 12 && p[0] != 10) /* no relay's, not RECONFIGURE */
		f->keys.question = transaction;
}

static void keys_udp(const uint8_t *p, size_t len, struct journey_frame *f)
{
	uint64_t from = end_of(f->source, f->source_port);
	uint64_t to = end_of(f->destination, f->destination_port);
	uint64_t what = 0;

	if (len < 8)
		return;
	if (f->source_port == DHCP_SERVER || f->destination_port == DHCP_SERVER) {
		keys_dhcp(p + 8, len - 8, f);
		return;
	}
	if (f->kind == JOURNEY_IPV6 &&
	    (f->source_port == DHCPV6_CLIENT || f->source_port == DHCPV6_SERVER)) {
		keys_dhcpv6(p + 8, len - 8, f);
		return;
	}
	if (len >= 10 && (f->source_port == DNS_PORT || f->destination_port == DNS_PORT))
		what = get_be16(p + 8);
	f->keys.question = key(ABOUT_UDP, from, to, what);
	f->keys.answer = key(ABOUT_UDP, to, from, what);
}

/*
 * A segment is answered by the first one that carries something and acknowledges its last byte. A
 * retransmission has the same place in the stream and the same payload, whatever else changed.
 */
static void keys_tcp(const uint8_t *p, size_t len, struct journey_frame *f)
{
	uint64_t from = end_of(f->source, f->source_port);
	uint64_t to = end_of(f->destination, f->destination_port);
	size_t head = len >= 20 ? (size_t)(p[12] >> 4) * 4 : 0;
	uint32_t seq, ack, payload;
	bool syn, fin, rst, acks;

	if (head < 20 || head > len)
		return;
	seq = get_be32(p + 4);
	ack = get_be32(p + 8);
	fin = p[13] & 1;
	syn = p[13] & 2;
	rst = p[13] & 4;
	acks = p[13] & 16;
	payload = (uint32_t)(len - head);
	f->keys.reset = rst;
	f->keys.content = 0;
	if (payload || syn || fin)
		f->keys.content = journey_mix(key(ABOUT_DATA, from, to, seq),
					      journey_hash(p[13] & 3, p + head, payload));
	if (syn && !acks)
		f->keys.question = key(ABOUT_SYN, from, to, seq + 1);
	else if (acks && (syn || rst))
		f->keys.answer = key(ABOUT_SYN, to, from, ack);
	if (payload && !syn) {
		f->keys.question = key(ABOUT_DATA, from, to, (uint32_t)(seq + payload));
		f->keys.answer = acks ? key(ABOUT_DATA, to, from, ack) : 0;
	}
}

static void keys_transport(const uint8_t *body, size_t len, struct journey_frame *f)
{
	if ((f->protocol == TCP || f->protocol == UDP) && len >= 4) {
		f->source_port = get_be16(body);
		f->destination_port = get_be16(body + 2);
	}
	if (f->protocol == UDP)
		keys_udp(body, len, f);
	else if (f->protocol == TCP)
		keys_tcp(body, len, f);
}

void journey_keys_ipv4(const uint8_t *p, size_t head, size_t total, struct journey_frame *f)
{
	f->keys.expired = stub_key(p, total);
	if (f->protocol == ICMP)
		keys_icmp(p + head, total - head, f);
	else
		keys_transport(p + head, total - head, f);
}

/* The error of RFC 4443 as RFC 792 numbers it; 0: none. */
static uint16_t error_of_ipv6(uint8_t type, uint8_t code)
{
	static const uint8_t unreachable[] = { 0, 13, 0, 1, 3, 13, 13 };

	switch (type) {
	case 1:
		return 0x300 | (code < sizeof(unreachable) ? unreachable[code] : 1);
	case 2: /* too big */
		return 0x304;
	case 3: /* time exceeded */
		return (uint16_t)(0xb00 | code);
	case 4:
		return 0xc00;
	default:
		return 0;
	}
}

/*
 * Who has an address (RFC 4861, 4.3, 4.4): of the asker and of what is asked for. Who asks for
 * itself, whether anybody has it already (RFC 4862, 5.4), has no address yet: all are told.
 */
static void keys_neighbour(const uint8_t *p, size_t len, struct journey_frame *f)
{
	bool asks = p[0] == 135, solicited = p[4] & 0x40;
	struct net_addr asker = f->source;

	if (len < 24)
		return;
	if (!asks)
		asker = solicited ? f->destination : net_ipv6((const uint8_t[16]){ 0 });
	*(asks ? &f->keys.question : &f->keys.answer) =
		key(ABOUT_NEIGHBOUR, end_of(asker, 0), end_of(net_ipv6(p + 8), 0), 0);
}

static void keys_icmpv6(const uint8_t *p, size_t len, struct journey_frame *f)
{
	if (len < 8)
		return;
	switch (p[0]) {
	case 128: /* echo */
		f->keys.question = key(ABOUT_ECHO, end_of(f->source, 0), end_of(f->destination, 0),
				       get_be32(p + 4));
		break;
	case 129: /* echo reply */
		f->keys.answer = key(ABOUT_ECHO, end_of(f->destination, 0), end_of(f->source, 0),
				     get_be32(p + 4));
		break;
	case 133: /* router solicitation */
		f->keys.question = key(ABOUT_ROUTER, 0, 0, 0);
		break;
	case 134: /* router advertisement */
		f->keys.answer = key(ABOUT_ROUTER, 0, 0, 0);
		f->keys.beside = true;
		break;
	case 135: /* neighbour solicitation, advertisement */
	case 136:
		keys_neighbour(p, len, f);
		break;
	default:
		f->keys.error = error_of_ipv6(p[0], p[1]);
		if (f->keys.error)
			f->keys.answer = stub_key_ipv6(p + 8, len - 8);
		break;
	}
}

void journey_keys_ipv6(const uint8_t *p, size_t head, size_t total, struct journey_frame *f)
{
	f->keys.expired = stub_key_ipv6(p, total);
	if (f->protocol == ICMPV6)
		keys_icmpv6(p + head, total - head, f);
	else
		keys_transport(p + head, total - head, f);
}
