/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The counters of a packet filter, before and after, in the words of `nft list`. */
#include "report/filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct rule {
	char *key;  /* chain and text, without the counter: what it is known by */
	char *name; /* its comment, or the text */
	uint64_t packets;
	bool drops, rejects;
};

struct rules {
	struct rule *list;
	size_t n;
};

static void rules_free(struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		free(rules->list[i].key);
		free(rules->list[i].name);
	}
	free(rules->list);
}
AUTO_DEFINE(rules_auto, struct rules, rules_free)
#define auto_rules AUTO(rules_autop)

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p++)
		if ((p == text || p[-1] == ' ') && (!p[len] || p[len] == ' '))
			return true;
	return false;
}

/* "tcp dport 23 counter packets 3 bytes 180 drop comment "no telnet""; others are no rules that
 * count. */
static void add_rule(const char *chain, const char *line, struct rules *rules)
{
	const char *counter = strstr(line, "counter packets ");
	uint64_t packets = 0;
	int len = 0;
	char *comment, *end;
	auto_free char *text = NULL;
	struct rule *rule;

	if (!counter ||
	    sscanf(counter, "counter packets %" SCNu64 " bytes %*u%n", &packets, &len) != 1 || !len)
		return;
	text = xasprintf("%.*s%s", (int)(counter - line), line,
			 counter[len] == ' ' ? counter + len + 1 : counter + len);
	rule = array_add(rules->list, rules->n);
	rule->key = xasprintf("%s\n%s", chain, text);
	rule->packets = packets;
	comment = strstr(text, "comment \"");
	if (comment) {
		*comment = '\0';
		comment += strlen("comment \"");
		end = strchr(comment, '"');
		if (end)
			*end = '\0';
	}
	rule->name = xstrdup(comment ? comment : text);
	rule->rejects = has_word(text, "reject");
	rule->drops = has_word(text, "drop") || str_eq(comment, "no rule: drop");
}

static void read_rules(const char *table, struct rules *ret)
{
	auto_free char *copy = xstrdup(table), *chain = xstrdup("");
	char *save = NULL;
	bool passes = true;

	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		if (str_prefix(line, "chain ")) {
			free(chain);
			chain = xstrdup(line);
			passes = true;
		} else if (str_prefix(line, "type ")) {
			passes = !strstr(line, " hook input ") && !strstr(line, " hook output ");
		} else if (passes) {
			add_rule(chain, line, ret);
		}
	}
}

static uint64_t packets_of(const struct rules *rules, const char *key)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < rules->n; i++)
		if (str_eq(rules->list[i].key, key))
			sum += rules->list[i].packets;
	return sum;
}

static bool is_first(const struct rules *rules, size_t i)
{
	size_t first = 0;

	while (!str_eq(rules->list[first].key, rules->list[i].key))
		first++;
	return first == i;
}

void filter_counted(const char *before, const char *after, bool rejects, struct str *ret)
{
	auto_rules struct rules was = { 0 }, is = { 0 };

	if (!before || !after)
		return;
	read_rules(before, &was);
	read_rules(after, &is);
	for (size_t i = 0; i < is.n; i++) {
		const struct rule *rule = &is.list[i];
		uint64_t then = packets_of(&was, rule->key), now = packets_of(&is, rule->key);

		if (now <= then || !(rule->rejects || (rule->drops && !rejects)) ||
		    !is_first(&is, i))
			continue;
		str_adds(ret, ret->len ? ", '" : "'");
		str_add_clean(ret, rule->name, false);
		str_addf(ret, "' %" PRIu64, now - then);
	}
}
