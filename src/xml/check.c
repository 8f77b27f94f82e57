/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Validation. libxml2's RELAX NG decides; when it says no, the rules read from the same schema say
 * where and why, for each place. (libxml2's own words: one or two findings a file, often at the
 * wrong element: "Extra element node in interleave".) Only where the rules find nothing do its
 * words go to the user.
 */
#include <errno.h>
#include <string.h>

#include <libxml/relaxng.h>

#include "xml/grammar.h"
#include "xml/private.h"

struct check {
	const struct grammar *grammar;
	struct xml_problems *problems;
};

static void __attribute__((format(printf, 5, 6)))
say(const struct check *check, const struct xml_node *at, const char *attr,
    const struct xml_node *label, const char *fmt, ...)
{
	auto_str struct str text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	str_addv(&text, fmt, ap);
	va_end(ap);
	place_add_finding(check->problems, at, attr, label, str_text(&text));
}

static const char *nearest_child(const struct rule *rule, const char *name)
{
	auto_free const char **names = xcalloc(rule->n_children, sizeof(*names));
	size_t i;

	for (i = 0; i < rule->n_children; i++)
		names[i] = rule->children[i].name;
	return str_nearest(name, names, rule->n_children);
}

static const char *nearest_attr(const struct rule *rule, const char *name)
{
	auto_free const char **names = xcalloc(rule->n_attrs, sizeof(*names));
	size_t i;

	for (i = 0; i < rule->n_attrs; i++)
		names[i] = rule->attrs[i].name;
	return str_nearest(name, names, rule->n_attrs);
}

/* Where else the schema knows this element: NULL, or the first parent. */
static const char *other_parent(const struct grammar *grammar, const char *name)
{
	size_t i, j;

	for (i = 1; i < grammar->n_rules; i++) {
		for (j = 0; j < grammar->rules[i].n_children; j++) {
			if (str_eq(grammar->rules[i].children[j].name, name))
				return grammar->rules[i].name;
		}
	}
	return NULL;
}

static void unknown_element(const struct check *check, const struct rule *rule,
			    const struct xml_node *node)
{
	const char *name = xml_name(node), *near = nearest_child(rule, name);
	const char *elsewhere = other_parent(check->grammar, name);
	const struct xml_node *parent = xml_parent(node) ? xml_parent(node) : node;

	if (to_libxml(node)->ns)
		say(check, node, NULL, parent,
		    "element '%.64s' is in namespace '%.100s': none is used here", name,
		    CHARS(to_libxml(node)->ns->href));
	else if (near)
		say(check, node, NULL, parent, "unknown element '%.64s' — did you mean '%s'?", name,
		    near);
	else if (elsewhere)
		say(check, node, NULL, parent, "element '%.64s' belongs in '%s', not here", name,
		    elsewhere);
	else
		say(check, node, NULL, parent, "unknown element '%.64s'", name);
}

static void check_value(const struct check *check, const struct rule_attr *attr,
			const struct xml_node *node)
{
	const char *value = xml_attr(node, attr->name);
	auto_str struct str wanted = { 0 };

	if (grammar_fits(check->grammar, attr->pattern, value) != FIT_NO)
		return;
	grammar_add_wanted(check->grammar, attr->pattern, value, &wanted);
	say(check, node, attr->name, node, "%s is '%.64s', not %s", attr->name, value,
	    str_text(&wanted));
}

static const struct rule_attr *find_attr(const struct rule *rule, const char *name)
{
	size_t i;

	for (i = 0; i < rule->n_attrs; i++) {
		if (str_eq(rule->attrs[i].name, name))
			return &rule->attrs[i];
	}
	return NULL;
}

/* As a schema has it; NULL: an attribute of a namespace, but for xml:lang, is none of ours. */
static const char *attr_name(const xmlAttr *attr)
{
	if (!attr->ns)
		return CHARS(attr->name);
	return xmlStrEqual(attr->ns->href, XML_XML_NAMESPACE) &&
			       strcmp(CHARS(attr->name), "lang") == 0
		       ? XML_LANG
		       : NULL;
}

/*
 * Says what is unknown; for each such name, the attribute that was probably meant is not also
 * missed.
 */
static void check_attrs(const struct check *check, const struct rule *rule,
			const struct xml_node *node)
{
	auto_free bool *meant = xcalloc(rule->n_attrs, sizeof(*meant));
	const xmlAttr *it;
	size_t i;

	for (it = to_libxml(node)->properties; it; it = it->next) {
		const char *name = attr_name(it), *near;
		const struct rule_attr *attr = name ? find_attr(rule, name) : NULL;

		if (attr) {
			check_value(check, attr, node);
			continue;
		}
		name = name ? name : CHARS(it->name);
		near = nearest_attr(rule, name);
		if (near && !xml_attr(node, near)) {
			meant[find_attr(rule, near) - rule->attrs] = true;
			say(check, node, name, node,
			    "unknown attribute '%.64s' — did you mean '%s'?", name, near);
		} else {
			say(check, node, name, node, "unknown attribute '%.64s'", name);
		}
	}
	for (i = 0; i < rule->n_attrs; i++) {
		if (rule->attrs[i].required && !meant[i] && !xml_attr(node, rule->attrs[i].name))
			say(check, node, NULL, node, "attribute '%s' is missing",
			    rule->attrs[i].name);
	}
}

static void check_text(const struct check *check, const struct rule *rule,
		       const struct xml_node *node)
{
	const xmlNode *it;

	for (it = to_libxml(node)->children; it && !rule->text; it = it->next) {
		const char *text = CHARS(it->content);

		if (it->type != XML_TEXT_NODE || !text)
			continue;
		text += strspn(text, " \t\r\n");
		if (!*text)
			continue;
		say(check, node, NULL, node, "the text '%.*s' does not belong here",
		    (int)strcspn(text, "\r\n"), text);
		return;
	}
}

