/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening a run's folder for its story. */
#include "report/reading.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/str.h"
#include "pki/digest.h"
#include "report/phases.h"
#include "role/role.h"
#include "run/run.h"

void reading_free(struct reading *reading)
{
	wireshark_close(reading->ws);
	free(reading->macs);
	ports_free(&reading->ports);
	experiment_free(&reading->kept);
	topo_free(&reading->topo);
	json_decref(reading->record);
	json_decref(reading->tables);
	json_decref(reading->notes);
}
void reading_note(struct reading *reading, const char *text)
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
			reading_note(reading, json_string_value(sentence));
	}
}

/* No labd writes that. */
static bool contradicts_itself(const json_t *outcome)
{
	return str_eq(json_get_text(outcome, "result", ""), "passed") &&
	       (json_is_false(json_object_get(outcome, "done")) ||
		json_find(json_object_get(outcome, "steps"), "state", "not-ok") ||
		json_find(json_object_get(outcome, "files"), "state", "not-ok"));
}

/* Somebody is at it. */
static bool is_running(const char *dir)
{
	auto_close int lock = run_lock(dir, false, NULL);

	return lock == -EBUSY;
}

static int open_record(struct reading *reading, struct err *err)
{
	struct err own = ERR_INIT;
	int format, r = run_open_record(reading->dir, &reading->record, &own);
	const json_t *outcome;
	struct stat st;

	if (r < 0)
		reading->running = is_running(reading->dir);
	if (stat(reading->dir, &st) < 0)
		return err_errno(err, errno, "run '%s'", reading->dir);
	if (r < 0 && !run_has(reading->dir, RUN_ALL) && !run_has(reading->dir, RUN_TOPOLOGY))
		return err_set(err, EINVAL, "'%s': is not a run: it has no run.json", reading->dir);
	if (r < 0 && r != -ENOENT)
		reading_note(reading, own.msg);
	if (r < 0) {
		reading_note(reading,
			     reading->running
				     ? "the run is still in progress: what was captured so far "
				       "is told"
				     : "the run did not end: it left no run.json");
		reading->cut = true;
		return 0;
	}
	outcome = json_object_get(reading->record, "outcome");
	if (contradicts_itself(outcome)) {
		reading->unjudged = true;
		reading_note(reading,
			     "run.json contradicts itself: 'passed' is not what its steps say");
	}
	reading->cut = json_is_true(json_object_get(outcome, "cut")) ||
		       str_eq(json_get_text(outcome, "result", ""), "interrupted");
	format = json_get_int(reading->record, "format", 0);
	if (format > RUN_FORMAT)
		reading_note(reading,
			     "the run was made by a newer version of labd; what this one knows "
			     "of it is shown");
	else if (format < RUN_FORMAT_WHOLE)
		reading_note(reading,
			     "the run was made by an older version of labd, which kept neither "
			     "the lab nor the experiment with it: what it found is shown, "
			     "without journeys");
	return 0;
}

/* The hash of what the run kept; NULL where it did not say. */
static const char *kept_hash(const struct reading *reading, const char *what)
{
	const json_t *input = json_object_get(json_object_get(reading->record, "inputs"), what);

	return json_get_text(input, "kept-sha256", NULL);
}

/* Whether the kept file is the one that the run wrote; true where the run did not say. */
static bool is_unchanged(const struct reading *reading, const char *name, const char *what)
{
	const char *kept = kept_hash(reading, what);
	auto_free char *path = run_path(reading->dir, name);
	auto_str struct str text = { 0 };
	char digest[DIGEST_TEXT];

	if (!kept)
		return true;
	return io_read_file(path, XML_SIZE_MAX, &text, NULL) == 0 &&
	       digest_bytes(str_text(&text), text.len, digest, NULL) == 0 && str_eq(kept, digest);
}

