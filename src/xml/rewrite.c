/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All values of a document, one after another, for whoever puts others in their place. */
#include "xml/private.h"

struct rewrite {
	bool (*change)(void *ctx, const struct xml_node *node, const char *text, struct str *out);
	void *ctx;
};

static void rewrite_attrs(const struct rewrite *rewrite, xmlNode *node)
{
	for (xmlAttr *attr = node->properties; attr; attr = attr->next) {
		auto_str struct str out = { 0 };
		xmlChar *value = xmlNodeListGetString(node->doc, attr->children, 1);

		if (value && rewrite->change(rewrite->ctx, from_libxml(node), CHARS(value), &out))
			(void)xmlSetNsProp(node, attr->ns, attr->name, TEXT(str_text(&out)));
		xmlFree(value);
	}
}

static void rewrite_text(const struct rewrite *rewrite, xmlNode *node, xmlNode *text)
{
	auto_str struct str out = { 0 };

	if (text->content &&
	    rewrite->change(rewrite->ctx, from_libxml(node), CHARS(text->content), &out)) {
		xmlNodeSetContent(text, NULL);
		xmlNodeAddContent(text, TEXT(str_text(&out)));
	}
}

/* As deep as a document may be: XML_DEPTH_MAX. */
static void rewrite_element(const struct rewrite *rewrite, xmlNode *node)
{
	rewrite_attrs(rewrite, node);
	for (xmlNode *child = node->children; child; child = child->next) {
		if (child->type == XML_ELEMENT_NODE)
			rewrite_element(rewrite, child);
		else if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE)
			rewrite_text(rewrite, node, child);
	}
}

void xml_rewrite(struct xml_node *root,
		 bool (*change)(void *ctx, const struct xml_node *node, const char *text,
				struct str *out),
		 void *ctx)
{
	const struct rewrite rewrite = { change, ctx };

	rewrite_element(&rewrite, to_libxml(root));
}
