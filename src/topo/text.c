/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses and MACs from and to text. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "topo/private.h"

const char *topo_ip_text(uint32_t ip, char buf[TOPO_ADDR_TEXT])
{
	(void)snprintf(buf, TOPO_ADDR_TEXT, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255,
		       ip & 255);
	return buf;
}

const char *topo_addr_text(struct topo_addr addr, char buf[TOPO_ADDR_TEXT])
{
	(void)topo_ip_text(addr.addr, buf);
	(void)snprintf(buf + strlen(buf), TOPO_ADDR_TEXT - strlen(buf), "/%u", addr.len);
	return buf;
}

const char *topo_mac_text(const struct topo_mac *mac, char buf[TOPO_ADDR_TEXT])
{
	const uint8_t *b = mac->byte;

	(void)snprintf(buf, TOPO_ADDR_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3],
		       b[4], b[5]);
	return buf;
}

uint32_t netmask(uint8_t len)
{
	return len ? UINT32_MAX << (32 - len) : 0;
}

bool topo_addr_contains(struct topo_addr prefix, uint32_t ip)
{
	return (ip & netmask(prefix.len)) == (prefix.addr & netmask(prefix.len));
}

bool same_subnet(struct topo_addr a, struct topo_addr b)
{
	return a.len == b.len && topo_addr_contains(a, b.addr);
}

int parse_ip(const char *text, uint32_t *ret)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return -EINVAL;
	*ret = ntohl(in.s_addr);
	return 0;
}

int parse_addr(const char *text, struct topo_addr *ret)
{
	const char *slash = strchr(text, '/');
	auto_free char *front = NULL;
	unsigned long len;
	uint32_t ip;

	if (!slash)
		return -EINVAL;
	front = xstrndup(text, (size_t)(slash - text));
	if (parse_ip(front, &ip) < 0 || str_to_ulong(slash + 1, 0, 32, &len) < 0)
		return -EINVAL;
	*ret = (struct topo_addr){ ip, (uint8_t)len };
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int parse_mac(const char *text, struct topo_mac *ret)
{
	struct topo_mac mac;
	size_t i;

	if (strlen(text) != 17)
		return -EINVAL;
	for (i = 0; i < 6; i++) {
		int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);

		if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != ':'))
			return -EINVAL;
		mac.byte[i] = (uint8_t)(high << 4 | low);
	}
	*ret = mac;
	return 0;
}

bool mac_is_zero(const struct topo_mac *mac)
{
	static const struct topo_mac zero;

	return memcmp(mac, &zero, sizeof(zero)) == 0;
}

/*
 * 64-bit FNV-1a over "node", a zero byte, "nic". FNV leaves names that differ in their last letter
 * near each other, so its bits are mixed once more (the finaliser of MurmurHash3) before 40 of them
 * are taken. Among 1000 NICs two are then equal in one of two million labs, and the rules would say
 * so.
 */
struct topo_mac derive_mac(const char *node, const char *nic)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	struct topo_mac mac = { { 2 } };
	size_t i, j;

	for (i = 0; i < 2; i++) {
		const char *part = i == 0 ? node : nic;

		for (j = 0; j < strlen(part) + (i == 0); j++)
			hash = (hash ^ (uint8_t)part[j]) * UINT64_C(0x100000001b3);
	}
	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	hash ^= hash >> 33;
	for (i = 1; i < 6; i++)
		mac.byte[i] = (uint8_t)(hash >> (8 * (5 - i)));
	return mac;
}
