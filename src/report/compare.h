/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two stories side by side: what is the same in both, and what only one has, phase by phase. Both
 * are compared in their normal form, so that what differs from run to run anyway does not count.
 * Pure.
 */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include "base/json.h"
#include "report/text.h"

/*
 * A new reference: {"a", "b": which run, experiment, lab, verdict; "same": how many facts are the
 * same, "differ": how many are not; "phases": in the order of the stories, those of one name as
 * one}. Each phase has "name", "title", "a" and "b" (its verdict there, or null), "same", and the
 * facts of one story only, "only_a" and "only_b": [{"fact": "..", "count": 2}].
 */
json_t *compare_stories(const json_t *a, const json_t *b);

/* For people; appended. Facts are cut at where their way through the lab begins, unless
 * options->verbose is set or only that way differs. */
void compare_tell(const json_t *comparison, const struct text_options *options, struct str *out);

#endif
