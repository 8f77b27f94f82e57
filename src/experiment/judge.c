/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verdicts of phases and of all, once every expectation has its own. */
#include <errno.h>

#include "experiment/judge.h"

#define TRIES 3 /* a sharkd that dies or stands still is no verdict */

static void leave_out(struct judging *judging)
{
	for (size_t i = 0; i < judging->n; i++)
		if (!experiment_holds(&judging->items[i]->expect->when, judging->args))
			judging->items[i]->verdict = EXPERIMENT_VERDICT_SKIPPED;
}

/* The texts of the remarks that are told. */
static void fill_remarks(const struct judging *judging, struct experiment_outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_remarks; i++) {
		struct experiment_remark_report *report = &outcome->remarks[i];
		const struct experiment_text *wire = &report->remark->wire;

		if (report->asked.verdict != EXPERIMENT_VERDICT_HOLDS)
			continue;
		report->wire.en = experiment_value_text(judging, wire->en);
		report->wire.ko = wire->ko ? experiment_value_text(judging, wire->ko) : NULL;
	}
}

static void add_time(struct experiment_phase_report *phase, int64_t time_ns)
{
	if (!phase->begin_ns || time_ns < phase->begin_ns)
		phase->begin_ns = time_ns;
	if (time_ns > phase->end_ns)
		phase->end_ns = time_ns;
}

/* after_failure: a phase before this one fails. */
static void judge_phase(struct experiment_phase_report *phase, size_t index,
			const struct experiment_outcome *outcome, bool after_failure)
{
	size_t asked = 0, all = 0, bad = 0, unjudged = 0;
	bool begun = false;

	for (size_t i = 0; i < outcome->n_expects; i++) {
		const struct experiment_expect_report *report = &outcome->expects[i];
		bool holds = report->verdict == EXPERIMENT_VERDICT_HOLDS;

		if (report->expect->phase != index)
			continue;
		all++;
		asked += report->verdict != EXPERIMENT_VERDICT_SKIPPED;
		bad += report->verdict == EXPERIMENT_VERDICT_FAILS;
		unjudged += report->verdict == EXPERIMENT_VERDICT_NOT_JUDGED;
		if (holds && report->answer.first_time_ns)
			add_time(phase, report->answer.first_time_ns);
		begun |= holds && report->expect->at_least;
	}
	if ((all && !asked) || phase->phase->lacks)
		phase->verdict = EXPERIMENT_VERDICT_SKIPPED;
	else if (bad)
		phase->verdict = after_failure && !begun ? EXPERIMENT_VERDICT_NOT_REACHED
							 : EXPERIMENT_VERDICT_FAILS;
	else
		phase->verdict =
			unjudged ? EXPERIMENT_VERDICT_NOT_JUDGED : EXPERIMENT_VERDICT_HOLDS;
}

static void judge_phases(struct experiment_outcome *outcome)
{
	bool failed = false;

	for (size_t i = 0; i < outcome->n_phases; i++) {
		judge_phase(&outcome->phases[i], i, outcome, failed);
		failed |= outcome->phases[i].verdict == EXPERIMENT_VERDICT_FAILS;
	}
}

/* The first expectation with that verdict, and how many have it. */
static const struct experiment_expect_report *first_with(const struct experiment_outcome *outcome,
							 enum experiment_verdict verdict, size_t *n)
{
	const struct experiment_expect_report *first = NULL;

	*n = 0;
	for (size_t i = 0; i < outcome->n_expects; i++)
		if (outcome->expects[i].verdict == verdict && !(*n)++)
			first = &outcome->expects[i];
	return first;
}

/* Of a run whose acts all succeeded: what was judged makes the result. */
static void add_reason(const struct experiment *experiment, struct experiment_outcome *outcome)
{
	auto_str struct str reason = { 0 };
	size_t bad;
	const struct experiment_expect_report *first =
		first_with(outcome, EXPERIMENT_VERDICT_FAILS, &bad);
	enum experiment_result result = EXPERIMENT_FAILED;

	if (!first) {
		first = first_with(outcome, EXPERIMENT_VERDICT_NOT_JUDGED, &bad);
		result = EXPERIMENT_NOT_JUDGED;
	}
	if (!first || outcome->reason)
		return;
	outcome->result = result;
	if (first->expect->phase != EXPERIMENT_NO_PHASE)
		str_addf(&reason, "phase '%s': ", experiment->phases[first->expect->phase].name);
	str_addf(&reason, "expectation '%s' at %s:%s: %s", first->expect->name, first->expect->node,
		 first->expect->nic, first->why);
	if (bad > 1)
		str_addf(&reason, "; and %zu more", bad - 1);
	outcome->reason = str_take(&reason);
}

int experiment_judge_all(struct judging *judging, struct experiment_outcome *outcome,
			 struct err *err)
{
	auto_free struct experiment_expect_report **items =
		xcalloc(outcome->n_expects + outcome->n_remarks, sizeof(*items));
	int r = 0;

	judging->items = items;
	judging->n = 0;
	judging->n_expects = outcome->n_expects;
	for (size_t i = 0; i < outcome->n_expects; i++)
		items[judging->n++] = &outcome->expects[i];
	for (size_t i = 0; i < outcome->n_remarks; i++)
		items[judging->n++] = &outcome->remarks[i].asked;
	leave_out(judging);
	/* What could be judged is kept: the rest is asked again. */
	for (int tries = 0; tries < TRIES; tries++) {
		r = experiment_ask_all(judging, err);
		if (r >= 0 || r == -ECANCELED || r == -ENOENT)
			break;
	}
	if (r < 0)
		return r;
	fill_remarks(judging, outcome);
	judge_phases(outcome);
	add_reason(judging->experiment, outcome);
	return 0;
}

void experiment_report_all(const struct experiment *experiment, struct experiment_outcome *outcome)
{
	for (size_t i = 0; i < experiment->n_phases; i++)
		array_add(outcome->phases, outcome->n_phases)->phase = &experiment->phases[i];
	for (size_t i = 0; i < experiment->n_expects; i++)
		array_add(outcome->expects, outcome->n_expects)->expect = &experiment->expects[i];
	for (size_t i = 0; i < experiment->n_remarks; i++) {
		struct experiment_remark_report *report =
			array_add(outcome->remarks, outcome->n_remarks);

		report->remark = &experiment->remarks[i];
		report->asked.expect = &experiment->remarks[i].asked;
	}
}

int experiment_judge(const struct experiment *experiment, const struct experiment_args *args,
		     int (*expect)(void *ctx, const struct wireshark_query *q, size_t n,
				   struct wireshark_answer *a, struct err *err),
		     void *ctx, struct experiment_outcome *ret, struct err *err)
{
	auto_experiment_outcome struct experiment_outcome outcome = { .result = EXPERIMENT_PASSED,
								      .done = true };
	struct judging judging = { experiment, args, expect, ctx, NULL, 0, 0 };
	int r;

	if (args->n != experiment->n_parameters)
		return err_set(err, EINVAL, "experiment '%s': these parameters are not its own",
			       experiment->name);
	experiment_report_all(experiment, &outcome);
	r = experiment_judge_all(&judging, &outcome, err);
	if (r < 0)
		return r;
	*ret = outcome;
	outcome = (struct experiment_outcome){ 0 };
	return 0;
}
