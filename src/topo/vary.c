/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may be another for each student of a class. */
#include <stdlib.h>

#include "topo/private.h"

#define AS_POOL_FIRST 64512 /* for private use: RFC 6996 */
#define AS_POOL_LAST 65534
#define AS_MAX 4294967294UL
#define NETWORK_POOL "10.0.0.0/8" /* RFC 1918 */

static const char *const names[] = {
	[TOPO_VARY_NETWORK] = "network",
	[TOPO_VARY_MAC] = "mac",
	[TOPO_VARY_AS] = "as",
	[TOPO_VARY_WORD] = "word",
};

const char *topo_vary_name(enum topo_vary_what what)
{
	return names[what];
}

/* A network of IPv4 without host bits, and with some address in it. */
static bool is_network(const char *text, struct net_prefix *ret)
{
	return net_prefix_parse(text, ret) == 0 && ret->addr.family == NET_IPV4 && ret->len >= 1 &&
	       ret->len <= 30 && net_prefix_same(net_prefix_network(*ret), *ret) &&
	       net_addr_equal(net_prefix_network(*ret).addr, ret->addr);
}

static const char *add_network(struct topo_vary *vary, const char *word)
{
	struct net_prefix *pool = array_add(vary->prefixes, vary->n_prefixes);

	if (!is_network(word, pool))
		return "is no IPv4 network such as 10.0.0.0/8";
	return pool->len > vary->network.len ? "is smaller than the network" : NULL;
}

/* "64512-65534" */
static const char *set_range(struct topo_vary *vary, const char *word)
{
	auto_free char *first = xstrdup(word);
	char *dash = strchr(first, '-');

	if (dash)
		*dash = '\0';
	if (vary->last || !dash || str_to_ulong(first, 1, AS_MAX, &vary->first) < 0 ||
	    str_to_ulong(dash + 1, vary->first, AS_MAX, &vary->last) < 0)
		return "is no single range of AS numbers such as 64512-65534";
	return NULL;
}

static const char *add_word(struct topo_vary *vary, const char *word)
{
	*array_add(vary->words, vary->n_words) = xstrdup(word);
	return NULL;
}

/* NULL, or what is wrong with a word of the pool. */
static const char *add_to_pool(struct topo_vary *vary, const char *word)
{
	switch (vary->what) {
	case TOPO_VARY_NETWORK:
		return add_network(vary, word);
	case TOPO_VARY_AS:
		return set_range(vary, word);
	case TOPO_VARY_WORD:
		return add_word(vary, word);
	case TOPO_VARY_MAC:
		break;
	}
	return "a MAC address keeps its first half, and needs no pool";
}

static void load_pool(struct load *load, struct topo_vary *vary, const struct xml_node *at)
{
	const char *text = xml_attr(at, "pool");
	auto_free char *copy = NULL;
	char *rest, *word;

	if (!text && vary->what == TOPO_VARY_NETWORK)
		text = NETWORK_POOL;
	if (!text && vary->what == TOPO_VARY_WORD)
		xml_problem(load->problems, at, NULL, "a word needs a pool");
	rest = copy = xstrdup(text ? text : "");
	while ((word = strsep(&rest, " "))) {
		const char *fault = word[0] ? add_to_pool(vary, word) : NULL;

		if (fault)
			xml_problem(load->problems, at, "pool", "pool: '%s': %s", word, fault);
	}
	if (!text && vary->what == TOPO_VARY_AS) {
		vary->first = AS_POOL_FIRST;
		vary->last = AS_POOL_LAST;
	}
}

/* NULL, or what the value should be. */
static const char *value_fault(struct topo_vary *vary)
{
	struct net_mac mac;
	unsigned long as;

	switch (vary->what) {
	case TOPO_VARY_NETWORK:
		if (!is_network(vary->value, &vary->network))
			return "is no IPv4 network such as 192.0.2.0/24";
		break;
	case TOPO_VARY_MAC:
		if (net_mac_parse(vary->value, &mac) < 0)
			return "is no MAC address such as 00:16:d3:23:68:8a";
		break;
	case TOPO_VARY_AS:
		if (str_to_ulong(vary->value, 1, AS_MAX, &as) < 0)
			return "is no AS number";
		break;
	case TOPO_VARY_WORD:
		break;
	}
	return NULL;
}

void vary_load(struct load *load, const struct xml_node *root)
{
	struct topo *topo = load->topo;
	struct xml_node *it;

	xml_for_each(it, root, "vary") {
		struct topo_vary *vary = array_add(topo->varies, topo->n_varies);
		const char *what = xml_attr(it, "what"), *fault;

		vary->value = load_name(it, "value");
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (str_eq(what, names[i]))
				vary->what = (enum topo_vary_what)i;
		fault = value_fault(vary);
		if (fault)
			xml_problem(load->problems, it, "value", "'%s' %s", vary->value, fault);
		for (size_t i = 0; i + 1 < topo->n_varies && !fault; i++)
			if (str_eq(topo->varies[i].value, vary->value))
				xml_problem(load->problems, it, "value", "'%s' varies already",
					    vary->value);
		if (!fault)
			load_pool(load, vary, it);
	}
}

void vary_free(struct topo_vary *vary)
{
	for (size_t i = 0; i < vary->n_words; i++)
		free(vary->words[i]);
	free(vary->words);
	free(vary->prefixes);
	free(vary->value);
}
