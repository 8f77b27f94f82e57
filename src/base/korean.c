/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which particle fits: by the last sound of the word before it. */
#include "base/korean.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define FIRST_SYLLABLE 0xac00
#define LAST_SYLLABLE 0xd7a3
#define FINALS 28 /* with 0: none */
#define FINAL_L 8

enum final { FINAL_NONE, FINAL_SOME, FINAL_IS_L };

/* The syllable that p begins with; 0: it is none. All of them have three bytes in UTF-8. */
static uint32_t syllable_at(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;
	uint32_t c;

	if ((b[0] & 0xf0) != 0xe0 || (b[1] & 0xc0) != 0x80 || (b[2] & 0xc0) != 0x80)
		return 0;
	c = (uint32_t)(b[0] & 15) << 12 | (uint32_t)(b[1] & 63) << 6 | (b[2] & 63);
	return c >= FIRST_SYLLABLE && c <= LAST_SYLLABLE ? c : 0;
}

/* Digits and letters by their names: 1 is il, 3 sam; l el, m em, n en; "ng" ends in a sound, too.
 */
static enum final final_of_ascii(const char *value, size_t at)
{
	int c = tolower((unsigned char)value[at]);

	if (strchr("178l", c))
		return FINAL_IS_L;
	if (strchr("036mn", c) || (c == 'g' && at && tolower((unsigned char)value[at - 1]) == 'n'))
		return FINAL_SOME;
	return FINAL_NONE;
}

/* Of the last letter, digit or syllable; brackets and quotes behind it are not read. */
static enum final final_of(const char *value)
{
	for (size_t i = strlen(value); i-- > 0;) {
		uint32_t c = syllable_at(value + i);

		if (c)
			return (c - FIRST_SYLLABLE) % FINALS == 0         ? FINAL_NONE
			       : (c - FIRST_SYLLABLE) % FINALS == FINAL_L ? FINAL_IS_L
									  : FINAL_SOME;
		if (isalnum((unsigned char)value[i]))
			return final_of_ascii(value, i);
	}
	return FINAL_NONE;
}

static const struct pair {
	const char *after_final, *after_vowel;
	bool l_is_vowel; /* 서울로 */
} pairs[] = {
	{ "으로", "로", true },      { "이라", "라", false }, { "이다", "다", false },
	{ "이며", "며", false },     { "이고", "고", false }, { "이나", "나", false },
	{ "이지만", "지만", false }, { "과", "와", false },   { "을", "를", false },
	{ "은", "는", false },       { "이", "가", false },
};

/* What may stand between the particle and the end of the word. */
static bool ends_word(const char *rest)
{
	static const char *const more[] = { "", "는", "도", "만", "의", "고", "서", "써", "부터" };

	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		if (str_prefix(rest, more[i]) && !syllable_at(rest + strlen(more[i])))
			return true;
	return false;
}

size_t korean_particle(const char *value, const char *rest, struct str *out)
{
	enum final final = final_of(value);

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		const struct pair *p = &pairs[i];
		const char *given = str_prefix(rest, p->after_final)   ? p->after_final
				    : str_prefix(rest, p->after_vowel) ? p->after_vowel
								       : NULL;
		bool vowel = final == FINAL_NONE || (p->l_is_vowel && final == FINAL_IS_L);

		if (!given || !ends_word(rest + strlen(given)))
			continue;
		str_adds(out, vowel ? p->after_vowel : p->after_final);
		return strlen(given);
	}
	return 0;
}

void korean_fill(const char *pattern, const char *const *values, size_t n, struct str *out)
{
	for (const char *p = pattern; *p;) {
		size_t at = (size_t)(p[1] - '0');

		if (*p != '{' || p[1] < '0' || at >= n || p[2] != '}') {
			str_add(out, p++, 1);
			continue;
		}
		str_adds(out, values[at]);
		p += 3;
		p += korean_particle(values[at], p, out);
	}
}
