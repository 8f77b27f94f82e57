/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happened to links and nodes while the run lasted, in words. Pure. */
#ifndef REPORT_EVENTS_H
#define REPORT_EVENTS_H

#include <stdint.h>

#include "base/json.h"

/* Those of run.json, by their time, each with its "text" in both languages; a new reference. */
json_t *events_of(const json_t *record);
/* The link that was down at this moment (CLOCK_REALTIME): of that name, or, with link NULL, any at
 * the node; NULL: none is known to have been. */
const char *events_down(const json_t *events, const char *link, const char *node, int64_t at_ns);

#endif
