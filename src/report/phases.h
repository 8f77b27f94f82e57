/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The phases of a story, out of what was judged; and which packet belongs to which phase. Pure. */
#ifndef REPORT_PHASES_H
#define REPORT_PHASES_H

#include "base/json.h"
#include "experiment/experiment.h"

/*
 * The story's "phases" without journeys, a new reference. outcome: what experiment_outcome_to_json
 * gives, of this moment or of the run's run.json, also of older formats. experiment has the
 * explanations; NULL: there are none. Expectations of no phase stand in one more, without a name.
 */
json_t *phases_of(const json_t *outcome, const struct experiment *experiment);

/* The first phase that fails; NULL: none does. */
const json_t *phases_failed(const json_t *phases);
/* "fails" where one does, "not-judged" where of one nobody can say, else "holds". */
const char *phases_verdict(const json_t *phases);

/*
 * Gives each of the story's journeys its "phase" and "proof", and each phase its "journeys" (ids)
 * and, where it fails, "reached": how far its last packet that did not arrive came, or else its
 * last packet.
 *
 * A journey belongs to the phase that one of its frames proves ("proof" is true), or else to the
 * one that had begun last when it began.
 */
void phases_join(json_t *phases, json_t *journeys);

#endif
