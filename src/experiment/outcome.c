/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came of an experiment: names, JSON, end of life. */
#include "experiment/experiment.h"

#include "base/clock.h"

void experiment_outcome_free(struct experiment_outcome *outcome)
{
	size_t i;

	for (i = 0; i < outcome->n_steps; i++) {
		free(outcome->steps[i].output);
		free(outcome->steps[i].why);
	}
	for (i = 0; i < outcome->n_facts; i++)
		free(outcome->facts[i].value);
	for (i = 0; i < outcome->n_files; i++)
		free(outcome->files[i].why);
	for (i = 0; i < outcome->n_expects; i++) {
		free(outcome->expects[i].filter);
		free(outcome->expects[i].why);
	}
	free(outcome->steps);
	free(outcome->facts);
	free(outcome->files);
	free(outcome->expects);
	free(outcome->reason);
	*outcome = (struct experiment_outcome){ 0 };
}

const char *experiment_result_name(enum experiment_result result)
{
	switch (result) {
	case EXPERIMENT_PASSED:
		return "passed";
	case EXPERIMENT_FAILED:
		return "failed";
	case EXPERIMENT_INTERRUPTED:
		return "interrupted";
	}
	return "unknown";
}

const char *experiment_phase_name(enum experiment_phase phase)
{
	switch (phase) {
	case EXPERIMENT_PREPARE:
		return "prepare";
	case EXPERIMENT_CAPTURE_START:
		return "capture-start";
	case EXPERIMENT_STEPS:
		return "steps";
	case EXPERIMENT_CAPTURE_STOP:
		return "capture-stop";
	case EXPERIMENT_COLLECT:
		return "collect";
	case EXPERIMENT_EXPECT:
		return "expect";
	case EXPERIMENT_RESTORE:
		return "restore";
	}
	return "unknown";
}

const char *experiment_state_name(enum experiment_state state)
{
	switch (state) {
	case EXPERIMENT_NOT_REACHED:
		return "not-reached";
	case EXPERIMENT_SKIPPED:
		return "skipped";
	case EXPERIMENT_OK:
		return "ok";
	case EXPERIMENT_NOT_OK:
		return "not-ok";
	}
	return "unknown";
}

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

/* What a guest said need not be UTF-8, and jansson takes nothing else. */
static json_t *text_json(const char *text)
{
	auto_str struct str clean = { 0 };
	json_t *value;

	if (!text)
		return json_null();
	value = json_string(text);
	if (value)
		return value;
	for (; *text; text++)
		str_add(&clean, (unsigned char)*text < 0x80 ? text : "?", 1);
	return json_string(str_text(&clean));
}

static json_t *step_json(const struct experiment_step_report *step)
{
	return json_pack("{ss, ss, ss, ss, si, si, sf, sf, so}", "phase",
			 experiment_phase_name(step->phase), "name", step->name, "node", step->node,
			 "state", experiment_state_name(step->state), "status", step->status,
			 "attempts", (int)step->attempts, "start", seconds(step->start_ns),
			 "seconds", seconds(step->duration_ns), "why", text_json(step->why));
}

static json_t *file_json(const struct experiment_file_report *file)
{
	return json_pack("{ss, ss, ss, ss, sI, so}", "as", file->collect->as, "node",
			 file->collect->node, "path", file->collect->path, "state",
			 experiment_state_name(file->state), "size", (json_int_t)file->size, "why",
			 text_json(file->why));
}

static json_t *expect_json(const struct experiment_expect_report *report)
{
	const struct experiment_expect *expect = report->expect;

	return json_pack("{ss, ss, ss, ss, sb, ss, sI, sI, sf, so}", "name", expect->name, "node",
			 expect->node, "nic", expect->nic, "filter",
			 report->filter ? report->filter : expect->filter, "absent", expect->absent,
			 "state", experiment_state_name(report->state), "count",
			 (json_int_t)report->answer.count, "frame",
			 (json_int_t)report->answer.frame, "time", seconds(report->answer.time_ns),
			 "why", text_json(report->why));
}

json_t *experiment_outcome_to_json(const struct experiment_outcome *outcome)
{
	json_t *steps = json_array(), *facts = json_object(), *files = json_array(),
	       *expects = json_array();
	size_t i;

	for (i = 0; i < outcome->n_steps; i++)
		(void)json_array_append_new(steps, step_json(&outcome->steps[i]));
	for (i = 0; i < outcome->n_facts; i++)
		(void)json_object_set_new(facts, outcome->facts[i].name,
					  text_json(outcome->facts[i].value));
	for (i = 0; i < outcome->n_files; i++)
		(void)json_array_append_new(files, file_json(&outcome->files[i]));
	for (i = 0; i < outcome->n_expects; i++)
		(void)json_array_append_new(expects, expect_json(&outcome->expects[i]));
	return json_pack("{ss, so, sb, sf, sf, so, so, so, so}", "result",
			 experiment_result_name(outcome->result), "reason",
			 text_json(outcome->reason), "captured", outcome->captured, "start",
			 seconds(outcome->start_ns), "seconds", seconds(outcome->duration_ns),
			 "steps", steps, "facts", facts, "files", files, "expects", expects);
}
