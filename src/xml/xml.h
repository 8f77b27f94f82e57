/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XML files as people write them: read with their places, checked by a schema, every finding kept.
 */
#ifndef XML_XML_H
#define XML_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

#define XML_SIZE_MAX \
	((size_t)1024 * 1024) /* bytes of a document, all its included files together */
#define XML_DEPTH_MAX 64      /* levels of elements */
#define XML_ATTRS_MAX 64      /* of one element */
#define XML_CHILDREN_MAX 2500 /* elements directly in another */
#define XML_PROBLEMS_MAX 100  /* findings that are kept; the others are counted */

/* One finding about a file. */
struct xml_problem {
	char *file;
	unsigned int line, column; /* from 1, in characters; 0: unknown */
	/* Object in quotes, cause, and the fix where it can be guessed; fit for a terminal. */
	char *text;
};

/* Zero is empty. */
struct xml_problems {
	struct xml_problem *items;
	size_t n;
	size_t more; /* that came when there were XML_PROBLEMS_MAX */
};

void xml_problems_free(struct xml_problems *problems);
AUTO_DEFINE(xml_problems_auto, struct xml_problems, xml_problems_free)
#define auto_xml_problems AUTO(xml_problems_autop)

/* By file (the one named first, then by name), line and column; equal places keep their order. */
void xml_problems_sort(struct xml_problems *problems, const char *first);
/* 0 when there are none; else -EINVAL, and err is the first one and how many more there are. */
int xml_problems_err(const struct xml_problems *problems, struct err *err);
/* "FILE:LINE:COLUMN: TEXT\n" for each, appended; with a kind, "FILE:LINE:COLUMN: KIND: TEXT\n". All
 * of it is fit for a terminal. */
void xml_problems_print(const struct xml_problems *problems, const char *kind, struct str *out);

/* A document and its elements. Elements and the texts they give belong to the document. */
struct xml_doc;
struct xml_node;

/* How many elements of a name may stand directly in one of another name, and in a whole document.
 */
struct xml_bound {
	const char *in, *name;
	size_t max, in_all; /* in_all 0: as many as there are places for them */
};

struct xml_options {
	const char *schema; /* path of a RELAX NG file (XML syntax); NULL: any content will do */
	size_t limit;       /* bytes, all files together; 0: XML_SIZE_MAX */
	/*
	 * Counted before the schema is asked, whose cost may be the square of the number of equal
	 * children.
	 */
	const struct xml_bound *bounds;
	size_t n_bounds;
};

/*
 * Reads a document; options may be NULL. xi:include (XInclude 1.0: href, parse, xpointer(),
 * fallback) is resolved, from the folder of path and below it only; a DOCTYPE, and with it every
 * entity of one's own, is refused; nothing is ever fetched. Only UTF-8.
 *
 * Returns 0 with *ret filled: the document is well-formed. What the schema finds wrong in it is in
 * problems (which may have been filled before and only grows), and the caller may go on and look
 * for more: a value that the schema refused is still there as written. -EINVAL: not well-formed,
 * too much of something, or not to be read; problems and err say why. Another code: the file cannot
 * be read at all, only err says why.
 *
 * The schema is RELAX NG's own judgement; the sentences come from reading the schema beside it:
 * names are compared for "did you mean", and the a:documentation of a <define> that holds a value's
 * pattern is quoted as what the value should have been ("a MAC address such as ..."). A schema for
 * this is a <grammar> of named elements and attributes, without externalRef and name classes; an
 * <include> in it stands for what is in the grammar of that file, which includes none.
 */
int xml_open(const char *path, const struct xml_options *options, struct xml_doc **ret,
	     struct xml_problems *problems, struct err *err);
/* The same from text. name stands for the file in messages; xi:include is refused. */
int xml_open_text(const char *text, size_t len, const char *name, const struct xml_options *options,
		  struct xml_doc **ret, struct xml_problems *problems, struct err *err);
void xml_close(struct xml_doc *doc);
static inline void xml_closep(struct xml_doc **doc)
{
	xml_close(*doc);
}
#define auto_xml_doc AUTO(xml_closep)

struct xml_node *xml_root(struct xml_doc *doc);
/* The element around this one; NULL for the root. */
struct xml_node *xml_parent(const struct xml_node *node);
/*
 * First child element, next sibling element, the index-th child (from 0); of that name, or any when
 * name is NULL.
 */
