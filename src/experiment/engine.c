/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The engine: walks an experiment through its stages. It decides the order and the verdict; every
 * act goes through the ops. The first thing that goes wrong is the reason; what can still be
 * learned after it (files, expectations) is learned all the same.
 */
#include "experiment/experiment.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "experiment/beside.h"
#include "experiment/judge.h"
#include "experiment/step.h"

static bool wants_end(struct experiment_run *run)
{
	if (!run->cancelled && run->ops->cancelled(run->ctx))
		run->cancelled = true;
	return run->cancelled;
}

static void fail(struct experiment_run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void fail(struct experiment_run *run, const char *fmt, ...)
{
	struct experiment_outcome *outcome = run->outcome;
	auto_str struct str reason = { 0 };
	va_list ap;

	outcome->result = EXPERIMENT_FAILED;
	outcome->done = false;
	if (outcome->reason)
		return;
	va_start(ap, fmt);
	str_addv(&reason, fmt, ap);
	va_end(ap);
	outcome->reason = str_take(&reason);
}

static void tell(const struct experiment_run *run, const struct experiment_event *event)
{
	run->ops->event(run->ctx, event);
}

static void tell_stage(const struct experiment_run *run, enum experiment_stage stage)
{
	tell(run, &(struct experiment_event){ .kind = EXPERIMENT_EVENT_STAGE,
					      .stage = stage,
					      .name = experiment_stage_name(stage) });
}

static void tell_step(const struct experiment_run *run, enum experiment_event_kind kind,
		      const struct experiment_step_report *report)
{
	tell(run, &(struct experiment_event){
			  .kind = kind,
			  .stage = report->stage,
			  .state = report->state,
			  .name = report->name,
			  .node = report->node,
			  .text = report->why,
			  .output = report->state == EXPERIMENT_NOT_OK ? report->output : NULL,
			  .duration_ns = report->duration_ns });
}

static void tell_file(const struct experiment_run *run, enum experiment_event_kind kind,
		      const struct experiment_file_report *report)
{
	tell(run, &(struct experiment_event){ .kind = kind,
					      .stage = EXPERIMENT_COLLECT,
					      .state = report->state,
					      .name = report->collect->as,
					      .node = report->collect->node,
					      .text = report->why });
}

static void save_output(struct experiment_run *run, const struct experiment_step *step,
			const struct str *out)
{
	struct err err = ERR_INIT;

	if (step->save && run->ops->save(run->ctx, step->save, str_text(out), out->len, &err) < 0)
		fail(run, "step '%s': %s", step->name, err.msg);
}

static void fail_step(struct experiment_run *run, const struct experiment_step *step,
		      const char *why)
{
	if (step->act == EXPERIMENT_ACT_COMMAND)
		fail(run, "step '%s' on node '%s': %s", step->name, step->node, why);
	else
		fail(run, "%s: %s", step->name, why);
}

/* A step is decided; the outcome's facts between known and end are its own. */
static void step_is_over(struct experiment_run *run, const struct experiment_step *step,
			 const struct experiment_step_report *report, const struct str *out,
			 size_t known, size_t end)
{
	for (size_t i = known; i < end; i++)
		tell(run, &(struct experiment_event){ .kind = EXPERIMENT_EVENT_FACT,
						      .stage = report->stage,
						      .name = run->outcome->facts[i].name,
						      .text = run->outcome->facts[i].value });
	if (report->state != EXPERIMENT_OK && !run->cancelled)
		fail_step(run, step, report->why);
	save_output(run, step, out);
	tell_step(run, EXPERIMENT_EVENT_END, report);
}

/* What goes on in the background: with all, it is ended; else what has ended by itself is judged.
 */
static void look_aside(struct experiment_run *run, bool all)
{
	for (size_t i = 0; i < run->n_asides; i++) {
		struct experiment_aside *aside = &run->asides[i];
		size_t known = run->outcome->n_facts;
		auto_str struct str out = { 0 };

		if (!experiment_aside_end(run, aside, all, &out))
			continue;
		step_is_over(run, aside->step, aside->report, &out, known, run->outcome->n_facts);
	}
}

/* Steps that run at the same time, or one alone; they are over in the order of the file. */
static void run_group(struct experiment_run *run, const struct experiment_step *steps, size_t n,
		      struct experiment_step_report *reports)
{
	auto_free struct experiment_member *members = xcalloc(n, sizeof(*members));

	for (size_t i = 0; i < n; i++) {
		if (!experiment_holds(&steps[i].when, run->args)) {
			reports[i].state = EXPERIMENT_SKIPPED;
			tell_step(run, EXPERIMENT_EVENT_END, &reports[i]);
			continue;
		}
		tell_step(run, EXPERIMENT_EVENT_BEGIN, &reports[i]);
		experiment_member_start(run, &steps[i], &reports[i], n > 1, &members[i]);
	}
	for (size_t i = 0; i < n; i++) {
		size_t known = run->outcome->n_facts, end;

		if (reports[i].state == EXPERIMENT_SKIPPED)
			continue;
		experiment_member_join(run, &members[i]);
		end = run->outcome->n_facts;
		/* What broke in the background is the reason of what needed it. */
		look_aside(run, false);
		if (!members[i].aside)
			step_is_over(run, &steps[i], &reports[i], &members[i].out, known, end);
		str_free(&members[i].out);
	}
}

/* Runs steps until one fails; all of them where they are to restore. */
static void run_steps(struct experiment_run *run, const struct experiment_step *steps, size_t n,
		      struct experiment_step_report *reports)
{
	size_t i = 0, members;

	for (; i < n; i += members) {
		for (members = 1; steps[i].together && i + members < n &&
				  steps[i + members].together == steps[i].together;)
			members++;
		if (experiment_holds(&steps[i].when, run->args) && wants_end(run))
			return;
		run_group(run, &steps[i], members, &reports[i]);
		if (run->outcome->result != EXPERIMENT_PASSED &&
		    reports[i].stage != EXPERIMENT_RESTORE)
			return;
	}
}

/* Fetches one file into the run folder. */
static int collect_file(struct experiment_run *run, const struct experiment_collect *collect,
			size_t *size, struct err *err)
{
	auto_str struct str data = { 0 };
	int rc = run->ops->fetch(run->ctx, collect->node, collect->path, &data, err);

	if (rc < 0)
		return rc;
	*size = data.len;
	rc = run->ops->save(run->ctx, collect->as, str_text(&data), data.len, err);
	if (rc < 0 || collect->kind != EXPERIMENT_KIND_TLS_KEYS)
		return rc;
	return run->ops->tls_keys(run->ctx, str_text(&data), data.len, err);
}

static void collect(struct experiment_run *run, struct experiment_file_report *report)
{
	struct err err = ERR_INIT;
	int rc;

	tell_file(run, EXPERIMENT_EVENT_BEGIN, report);
	rc = collect_file(run, report->collect, &report->size, &err);
	report->state = rc < 0 ? EXPERIMENT_NOT_OK : EXPERIMENT_OK;
	if (rc == -ECANCELED) {
		run->cancelled = true;
		report->why = xstrdup("interrupted");
	} else if (rc < 0) {
		report->why = xstrdup(err.msg);
		fail(run, "file '%s' of node '%s': %s", report->collect->path,
		     report->collect->node, err.msg);
	}
	tell_file(run, EXPERIMENT_EVENT_END, report);
}

static void collect_all(struct experiment_run *run)
{
	size_t i;

	tell_stage(run, EXPERIMENT_COLLECT);
	for (i = 0; i < run->outcome->n_files; i++) {
		struct experiment_file_report *report = &run->outcome->files[i];

		if (!experiment_holds(&report->collect->when, run->args)) {
			report->state = EXPERIMENT_SKIPPED;
			tell_file(run, EXPERIMENT_EVENT_END, report);
		} else if (!wants_end(run)) {
			collect(run, report);
		}
	}
}

/* The captures cannot be asked: that says nothing of what is in them. */
static void not_judged(struct experiment_outcome *outcome, const struct err *err)
{
	if (outcome->reason)
		return;
	outcome->result = EXPERIMENT_NOT_JUDGED;
	outcome->reason = xasprintf("the captures cannot be asked: %s", err->msg);
}

static void expect_all(struct experiment_run *run)
{
	struct judging judging = {
		run->experiment, run->args, run->ops->expect, run->ctx, NULL, 0, 0
	};
	struct err err = ERR_INIT;
	int rc;

	tell_stage(run, EXPERIMENT_EXPECT);
	if (wants_end(run))
		return;
	rc = experiment_judge_all(&judging, run->outcome, &err);
	if (rc == -ECANCELED)
		run->cancelled = true;
	else if (rc < 0)
		not_judged(run->outcome, &err);
}

/* The part under capture, and what is learned from it. */
static void run_captured(struct experiment_run *run)
{
	const struct experiment *experiment = run->experiment;
	struct err err = ERR_INIT;
	int rc;

	tell_stage(run, EXPERIMENT_CAPTURE_START);
	rc = run->ops->capture_start(run->ctx, &err);
	if (rc == -ECANCELED) {
		run->cancelled = true;
		return;
	}
	if (rc < 0) {
		fail(run, "the capture does not start: %s", err.msg);
		return;
	}
	tell_stage(run, EXPERIMENT_STEPS);
	run_steps(run, experiment->steps, experiment->n_steps,
		  run->outcome->steps + experiment->n_prepare);
	tell_stage(run, EXPERIMENT_CAPTURE_STOP);
	rc = run->ops->capture_stop(run->ctx, &err);
	if (rc == -ECANCELED)
		run->cancelled = true;
	else if (rc < 0)
		fail(run, "the capture does not stop: %s", err.msg);
	run->outcome->captured = rc >= 0;
	look_aside(run, true);
	if (!run->cancelled)
		collect_all(run);
	if (!run->cancelled && run->outcome->captured)
		expect_all(run);
}

static void report_steps(struct experiment_outcome *outcome, enum experiment_stage stage,
			 const struct experiment_step *steps, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct experiment_step_report *report = array_add(outcome->steps, outcome->n_steps);

		report->stage = stage;
		report->name = steps[i].name;
		report->node = steps[i].node;
		report->status = -1;
	}
}

