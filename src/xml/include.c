/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XInclude 1.0, our own: libxml2's forgets the column of what it includes and asks a process-wide
 * hook whether a file may be read. Elements are moved, not copied, and so keep their places. Left
 * out: accept headers, encoding=, element() pointers, and the xml:base that the standard adds
 * (places say it better).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xpath.h>

#include "base/io.h"
#include "xml/private.h"

#define CHAIN_MAX 16            /* files that include one another in a row */
#define XPATH_STEPS_MAX 1000000 /* libxml2's measure of work; of all in a document */

static int include_children(struct xml_doc *doc, xmlNode *parent, int levels,
			    struct xml_problems *problems);

int include_find_beside(const struct xml_doc *doc, const struct source *source, const char *href,
			char **real, char **name, struct err *err)
{
	auto_free char *path = NULL;
	auto_free char *found = NULL;
	const char *slash;

	if (!doc->folder || !source->real)
		return err_set(err, EINVAL,
			       "'%.200s': a text that is not a file cannot refer to other files",
			       href);
	if (!*href || *href == '/' || strstr(href, "://"))
		return err_set(err, EINVAL,
			       "'%.200s' is not a path relative to the file that names it", href);
	slash = strrchr(source->real, '/');
	path = xasprintf("%.*s/%s", (int)(slash - source->real), source->real, href);
	found = realpath(path, NULL);
	if (!found)
		return err_errno(err, errno, "'%.200s'", href);
	if (!str_prefix(found, doc->folder))
		return err_set(err, EINVAL, "'%.200s' is outside the main file's folder", href);
	slash = strrchr(source->name, '/');
	*name = slash ? xasprintf("%.*s/%s", (int)(slash - source->name), source->name, href)
		      : xstrdup(href);
	*real = take_ptr(found);
	return 0;
}

static bool is_xinclude(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
	       strcmp(CHARS(node->ns->href), XINCLUDE_NS) == 0 &&
	       strcmp(CHARS(node->name), name) == 0;
}

static void free_node(xmlNode *node)
{
	xmlUnlinkNode(node);
	xmlFreeNode(node);
}

static void move_before(xmlNode *node, xmlNode *mark)
{
	xmlUnlinkNode(node);
	xmlSetTreeDoc(node, mark->doc);
	if (!xmlAddPrevSibling(mark, node))
		abort();
}

/* What the include falls back to takes its place, where there is such a thing. */
static bool use_fallback(xmlNode *include)
{
	xmlNode *fallback = include->children;

	while (fallback && !is_xinclude(fallback, "fallback"))
		fallback = fallback->next;
	if (!fallback)
		return false;
	while (fallback->children)
		move_before(fallback->children, include);
	return true;
}

static void ignore(void *ctx, xmlError *error)
{
	(void)ctx;
	(void)error;
}

static xmlXPathObject *evaluate(struct xml_doc *doc, xmlDoc *tree, const char *expression)
{
	xmlXPathContext *context = xmlXPathNewContext(tree);
	xmlXPathObject *object;

	if (!context)
		abort();
	context->error = ignore;
	context->opLimit = XPATH_STEPS_MAX;
	context->opCount = doc->steps;
	object = xmlXPathEvalExpression(TEXT(expression), context);
	doc->steps = context->opCount;
	xmlXPathFreeContext(context);
	return object;
}

/* Moves the elements that an XPath selects; a sentence when it cannot. */
static const char *move_selected(struct xml_doc *doc, xmlDoc *tree, const char *pointer,
				 xmlNode *include)
{
	size_t len = strlen(pointer), front = strlen("xpointer(");
	auto_free char *expression = NULL;
	const char *problem = NULL;
	xmlXPathObject *object;
	int i, n;

	if (!str_prefix(pointer, "xpointer(") || pointer[len - 1] != ')')
		return "only xpointer(XPATH) is understood";
	expression = xstrndup(pointer + front, len - front - 1);
	object = evaluate(doc, tree, expression);
	n = object && object->type == XPATH_NODESET && object->nodesetval
		    ? object->nodesetval->nodeNr
		    : 0;
	if (!n)
		problem = object ? "it selects nothing"
				 : "not an XPath expression that can be evaluated";
	for (i = 0; i < n && !problem; i++) {
		if (object->nodesetval->nodeTab[i]->type != XML_ELEMENT_NODE)
			problem = "it selects something other than elements";
	}
	for (i = 0; i < n && !problem; i++)
		move_before(object->nodesetval->nodeTab[i], include);
	xmlXPathFreeObject(object);
	return problem;
}

/* The text of a file takes the place of the include. */
static int include_text(struct xml_doc *doc, xmlNode *include, struct source *source,
			struct xml_problems *problems)
{
	const char *p = source->text.data;
	size_t i;