struct xml_node *xml_child(const struct xml_node *parent, const char *name);
struct xml_node *xml_next(const struct xml_node *node, const char *name);
struct xml_node *xml_child_at(const struct xml_node *parent, const char *name, size_t index);
#define xml_for_each(it, parent, name) \
	for ((it) = xml_child((parent), (name)); (it); (it) = xml_next((it), (name)))

const char *xml_name(const struct xml_node *node);
bool xml_is(const struct xml_node *node, const char *name);
/* The language of an element's text: the one attribute of a namespace that a schema may have. */
#define XML_LANG "xml:lang"
/* The attribute's value, NULL where it has none. */
const char *xml_attr(const struct xml_node *node, const char *name);
/*
 * All text inside the element, never NULL; free() it. xml_text is as written; xml_prose has white
 * space runs made one blank and none at the ends.
 */
char *xml_text(const struct xml_node *node);
char *xml_prose(const struct xml_node *node);

/* Where its start tag begins. */
const char *xml_file(const struct xml_node *node);
unsigned int xml_line(const struct xml_node *node);
unsigned int xml_column(const struct xml_node *node);
/*
 * The schema found an element directly in this one that does not belong, or missed one: what it
 * lacks may be a consequence.
 */
bool xml_tainted(const struct xml_node *node);

/*
 * Adds a finding at the element, or at its attribute attr (NULL: the element; one that is not
 * there: the element). The sentence gets the named elements around it in front: "node 'kt1': nic
 * 'eth0': ...".
 */
void xml_problem(struct xml_problems *problems, const struct xml_node *node, const char *attr,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* A finding that has no element. */
void xml_problem_at(struct xml_problems *problems, const char *file, unsigned int line,
		    unsigned int column, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* There is already a finding at this very place, or there are so many that no more are kept. */
bool xml_has_problem(const struct xml_problems *problems, const struct xml_node *node,
		     const char *attr);
/* " — did you mean 'X'?" appended when one of the candidates is near. */
void xml_add_hint(struct str *out, const char *word, const char *const *candidates, size_t n);

/*
 * Typed values. The fallback where the attribute is absent, or is not such a value, which is then a
 * finding (unless the schema already had one there). A flag is "yes" or "no".
 */
unsigned long xml_attr_unsigned(struct xml_problems *problems, const struct xml_node *node,
				const char *attr, unsigned long min, unsigned long max,
				unsigned long fallback);
bool xml_attr_flag(struct xml_problems *problems, const struct xml_node *node, const char *attr,
		   bool fallback);

/*
 * Reads a file that the element names, relative to the file that the element is in, from the
 * document's own folder only. -EINVAL: outside of it (or the document has none), -EFBIG, or the
 * reason of the failure.
 */
int xml_read_beside(const struct xml_node *node, const char *href, size_t limit, struct str *ret,
		    struct err *err);

/*
 * The names of what is in such a folder, sorted, each to be freed, and the array: those of folders
 * end in '/', those of programs in '*'. -ENOTDIR: it is something else; -E2BIG: more than limit;
 * -EILSEQ: a name that is not UTF-8.
 */
int xml_list_beside(const struct xml_node *node, const char *href, size_t limit, char ***ret,
		    size_t *n, struct err *err);

/* Changes, for writing the document again. A value of NULL removes the attribute. */
void xml_set_attr(struct xml_node *node, const char *name, const char *value);
void xml_set_text(struct xml_node *node, const char *text);
/* An element like this one, without what is in it, and with its place, right behind it. */
struct xml_node *xml_add_copy(struct xml_node *node);
/* A new element, the last in this one, with this one's place. */
struct xml_node *xml_add_child(struct xml_node *node, const char *name);
/* Takes it out of its document, with all that is in it; neither is to be used again. */
void xml_remove(struct xml_node *node);
/*
 * Asks for each attribute's value and each piece of text in the element and below: where change
 * says true, what it has appended to out takes its place. node: whose value it is.
 */
void xml_rewrite(struct xml_node *root,
		 bool (*change)(void *ctx, const struct xml_node *node, const char *text,
				struct str *out),
		 void *ctx);
/* The document as UTF-8 text, included files in place; appended. */
void xml_dump(struct xml_doc *doc, struct str *out);

/* The prose of such a child in that language ("en": also one without xml:lang); NULL: none. */
char *xml_prose_in(struct xml_problems *problems, const struct xml_node *parent, const char *name,
		   const char *lang);

#endif
