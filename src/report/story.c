/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The story of a run, out of its folder alone. */
#include "report/story.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "experiment/experiment.h"
#include "report/map.h"
#include "report/packets.h"
#include "report/phases.h"
#include "report/ports.h"
#include "run/run.h"
#include "trace/expect.h"
#include "trace/journey.h"

#define MAX_JOURNEYS 20000

struct reading {
	const char *dir;
	const struct story_options *options;
	json_t *record; /* run.json; NULL: there is none */
	json_t *notes;
	struct topo topo;
	bool has_topo;
	struct experiment experiment;
	bool has_experiment;
	struct ports ports; /* where there is a topology */
	struct trace *trace;
};

static void reading_free(struct reading *reading)
{
	trace_close(reading->trace);
	ports_free(&reading->ports);
	experiment_free(&reading->experiment);
	topo_free(&reading->topo);
	json_decref(reading->record);
	json_decref(reading->notes);
}
AUTO_DEFINE(reading_auto, struct reading, reading_free)
#define auto_reading AUTO(reading_autop)

static void note(struct reading *reading, const char *text)
{
	auto_str struct str clean = { 0 };

	str_add_clean(&clean, text, false);
	(void)json_array_append_new(reading->notes, json_string(str_text(&clean)));
}

static void note_all(struct reading *reading, const json_t *sentences)
{
	const json_t *sentence;
	size_t i;

	json_array_foreach(sentences, i, sentence) {
		if (json_is_string(sentence))
			note(reading, json_string_value(sentence));
	}
}

/* --- what lies in the folder --- */

static bool has_file(const char *dir, const char *name)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);

	return access(path, F_OK) == 0;
}

static int open_record(struct reading *reading, struct err *err)
{
	auto_free char *path = xasprintf("%s/run.json", reading->dir);
	struct err own = ERR_INIT;
	int format, r = json_open(path, &reading->record, &own);
	struct stat st;

	if (stat(reading->dir, &st) < 0)
		return err_errno(err, errno, "run '%s'", reading->dir);
	if (r < 0 && !has_file(reading->dir, "all.pcapng") &&
	    !has_file(reading->dir, "topology.xml"))
		return err_set(err, EINVAL, "'%s': is no run: it has no run.json", reading->dir);
	if (r < 0 && r != -ENOENT)
		note(reading, own.msg);
	if (r < 0) {
		note(reading, "the run did not end: it left no run.json");
		return 0;
	}
	format = json_get_int(reading->record, "format", 0);
	if (format > RUN_FORMAT)
		note(reading, "the run was made by a newer version of labd; what this one knows "
			      "of it is shown");
	else if (format < RUN_FORMAT_WHOLE)
		note(reading, "the run was made by an older version of labd, which kept neither "
			      "the lab nor the experiment with it: what it found is shown, "
			      "without journeys");
	return 0;
}

static void open_topology(struct reading *reading)
{
	auto_free char *path = xasprintf("%s/topology.xml", reading->dir);
	auto_xml_problems struct xml_problems problems = { 0 };
	struct err err = ERR_INIT;

	if (!has_file(reading->dir, "topology.xml")) {
		if (json_get_int(reading->record, "format", RUN_FORMAT) >= RUN_FORMAT_WHOLE)
			note(reading, "topology.xml is missing: the captures are not judged again, "
				      "and the way of the packets is not told");
		return;
	}
	reading->has_topo =
		topo_load(path, reading->options->schemas, &reading->topo, &problems, &err) == 0;
	if (reading->has_topo)
		ports_of(&reading->topo, reading->dir, &reading->ports);
	else
		note(reading, err.msg);
}

static void open_experiment(struct reading *reading)
{
	auto_free char *path = xasprintf("%s/experiment.xml", reading->dir);
	auto_xml_problems struct xml_problems problems = { 0 };
	struct err err = ERR_INIT;

	if (!has_file(reading->dir, "experiment.xml")) {
		if (json_get_int(reading->record, "format", RUN_FORMAT) >= RUN_FORMAT_WHOLE)
			note(reading,
			     "experiment.xml is missing: the captures are not judged again");
		return;
	}
	reading->has_experiment = experiment_load_kept(path, reading->options->schemas,
						       &reading->experiment, &problems, &err) == 0;
	if (!reading->has_experiment)
		note(reading, err.msg);
}

/* --- what the captures show --- */

static int ask(void *ctx, const struct trace_query *q, size_t n, struct trace_answer *a,
	       struct err *err)
{
	struct reading *reading = ctx;

	return trace_ask(reading->trace, q, n, a, err);
}

static const json_t *parameters(const struct reading *reading)
{
	return json_object_get(json_object_get(reading->record, "inputs"), "parameters");
}

static int judge(struct reading *reading, json_t **ret, struct err *err)
{
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };
	auto_experiment_args struct experiment_args args = { 0 };
	const json_t *value;
	const char *name;
	int r = 0;

	experiment_args_init(&reading->experiment, &args);
	json_object_foreach((json_t *)(uintptr_t)parameters(reading), name, value) {
		const char *text = json_string_value(value);

		r = experiment_set_parameter(&reading->experiment, &args, name, text ? text : "",
					     err);
		if (r < 0)
			return r;
	}
	r = trace_open(reading->options->sharkd, reading->dir, reading->ports.wifi,
		       reading->ports.lab.n_wifi, reading->options->deadline, &reading->trace, err);
	if (r == 0)
		r = experiment_judge(&reading->experiment, &args, ask, reading, &outcome, err);
	if (r == 0)
		*ret = experiment_outcome_to_json(&outcome);
	return r;
}

