/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drawing other values, and putting them in place. */
#include "course/variant.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xml/xml.h"

#define TRIES 1000 /* of one value, until it is none that is there */

/* --- drawing --- */

static bool overlap(struct net_prefix a, struct net_prefix b)
{
	return net_prefix_contains(a, b.addr) || net_prefix_contains(b, a.addr);
}

/* The nth network of that size in the pool's. */
static struct net_prefix nth_network(struct net_prefix pool, unsigned int len, uint64_t nth)
{
	struct net_prefix network = { pool.addr, (uint8_t)len };
	uint32_t bits = (uint32_t)(nth << (32 - len));

	for (size_t i = 0; i < 4; i++)
		network.addr.byte[i] |= (uint8_t)(bits >> (24 - 8 * i));
	return network;
}

static int draw_network(const struct topo_vary *vary, const struct draw *draw, unsigned int try,
			struct net_prefix *ret, struct err *err)
{
	struct net_prefix pool;
	uint64_t at;
	int r;

	r = draw_below(draw, vary->value, 2 * try, vary->n_prefixes, &at, err);
	if (r < 0)
		return r;
	pool = vary->prefixes[at];
	r = draw_below(draw, vary->value, 2 * try + 1,
		       UINT64_C(1) << (vary->network.len - pool.len), &at, err);
	if (r == 0)
		*ret = nth_network(pool, vary->network.len, at);
	return r;
}

static int draw_mac(const struct topo_vary *vary, const struct draw *draw, unsigned int try,
		    char **ret, struct err *err)
{
	char text[NET_TEXT];
	struct net_mac mac = { { 0 } };
	uint64_t half;
	int r = draw_below(draw, vary->value, try, 1 << 24, &half, err);

	if (r < 0)
		return r;
	(void)net_mac_parse(vary->value, &mac);
	for (size_t i = 0; i < 3; i++)
		mac.byte[3 + i] = (uint8_t)(half >> (16 - 8 * i));
	*ret = xstrdup(net_mac_text(mac, text));
	return 0;
}

/* One of the pool, with a letter for each '@' and a digit for each '#'. */
static int draw_word(const struct topo_vary *vary, const struct draw *draw, unsigned int try,
		     char **ret, struct err *err)
{
	auto_free char *label = xasprintf("%s|%u", vary->value, try);
	auto_free char *word = NULL;
	uint64_t at;
	int r = draw_below(draw, label, 0, vary->n_words, &at, err);

	if (r < 0)
		return r;
	word = xstrdup(vary->words[at]);
	for (char *c = word; *c && r == 0; c++) {
		bool letter = *c == '@';

		if (!letter && *c != '#')
			continue;
		r = draw_below(draw, label, 1 + (unsigned int)(c - word), letter ? 26 : 10, &at,
			       err);
		if (r == 0)
			*c = (char)((letter ? 'a' : '0') + at);
	}
	if (r == 0)
		*ret = take_ptr(word);
	return r;
}

static int draw_as(const struct topo_vary *vary, const struct draw *draw, unsigned int try,
		   char **ret, struct err *err)
{
	uint64_t above;
	int r = draw_below(draw, vary->value, try, vary->last - vary->first + 1, &above, err);

	if (r == 0)
		*ret = xasprintf("%lu", vary->first + (unsigned long)above);
	return r;
}

/* Sets what is drawn in the swap. */
static int draw_one(const struct topo_vary *vary, const struct draw *draw, unsigned int try,
		    struct variant_swap *swap, struct err *err)
{
	char text[NET_TEXT];
	int r = 0;

	free(swap->to);
	swap->to = NULL;
	switch (vary->what) {
	case TOPO_VARY_NETWORK:
		r = draw_network(vary, draw, try, &swap->new, err);
		if (r == 0)
			swap->to = xstrdup(net_prefix_text(swap->new, text));
		break;
	case TOPO_VARY_MAC:
		r = draw_mac(vary, draw, try, &swap->to, err);
		break;
	case TOPO_VARY_AS:
		r = draw_as(vary, draw, try, &swap->to, err);
		break;
	case TOPO_VARY_WORD:
		r = draw_word(vary, draw, try, &swap->to, err);
		break;
	}
	return r;
}

/* Some other network of the lab, one that stays or one that was drawn, has addresses of it. */
static bool network_is_taken(const struct topo *topo, const struct variant *variant,
			     const struct variant_swap *swap)
{
	for (size_t i = 0; i < topo->n_networks; i++) {
		bool varies = false;

		for (size_t j = 0; j < topo->n_varies; j++)
			varies = varies || (topo->varies[j].what == TOPO_VARY_NETWORK &&
					    net_prefix_contains(topo->varies[j].network,
								topo->networks[i].prefix.addr));
		if (!varies && overlap(topo->networks[i].prefix, swap->new))
			return true;
	}
	for (size_t i = 0; i < variant->n; i++)
		if (&variant->swaps[i] != swap && variant->swaps[i].what == TOPO_VARY_NETWORK &&
		    overlap(variant->swaps[i].new, swap->new))
			return true;
	return false;
}

