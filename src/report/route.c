/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The longest prefix that has an address, in the words of `ip route`. */
#include "report/route.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* "via 10.0.1.1 dev eth0 ... metric 20": what stands there of a way, and the metric. */
static void take_way(const char *at, struct route_way *way, unsigned long *metric)
{
	char key[NET_TEXT], value[NET_TEXT];

	for (at = take_word(at, key); *key; at = take_word(at, key)) {
		const char *next = take_word(at, value);

		if (str_eq(key, "via") && (str_eq(value, "inet6") || str_eq(value, "inet")))
			next = take_word(next, value);
		if (str_eq(key, "via"))
			memcpy(way->via, value, NET_TEXT);
		else if (str_eq(key, "dev"))
			memcpy(way->dev, value, NET_TEXT);
		else if (str_eq(key, "metric"))
			*metric = strtoul(value, NULL, 10);
		else if (str_eq(key, "dead")) /* its link is down: it is not taken */
			*way->dev = '\0';
		if (!str_eq(key, "via") && !str_eq(key, "dev") && !str_eq(key, "metric"))
			continue; /* a word without a value */
		at = next;
	}
}

static void add_way(struct route_entry *entry, const struct route_way *way)
{
	if (*way->dev && entry->n_ways < ROUTE_WAYS_MAX)
		entry->ways[entry->n_ways] = *way;
	entry->n_ways += *way->dev != '\0';
}

/* The entry that begins with this line; what follows it are lines that begin with a tab. */
static struct route_entry take_entry(const char *line, unsigned long *metric)
{
	static const char *const rejecting[] = { "unreachable", "blackhole", "prohibit" };
	struct route_entry entry = { .kind = "" };
	struct route_way way = { .via = "" };
	const char *at = take_word(line, entry.prefix);

	*metric = 0;
	for (size_t i = 0; i < ARRAY_SIZE(rejecting); i++) {
		if (!str_eq(entry.prefix, rejecting[i]))
			continue;
		memcpy(entry.kind, entry.prefix, NET_TEXT);
		at = take_word(at, entry.prefix);
		break;
	}
	take_way(at, &way, metric);
	add_way(&entry, &way);
	while ((line = strchr(line, '\n')) && line[1] == '\t') {
		unsigned long none = 0;

		line++;
		way = (struct route_way){ .via = "" };
		take_way(line, &way, &none);
		add_way(&entry, &way);
	}
	return entry;
}

const json_t *route_table(const json_t *story, const char *node, const char *kind)
{
	const json_t *table;
	size_t i;

	json_array_foreach(json_object_get(story, "tables"), i, table)
		if (str_eq(json_get_text(table, "node", NULL), node) &&
		    str_eq(json_get_text(table, "kind", NULL), kind))
			return table;
	return NULL;
}

enum route route_look_up(const char *table, const char *address, struct route_entry *ret)
{
	enum route found = ROUTE_NONE;
	unsigned long least = 0;
	struct net_addr to;
	int longest = -1;

	if (!table || net_addr_parse(address, &to) < 0)
		return ROUTE_UNKNOWN;
	for (const char *line = table; line; line = strchr(line, '\n')) {
		struct route_entry entry;
		unsigned long metric;
		int len;

		line += *line == '\n';
		if (*line == '\t')
			continue;
		entry = take_entry(line, &metric);
		len = matches(entry.prefix, to);
		if (len < longest || len < 0 || (len == longest && metric >= least))
			continue;
		longest = len;
		least = metric;
		found = *entry.kind ? ROUTE_REJECTS : ROUTE_THERE;
		*ret = entry;
	}
	return found;
}

bool route_same(const struct route_entry *a, const struct route_entry *b)
{
	bool same =
		str_eq(a->kind, b->kind) && str_eq(a->prefix, b->prefix) && a->n_ways == b->n_ways;

	for (size_t i = 0; same && i < a->n_ways && i < ROUTE_WAYS_MAX; i++)
		same = str_eq(a->ways[i].via, b->ways[i].via) &&
		       str_eq(a->ways[i].dev, b->ways[i].dev);
	return same;
}
