/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A story as one HTML file that needs nothing else: no network, no other file. What draws it is in
 * src/report/page/, put together when labd is built; here the story's JSON goes into it.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "base/json.h"
#include "base/str.h"

/*
 * Appends the page. story is what docs/story.md says, with "frames" of trace/dissect.h or without;
 * lang ("en", "ko") is what the page opens in, or NULL: as the reader's browser is set.
 */
void page_write(const json_t *story, const char *lang, struct str *out);

#endif
