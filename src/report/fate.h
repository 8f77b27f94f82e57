/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What became of a packet, in a sentence: what an ICMP error said of it, what the table of the
 * router that dropped it says, how often it went round. Pure.
 */
#ifndef REPORT_FATE_H
#define REPORT_FATE_H

#include "base/json.h"

/*
 * Gives the story's journeys, whose phases are known, "explain", "loop" and "expected" where it is
 * so; docs/story.md says what these are.
 */
void fate_tell(json_t *story);

#endif
