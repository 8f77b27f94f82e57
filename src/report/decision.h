/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a router sent a packet where it did: the entry of its forwarding table that won. Pure. */
#ifndef REPORT_DECISION_H
#define REPORT_DECISION_H

#include "base/json.h"
#include "base/str.h"

/*
 * Gives the story's hops at which a router passed a packet on "route" (docs/story.md), where its
 * table of the run has an entry that leads out of the port that the packet took. policies: names of
 * nodes that have rules by which other tables count; of these nothing is said.
 */
void decision_tell(json_t *story, const json_t *policies);
/* "10.0.2.0/24 via 10.0.1.1 dev eth0" of a hop's route; appended to out, nothing where it has none.
 */
void decision_text(const json_t *hop, const char *lang, struct str *out);

#endif
