/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which frame came nearest to a filter that none satisfies. The filter's top-level "and" chain is
 * taken apart; each part is asked alone, and each frame remembers which of them it satisfies. That
 * is one question for each part (parts are shared by many filters, and sharkd keeps the answers),
 * where leaving parts out one by one and in pairs would be many.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "wireshark/question.h"

#define LIKE_MAX 3
#define PARTS_MAX 24             /* what is behind is one part */
#define FRAMES_MAX 50000         /* of a capture, beyond which nothing is looked for */
#define LATE (UINT32_C(1) << 31) /* in a frame's mask, beside its parts: it is late enough */

struct parts {
	char *text[PARTS_MAX];
	size_t n;
};

static void parts_free(struct parts *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		free(parts->text[i]);
}
AUTO_DEFINE(parts_auto, struct parts, parts_free)
#define auto_parts AUTO(parts_autop)

/* The length of the operator word at p ("and", "&&"), which stands between two tests; 0: none. */
static size_t operator_at(const char *text, const char *p, const char *word, const char *sign)
{
	size_t len = strlen(word);

	if (!strncmp(p, sign, strlen(sign)))
		return strlen(sign);
	if (strncasecmp(p, word, len) || (p > text && !strchr(" )\"", p[-1])) ||
	    !strchr(" (\"", p[len]))
		return 0;
	return len;
}

/* The first operator of the kind outside of quotes, brackets and braces; NULL: none. */
static const char *find_operator(const char *text, const char *word, const char *sign, size_t *len)
{
	bool quoted = false;
	int depth = 0;

	for (const char *p = text; *p; p++) {
		if (quoted && *p == '\\' && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && strchr("([{", *p))
			depth++;
		else if (!quoted && strchr(")]}", *p))
			depth--;
		else if (!quoted && !depth && (*len = operator_at(text, p, word, sign)))
			return p;
	}
	return NULL;
}

static char *trimmed(const char *text, size_t len)
{
	while (len && *text == ' ')
		text++, len--;
	while (len && text[len - 1] == ' ')
		len--;
	return xstrndup(text, len);
}

static void split(const char *filter, struct parts *parts)
{
	const char *end;
	size_t len;

	if (find_operator(filter, "or", "||", &len) || find_operator(filter, "xor", "^^", &len)) {
		parts->text[parts->n++] = xstrdup(filter);
		return;
	}
	while (parts->n + 1 < PARTS_MAX && (end = find_operator(filter, "and", "&&", &len))) {
		parts->text[parts->n++] = trimmed(filter, (size_t)(end - filter));
		filter = end + len;
	}
	parts->text[parts->n++] = trimmed(filter, strlen(filter));
}

/* By frame number: the parts that it satisfies; the first part is the highest bit. */
struct scores {
	uint32_t *masks;
	size_t n;
	uint32_t bit; /* of the part that is asked */
	int64_t from_ns;
};

static void scores_free(struct scores *scores)
{
	free(scores->masks);
}
AUTO_DEFINE(scores_auto, struct scores, scores_free)
#define auto_scores AUTO(scores_autop)

static int score(void *ctx, const struct wireshark_frame *frame)
{
	struct scores *scores = ctx;

	if (frame->number > FRAMES_MAX)
		return -EFBIG;
	if (frame->number >= scores->n) {
		size_t n = (size_t)frame->number * 2;

		scores->masks = xrealloc(scores->masks, n, sizeof(*scores->masks));
		memset(scores->masks + scores->n, 0, (n - scores->n) * sizeof(*scores->masks));
		scores->n = n;
	}
	scores->masks[frame->number] |=
		scores->bit | (frame->time_ns >= scores->from_ns ? LATE : 0);
	return 0;
}

static size_t count_bits(uint32_t mask)
{
	return (size_t)__builtin_popcount(mask);
}

static uint32_t parts_of(const struct scores *scores, size_t frame)
{
	return scores->masks[frame] & ~LATE;
}

static size_t best_frame(const struct scores *scores, bool late)
{
	size_t best = 0;
	uint32_t most = 0;

	for (size_t i = 1; i < scores->n; i++) {
		uint32_t mask = parts_of(scores, i);

		if (late && !(scores->masks[i] & LATE))
			continue;
		if (count_bits(mask) > count_bits(most) ||
		    (count_bits(mask) == count_bits(most) && mask > most)) {
			best = i;
			most = mask;
		}
	}
	return best;
}

