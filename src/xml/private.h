/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this folder share: documents, their sources, and where each element stands. */
#ifndef XML_PRIVATE_H
#define XML_PRIVATE_H

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdint.h>

#include "xml/xml.h"

/* libxml2's own BAD_CAST throws const away. */
#define TEXT(s) ((const xmlChar *)(s))
#define CHARS(s) ((const char *)(s))

#define XINCLUDE_NS "http://www.w3.org/2001/XInclude"

/* One file of a document, kept as long as the document for the places of attributes. */
struct source {
	struct source *next;
	struct source *parent; /* the file that includes this one; NULL for the first */
	char *name;            /* as messages call it */
	char *real;            /* without links; NULL for text */
	struct str text;
	xmlDoc *tree; /* of an included file: what was not moved into the document */
};

/* Where an element stands; its xmlNode's _private. */
struct place {
	struct place *next;
	struct source *source;
	size_t offset; /* of the start tag's '<' in source->text */
	unsigned int line, column;
	bool tainted;
};

struct xml_doc {
	xmlDoc *tree;
	char *folder; /* without links, with a final slash; NULL: the document may name no files */
	struct source *sources;
	struct place *places;
	size_t used, limit;  /* bytes */
	unsigned long steps; /* of XPath so far */
};

static inline xmlNode *to_libxml(const struct xml_node *node)
{
	return (xmlNode *)(uintptr_t)node;
}

static inline struct xml_node *from_libxml(const xmlNode *node)
{
	return (struct xml_node *)(uintptr_t)node;
}

static inline struct place *place_of(const struct xml_node *node)
{
	return to_libxml(node)->_private;
}

/* read.c: parses source->text; levels elements are already around it. -EINVAL with a problem. */
int read_source(struct xml_doc *doc, struct source *source, int levels, xmlDoc **ret,
		struct xml_problems *problems);
/* Adds a source to the document; takes over name and real. */
struct source *read_add_source(struct xml_doc *doc, char *name, char *real);

/*
 * include.c: resolves xi:include everywhere in the document. What fails is a problem; 0 or -EINVAL.
 */
int include_all(struct xml_doc *doc, struct xml_problems *problems);
/*
 * The file that href means beside source: *real without links, inside the document's folder, and
 * *name for messages. -EINVAL, -ENOENT, ...
 */
int include_find_beside(const struct xml_doc *doc, const struct source *source, const char *href,
			char **real, char **name, struct err *err);

/*
 * check.c: what the schema says; problems only grow. 0, or a code where the schema cannot be used.
 */
int check_schema(struct xml_doc *doc, const char *schema, struct xml_problems *problems,
		 struct err *err);

/* place.c */
void place_of_attr(const struct xml_node *node, const char *attr, unsigned int *line,
		   unsigned int *column);
/*
 * A finding at one element (or its attribute), whose sentence begins with the names around another.
 */
void place_add_finding(struct xml_problems *problems, const struct xml_node *at, const char *attr,
		       const struct xml_node *label, const char *text);

#endif