/* A report for everything, so that what was not reached is seen too. */
static void report_all(const struct experiment *experiment, struct experiment_outcome *outcome)
{
	size_t i;

	report_steps(outcome, EXPERIMENT_PREPARE, experiment->prepare, experiment->n_prepare);
	report_steps(outcome, EXPERIMENT_STEPS, experiment->steps, experiment->n_steps);
	report_steps(outcome, EXPERIMENT_RESTORE, experiment->restore, experiment->n_restore);
	for (i = 0; i < experiment->n_collects; i++)
		array_add(outcome->files, outcome->n_files)->collect = &experiment->collects[i];
	experiment_report_all(experiment, outcome);
}

static void restore(struct experiment_run *run)
{
	const struct experiment *experiment = run->experiment;

	if (!experiment->n_restore)
		return;
	tell_stage(run, EXPERIMENT_RESTORE);
	run_steps(run, experiment->restore, experiment->n_restore,
		  run->outcome->steps + experiment->n_prepare + experiment->n_steps);
}

int experiment_run(const struct experiment *experiment, const struct experiment_args *args,
		   const struct experiment_ops *ops, void *ctx, struct experiment_outcome *ret,
		   struct err *err)
{
	struct experiment_outcome outcome = { .result = EXPERIMENT_PASSED, .done = true };
	struct experiment_run run = { experiment, args, ops, ctx, &outcome, false, NULL, 0 };
	int64_t begin = clock_mono_ns();

	if (args->n != experiment->n_parameters)
		return err_set(err, EINVAL, "experiment '%s': these parameters are not its own",
			       experiment->name);
	outcome.start_ns = clock_real_ns();
	report_all(experiment, &outcome);
	tell_stage(&run, EXPERIMENT_PREPARE);
	run_steps(&run, experiment->prepare, experiment->n_prepare, outcome.steps);
	if (outcome.result == EXPERIMENT_PASSED && !wants_end(&run))
		run_captured(&run);
	look_aside(&run, true); /* of prepare, where nothing was captured */
	if (!wants_end(&run))
		restore(&run);
	look_aside(&run, true);
	free(run.asides);
	if (run.cancelled) {
		free(outcome.reason);
		outcome.reason = xstrdup("interrupted");
		outcome.result = EXPERIMENT_INTERRUPTED;
		outcome.done = false;
		outcome.cut = true;
	}
	outcome.duration_ns = clock_mono_ns() - begin;
	*ret = outcome;
	return 0;
}
