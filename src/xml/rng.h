/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walking the schema's own tree. */
#ifndef XML_RNG_H
#define XML_RNG_H

#include <libxml/tree.h>

#include "base/str.h"

#define RNG_NS "http://relaxng.org/ns/structure/1.0"
#define RNG_DOC_NS "http://relaxng.org/ns/compatibility/annotations/1.0"
#define RNG_REFS_MAX 32 /* references that lead to references */

/* First child, next sibling that is of RELAX NG's namespace. */
const xmlNode *rng_child(const xmlNode *parent);
const xmlNode *rng_next(const xmlNode *node);
#define rng_for_each(it, parent) for ((it) = rng_child(parent); (it); (it) = rng_next(it))
bool rng_is(const xmlNode *node, const char *name);
/* The attribute's value, or NULL; the schema's own. */
const char *rng_attr(const xmlNode *node, const char *name);
/* The define of that name behind after (NULL: the first one): a define may be in parts. */
const xmlNode *rng_define(const xmlNode *grammar, const char *name, const xmlNode *after);
/* The text of its a:documentation with blanks made one; NULL without; free() it. */
char *rng_documentation(const xmlNode *node);
/* Its a:hint behind after (NULL: the first one): what to say of a value that the pattern in its
 * attribute "for" matches. */
const xmlNode *rng_hint(const xmlNode *node, const xmlNode *after);

#endif
