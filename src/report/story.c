/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The story of a run, out of its folder alone. */
#include "report/story.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "experiment/experiment.h"
#include "journey/journey.h"
#include "report/decision.h"
#include "report/elsewhere.h"
#include "report/events.h"
#include "report/fate.h"
#include "report/map.h"
#include "report/merged.h"
#include "report/packets.h"
#include "report/phases.h"
#include "report/ports.h"
#include "report/reading.h"

#define MAX_JOURNEYS 20000

/* --- what the captures show --- */

static struct wireshark *open_wireshark(struct reading *reading)
{
	const struct wireshark_setup setup = { .sharkd = reading->options->sharkd,
					       .cache = reading->options->cache,
					       .wifi = reading->ports.wifi,
					       .n_wifi = reading->ports.lab.n_wifi,
					       .macs = reading->macs,
					       .n_macs = reading->n_macs };

	if (!reading->ws)
		wireshark_open(&setup, reading->dir, &reading->ws);
	return reading->ws;
}

/* Whether it asks for what TLS hides, and the file has something that nobody can decrypt. */
static bool is_shut(struct reading *reading, const char *filter)
{
	const struct wireshark_query query = {
		.file = reading->options->capture,
		.filter = "tls.app_data and not http and not http2",
	};
	struct wireshark_answer answer = { 0 };
	bool shut = false;

	if (!strstr(filter, "http") && !strstr(filter, "tls.handshake.type == 20") &&
	    !strstr(filter, "tls.handshake.type == 11"))
		return false;
	if (wireshark_ask(reading->ws, &query, 1, &answer, NULL) == 0)
		shut = answer.count > 0;
	wireshark_answer_free(&answer);
	return shut;
}

static int ask(void *ctx, const struct wireshark_query *q, size_t n, struct wireshark_answer *a,
	       struct err *err)
{
	struct reading *reading = ctx;
	const char *capture = reading->options->capture;
	auto_free struct wireshark_query *own = xcalloc(n + 1, sizeof(*own));
	int r;

	for (size_t i = 0; i < n; i++) {
		own[i] = q[i];
		own[i].file = capture && str_eq(q[i].file, ELSEWHERE_PORT) ? capture : q[i].file;
	}
	r = wireshark_ask(open_wireshark(reading), own, n, a, err);

	for (size_t i = 0; r == 0 && i < n; i++)
		a[i].cut |= reading->cut;
	for (size_t i = 0; r == 0 && capture && i < n; i++)
		a[i].hidden |= is_shut(reading, q[i].filter);
	reading->answered = r == 0;
	if (r < 0)
		wireshark_close(take_ptr(reading->ws)); /* it answers no more */
	return r;
}

static const json_t *parameters(const struct reading *reading)
{
	return json_object_get(json_object_get(reading->record, "inputs"), "parameters");
}

/* A phase of which the file has not one frame is not told to hold, nor to fail: nobody saw it. */
static void unsee(struct reading *reading, struct experiment_outcome *outcome)
{
	bool any = false;

	for (size_t i = 0; i < outcome->n_phases; i++) {
		struct experiment_phase_report *phase = &outcome->phases[i];
		auto_free char *text =
			xasprintf("phase '%s': no frame of it is found where it should come",
				  phase->phase->name);

		any |= phase->begin_ns != 0;
		if (phase->begin_ns || phase->verdict == EXPERIMENT_VERDICT_SKIPPED ||
		    phase->verdict == EXPERIMENT_VERDICT_NOT_JUDGED)
			continue;
		phase->verdict = EXPERIMENT_VERDICT_NOT_REACHED;
		reading_note(reading, text);
	}
	reading->unjudged |= !any;
}

/* By what the run chose. The reader's own experiment need not know it. */
static int judge(struct reading *reading, json_t **ret, struct err *err)
{
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };
	auto_experiment_args struct experiment_args args = { 0 };
	auto_json json_t *unknown = reading->options->experiment ? json_object() : NULL;
	json_t *value;
	const char *name;
	const json_t *chosen = reading->options->defaults ? NULL : parameters(reading);
	int r = experiment_args_from_json(reading->experiment, chosen, unknown, &args, err);

	if (r < 0)
		return r;
	json_object_foreach(unknown, name, value) {
		auto_free char *text =
			xasprintf("the run had %s %s, which '%s' does not know", name,
				  json_string_value(value), reading->options->judge);

		reading_note(reading, text);
	}
	r = experiment_judge(reading->experiment, &args, ask, reading, &outcome, err);
	if (r == 0 && reading->options->capture)
		unsee(reading, &outcome);
	if (r == 0)
		*ret = experiment_outcome_to_json(&outcome);
	return r;
}

