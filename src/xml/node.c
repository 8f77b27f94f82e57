/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements: walking, values, changes. */
#include <ctype.h>
#include <string.h>

#include "xml/private.h"

struct xml_node *xml_root(struct xml_doc *doc)
{
	return from_libxml(xmlDocGetRootElement(doc->tree));
}

struct xml_node *xml_parent(const struct xml_node *node)
{
	const xmlNode *parent = to_libxml(node)->parent;

	return parent && parent->type == XML_ELEMENT_NODE ? from_libxml(parent) : NULL;
}

static struct xml_node *first_from(const xmlNode *node, const char *name)
{
	for (; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (!name || xml_is(from_libxml(node), name))
			return from_libxml(node);
	}
	return NULL;
}

struct xml_node *xml_child(const struct xml_node *parent, const char *name)
{
	return first_from(to_libxml(parent)->children, name);
}

struct xml_node *xml_next(const struct xml_node *node, const char *name)
{
	return first_from(to_libxml(node)->next, name);
}

struct xml_node *xml_child_at(const struct xml_node *parent, const char *name, size_t index)
{
	struct xml_node *it;

	xml_for_each(it, parent, name) {
		if (!index--)
			return it;
	}
	return NULL;
}

const char *xml_name(const struct xml_node *node)
{
	return CHARS(to_libxml(node)->name);
}

/* An element of any namespace is none of ours. */
bool xml_is(const struct xml_node *node, const char *name)
{
	return !to_libxml(node)->ns && strcmp(xml_name(node), name) == 0;
}

/* Entities are resolved while parsing, so that a value is one text node at most. */
const char *xml_attr(const struct xml_node *node, const char *name)
{
	bool lang = strcmp(name, XML_LANG) == 0;
	const xmlAttr *attr = xmlHasNsProp(to_libxml(node), TEXT(lang ? "lang" : name),
					   lang ? XML_XML_NAMESPACE : NULL);

	if (!attr)
		return NULL;
	return attr->children && attr->children->content ? CHARS(attr->children->content) : "";
}

char *xml_text(const struct xml_node *node)
{
	xmlChar *content = xmlNodeGetContent(to_libxml(node));
	char *copy = xstrdup(content ? CHARS(content) : "");

	xmlFree(content);
	return copy;
}

char *xml_prose(const struct xml_node *node)
{
	char *text = xml_text(node), *in = text, *out = text;

	for (; *in; in++) {
		if (!isspace((unsigned char)*in))
			*out++ = *in;
		else if (out > text && out[-1] != ' ')
			*out++ = ' ';
	}
	if (out > text && out[-1] == ' ')
		out--;
	*out = '\0';
	return text;
}

void xml_set_attr(struct xml_node *node, const char *name, const char *value)
{
	if (value)
		(void)xmlSetNsProp(to_libxml(node), NULL, TEXT(name), TEXT(value));
	else
		(void)xmlUnsetNsProp(to_libxml(node), NULL, TEXT(name));
}

void xml_set_text(struct xml_node *node, const char *text)
{
	xmlNode *target = to_libxml(node);

	xmlNodeSetContent(target, NULL);
	xmlNodeAddContent(target, TEXT(text));
}

struct xml_node *xml_add_copy(struct xml_node *node)
{
	xmlNode *copy = xmlCopyNode(to_libxml(node), 2); /* with its attributes */

	if (!copy || !xmlAddNextSibling(to_libxml(node), copy))
		abort();
	copy->_private = to_libxml(node)->_private;
	return from_libxml(copy);
}

struct xml_node *xml_add_child(struct xml_node *node, const char *name)
{
	xmlNode *child = xmlNewChild(to_libxml(node), NULL, TEXT(name), NULL);

	if (!child)
		abort();
	child->_private = to_libxml(node)->_private;
	return from_libxml(child);
}

void xml_remove(struct xml_node *node)
{
	xmlUnlinkNode(to_libxml(node));
	xmlFreeNode(to_libxml(node));
}

void xml_dump(struct xml_doc *doc, struct str *out)
{
	xmlChar *text = NULL;
	int len = 0;

	xmlDocDumpMemoryEnc(doc->tree, &text, &len, "UTF-8");
	if (!text)
		abort();
	str_add(out, text, (size_t)len);
	xmlFree(text);
}
