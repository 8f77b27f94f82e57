/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The longest prefix that has an address, in the words of `ip route`. */
#include "report/route.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* "10.0.2.0/24", "10.0.2.1", "default": how long the prefix is where it has the address, or -1. */
static int matches(const char *prefix, uint32_t address)
{
	unsigned int len = 32;
	char network[16];
	struct in_addr in;

	if (str_eq(prefix, "default"))
		return 0;
	if (sscanf(prefix, "%15[0-9.]/%2u", network, &len) < 1 || len > 32 ||
	    inet_pton(AF_INET, network, &in) != 1)
		return -1;
	return len == 0 || (ntohl(in.s_addr) ^ address) >> (32 - len) == 0 ? (int)len : -1;
}

enum route route_look_up(const char *table, const char *address, struct str *entry)
{
	static const char *const rejecting[] = { "unreachable", "blackhole", "prohibit" };
	enum route found = ROUTE_NONE;
	struct in_addr in;
	int longest = -1;

	if (!table || inet_pton(AF_INET, address, &in) != 1)
		return ROUTE_UNKNOWN;
	for (const char *line = table; line; line = strchr(line, '\n')) {
		char first[32] = "", second[32] = "";
		bool rejects = false;
		int len;

		line += *line == '\n';
		(void)sscanf(line, "%31[^ \t\n] %31[^ \t\n]", first, second);
		for (size_t i = 0; i < ARRAY_SIZE(rejecting); i++)
			rejects |= str_eq(first, rejecting[i]);
		len = matches(rejects ? second : first, ntohl(in.s_addr));
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