/* The verdicts that the run recorded, where it had any. */
static json_t *recorded(struct reading *reading)
{
	const json_t *outcome = json_object_get(reading->record, "outcome");

	reading->unjudged |= !json_object_get(outcome, "expects") ||
			     str_eq(json_get_text(outcome, "result", ""), "not-judged");
	return phases_of(outcome, reading->experiment);
}

/* The verdicts: of today, or else those that the run recorded. A new reference. */
static json_t *verdicts(struct reading *reading)
{
	json_t *judged = NULL;
	struct err err = ERR_INIT;

	/* Without the lab, what is encrypted in the air cannot be read. */
	if (reading->options->experiment && !reading->has_topo && !reading->options->capture) {
		reading_note(reading,
			     "without the lab that ran, nothing is judged by another experiment");
		reading->unjudged = true;
		return json_array();
	}
	if (!reading->experiment || (!reading->has_topo && !reading->options->capture) ||
	    reading->options->recorded)
		return recorded(reading);
	if (judge(reading, &judged, &err) == 0) {
		json_t *phases = phases_of(judged, reading->experiment);

		json_decref(judged);
		return phases;
	}
	reading_note(reading, err.msg);
	/* Not that sharkd is missing: what was to be judged by makes no sense. */
	reading->unjudged |= err.code == -EINVAL;
	if (reading->options->experiment) {
		reading->unjudged = true;
		return json_array();
	}
	reading_note(reading,
		     "the captures are not judged again: the verdicts are those that the run "
		     "recorded");
	return recorded(reading);
}

/* Whether a run that failed did so in what it did. Those of before `done` say it by their lists. */
static bool was_done(const json_t *outcome)
{
	const json_t *done = json_object_get(outcome, "done");

	if (done || !str_eq(json_get_text(outcome, "result", ""), "failed"))
		return !json_is_false(done);
	return (json_find(json_object_get(outcome, "expects"), "verdict", "fails") ||
		json_find(json_object_get(outcome, "expects"), "state", "not-ok")) &&
	       !json_find(json_object_get(outcome, "steps"), "state", "not-ok") &&
	       !json_find(json_object_get(outcome, "files"), "state", "not-ok");
}

/* Of the run: what it did and what its phases say. */
static const char *verdict(const struct reading *reading, const json_t *phases)
{
	const json_t *outcome = json_object_get(reading->record, "outcome");
	const char *result = json_get_text(outcome, "result", json_string_value(outcome));

	if (reading->unjudged ||
	    !(str_eq(result, "passed") || str_eq(result, "failed") || str_eq(result, "not-judged")))
		return "not-judged";
	return was_done(outcome) ? phases_verdict(phases) : "fails";
}

/* Adds "journeys", "unmatched" and "links" to the story. */
static void add_journeys(struct reading *reading, json_t *story)
{
	auto_journey_set struct journey_set set = { 0 };
	const struct journey_opts opts = { .max_journeys = MAX_JOURNEYS };
	struct journey_lab *lab = &reading->ports.lab;
	struct err err = ERR_INIT;
	json_t *journeys;

	(void)json_object_set_new(story, "journeys", json_array());
	if (!reading->has_topo)
		return;
	/* Without them nothing is known to be translated, nor why anything was dropped. */
	ports_take_records(&reading->ports, reading->tables);
	lab->ws = open_wireshark(reading);
	if (journey_read(lab, &opts, &set, &err) < 0) {
		reading_note(reading, err.msg);
		return;
	}
	for (size_t i = 0; i < set.n_notes; i++)
		reading_note(reading, set.notes[i]);
	if (set.left_out)
		reading_note(reading, "there are more packets than a story tells");
	journeys = packets_of(lab, &set);
	(void)json_object_set_new(story, "journeys", journeys);
	(void)json_object_set_new(story, "unmatched", journey_unmatched_to_json(lab, &set));
	(void)json_object_set_new(story, "links", journey_links_to_json(lab, &set));
	if (reading->answered && packets_name(reading->ws, lab, &set, journeys, &err) < 0)
		reading_note(reading, err.msg);
	merged_number(reading->dir, journeys);
}

/* A run that does not say whether other tables count tells of no entry that won. */
static void tell_decisions(const struct reading *reading, json_t *story)
{
	const json_t *policies = json_object_get(reading->tables, "policies");

	if (policies)
		decision_tell(story, policies);
}

static json_t *tables(const struct reading *reading)
{
	json_t *list = json_object_get(reading->tables, "tables");

	return json_is_array(list) ? json_incref(list) : json_array();
}