/* The verdicts: of today, or else those that the run recorded. A new reference. */
static json_t *verdicts(struct reading *reading)
{
	const json_t *recorded = json_object_get(reading->record, "outcome");
	json_t *judged = NULL;
	struct err err = ERR_INIT;

	/* Without the lab, what is encrypted in the air cannot be read. */
	if (!reading->has_experiment || !reading->has_topo || reading->options->recorded)
		return phases_of(recorded, reading->has_experiment ? &reading->experiment : NULL);
	if (judge(reading, &judged, &err) == 0) {
		json_t *phases = phases_of(judged, &reading->experiment);

		json_decref(judged);
		return phases;
	}
	trace_close(take_ptr(reading->trace)); /* it answers no more */
	note(reading, err.msg);
	note(reading, "the captures are not judged again: the verdicts are those that the run "
		      "recorded");
	return phases_of(recorded, &reading->experiment);
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
	lab->sharkd = reading->options->sharkd;
	lab->deadline = reading->options->deadline;
	if (journey_read(lab, &opts, &set, &err) < 0) {
		note(reading, err.msg);
		return;
	}
	for (size_t i = 0; i < set.n_notes; i++)
		note(reading, set.notes[i]);
	if (set.left_out)
		note(reading, "there are more packets than a story tells");
	journeys = packets_of(lab, &set);
	(void)json_object_set_new(story, "journeys", journeys);
	(void)json_object_set_new(story, "unmatched", journey_unmatched_to_json(lab, &set));
	(void)json_object_set_new(story, "links", journey_links_to_json(lab, &set));
	if (reading->trace && packets_name(reading->trace, lab, &set, journeys, &err) < 0)
		note(reading, err.msg);
}

static json_t *tables(struct reading *reading)
{
	auto_free char *path = xasprintf("%s/tables.json", reading->dir);
	auto_json json_t *file = NULL;
	struct err err = ERR_INIT;
	json_t *list;
	int r = json_open(path, &file, &err);

	if (r < 0 && r != -ENOENT)
		note(reading, err.msg);
	note_all(reading, json_object_get(file, "notes"));
	list = json_object_get(file, "tables");
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
			note(reading, text);
	}
}

/* --- all of it --- */

static json_t *text_or(const json_t *value, const char *fallback)
{
	return json_is_string(value) ? json_incref((json_t *)(uintptr_t)value)
	       : fallback            ? json_string(fallback)
				     : json_null();
}

static json_t *title_of(const struct reading *reading, const char *name)
{
	const char *text = reading->has_experiment && reading->experiment.description
				   ? reading->experiment.description
				   : name;

	return json_pack("{s:s}", "en", text);
}

static void add_head(const struct reading *reading, json_t *story)
{
	const json_t *record = reading->record, *outcome = json_object_get(record, "outcome");
	const json_t *versions = json_object_get(record, "versions");
	const char *experiment = json_get_text(
		record, "experiment", reading->has_experiment ? reading->experiment.name : "?");
	const char *lab =
		json_get_text(record, "lab", reading->has_topo ? reading->topo.name : "?");
	json_t *head = json_pack(
		"{s:i, s:s, s:s, s:o, s:o, s:f, s:o, s:o, s:o, s:o}", "format", STORY_FORMAT, "lab",
		lab, "experiment", experiment, "title", title_of(reading, experiment), "started",
		text_or(json_object_get(record, "started"), NULL), "seconds",
		json_number_value(json_object_get(record, "seconds")), "parameters",
		parameters(reading) ? json_incref((json_t *)(uintptr_t)parameters(reading))
				    : json_object(),
		"versions", versions ? json_incref((json_t *)(uintptr_t)versions) : json_object(),
		"outcome", text_or(json_object_get(outcome, "result"), "interrupted"), "reason",
		text_or(json_object_get(outcome, "reason"), NULL));

	(void)json_object_update(story, head);
	json_decref(head);
}

static void put_together(struct reading *reading, json_t *story)
{
	json_t *known = tables(reading), *phases;

	add_head(reading, story);
	note_links(reading);
	phases = verdicts(reading);
	(void)json_object_set_new(story, "verdict", text_or(NULL, phases_verdict(phases)));
	(void)json_object_set_new(story, "failed_phase",
				  text_or(json_object_get(phases_failed(phases), "name"), NULL));
	(void)json_object_set(story, "notes", reading->notes);
	(void)json_object_set_new(story, "map",
				  reading->has_topo ? map_of(&reading->topo, reading->record, known)
						    : json_pack("{s:[], s:[]}", "nodes", "links"));
	(void)json_object_set_new(story, "phases", phases);
	add_journeys(reading, story);
	phases_join(phases, json_object_get(story, "journeys"));
	(void)json_object_set_new(story, "tables", known);
}

int story_read(const char *dir, const struct story_options *options, json_t **ret, struct err *err)
{
	auto_reading struct reading reading = { .dir = dir,
						.options = options,
						.notes = json_array() };
	int r = open_record(&reading, err);

	if (r < 0)
		return r;
	open_topology(&reading);
	open_experiment(&reading);
	*ret = json_object();
	put_together(&reading, *ret);
	return 0;
}
