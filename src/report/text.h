/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A story for people: its phases, with their verdict, what proves it, and the hops. */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "base/str.h"

struct text_options {
	const char *lang; /* of words_languages */
	size_t columns;   /* of the terminal */
	bool colour;
	bool verbose; /* every packet, and each of its frames */
	bool brief;   /* the verdict, and what proves it */
};

/* story: as docs/story.md has it. Appended to out. */
void text_story(const json_t *story, const struct text_options *options, struct str *out);

#endif
