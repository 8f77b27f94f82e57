/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a RELAX NG schema allows, as far as plain sentences need it: names, how often, and simple
 * values.
 */
#ifndef XML_GRAMMAR_H
#define XML_GRAMMAR_H

#include <libxml/tree.h>

#include "xml/xml.h"

struct rule_attr {
	const char *name;
	const xmlNode *pattern; /* the schema's <attribute> */
	bool required;
};

struct rule_child {
	const char *name;
	size_t rule; /* index into grammar.rules */
	bool required, many;
};

/* One <element name=...> of the schema. */
struct rule {
	const char *name;
	const xmlNode *pattern;
	struct rule_attr *attrs;
	size_t n_attrs;
	struct rule_child *children;
	size_t n_children;
	bool text;  /* may hold text */
	bool loose; /* uses what is not understood here: nothing is said about it */
};

/* Names point into the schema's tree, which the grammar owns. */
struct grammar {
	xmlDoc *tree;
	struct rule *rules; /* [0]: a stand-in whose children may be the root */
	size_t n_rules;
};

/* -ENOENT, -EINVAL: the file is no such schema. */
int grammar_load(const char *path, struct grammar *ret, struct err *err);
void grammar_free(struct grammar *grammar);
AUTO_DEFINE(grammar_auto, struct grammar, grammar_free)
#define auto_grammar AUTO(grammar_autop)

enum fit { FIT_NO, FIT_YES, FIT_UNKNOWN };
/* Whether a value is what the <attribute> pattern allows. */
enum fit grammar_fits(const struct grammar *grammar, const xmlNode *pattern, const char *value);
/*
 * Appends what the value should be: "a MAC address such as ...", "one of 'a', 'b'", "a whole number
 * from 1 to 11".
 */
void grammar_add_wanted(const struct grammar *grammar, const xmlNode *pattern, const char *value,
			struct str *out);

#endif
