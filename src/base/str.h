/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Strings that grow, and the few string helpers everyone needs.
 * Names: str, xasprintf, xcalloc, xrealloc, xstrdup, xstrndup.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/auto.h"

/* Bytes that grow; data is NUL-terminated as soon as it is not NULL. Zero is empty. Memory
 * exhaustion aborts. */
struct str {
	char *data;
	size_t len, cap;
};

void str_add(struct str *s, const void *data, size_t len);
void str_adds(struct str *s, const char *text);
void str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_addv(struct str *s, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0), nonnull(2)));
/* The text so far, never NULL; owned by s. */
const char *str_text(const struct str *s);
/* Gives the buffer away (never NULL); s is empty afterwards. Free with free(). */
char *str_take(struct str *s);
/* Drops n bytes from the front. */
void str_drop(struct str *s, size_t n);
void str_free(struct str *s);
AUTO_DEFINE(str_auto, struct str, str_free)
#define auto_str AUTO(str_autop)

/* malloc family that aborts: a lab that cannot have 100 bytes cannot go on. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Appends one zeroed element to array *p of *n elements and returns its address. */
#define array_add(p, n)                                     \
	__extension__({                                     \
		(p) = xrealloc((p), (n) + 1, sizeof(*(p))); \
		memset(&(p)[(n)], 0, sizeof(*(p)));         \
		&(p)[(n)++];                                \
	})

bool str_eq(const char *a, const char *b); /* both may be NULL */
bool str_prefix(const char *s, const char *prefix);
/* Quotes text as one word of a POSIX shell (for commands that run in a guest). */
void str_add_quoted(struct str *s, const char *text);
/* Text as it stands in XML or HTML, also inside an attribute's quotes of either kind. */
void str_add_escaped(struct str *s, const char *text);
/*
 * Text of others as it may go to a terminal: what would move the cursor, change the direction of
 * writing or not be seen is written out, \x1b or \u202e, and so is each byte that is no UTF-8;
 * tabs become spaces. Newlines stay only where lines is true, and \r goes in front of them.
 */
void str_add_clean(struct str *s, const char *text, bool lines);
/* The candidate that word is a slip or two away from, by its length, or begins; NULL when there is
 * none: for "did you mean". */
const char *str_nearest(const char *word, const char *const *candidates, size_t n);
/* Whole decimal number in [min, max]; returns 0 or -EINVAL. */
int str_to_ulong(const char *s, unsigned long min, unsigned long max, unsigned long *ret);
/* Standard base64 with padding (RFC 4648 section 4). Decode skips white space; -EINVAL on anything
 * else. */
void str_add_base64(struct str *s, const void *data, size_t len);
int str_add_unbase64(struct str *s, const char *text);

#endif
