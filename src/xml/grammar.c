/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a schema into rules: which attributes and children each element may and must have. */
#include "xml/grammar.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <libxml/parser.h>

#include "base/io.h"
#include "xml/private.h"
#include "xml/rng.h"

#define RULES_MAX 500
#define SCHEMA_MAX ((size_t)1024 * 1024)

/* How what is being collected may occur. */
struct mode {
	bool optional, many;
	int refs; /* how many references led here */
};

static void collect_content(struct grammar *grammar, size_t rule, const xmlNode *pattern,
			    struct mode mode);

static size_t rule_of(struct grammar *grammar, const xmlNode *element)
{
	struct rule *rule;
	size_t i;

	for (i = 0; i < grammar->n_rules; i++) {
		if (grammar->rules[i].pattern == element)
			return i;
	}
	if (i >= RULES_MAX)
		return 0;
	rule = array_add(grammar->rules, grammar->n_rules);
	rule->name = rng_attr(element, "name");
	rule->pattern = element;
	return i;
}

static void add_child(struct grammar *grammar, size_t rule, const xmlNode *element,
		      struct mode mode)
{
	const char *name = rng_attr(element, "name");
	struct rule_child *child;
	size_t of;

	if (!name) {
		grammar->rules[rule].loose = true;
		return;
	}
	of = rule_of(grammar, element); /* may move the rules */
	child = array_add(grammar->rules[rule].children, grammar->rules[rule].n_children);
	child->name = name;
	child->rule = of;
	child->required = !mode.optional;
	child->many = mode.many;
}

static void add_attr(struct grammar *grammar, size_t rule, const xmlNode *pattern, struct mode mode)
{
	struct rule *to = &grammar->rules[rule];
	const char *name = rng_attr(pattern, "name");
	struct rule_attr *attr;

	if (!name) {
		to->loose = true;
		return;
	}
	attr = array_add(to->attrs, to->n_attrs);
	attr->name = name;
	attr->pattern = pattern;
	attr->required = !mode.optional;
}

static void collect_ref(struct grammar *grammar, size_t rule, const xmlNode *ref, struct mode mode)
{
	const xmlNode *root = xmlDocGetRootElement(grammar->tree), *define = NULL;
	const char *name = rng_attr(ref, "name");

	if (++mode.refs > RNG_REFS_MAX)
		return;
	while ((define = rng_define(root, name, define)))
		collect_content(grammar, rule, define, mode);
}

static void collect(struct grammar *grammar, size_t rule, const xmlNode *pattern, struct mode mode)
{
	struct mode inner = mode;

	if (rng_is(pattern, "element")) {
		add_child(grammar, rule, pattern, mode);
	} else if (rng_is(pattern, "attribute")) {
		add_attr(grammar, rule, pattern, mode);
	} else if (rng_is(pattern, "ref")) {
		collect_ref(grammar, rule, pattern, mode);
	} else if (rng_is(pattern, "text") || rng_is(pattern, "data") || rng_is(pattern, "value") ||
		   rng_is(pattern, "list")) {
		grammar->rules[rule].text = true;
	} else if (rng_is(pattern, "group") || rng_is(pattern, "interleave")) {
		collect_content(grammar, rule, pattern, mode);
	} else if (rng_is(pattern, "optional") || rng_is(pattern, "choice")) {
		inner.optional = true;
		collect_content(grammar, rule, pattern, inner);
	} else if (rng_is(pattern, "zeroOrMore") || rng_is(pattern, "oneOrMore")) {
		inner.optional |= rng_is(pattern, "zeroOrMore");
		inner.many = true;
		collect_content(grammar, rule, pattern, inner);
	} else if (!rng_is(pattern, "empty")) {
		grammar->rules[rule].loose = true;
	}
}

static void collect_content(struct grammar *grammar, size_t rule, const xmlNode *pattern,
			    struct mode mode)
{
	const xmlNode *it;

	rng_for_each(it, pattern) collect(grammar, rule, it, mode);
}

static int read_file(const char *path, xmlDoc **ret, struct err *err)
{
	auto_str struct str text = { 0 };
	int r = io_read_file(path, SCHEMA_MAX, &text, err);

	if (r < 0)
		return err_context(err, "schema");
	*ret = xmlReadMemory(str_text(&text), (int)text.len, path, NULL,
			     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!*ret)
		return err_set(err, EINVAL, "schema '%s': not well-formed XML", path);
	return 0;
}

/* Puts what is in the grammar of another file in the place of the <include> that names it. */
static int include(xmlDoc *tree, const char *path, const xmlNode *at, struct err *err)
{
	auto_free char *file = xasprintf("%.*s%s", (int)(strrchr(path, '/') + 1 - path), path,
					 rng_attr(at, "href"));
	xmlDoc *other = NULL;
	const xmlNode *it;
	int r = read_file(file, &other, err);

	if (r < 0)
		return r;
	rng_for_each(it, xmlDocGetRootElement(other))(void) xmlAddPrevSibling(
		(xmlNode *)(uintptr_t)at, xmlDocCopyNode((xmlNode *)(uintptr_t)it, tree, 1));
	xmlFreeDoc(other);
	return 0;
}

static int read_tree(const char *path, xmlDoc **ret, struct err *err)
{
	const xmlNode *it;
	int r = read_file(path, ret, err);

	if (r < 0)
		return r;
	it = rng_child(xmlDocGetRootElement(*ret));
	while (it) {
		const xmlNode *next = rng_next(it);

		if (rng_is(it, "include")) {
			r = include(*ret, path, it, err);
			if (r < 0)
				return r;
			xmlUnlinkNode((xmlNode *)(uintptr_t)it);
			xmlFreeNode((xmlNode *)(uintptr_t)it);
		}
		it = next;
	}
	return 0;
}

int grammar_load(const char *path, struct grammar *ret, struct err *err)
{
	auto_grammar struct grammar grammar = { 0 };
	struct mode mode = { 0 };
	const xmlNode *it;
	size_t i;
	int r = read_tree(path, &grammar.tree, err);

	if (r < 0)
		return r;
	(void)array_add(grammar.rules, grammar.n_rules);
	rng_for_each(it, xmlDocGetRootElement(grammar.tree))
	{
		if (rng_is(it, "start"))
			collect_content(&grammar, 0, it, mode);
	}
	/* Each rule may add the rules of its children behind it. */
	for (i = 1; i < grammar.n_rules; i++)
		collect_content(&grammar, i, grammar.rules[i].pattern, mode);
	*ret = grammar;
	grammar = (struct grammar){ 0 };
	return 0;
}

void grammar_free(struct grammar *grammar)
{
	size_t i;

	for (i = 0; i < grammar->n_rules; i++) {
		free(grammar->rules[i].attrs);
		free(grammar->rules[i].children);
	}
	free(grammar->rules);
	xmlFreeDoc(grammar->tree);
	*grammar = (struct grammar){ 0 };
}
