/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A story without what differs from run to run: the same lab and the same experiment give the same
 * text, byte for byte. What is taken out is a closed list, in docs/story.md. Pure.
 */
#ifndef REPORT_NORMAL_H
#define REPORT_NORMAL_H

#include "base/json.h"
#include "base/str.h"

/* One fact a line, made for diff(1). Appended to out. */
void normal_story(const json_t *story, struct str *out);

#endif
