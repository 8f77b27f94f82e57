/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab of a run as a map: nodes with what they do, and links. */
#ifndef REPORT_MAP_H
#define REPORT_MAP_H

#include "base/json.h"
#include "topo/topo.h"

/*
 * The story's "map" (docs/story.md), a new reference. record is the run's run.json, which knows how
 * the links were; tables is the story's "tables", by which a node that asked for its address has
 * one. Either may be NULL.
 */
json_t *map_of(const struct topo *topo, const json_t *record, const json_t *tables);

#endif
