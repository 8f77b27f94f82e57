/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text for a terminal: columns that a character takes, lines that end at the edge, colours. */
#include "report/layout.h"

#include <string.h>
#include <wchar.h>

/* wcwidth tells the terminal's columns only of characters that the locale has: else one each. */
static size_t width_of(const char *text, size_t len)
{
	mbstate_t state = { 0 };
	size_t width = 0;

	while (len) {
		wchar_t c;
		size_t n = mbrtowc(&c, text, len, &state);
		int w;

		if (n == 0 || n > len) {
			n = 1;
			w = ((unsigned char)*text & 0xc0) != 0x80;
			memset(&state, 0, sizeof(state));
		} else {
			w = wcwidth(c);
		}
		width += w > 0 ? (size_t)w : 0;
		text += n;
		len -= n;
	}
	return width;
}

size_t layout_width(const char *text)
{
	return width_of(text, strlen(text));
}

void layout_put(const struct layout *l, enum layout_colour colour, const char *text)
{
	static const char *const codes[] = {
		[LAYOUT_PLAIN] = "",         [LAYOUT_GOOD] = "\033[32m",
		[LAYOUT_BAD] = "\033[1;31m", [LAYOUT_FAINT] = "\033[2m",
		[LAYOUT_STRONG] = "\033[1m",
	};
	bool coloured = l->colour && colour != LAYOUT_PLAIN;

	if (coloured)
		str_adds(l->out, codes[colour]);
	str_add_clean(l->out, text, false);
	if (coloured)
		str_adds(l->out, "\033[0m");
}

void layout_pad(const struct layout *l, enum layout_colour colour, const char *text, size_t width)
{
	size_t w = layout_width(text);

	layout_put(l, colour, text);
	for (; w < width; w++)
		str_adds(l->out, " ");
}

void layout_wrap(const struct layout *l, size_t used, size_t indent, const char *text)
{
	auto_str struct str clean = { 0 };
	bool first = true; /* of its line */
	const char *at;

	str_add_clean(&clean, text, false);
	for (at = str_text(&clean); *at;) {
		size_t blanks = strspn(at, " "), len = strcspn(at + blanks, " "), width;

		at += blanks;
		width = width_of(at, len);
		if (!first && used + 1 + width > l->columns) {
			str_addf(l->out, "\n%*s", (int)indent, "");
			used = indent;
			first = true;
		}
		if (!first && len)
			str_adds(l->out, " ");
		str_add(l->out, at, len);
		used += width + !first;
		first = false;
		at += len;
	}
	str_adds(l->out, "\n");
}
