/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Journeys: from captures to a visitor, or to a set of them. */
#include "journey/journey.h"

#include <string.h>

#include "journey/drops.h"
#include "journey/index.h"
#include "journey/relate.h"
#include "journey/source.h"
#include "journey/track.h"

#define DEFAULT_JOURNEYS 1000000

static void make_counts(const struct journey_lab *lab, struct journey_set *set)
{
	*set = (struct journey_set){ .n_ports = lab->n_ports };
	set->ports = xcalloc(lab->n_ports, sizeof(*set->ports));
	set->links = xcalloc(lab->n_ports, sizeof(*set->links));
}

static void add(struct tracks *t, const struct source_frame *f)
{
	static const enum track_way ways[] = {
		[SOURCE_EITHER] = TRACK_EITHER, [SOURCE_OUT] = TRACK_OUT, [SOURCE_IN] = TRACK_IN
	};
	const struct track_seen seen = { f->number, f->time_ns };

	if (f->link == JOURNEY_NONE)
		tracks_add_wire(t, f->port, ways[f->way], &seen, &f->frame);
	else
		tracks_add_air(t, f->link, &f->head, &seen, &f->frame);
}

int journey_visit(const struct journey_lab *lab, const struct journey_opts *opts,
		  journey_visitor *visit, void *user, struct journey_set *counts, struct err *err)
{
	static const struct journey_opts none;
	auto_index struct journey_index ix = { 0 };
	auto_sources struct journey_sources *sources = NULL;
	const struct source_frame *f;
	struct tracks tracks;
	int r = index_build(lab, &ix, err);

	if (r < 0)
		return r;
	make_counts(lab, counts);
	drops_read(&ix, counts);
	tracks_init(&tracks, &ix, opts ? opts : &none, visit, user, counts);
	sources_open(&ix, counts, &sources);
	while ((f = sources_next(sources))) {
		tracks_expire(&tracks, f->time_ns);
		add(&tracks, f);
	}
	tracks_close_all(&tracks);
	tracks_free(&tracks);
	return 0;
}

struct collector {
	struct journey_set *set;
	size_t max;
};

static void collect(void *user, const struct journey *journey)
{
	struct collector *c = user;
	struct journey_set *set = c->set;
	struct journey *kept;

	if (set->n_journeys == c->max) {
		set->left_out++;
		return;
	}
	/* Doubled, since there may be many. */
	if (!(set->n_journeys & (set->n_journeys - 1)))
		set->journeys = xrealloc(set->journeys, set->n_journeys ? 2 * set->n_journeys : 1,
					 sizeof(*set->journeys));
	kept = &set->journeys[set->n_journeys++];
	*kept = *journey;
	kept->hops = xcalloc(journey->n_hops, sizeof(*kept->hops));
	memcpy(kept->hops, journey->hops, journey->n_hops * sizeof(*kept->hops));
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t x = ((const struct journey *)a)->id, y = ((const struct journey *)b)->id;

	return (x > y) - (x < y);
}

/* The id that what had the old one will have, by its place; 0: it was not kept. */
static uint64_t new_id(const struct journey_set *set, uint64_t old)
{
	const struct journey key = { .id = old };
	const struct journey *found =
		old ? bsearch(&key, set->journeys, set->n_journeys, sizeof(key), compare_ids)
		    : NULL;

	return found ? (uint64_t)(found - set->journeys) + 1 : 0;
}

/* From ids with gaps, in their order, to those without. */
static void renumber(struct journey_set *set)
{
	for (size_t i = 0; i < set->n_journeys; i++) {
		struct journey *j = &set->journeys[i];

		j->damaged_as = new_id(set, j->damaged_as);
		j->damage_of = new_id(set, j->damage_of);
	}
	for (size_t i = 0; i < set->n_journeys; i++)
		set->journeys[i].id = i + 1;
}

int journey_read(const struct journey_lab *lab, const struct journey_opts *opts,
		 struct journey_set *ret, struct err *err)
{
	auto_journey_set struct journey_set set = { 0 };
	struct journey_set counts = { 0 };
	struct collector collector = { &set, opts && opts->max_journeys ? opts->max_journeys
									: DEFAULT_JOURNEYS };
	int r = journey_visit(lab, opts, collect, &collector, &counts, err);

	if (r < 0)
		return r;
	counts.journeys = take_ptr(set.journeys);
	counts.n_journeys = set.n_journeys;
	counts.left_out = set.left_out;
	set.n_journeys = 0;
	if (counts.n_journeys)
		qsort(counts.journeys, counts.n_journeys, sizeof(*counts.journeys), compare_ids);
	renumber(&counts);
	drops_settle(lab, &counts);
	journey_relate(lab, &counts);
	*ret = counts;
	return 0;
}

void journey_set_free(struct journey_set *set)
{
	for (size_t i = 0; i < set->n_journeys; i++)
		free(set->journeys[i].hops);
	for (size_t i = 0; i < set->n_notes; i++)
		free(set->notes[i]);
	drops_free(set);
	free(set->journeys);
	free(set->ports);
	free(set->links);
	free(set->notes);
	*set = (struct journey_set){ 0 };
}