/*
 * At least half of the parts; without the first, which says what the frame is, more than half, or
 * frames of which there are few.
 */
static bool is_near(const struct scores *scores, size_t best, size_t n)
{
	uint32_t mask = parts_of(scores, best);
	size_t like = 0;

	for (size_t i = 1; i < scores->n; i++)
		like += parts_of(scores, i) == mask;
	if (2 * count_bits(mask) == n && !(mask >> (n - 1)))
		return like <= LIKE_MAX;
	return 2 * count_bits(mask) >= n;
}

/* The frame to tell of, n parts in all; 0: none is near. */
static size_t choose(const struct scores *scores, size_t n, bool must_be_late)
{
	size_t best = best_frame(scores, false), late = best_frame(scores, true);

	if (late && is_near(scores, late, n) &&
	    (must_be_late ||
	     count_bits(parts_of(scores, late)) == count_bits(parts_of(scores, best))))
		return late;
	return best && is_near(scores, best, n) ? best : 0;
}

/* "FIELD OP VALUE" or "FIELD": the field's length; 0 where the part begins with something else. */
static size_t field_length(const char *part)
{
	size_t len = 0;

	if (!isalpha((unsigned char)*part))
		return 0;
	while (isalnum((unsigned char)part[len]) || (part[len] && strchr("._-", part[len])))
		len++;
	if (part[len] && part[len] != ' ' && !strchr("=!<>&~", part[len]))
		return 0; /* a slice, or a function */
	return str_prefix(part, "not ") ? 0 : len;
}

/* What the part says of its field: "== 1" is "1", nothing is "present". */
static char *wanted(const char *test)
{
	test += strspn(test, " ");
	if (!*test)
		return xstrdup("present");
	if (str_prefix(test, "=="))
		test += 2;
	else if (str_prefix(test, "eq "))
		test += 3;
	return trimmed(test, strlen(test));
}

/* Bytes ("69:70") as the text that they are, where a text is wanted: an SSID is bytes to Wireshark.
 */
static void make_text(struct wireshark_near *near)
{
	auto_str struct str text = { 0 };
	unsigned int byte;

	if (!near->have || near->want[0] != '"')
		return;
	str_adds(&text, "\"");
	for (const char *p = near->have; *p; p += p[2] ? 3 : 2) {
		if (sscanf(p, "%2x", &byte) != 1 || !p[1] || (p[2] && p[2] != ':') ||
		    !isprint((int)byte) || byte == '"')
			return;
		str_addf(&text, "%c", (int)byte);
	}
	str_adds(&text, "\"");
	free(near->have);
	near->have = str_take(&text);
}

static int describe(struct wireshark *ws, const char *part, struct wireshark_near *near,
		    struct err *err)
{
	size_t len = field_length(part);
	int r;

	if (!len) {
		near->want = xstrdup(part);
		return 0;
	}
	near->field = xstrndup(part, len);
	near->want = wanted(part + len);
	r = wireshark_ask_field(ws, near->frame, near->field, true, &near->have, err);
	if (r == 0)
		make_text(near);
	return r;
}

int wireshark_ask_nearest(struct wireshark *ws, const struct wireshark_query *query,
			  struct wireshark_near *near, struct err *err)
{
	auto_parts struct parts parts = { .n = 0 };
	auto_scores struct scores scores = {
		.from_ns = query->after_ns ? query->after_ns + 1 : query->since_ns,
	};
	uint32_t all, found;
	size_t best, i;
	int r = 0;

	split(query->filter, &parts);
	for (i = 0; r == 0 && i < parts.n; i++) {
		scores.bit = UINT32_C(1) << (parts.n - 1 - i);
		r = wireshark_ask_frames(ws, parts.text[i], score, &scores, err);
	}
	/* Too large to look into, or a part that makes sense only within the whole: none is near.
	 */
	if (r == -EFBIG || r == -EBADMSG)
		return 0;
	best = r < 0 ? 0 : choose(&scores, parts.n, query->after_ns);
	if (!best)
		return r;
	all = (uint32_t)((UINT64_C(1) << parts.n) - 1);
	found = parts_of(&scores, best);
	if (found == all)
		return 0;
	near->frame = best;
	near->differs = parts.n - count_bits(found);
	for (i = 0; found & (UINT32_C(1) << (parts.n - 1 - i)); i++)
		;
	return describe(ws, parts.text[i], near, err);
}
