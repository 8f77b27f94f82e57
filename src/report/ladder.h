/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A packet's way through the lab, as text. */
#ifndef REPORT_LADDER_H
#define REPORT_LADDER_H

#include "base/json.h"
#include "report/layout.h"
#include "report/text.h"

/*
 * The packet, and the nodes that it came by: "client ~ ap - switch - ldns", ~ for the air. Verbose:
 * a rung for each frame, a line above wherever its MACs or its TTL change, and those of the story's
 * events that came between.
 */
void ladder_tell(const struct layout *layout, const json_t *journey, const json_t *events,
		 const struct text_options *options);
/* What became of it, where there is more to say than the outcome. NULL: nothing. */
void ladder_explain(const struct layout *layout, const json_t *journey, const char *lang);
/* The story's links that lost frames: out of which port, how many of how many, and the time that it
 * took the others. */
void ladder_losses(const struct layout *layout, const json_t *links, const char *lang);

#endif