static void check_element(const struct check *check, const struct rule *rule,
			  struct xml_node *node);

static const struct rule_child *find_child(const struct rule *rule, const struct xml_node *node)
{
	size_t i;

	for (i = 0; i < rule->n_children; i++) {
		if (xml_is(node, rule->children[i].name))
			return &rule->children[i];
	}
	return NULL;
}

static void check_children(const struct check *check, const struct rule *rule,
			   struct xml_node *node)
{
	auto_free size_t *count = xcalloc(rule->n_children, sizeof(*count));
	struct place *place = place_of(node);
	struct xml_node *it;
	size_t i;

	xml_for_each(it, node, NULL) {
		const struct rule_child *child = find_child(rule, it);

		if (!child) {
			unknown_element(check, rule, it);
			place->tainted = true;
			continue;
		}
		if (count[child - rule->children]++ == 1 && !child->many)
			say(check, it, NULL, node, "a second '%s': only one may be here",
			    child->name);
		check_element(check, &check->grammar->rules[child->rule], it);
	}
	for (i = 0; i < rule->n_children; i++) {
		if (!rule->children[i].required || count[i])
			continue;
		/* An element that was probably meant has been reported already. */
		if (!place->tainted)
			say(check, node, NULL, node, "element '%s' is missing",
			    rule->children[i].name);
		place->tainted = true;
	}
}

static void check_element(const struct check *check, const struct rule *rule, struct xml_node *node)
{
	if (rule->loose)
		return;
	check_attrs(check, rule, node);
	check_text(check, rule, node);
	check_children(check, rule, node);
}

static void check_root(const struct check *check, struct xml_node *root)
{
	const struct rule *start = &check->grammar->rules[0];
	const struct rule_child *child = find_child(start, root);

	if (child)
		check_element(check, &check->grammar->rules[child->rule], root);
	else if (to_libxml(root)->ns)
		unknown_element(check, start, root);
	else if (start->n_children)
		say(check, root, NULL, root, "the root element is '%.64s', not '%s'",
		    xml_name(root), start->children[0].name);
}

/* What libxml2 says: kept until it is known whether it is needed. */
static void on_refusal(void *ctx, xmlError *error)
{
	const struct check *check = ctx;
	const xmlNode *node = error->node;
	const char *message = error->message ? error->message : "does not fit the schema";
	auto_free char *text = NULL;
	char name[64];

	while (node && (node->type != XML_ELEMENT_NODE || !node->_private))
		node = node->parent;
	/* It says once more, of the element, what was said of something in it. */
	if (!node || (check->problems->n && strstr(message, "failed to validate content")))
		return;
	text = sscanf(message, "Expecting an element %63[^ ,\n], got nothing", name) == 1
		       ? xasprintf("an element such as '%s' is missing", name)
		       : xasprintf("not as the schema wants it: %.*s", (int)strcspn(message, "\n"),
				   message);
	place_add_finding(check->problems, from_libxml(node), NULL, from_libxml(node), text);
}

static void ignore(void *ctx, xmlError *error)
{
	(void)ctx;
	(void)error;
}

/* 1: as the schema wants it, 0: not, -EINVAL: no schema. */
static int validate(struct xml_doc *doc, const struct grammar *grammar, struct check *refusal)
{
	xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewDocParserCtxt(grammar->tree);
	xmlRelaxNGValidCtxt *validator;
	xmlRelaxNG *schema;
	int r = -1;

	if (!parser)
		return -EINVAL;
	xmlRelaxNGSetParserStructuredErrors(parser, ignore, NULL);
	schema = xmlRelaxNGParse(parser);
	xmlRelaxNGFreeParserCtxt(parser);
	validator = schema ? xmlRelaxNGNewValidCtxt(schema) : NULL;
	if (validator) {
		xmlRelaxNGSetValidStructuredErrors(validator, on_refusal, refusal);
		r = xmlRelaxNGValidateDoc(validator, doc->tree);
		xmlRelaxNGFreeValidCtxt(validator);
	}
	xmlRelaxNGFree(schema);
	return r < 0 ? -EINVAL : r == 0;
}

/* The last resort: everything below the root may be a consequence. */
static void add_refusals(struct xml_doc *doc, const struct xml_problems *refusals,
			 struct xml_problems *problems)
{
	struct place *place;
	size_t i;

	for (i = 0; i < refusals->n; i++) {
		const struct xml_problem *p = &refusals->items[i];

		xml_problem_at(problems, p->file, p->line, p->column, "%s", p->text);
	}
	if (!refusals->n)
		xml_problem(problems, xml_root(doc), NULL, "not as the schema wants it");
	for (place = doc->places; place; place = place->next)
		place->tainted = true;
}

int check_schema(struct xml_doc *doc, const char *schema, struct xml_problems *problems,
		 struct err *err)
{
	auto_grammar struct grammar grammar = { 0 };
	auto_xml_problems struct xml_problems refusals = { 0 };
	struct check refusal = { &grammar, &refusals }, check = { &grammar, problems };
	size_t before = problems->n + problems->more;
	int r = grammar_load(schema, &grammar, err);

	if (r < 0)
		return r;
	r = validate(doc, &grammar, &refusal);
	if (r < 0)
		return err_set(err, EINVAL, "schema '%s': not RELAX NG", schema);
	if (r)
		return 0;
	check_root(&check, xml_root(doc));
	if (problems->n + problems->more == before)
		add_refusals(doc, &refusals, problems);
	return 0;
}
