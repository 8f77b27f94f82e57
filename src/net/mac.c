/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MAC addresses from and to text. */
#include "net/mac.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int net_mac_parse(const char *text, struct net_mac *ret)
{
	struct net_mac mac;

	if (strlen(text) != 17)
		return -EINVAL;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return -EINVAL;
	for (size_t i = 0; i < 6; i++)
		(void)sscanf(text + 3 * i, "%2hhx", &mac.byte[i]);
	*ret = mac;
	return 0;
}

const char *net_mac_text(struct net_mac mac, char buf[NET_TEXT])
{
	const uint8_t *b = mac.byte;

	(void)snprintf(buf, NET_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
		       b[5]);
	return buf;
}

bool net_mac_equal(struct net_mac a, struct net_mac b)
{
	return memcmp(a.byte, b.byte, sizeof(a.byte)) == 0;
}

bool net_mac_is_zero(struct net_mac mac)
{
	return net_mac_equal(mac, (struct net_mac){ { 0 } });
}

bool net_mac_is_group(struct net_mac mac)
{
	return mac.byte[0] & 1;
}

struct net_addr net_mac_address(struct net_prefix prefix, struct net_mac mac)
{
	const uint8_t *m = mac.byte;
	const uint8_t end[8] = { m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5] };

	memcpy(prefix.addr.byte + 8, end, sizeof(end));
	return prefix.addr;
}