/* A cable that was cut before anything was sent explains much. */
static void note_links(struct reading *reading)
{
	const json_t *link;
	size_t i;

	json_array_foreach(json_object_get(reading->record, "links"), i, link) {
		auto_free char *text = xasprintf("link '%s' was down when the run began",
						 json_get_text(link, "name", "?"));

		if (str_eq(json_get_text(link, "state", "up"), "down"))
			reading_note(reading, text);
	}
}

/* --- all of it --- */

static json_t *text_or(const json_t *value, const char *fallback)
{
	return json_is_string(value) ? json_incref((json_t *)(uintptr_t)value)
	       : fallback            ? json_string(fallback)
				     : json_null();
}

/* What the run's folder is called. */
static json_t *run_name(const char *dir)
{
	auto_free char *path = realpath(dir, NULL);
	const char *slash = path ? strrchr(path, '/') : NULL;
	auto_str struct str clean = { 0 };

	str_add_clean(&clean, slash ? slash + 1 : dir, false);
	return json_string(str_text(&clean));
}

static json_t *title_of(const struct reading *reading, const char *name)
{
	const char *text = reading->experiment && reading->experiment->description
				   ? reading->experiment->description
				   : name;

	return json_pack("{s:s, s:s?}", "en", text, "ko",
			 reading->experiment ? reading->experiment->description_ko : NULL);
}

/* What the remarks speak of; null where nobody says. */
static json_t *source_of(const struct reading *reading)
{
	const struct experiment *e = reading->experiment;

	return e && e->source.en[0] ? json_pack("{s:s, s:s?, s:s?}", "en", e->source.en, "ko",
						e->source.ko, "href", e->source_href)
				    : json_null();
}

static void add_head(const struct reading *reading, json_t *story)
{
	const json_t *record = reading->record, *outcome = json_object_get(record, "outcome");
	const json_t *versions = json_object_get(record, "versions");
	const char *experiment = json_get_text(
		record, "experiment", reading->experiment ? reading->experiment->name : "?");
	const char *lab =
		json_get_text(record, "lab", reading->has_topo ? reading->topo.name : "?");
	json_t *head = json_pack(
		"{s:i, s:o, s:s, s:s, s:s?, s:o, s:o, s:o, s:f, s:o, s:o, s:o, s:o}", "format",
		STORY_FORMAT, "run", run_name(reading->dir), "lab", lab, "experiment", experiment,
		"judged_by", reading->options->judge, "title", title_of(reading, experiment),
		"source", source_of(reading), "started",
		text_or(json_object_get(record, "started"), NULL), "seconds",
		json_number_value(json_object_get(record, "seconds")), "parameters",
		parameters(reading) ? json_incref((json_t *)(uintptr_t)parameters(reading))
				    : json_object(),
		"versions", versions ? json_incref((json_t *)(uintptr_t)versions) : json_object(),
		"outcome",
		text_or(json_object_get(outcome, "result"),
			reading->running ? "running" : "interrupted"),
		"reason", text_or(json_object_get(outcome, "reason"), NULL));

	(void)json_object_update(story, head);
	json_decref(head);
}

static void put_together(struct reading *reading, json_t *story)
{
	json_t *known = tables(reading), *phases;

	add_head(reading, story);
	note_links(reading);
	phases = verdicts(reading);
	(void)json_object_set_new(story, "verdict", json_string(verdict(reading, phases)));
	(void)json_object_set_new(story, "failed_phase",
				  text_or(str_eq(json_get_text(story, "verdict", ""), "fails")
						  ? json_object_get(phases_failed(phases), "name")
						  : NULL,
					  NULL));
	(void)json_object_set(story, "notes", reading->notes);
	(void)json_object_set_new(story, "map",
				  reading->has_topo ? map_of(&reading->topo, reading->record, known)
						    : json_pack("{s:[], s:[]}", "nodes", "links"));
	(void)json_object_set_new(story, "phases", phases);
	(void)json_object_set_new(story, "events", events_of(reading->record));
	ports_learn(&reading->ports, known, json_object_get(reading->record, "events"));
	add_journeys(reading, story);
	phases_join(phases, json_object_get(story, "journeys"));
	(void)json_object_set_new(story, "tables", known);
	fate_tell(story);
	tell_decisions(reading, story);
}

int story_read(const char *dir, const struct story_options *options, json_t **ret, struct err *err)
{
	auto_reading struct reading reading = { .dir = dir, .options = options };
	int r = reading_open(&reading, err);

	if (r < 0)
		return r;
	*ret = json_object();
	put_together(&reading, *ret);
	return 0;
}
