/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the story says by itself, in the languages that it speaks; experiments bring their own
 * texts. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

enum word {
	WORD_HOLDS,
	WORD_FAILS,
	WORD_NOT_REACHED,
	WORD_NOT_JUDGED,
	WORD_SKIPPED,
	WORD_PASSED,
	WORD_FAILED,
	WORD_INTERRUPTED,
	WORD_RUNNING,
	WORD_DELIVERED,
	WORD_LOST,
	WORD_DROPPED,
	WORD_UNCLEAR,
	WORD_OPEN,
	WORD_USED_UP, /* what was wanted: "TTL used up" */
	WORD_NETWORK_UNREACHABLE,
	WORD_HOST_UNREACHABLE,
	WORD_PROTOCOL_UNREACHABLE,
	WORD_PORT_UNREACHABLE,
	WORD_FRAGMENTATION_NEEDED,
	WORD_PROHIBITED,
	WORD_UNREACHABLE,
	WORD_TIME_EXCEEDED,
	WORD_FRAGMENT_MISSING,
	WORD_BAD_HEADER,
	WORD_SENT,
	WORD_PASSED_ON,
	WORD_REPEATED,
	WORD_FLOODED,
	WORD_SWITCHED,
	WORD_FORWARDED,
	WORD_TRANSLATED,
	WORD_ANSWERED,
	WORD_IGNORED,
	WORD_EXPIRED,
	WORD_RESTING,
	WORD_BEFORE,
	WORD_AFTER,
	WORD_EQUAL_PATHS,
	/* From here on not values of the JSON, but the text's own. */
	WORD_SAME,              /* "the same" */
	WORD_ONLY,              /* "only in" A */
	WORD_NO_PHASE,          /* "in no phase" */
	WORD_EVERY_PHASE_HOLDS, /* "every phase holds" */
	WORD_FAILS_IN,          /* "fails in" */
	WORD_FAILED_IN_DOING,   /* "no verdict" */
	WORD_BYTES,
	WORD_NO_FRAME,  /* "no frame matches" */
	WORD_FORBIDDEN, /* "must not be there" */
	WORD_FRAMES,
	WORD_NEAREST,       /* "nearest is frame" */
	WORD_IS,            /* between a field and what it has */
	WORD_NOT,           /* between what it has and what it should have */
	WORD_REMARK,        /* "remark" */
	WORD_WIRE,          /* "the wire" */
	WORD_REACHED,       /* "the last packet got as far as" */
	WORD_OTHER_PACKETS, /* "other packets" */
	WORD_UNMATCHED,     /* "frames that came from nowhere" */
	WORD_NOTE,
	N_WORDS,
};

/* "en", "ko"; NULL ends them. */
extern const char *const words_languages[];
bool words_speaks(const char *lang);

/* In that language, or in English where it has none; static. */
const char *words_get(enum word word, const char *lang);
/* What a value of the JSON ("holds", "switched") is called; the value itself where there is no word
 * for it. */
const char *words_of(const char *value, const char *lang);
/* The text of {"en":..,"ko":..} in that language, or in another where there is none; "" for none.
 */
const char *words_text(const json_t *text, const char *lang);

#endif
