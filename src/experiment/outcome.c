/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came of an experiment: names, JSON, end of life. */
#include "experiment/experiment.h"

#include <string.h>

#include "base/clock.h"

/* Of what a failed step printed. */
#define OUTPUT_LINES 10
#define OUTPUT_COLUMNS 200

static void expect_report_free(struct experiment_expect_report *report)
{
	free(report->filter);
	free(report->why);
	wireshark_answer_free(&report->answer);
}

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
	for (i = 0; i < outcome->n_expects; i++)
		expect_report_free(&outcome->expects[i]);
	for (i = 0; i < outcome->n_remarks; i++) {
		expect_report_free(&outcome->remarks[i].asked);
		free(outcome->remarks[i].wire.en);
		free(outcome->remarks[i].wire.ko);
	}
	free(outcome->steps);
	free(outcome->facts);
	free(outcome->files);
	free(outcome->expects);
	free(outcome->phases);
	free(outcome->remarks);
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
	case EXPERIMENT_NOT_JUDGED:
		return "not-judged";
	case EXPERIMENT_INTERRUPTED:
		return "interrupted";
	}
	return "unknown";
}

const char *experiment_stage_name(enum experiment_stage stage)
{
	switch (stage) {
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

const char *experiment_verdict_name(enum experiment_verdict verdict)
{
	switch (verdict) {
	case EXPERIMENT_VERDICT_NOT_REACHED:
		return "not-reached";
	case EXPERIMENT_VERDICT_SKIPPED:
		return "skipped";
	case EXPERIMENT_VERDICT_HOLDS:
		return "holds";
	case EXPERIMENT_VERDICT_FAILS:
		return "fails";
	case EXPERIMENT_VERDICT_NOT_JUDGED:
		return "not-judged";
	}
	return "unknown";
}

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

json_t *experiment_output_to_json(const char *output)
{
	size_t end = strlen(output), n = 0, start;
	json_t *lines = json_array();

	while (end && (unsigned char)output[end - 1] <= ' ')
		end--;
	for (start = end; start && n < OUTPUT_LINES; start--)
		n += output[start - 1] == '\n';
	if (n == OUTPUT_LINES)
		start++;
	while (start < end) {
		size_t len = strcspn(output + start, "\n");
		size_t shown = len < OUTPUT_COLUMNS ? len : OUTPUT_COLUMNS;
		auto_free char *line = NULL;

		/* A character is shown whole or not at all. */
		while (shown < len && shown &&
		       ((unsigned char)output[start + shown] & 0xc0) == 0x80)
			shown--;
		line = xstrndup(output + start, shown);
		(void)json_array_append_new(lines, json_text(line));
		start += len + 1;
	}
	return lines;
}

static json_t *step_json(const struct experiment_step_report *step)
{
	bool failed = step->state == EXPERIMENT_NOT_OK && step->output;

	return json_pack("{ss, ss, ss?, ss, si, si, sf, sf, so, so*}", "stage",
			 experiment_stage_name(step->stage), "name", step->name, "node", step->node,
			 "state", experiment_state_name(step->state), "status", step->status,
			 "attempts", (int)step->attempts, "start", seconds(step->start_ns),
			 "seconds", seconds(step->duration_ns), "why", json_text(step->why),
			 "output", failed ? experiment_output_to_json(step->output) : NULL);
}

static json_t *file_json(const struct experiment_file_report *file)
{
	return json_pack("{ss, ss, ss, ss, sI, so}", "as", file->collect->as, "node",
			 file->collect->node, "path", file->collect->path, "state",
			 experiment_state_name(file->state), "size", (json_int_t)file->size, "why",
			 json_text(file->why));
}

json_t *experiment_text_to_json(const struct experiment_text *text)
{
	return json_pack("{so, so}", "en", json_text(text->en), "ko", json_text(text->ko));
}

static json_t *frames_json(const struct wireshark_answer *answer)
{
	json_t *frames = json_array();

	for (size_t i = 0; i < WIRESHARK_FRAMES && answer->frames[i]; i++)
		(void)json_array_append_new(frames, json_integer((json_int_t)answer->frames[i]));
	return frames;
}

static json_t *values_json(const struct experiment_expect_report *report)
{
	json_t *values = json_object();

	for (size_t i = 0; i < report->expect->n_captures; i++)
		if (report->answer.values[i])
			(void)json_object_set_new(values, report->expect->captures[i].name,
						  json_text(report->answer.values[i]));
	return values;
}

static json_t *near_json(const struct wireshark_near *near)
{
	if (!near->frame)
		return json_null();
	return json_pack("{sI, so, so, so, sI}", "frame", (json_int_t)near->frame, "field",
			 json_text(near->field), "want", json_text(near->want), "have",
			 json_text(near->have), "differs", (json_int_t)near->differs);
}

static json_t *phase_name_json(const struct experiment_outcome *outcome, size_t phase)
{
	return json_text(phase == EXPERIMENT_NO_PHASE ? NULL : outcome->phases[phase].phase->name);
}

static json_t *expect_json(const struct experiment_outcome *outcome,
			   const struct experiment_expect_report *report)
{
	const struct experiment_expect *expect = report->expect;

	return json_pack(
		"{ss, so, ss, ss, ss, sb, ss, sI, so, sI, so, so, so}", "name", expect->name,
		"phase", phase_name_json(outcome, expect->phase), "node", expect->node, "nic",
		expect->nic, "filter", report->filter ? report->filter : expect->filter, "absent",
		expect->at_most == 0, "verdict", experiment_verdict_name(report->verdict), "count",
		(json_int_t)report->answer.count, "frames", frames_json(&report->answer), "time_ns",
		(json_int_t)report->answer.first_time_ns, "values", values_json(report), "nearest",
		near_json(&report->answer.near), "why", json_text(report->why));
}

static json_t *remark_json(const struct experiment_outcome *outcome,
			   const struct experiment_remark_report *report)
{
	json_t *value = expect_json(outcome, &report->asked);

	(void)json_object_set_new(value, "article",
				  experiment_text_to_json(&report->remark->article));
	(void)json_object_set_new(value, "wire", experiment_text_to_json(&report->wire));
	return value;
}

static json_t *phase_json(const struct experiment_phase_report *report)
{
	return json_pack("{ss, so, ss, sI, sI, ss*}", "name", report->phase->name, "title",
			 experiment_text_to_json(&report->phase->title), "verdict",
			 experiment_verdict_name(report->verdict), "begin_ns",
			 (json_int_t)report->begin_ns, "end_ns", (json_int_t)report->end_ns,
			 "lacks", report->phase->lacks);
}

json_t *experiment_outcome_to_json(const struct experiment_outcome *outcome)
{
	json_t *steps = json_array(), *facts = json_object(), *files = json_array(),
	       *phases = json_array(), *expects = json_array(), *remarks = json_array();
	size_t i;

	for (i = 0; i < outcome->n_steps; i++)
		(void)json_array_append_new(steps, step_json(&outcome->steps[i]));
	for (i = 0; i < outcome->n_facts; i++)
		(void)json_object_set_new(facts, outcome->facts[i].name,
					  json_text(outcome->facts[i].value));
	for (i = 0; i < outcome->n_files; i++)
		(void)json_array_append_new(files, file_json(&outcome->files[i]));
	for (i = 0; i < outcome->n_phases; i++)
		(void)json_array_append_new(phases, phase_json(&outcome->phases[i]));
	for (i = 0; i < outcome->n_expects; i++)
		(void)json_array_append_new(expects, expect_json(outcome, &outcome->expects[i]));
	for (i = 0; i < outcome->n_remarks; i++)
		if (outcome->remarks[i].wire.en)
			(void)json_array_append_new(remarks,
						    remark_json(outcome, &outcome->remarks[i]));
	return json_pack("{ss, so, sb, sb, sb, sf, sf, so, so, so, so, so, so}", "result",
			 experiment_result_name(outcome->result), "reason",
			 json_text(outcome->reason), "done", outcome->done, "cut", outcome->cut,
			 "captured", outcome->captured, "start", seconds(outcome->start_ns),
			 "seconds", seconds(outcome->duration_ns), "steps", steps, "facts", facts,
			 "files", files, "phases", phases, "expects", expects, "remarks", remarks);
}
