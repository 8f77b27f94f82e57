/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walking the schema's own tree. */
#include "xml/rng.h"

#include <string.h>

#include "xml/private.h"

static const xmlNode *first_from(const xmlNode *node, const char *ns)
{
	for (; node; node = node->next) {
		if (node->type == XML_ELEMENT_NODE && node->ns && str_eq(CHARS(node->ns->href), ns))
			return node;
	}
	return NULL;
}

const xmlNode *rng_child(const xmlNode *parent)
{
	return first_from(parent->children, RNG_NS);
}

const xmlNode *rng_next(const xmlNode *node)
{
	return first_from(node->next, RNG_NS);
}

bool rng_is(const xmlNode *node, const char *name)
{
	return str_eq(CHARS(node->name), name);
}

const char *rng_attr(const xmlNode *node, const char *name)
{
	return xml_attr(from_libxml(node), name);
}

const xmlNode *rng_define(const xmlNode *grammar, const char *name, const xmlNode *after)
{
	const xmlNode *it = after ? rng_next(after) : rng_child(grammar);

	for (; it; it = rng_next(it)) {
		if (rng_is(it, "define") && str_eq(rng_attr(it, "name"), name))
			return it;
	}
	return NULL;
}

char *rng_documentation(const xmlNode *node)
{
	const xmlNode *doc = first_from(node->children, RNG_DOC_NS);

	return doc ? xml_prose(from_libxml(doc)) : NULL;
}

const xmlNode *rng_hint(const xmlNode *node, const xmlNode *after)
{
	const xmlNode *it = first_from(after ? after->next : node->children, RNG_DOC_NS);

	while (it && !rng_is(it, "hint"))
		it = first_from(it->next, RNG_DOC_NS);
	return it;
}
