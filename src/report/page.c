/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The story's JSON into the page. */
#include "report/page.h"

#include <assert.h>
#include <string.h>

/* The page as the build put it together, in the program itself: it fits the program always. */
__asm__(".section .rodata\n"
	".balign 1\n"
	".hidden report_page_html\n"
	".globl report_page_html\n"
	"report_page_html:\n"
	".incbin \"" PAGE_HTML "\"\n"
	".byte 0\n"
	".previous\n");
extern const char report_page_html[];

/* What stands in it for what is put in, in this order. */
static const char lang_mark[] = "@LANG@", title_mark[] = "@TITLE@", story_mark[] = "@STORY@";

/* What comes up to the mark; returns where it goes on behind it. */
static const char *add_until(struct str *out, const char *from, const char *mark)
{
	const char *found = strstr(from, mark);

	assert(found);
	str_add(out, from, (size_t)(found - from));
	return found + strlen(mark);
}

/*
 * JSON inside <script>: without "<" there is neither the end of the script nor the begin of a
 * comment, whatever a packet says. "<" stands in strings only, where it may be escaped.
 */
static void add_script_json(struct str *out, const json_t *value)
{
	auto_free char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	const char *from = text ? text : "null";

	for (const char *p; (p = strchr(from, '<')); from = p + 1) {
		str_add(out, from, (size_t)(p - from));
		str_adds(out, "\\u003c");
	}
	str_adds(out, from);
}

void page_write(const json_t *story, const char *lang, struct str *out)
{
	auto_free char *title = xasprintf("%s · %s", json_get_text(story, "experiment", "labd"),
					  json_get_text(story, "lab", "?"));
	const char *from = add_until(out, report_page_html, lang_mark);

	str_add_escaped(out, lang ? lang : "");
	from = add_until(out, from, title_mark);
	str_add_escaped(out, title);
	from = add_until(out, from, story_mark);
	add_script_json(out, story);
	str_adds(out, from);
}
