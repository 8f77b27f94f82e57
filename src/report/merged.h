/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which number a frame has in all.pcapng. */
#ifndef REPORT_MERGED_H
#define REPORT_MERGED_H

#include "base/json.h"

/* Gives each hop of the story's journeys "all", as far as the all.pcapng in dir has its frame. */
void merged_number(const char *dir, json_t *journeys);

#endif
