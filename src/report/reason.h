/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a kernel dropped a packet, in plain words: enum skb_drop_reason of Linux. */
#ifndef REPORT_REASON_H
#define REPORT_REASON_H

#include <stdbool.h>

#include "base/json.h"

struct reason {
	const char *name; /* Linux's */
	const char *en, *ko;
};

/* The kernel's name for it; where it has none, of its function that dropped the packet. drop: a
 * hop's (docs/story.md). */
const char *reason_name(const json_t *drop);
/* NULL: there are no words for it. */
const struct reason *reason_of(const json_t *drop);
/* Whether it got where it was to go, and nobody was there to take it. */
bool reason_is_nobody(const json_t *drop);

#endif
