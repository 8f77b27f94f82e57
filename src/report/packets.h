/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packets of a story, and what Wireshark calls them. */
#ifndef REPORT_PACKETS_H
#define REPORT_PACKETS_H

#include "base/json.h"
#include "journey/journey.h"
#include "wireshark/wireshark.h"

/* The story's "journeys", a new reference, without what phases_join and packets_name add. */
json_t *packets_of(const struct journey_lab *lab, const struct journey_set *set);
/*
 * Gives each of the story's journeys, which are those of the set in its order, its "protocol" and
 * "what": the columns Protocol and Info of Wireshark's list, at its first hop. A capture that
 * cannot be read leaves its own without. Errors: as wireshark_ask.
 */
int packets_name(struct wireshark *ws, const struct journey_lab *lab, const struct journey_set *set,
		 json_t *journeys, struct err *err);

/* The story's journey of that id (an integer, or NULL); NULL: there is none. */
const json_t *packets_by_id(const json_t *journeys, const json_t *id);
/* "client:eth0 7": that frame at the place of a hop, expectation or remark; NULL: its own. */
char *packets_place(const json_t *at, const json_t *frame);

#endif