static void open_topology(struct reading *reading)
{
	auto_free char *path = run_path(reading->dir, RUN_TOPOLOGY);
	auto_xml_problems struct xml_problems problems = { 0 };
	struct err err = ERR_INIT;

	if (!run_has(reading->dir, RUN_TOPOLOGY)) {
		reading->unjudged |= !!kept_hash(reading, "topology");
		if (json_get_int(reading->record, "format", RUN_FORMAT) >= RUN_FORMAT_WHOLE)
			reading_note(reading,
				     "topology.xml is missing: the captures are not judged again, "
				     "and the packets' paths are not shown");
		return;
	}
	reading->has_topo = topo_load(path, reading->options->schemas, role_all, &reading->topo,
				      &problems, &err) == 0;
	topo_macs(&reading->topo, &reading->macs, &reading->n_macs);
	if (reading->has_topo)
		ports_of(&reading->topo, reading->dir, reading->record, &reading->ports);
	else
		reading_note(reading, err.msg);
	if (!is_unchanged(reading, RUN_TOPOLOGY, "topology"))
		reading_note(reading,
			     "topology.xml was changed after the run: it is not the lab that ran");
}

static void note_left_out(struct reading *reading)
{
	for (size_t i = 0; reading->experiment && i < reading->experiment->n_left_out; i++) {
		const struct experiment_left_out *out = &reading->experiment->left_out[i];
		auto_free char *text = xasprintf("left out, %s: %s", out->why, out->what);

		reading_note(reading, text);
	}
}

/* The reader's own. */
static void take_experiment(struct reading *reading)
{
	auto_free char *text =
		xasprintf("judged by '%s', not by the experiment that ran: its phases alone",
			  reading->options->judge);

	reading->experiment = reading->options->experiment;
	reading_note(reading, text);
}

static void open_experiment(struct reading *reading)
{
	auto_free char *path = run_path(reading->dir, RUN_EXPERIMENT);
	auto_xml_problems struct xml_problems problems = { 0 };
	struct err err = ERR_INIT;

	if (!run_has(reading->dir, RUN_EXPERIMENT)) {
		reading->unjudged |= !!kept_hash(reading, "experiment");
		if (json_get_int(reading->record, "format", RUN_FORMAT) >= RUN_FORMAT_WHOLE)
			reading_note(
				reading,
				"experiment.xml is missing: the captures are not judged again");
		return;
	}
	if (experiment_load_kept(path, reading->options->schemas, &reading->kept, &problems,
				 &err) == 0)
		reading->experiment = &reading->kept;
	else
		reading_note(reading, err.msg);
	if (!is_unchanged(reading, RUN_EXPERIMENT, "experiment")) {
		reading->unjudged = true;
		reading_note(reading,
			     "experiment.xml was changed after the run: it gives no verdict on "
			     "the run; `labctl story --experiment FILE` judges by your own file");
	}
}

/* What the guests' tables said. */
static void open_tables(struct reading *reading)
{
	auto_free char *path = run_path(reading->dir, RUN_TABLES);
	struct err err = ERR_INIT;
	int r = json_open(path, &reading->tables, &err);

	if (r < 0 && r != -ENOENT)
		reading_note(reading, err.msg);
	note_all(reading, json_object_get(reading->tables, "notes"));
}

/* No run: the experiment, and who was taken for whom. */
static void open_capture(struct reading *reading)
{
	const struct story_options *options = reading->options;
	json_t *parameters = json_object_get(options->found, "parameters");

	reading->experiment = options->experiment;
	reading->record =
		json_pack("{s:s, s:s, s:{s:s, s:b}, s:{s:O}}", "experiment",
			  options->experiment->name, "lab", options->capture, "outcome", "result",
			  "passed", "done", true, "inputs", "parameters", parameters);
	note_all(reading, json_object_get(options->found, "roles"));
	note_left_out(reading);
}

int reading_open(struct reading *reading, struct err *err)
{
	int r;

	reading->notes = json_array();
	if (reading->options->capture) {
		open_capture(reading);
		return 0;
	}
	r = open_record(reading, err);
	if (r < 0)
		return r;
	open_topology(reading);
	if (reading->options->experiment)
		take_experiment(reading);
	else
		open_experiment(reading);
	note_left_out(reading);
	open_tables(reading);
	return 0;
}
