/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses and prefixes of both families, byte by byte. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

unsigned int net_bits(struct net_addr addr)
{
	return addr.family == NET_IPV4 ? 32 : addr.family == NET_IPV6 ? 128 : 0;
}

struct net_addr net_ipv4(const uint8_t byte[4])
{
	struct net_addr addr = { NET_IPV4, { 0 } };

	memcpy(addr.byte, byte, 4);
	return addr;
}

struct net_addr net_ipv6(const uint8_t byte[16])
{
	struct net_addr addr = { NET_IPV6, { 0 } };

	memcpy(addr.byte, byte, 16);
	return addr;
}

int net_addr_parse(const char *text, struct net_addr *ret)
{
	struct net_addr addr = { NET_IPV4, { 0 } };

	if (strchr(text, ':'))
		addr.family = NET_IPV6;
	if (inet_pton(addr.family == NET_IPV4 ? AF_INET : AF_INET6, text, addr.byte) != 1)
		return -EINVAL;
	*ret = addr;
	return 0;
}

const char *net_addr_text(struct net_addr addr, char buf[NET_TEXT])
{
	buf[0] = '\0';
	if (addr.family)
		(void)inet_ntop(addr.family == NET_IPV4 ? AF_INET : AF_INET6, addr.byte, buf,
				NET_TEXT);
	return buf;
}

int net_addr_compare(struct net_addr a, struct net_addr b)
{
	return a.family != b.family ? a.family - b.family : memcmp(a.byte, b.byte, sizeof(a.byte));
}

bool net_addr_equal(struct net_addr a, struct net_addr b)
{
	return net_addr_compare(a, b) == 0;
}

/* One more or one less; the carry goes to the left, and out of the family's bytes past its end. */
static struct net_addr step(struct net_addr addr, uint8_t edge, int by)
{
	for (unsigned int i = net_bits(addr) / 8; i-- > 0;) {
		bool carry = addr.byte[i] == edge;

		addr.byte[i] = (uint8_t)(addr.byte[i] + by);
		if (!carry)
			return addr;
	}
	return (struct net_addr){ 0 };
}

struct net_addr net_addr_next(struct net_addr addr)
{
	return step(addr, UINT8_MAX, 1);
}

struct net_addr net_addr_previous(struct net_addr addr)
{
	return step(addr, 0, -1);
}

bool net_addr_is_unspecified(struct net_addr addr)
{
	static const uint8_t zero[sizeof(addr.byte)];

	return memcmp(addr.byte, zero, sizeof(zero)) == 0;
}

bool net_addr_is_host(struct net_addr addr)
{
	static const struct net_addr loopback = { NET_IPV6, { [15] = 1 } };

	if (addr.family == NET_IPV4)
		return addr.byte[0] != 0 && addr.byte[0] != 127 && addr.byte[0] < 224;
	return addr.family == NET_IPV6 && !net_addr_is_unspecified(addr) &&
	       !net_addr_equal(addr, loopback) && addr.byte[0] != 0xff;
}

bool net_addr_is_link_local(struct net_addr addr)
{
	return addr.family == NET_IPV4 ? addr.byte[0] == 169 && addr.byte[1] == 254
				       : addr.byte[0] == 0xfe && (addr.byte[1] & 0xc0) == 0x80;
}

bool net_addr_is_group(struct net_addr addr)
{
	static const struct net_addr everybody = { NET_IPV4, { 255, 255, 255, 255 } };

	return net_addr_equal(addr, everybody) ||
	       (addr.family == NET_IPV4 ? addr.byte[0] >> 4 == 14 : addr.byte[0] == 0xff);
}

unsigned int net_addr_common(struct net_addr a, struct net_addr b)
{
	unsigned int bits = a.family == b.family ? net_bits(a) : 0, n = 0;

	while (n < bits && !((a.byte[n / 8] ^ b.byte[n / 8]) & 0x80 >> n % 8))
		n++;
	return n;
}

int net_prefix_parse(const char *text, struct net_prefix *ret)
{
	const char *slash = strchr(text, '/');
	auto_free char *front = NULL;
	struct net_addr addr;
	unsigned long len;

	if (!slash)
		return -EINVAL;
	front = xstrndup(text, (size_t)(slash - text));
	if (net_addr_parse(front, &addr) < 0 ||
	    str_to_ulong(slash + 1, 0, net_bits(addr), &len) < 0)
		return -EINVAL;
	*ret = (struct net_prefix){ addr, (uint8_t)len };
	return 0;
}

const char *net_prefix_text(struct net_prefix prefix, char buf[NET_TEXT])
{
	size_t len = strlen(net_addr_text(prefix.addr, buf));

	(void)snprintf(buf + len, NET_TEXT - len, "/%u", prefix.len);
	return buf;
}

struct net_addr net_prefix_mask(struct net_prefix prefix)
{
	struct net_addr mask = { prefix.addr.family, { 0 } };

	for (unsigned int i = 0; i < prefix.len && i < net_bits(mask); i++)
		mask.byte[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return mask;
}

struct net_prefix net_prefix_network(struct net_prefix prefix)
{
	struct net_addr mask = net_prefix_mask(prefix);

	for (size_t i = 0; i < sizeof(mask.byte); i++)
		prefix.addr.byte[i] &= mask.byte[i];
	return prefix;
}

struct net_addr net_prefix_last(struct net_prefix prefix)
{
	struct net_addr mask = net_prefix_mask(prefix);

	for (size_t i = 0; i < net_bits(mask) / 8; i++)
		prefix.addr.byte[i] |= (uint8_t)~mask.byte[i];
	return prefix.addr;
}

bool net_prefix_contains(struct net_prefix prefix, struct net_addr addr)
{
	return prefix.addr.family == addr.family &&
	       net_addr_common(prefix.addr, addr) >= prefix.len;
}

bool net_prefix_same(struct net_prefix a, struct net_prefix b)
{
	return a.len == b.len && net_prefix_contains(a, b.addr);
}