	doc->used += source->text.len;
	for (i = 0; i < source->text.len; i++) {
		if ((unsigned char)p[i] < ' ' && !strchr("\t\n\r", p[i] ? p[i] : 1))
			break;
	}
	if (doc->used > doc->limit || i < source->text.len || !xmlCheckUTF8(TEXT(p))) {
		xml_problem(problems, from_libxml(include), "href", "'%s' is %s", source->name,
			    doc->used > doc->limit ? "too large" : "not UTF-8 text");
		return -EINVAL;
	}
	if (!xmlAddPrevSibling(include, xmlNewDocText(include->doc, TEXT(p))))
		abort();
	return 0;
}

static int include_xml(struct xml_doc *doc, xmlNode *include, struct source *source, int levels,
		       struct xml_problems *problems)
{
	const char *pointer = xml_attr(from_libxml(include), "xpointer");
	const char *problem;
	xmlNode *root;
	int r = read_source(doc, source, levels, &source->tree, problems);

	if (r == 0)
		r = include_children(doc, (xmlNode *)source->tree, levels, problems);
	if (r < 0)
		return r;
	if (pointer) {
		problem = move_selected(doc, source->tree, pointer, include);
		if (problem)
			xml_problem(problems, from_libxml(include), "xpointer", "'%.200s': %s",
				    pointer, problem);
		return problem ? -EINVAL : 0;
	}
	root = xmlDocGetRootElement(source->tree);
	if (root)
		move_before(root, include);
	return 0;
}

/* NULL, or why the file may not be included here. */
static const char *chain_problem(const struct source *source, const char *real)
{
	int n = 0;

	for (; source; source = source->parent) {
		if (str_eq(source->real, real))
			return "includes itself";
		if (++n >= CHAIN_MAX)
			return "files include one another too deeply";
	}
	return NULL;
}

/* Reads the file; -ENOENT without a problem where there is none: a fallback may stand in. */
static int open_included(struct xml_doc *doc, const xmlNode *include, struct source **ret,
			 struct err *err)
{
	struct source *parent = place_of(from_libxml(include))->source;
	const char *href = xml_attr(from_libxml(include), "href"), *problem;
	auto_free char *real = NULL;
	auto_free char *name = NULL;
	auto_str struct str text = { 0 };
	int r;

	if (!href)
		return err_set(err, EINVAL, "href is missing: which file?");
	r = include_find_beside(doc, parent, href, &real, &name, err);
	if (r < 0)
		return r;
	problem = chain_problem(parent, real);
	if (problem)
		return err_set(err, EINVAL, "'%.200s': %s", href, problem);
	r = io_read_file(real, doc->limit, &text, err);
	if (r < 0)
		return r;
	*ret = read_add_source(doc, take_ptr(name), take_ptr(real));
	(*ret)->parent = parent;
	str_add(&text, "", 0);
	(*ret)->text = text;
	text = (struct str){ 0 };
	return 0;
}

static int include_one(struct xml_doc *doc, xmlNode *include, int levels,
		       struct xml_problems *problems)
{
	const struct xml_node *node = from_libxml(include);
	const char *parse = xml_attr(node, "parse");
	struct source *source = NULL;
	struct err err = ERR_INIT;
	int r = open_included(doc, include, &source, &err);

	if (r == -ENOENT && use_fallback(include))
		return 0;
	if (r < 0) {
		xml_problem(problems, node, "href", "%s", err.msg);
		return r;
	}
	if (!parse || str_eq(parse, "xml"))
		return include_xml(doc, include, source, levels, problems);
	if (str_eq(parse, "text"))
		return include_text(doc, include, source, problems);
	xml_problem(problems, node, "parse", "parse is '%.64s', neither 'xml' nor 'text'", parse);
	return -EINVAL;
}

/*
 * parent may be a document: its fields begin like a node's. levels elements are around its
 * children.
 */
static int include_children(struct xml_doc *doc, xmlNode *parent, int levels,
			    struct xml_problems *problems)
{
	xmlNode *node = parent->children, *next;
	int result = 0, r;

	for (; node; node = next) {
		r = 0;
		if (is_xinclude(node, "include")) {
			xmlNode *before = node->prev;

			r = include_one(doc, node, levels, problems);
			/*
			 * A fallback may hold includes: go over what has come, which is resolved
			 * otherwise.
			 */
			next = before ? before->next : parent->children;
			if (next == node)
				next = node->next;
			free_node(node);
		} else {
			next = node->next;
			if (node->type == XML_ELEMENT_NODE)
				r = include_children(doc, node, levels + 1, problems);
		}
		if (r < 0)
			result = -EINVAL;
	}
	return result;
}

int include_all(struct xml_doc *doc, struct xml_problems *problems)
{
	const xmlNode *node;
	int r = include_children(doc, (xmlNode *)doc->tree, 0, problems), roots = 0;

	for (node = doc->tree->children; node; node = node->next)
		roots += node->type == XML_ELEMENT_NODE;
	if (r == 0 && roots != 1) {
		xml_problem_at(problems, doc->sources->name, 1, 0,
			       "what is included must leave one root element");
		return -EINVAL;
	}
	return r;
}
