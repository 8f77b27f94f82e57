/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text for a terminal: columns that a character takes, lines that end at the edge, colours. */
#ifndef REPORT_LAYOUT_H
#define REPORT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum layout_colour { LAYOUT_PLAIN, LAYOUT_GOOD, LAYOUT_BAD, LAYOUT_FAINT, LAYOUT_STRONG };

struct layout {
	struct str *out; /* the caller's */
	size_t columns;
	bool colour;
};

/* Columns that UTF-8 text takes (Hangul: two a syllable), by wcwidth(3) and the process's LC_CTYPE.
 */
size_t layout_width(const char *text);
/* One piece in a colour; not wrapped. The text is cleaned (str_add_clean). */
void layout_put(const struct layout *l, enum layout_colour colour, const char *text);
/* The same, with blanks behind it up to width columns. */
void layout_pad(const struct layout *l, enum layout_colour colour, const char *text, size_t width);
/*
 * A paragraph: broken between words at the edge (a word longer than a line stays whole), each line
 * but the first behind indent blanks; the first begins where used columns are taken already. Ends
 * with a newline.
 */
void layout_wrap(const struct layout *l, size_t used, size_t indent, const char *text);

#endif