static bool is_taken(const struct topo *topo, const struct variant *variant,
		     const struct variant_swap *swap)
{
	if (swap->what == TOPO_VARY_NETWORK)
		return network_is_taken(topo, variant, swap);
	for (size_t i = 0; i < variant->n; i++)
		if (&variant->swaps[i] != swap && str_eq(variant->swaps[i].to, swap->to))
			return true;
	return false;
}

int variant_draw(const struct topo *topo, const struct draw *draw, struct variant *ret,
		 struct err *err)
{
	auto_variant struct variant variant = { 0 };

	for (size_t i = 0; i < topo->n_varies; i++) {
		const struct topo_vary *vary = &topo->varies[i];
		struct variant_swap *swap = array_add(variant.swaps, variant.n);
		unsigned int try = 0;
		int r;

		swap->what = vary->what;
		swap->from = xstrdup(vary->value);
		swap->old = vary->network;
		do {
			r = draw_one(vary, draw, try, swap, err);
		} while (r == 0 && is_taken(topo, &variant, swap) && ++try < TRIES);
		if (r < 0)
			return r;
		if (try == TRIES)
			return err_set(err, ERANGE,
				       "vary '%s': its pool has nothing that is not taken",
				       vary->value);
	}
	*ret = variant;
	variant = (struct variant){ 0 };
	return 0;
}

void variant_free(struct variant *variant)
{
	for (size_t i = 0; i < variant->n; i++) {
		free(variant->swaps[i].from);
		free(variant->swaps[i].to);
	}
	free(variant->swaps);
	*variant = (struct variant){ 0 };
}

/* --- putting in place --- */

/* Of what a word, a number or a name goes on. */
static bool is_inner(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* The IPv4 address that text begins with, or 0; its length. */
static size_t read_address(const char *text, struct net_addr *ret)
{
	size_t len = strspn(text, "0123456789.");
	auto_free char *word = NULL;

	/* "192.0.2.1." at the end of a sentence. */
	while (len && text[len - 1] == '.')
		len--;
	word = xstrndup(text, len < NET_TEXT ? len : 0);
	return net_addr_parse(word, ret) == 0 && ret->family == NET_IPV4 ? len : 0;
}

static struct net_addr moved(const struct variant_swap *swap, struct net_addr addr)
{
	struct net_addr mask = net_prefix_mask(swap->old);

	for (size_t i = 0; i < 4; i++)
		addr.byte[i] = (uint8_t)((addr.byte[i] & ~mask.byte[i]) | swap->new.addr.byte[i]);
	return addr;
}

/* What stands for the beginning of text, or NULL; *len: how much of it. */
static char *swapped(const struct variant_swap *swap, const char *text, size_t *len)
{
	char buf[NET_TEXT];
	struct net_addr addr;

	if (swap->what == TOPO_VARY_NETWORK) {
		*len = read_address(text, &addr);
		return *len && net_prefix_contains(swap->old, addr)
			       ? xstrdup(net_addr_text(moved(swap, addr), buf))
			       : NULL;
	}
	*len = strlen(swap->from);
	if (strncasecmp(text, swap->from, *len) != 0 ||
	    (swap->what != TOPO_VARY_MAC && strncmp(text, swap->from, *len) != 0) ||
	    is_inner(text[*len]))
		return NULL;
	return xstrdup(swap->to);
}

/* Appends what stands for the beginning of text, or its first character; how much that was. */
static size_t add_next(const struct variant *variant, const char *text, bool inside,
		       struct str *out)
{
	for (size_t i = 0; i < variant->n && !inside; i++) {
		size_t len;
		auto_free char *other = swapped(&variant->swaps[i], text, &len);

		if (other) {
			str_adds(out, other);
			return len;
		}
	}
	str_add(out, text, 1);
	return 1;
}

void variant_text(const struct variant *variant, const char *text, struct str *out)
{
	const char *p = text;

	while (*p) {
		/* In "192.0.2.1" no address begins at the second 0, nor after the first dot. */
		bool inside = p > text && (is_inner(p[-1]) || (p[-1] == '.' && p - 1 > text &&
							       isdigit((unsigned char)p[-2]) &&
							       isdigit((unsigned char)*p)));

		p += add_next(variant, p, inside, out);
	}
}

static bool rewrite(void *ctx, const struct xml_node *node, const char *text, struct str *out)
{
	if (str_eq(xml_attr(node, "encoding"), "base64"))
		return false;
	variant_text(ctx, text, out);
	return true;
}

int variant_xml(const struct variant *variant, const char *xml, const char *name, struct str *out,
		struct err *err)
{
	const struct xml_options options = { .limit = TOPO_FLAT_MAX };
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_xml_doc struct xml_doc *doc = NULL;
	int r = xml_open_text(xml, strlen(xml), name, &options, &doc, &problems, err);
	struct xml_node *it;

	if (r < 0)
		return r;
	while ((it = xml_child(xml_root(doc), "vary")))
		xml_remove(it);
	xml_rewrite(xml_root(doc), rewrite, (void *)(uintptr_t)variant);
	xml_dump(doc, out);
	return 0;
}
