/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The longest prefix that has an address, in the words of `ip route`. */
#include "report/route.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "net/addr.h"

/* "10.0.2.0/24", "10.0.2.1", "default": how long the prefix is where it has the address, or -1. */
static int matches(const char *text, struct net_addr address)
{
	struct net_prefix prefix;

	if (str_eq(text, "default"))
		return 0;
	if (net_addr_parse(text, &prefix.addr) == 0)
		prefix.len = (uint8_t)net_bits(prefix.addr);
	else if (net_prefix_parse(text, &prefix) < 0)
		return -1;
	return net_prefix_contains(prefix, address) ? prefix.len : -1;
}

/* The line's next word, as far as it fits; what is behind it. */
static const char *take_word(const char *at, char word[NET_TEXT])
{
	size_t len;

	at += strspn(at, " \t");
	len = strcspn(at, " \t\n");
	(void)snprintf(word, NET_TEXT, "%.*s", (int)(len < NET_TEXT ? len : NET_TEXT - 1), at);
	return at + len;
}

enum route route_look_up(const char *table, const char *address, struct str *entry)
{
	static const char *const rejecting[] = { "unreachable", "blackhole", "prohibit" };
	enum route found = ROUTE_NONE;
	struct net_addr to;
	int longest = -1;

	if (!table || net_addr_parse(address, &to) < 0)
		return ROUTE_UNKNOWN;
	for (const char *line = table; line; line = strchr(line, '\n')) {
		char first[NET_TEXT] = "", second[NET_TEXT] = "";
		bool rejects = false;
		int len;

		line += *line == '\n';
		take_word(take_word(line, first), second);
		for (size_t i = 0; i < ARRAY_SIZE(rejecting); i++)
			rejects |= str_eq(first, rejecting[i]);
		len = matches(rejects ? second : first, to);
		if (len <= longest)
			continue;
		longest = len;
		found = rejects ? ROUTE_REJECTS : ROUTE_THERE;
		str_free(entry);
		if (rejects)
			str_addf(entry, "%s %s", first, second);
	}
	return found;
}
