/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strings that grow, and the few string helpers everyone needs. */
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *xrealloc(void *p, size_t n, size_t size)
{
	void *q = reallocarray(p, n ? n : 1, size);

	if (!q)
		abort();
	return q;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		abort();
	return p;
}

char *xstrndup(const char *s, size_t n)
{
	char *p = strndup(s, n);

	if (!p)
		abort();
	return p;
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *xasprintf(const char *fmt, ...)
{
	struct str s = { 0 };
	va_list ap;

	va_start(ap, fmt);
	str_addv(&s, fmt, ap);
	va_end(ap);
	return str_take(&s);
}

static void str_room(struct str *s, size_t extra)
{
	size_t want = s->len + extra + 1;

	if (want <= s->cap)
		return;
	if (want < s->cap * 2)
		want = s->cap * 2;
	s->data = xrealloc(s->data, want, 1);
	s->cap = want;
}

void str_add(struct str *s, const void *data, size_t len)
{
	str_room(s, len);
	if (len)
		memcpy(s->data + s->len, data, len);
	s->len += len;
	s->data[s->len] = '\0';
}

void str_adds(struct str *s, const char *text)
{
	str_add(s, text, strlen(text));
}

void str_addv(struct str *s, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		abort();
	str_room(s, (size_t)n);
	(void)vsnprintf(s->data + s->len, (size_t)n + 1, fmt, again);
	va_end(again);
	s->len += (size_t)n;
}

void str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	str_addv(s, fmt, ap);
	va_end(ap);
}

const char *str_text(const struct str *s)
{
	return s->data ? s->data : "";
}

char *str_take(struct str *s)
{
	char *p;

	str_add(s, "", 0);
	p = s->data;
	*s = (struct str){ 0 };
	return p;
}

void str_drop(struct str *s, size_t n)
{
	if (n > s->len)
		n = s->len;
	if (!n)
		return;
	memmove(s->data, s->data + n, s->len - n);
	s->len -= n;
	s->data[s->len] = '\0';
}

void str_free(struct str *s)
{
	free(s->data);
	*s = (struct str){ 0 };
}

bool str_eq(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool str_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

void str_add_quoted(struct str *s, const char *text)
{
	str_adds(s, "'");
	for (; *text; text++) {
		if (*text == '\'')
			str_adds(s, "'\\''");
		else
			str_add(s, text, 1);
	}
	str_adds(s, "'");
}

void str_add_escaped(struct str *s, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			str_adds(s, "&amp;");
			break;
		case '<':
			str_adds(s, "&lt;");
			break;
		case '>':
			str_adds(s, "&gt;");
			break;
		case '\'':
			str_adds(s, "&#39;");
			break;
		case '"':
			str_adds(s, "&quot;");
			break;
		default:
			str_add(s, text, 1);
		}
	}
}

#define NEAR_MAX 64 /* bytes of words that are compared */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many letters one word has more, less, other, or in the place of their neighbours than the
 * other (optimal string alignment), whatever their case.
 */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][NEAR_MAX + 1], la = strlen(a), lb = strlen(b);

	if (la > NEAR_MAX || lb > NEAR_MAX)
		return NEAR_MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		const size_t *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			int x = tolower((unsigned char)a[i - 1]);
			int y = tolower((unsigned char)b[j - 1]);

			row[j] = least(above[j - 1] + (x != y), least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
}

/* One slip in a short word, two in a longer one; none in a word of two letters, of which half would
 * be wrong. */
static size_t slips(size_t len)
{
	return len < 3 ? 0 : len < 6 ? 1 : len < 10 ? 2 : 3;
}

const char *str_nearest(const char *word, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	size_t len = strlen(word), limit = slips(len) + 1;

	for (size_t i = 0; i < n; i++) {
		size_t d = edit_distance(word, candidates[i]);

		if (d < limit) {
			best = candidates[i];
			limit = d;
		}
	}
	/* A word that was not typed to its end. */
	for (size_t i = 0; i < n && !best && len >= 3; i++)
		if (str_prefix(candidates[i], word))
			best = candidates[i];
	return best;
}

int str_to_ulong(const char *s, unsigned long min, unsigned long max, unsigned long *ret)
{
	char *end;
	unsigned long v;

	if (!isdigit((unsigned char)s[0]))
		return -EINVAL;
	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno || *end || v < min || v > max)
		return -EINVAL;
	*ret = v;
	return 0;
}

/* The character at p and the bytes it takes; 0 where they are no UTF-8 (RFC 3629). */
static size_t decode(const unsigned char *p, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint32_t c = n == 1 ? p[0] : p[0] & (0xffU >> (n + 1));

	if ((p[0] & 0xc0) == 0x80 || p[0] >= 0xf8)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret = c;
	return n;
}

/* What a terminal does instead of showing it: controls, line ends, changes of direction
 * (Unicode's Bidi_Control), and what takes no room at all. */
static bool is_hidden(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0, 0x1f },        { 0x7f, 0x9f },       { 0x61c, 0x61c },   { 0x200b, 0x200b },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

void str_add_clean(struct str *s, const char *text, bool lines)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		uint32_t c = *p;
		size_t n = decode(p, &c);

		if (c == '\t')
			str_adds(s, "    ");
		else if (c == '\n' && lines)
			str_adds(s, "\n");
		else if (c == '\r' && lines && (p[1] == '\n' || !p[1]))
			;
		else if (!n)
			str_addf(s, "\\x%02x", *p);
		else if (is_hidden(c))
			str_addf(s, c < 0x80 ? "\\x%02x" : "\\u%04x", c);
		else
			str_add(s, p, n);
		p += n ? n : 1;
	}
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void str_add_base64(struct str *s, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;
		char out[4];

		if (i + 1 < len)
			v |= (uint32_t)p[i + 1] << 8;
		if (i + 2 < len)
			v |= p[i + 2];
		out[0] = base64_digits[v >> 18];
		out[1] = base64_digits[(v >> 12) & 63];
		out[2] = i + 1 < len ? base64_digits[(v >> 6) & 63] : '=';
		out[3] = i + 2 < len ? base64_digits[v & 63] : '=';
		str_add(s, out, sizeof(out));
	}
}

int str_add_unbase64(struct str *s, const char *text)
{
	uint32_t v = 0;
	int bits = 0, digits = 0, pad = 0;

	for (; *text; text++) {
		const char *digit;

		if (isspace((unsigned char)*text))
			continue;
		digits++;
		if (*text == '=') {
			pad++;
			continue;
		}
		digit = strchr(base64_digits, *text);
		if (!digit || pad)
			return -EINVAL;
		v = v << 6 | (uint32_t)(digit - base64_digits);
		bits += 6;
		if (bits >= 8) {
			char byte = (char)(v >> (bits - 8) & 255);

			bits -= 8;
			str_add(s, &byte, 1);
		}
	}
	return digits % 4 || pad > 2 ? -EINVAL : 0;
}
