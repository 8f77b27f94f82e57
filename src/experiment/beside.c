/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that run beside others: in the background, or together. */
#include "experiment/beside.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

#define PATTERN_MS 10000

/* --- in the background --- */

static void decide(const struct experiment_run *run, struct experiment_step_report *report, bool ok,
		   const char *why)
{
	report->state = ok ? EXPERIMENT_OK : EXPERIMENT_NOT_OK;
	if (!ok)
		report->why = xstrdup(run->cancelled ? "interrupted" : why);
}

/* True when it runs, or could not be started, which the report says then. */
static bool start_aside(struct experiment_run *run, const struct experiment_step *step,
			struct experiment_step_report *report)
{
	auto_str struct str command = { 0 };
	struct err err = ERR_INIT;
	void *handle = NULL;
	int rc;

	report->start_ns = clock_real_ns();
	report->attempts = 1;
	experiment_expand(run->experiment, run->args, step->command, &command);
	rc = run->ops->aside_start(run->ctx, step->node, str_text(&command), &handle, &err);
	if (rc == -ECANCELED)
		run->cancelled = true;
	if (rc < 0) {
		decide(run, report, false, err.msg);
		return false;
	}
	*array_add(run->asides, run->n_asides) =
		(struct experiment_aside){ step, report, handle, clock_mono_ns() };
	return true;
}

bool experiment_aside_end(struct experiment_run *run, struct experiment_aside *aside, bool all,
			  struct str *out)
{
	struct experiment_step_report *report = aside->report;
	auto_str struct str why = { 0 };
	struct err err = ERR_INIT;
	int status = -1, rc;
	bool ok;

	if (!aside->handle || (!all && run->ops->aside_runs(run->ctx, aside->handle)))
		return false;
	rc = run->ops->aside_end(run->ctx, take_ptr(aside->handle), out, &status, &err);
	report->duration_ns = clock_mono_ns() - aside->begin;
	report->status = rc < 0 ? -1 : status;
	experiment_step_keep(report, out);
	if (rc < 0)
		str_adds(&why, err.msg);
	ok = rc == 0 && !run->cancelled &&
	     experiment_step_judge(run, aside->step, deadline_in_ms(PATTERN_MS), report, &why);
	decide(run, report, ok, str_text(&why));
	return true;
}

/* --- together --- */

static void *run_member(void *arg)
{
	struct experiment_member *member = arg;

	experiment_step_run(&member->run, member->step, member->report, &member->out);
	return NULL;
}

void experiment_member_start(struct experiment_run *run, const struct experiment_step *step,
			     struct experiment_step_report *report, bool beside,
			     struct experiment_member *ret)
{
	*ret = (struct experiment_member){ .run = *run, .step = step, .report = report };
	ret->run.outcome = &ret->outcome;
	if (step->background) {
		ret->aside = start_aside(run, step, report);
		return;
	}
	ret->started = beside && pthread_create(&ret->thread, NULL, run_member, ret) == 0;
	if (!ret->started)
		(void)run_member(ret);
}

void experiment_member_join(struct experiment_run *run, struct experiment_member *member)
{
	if (member->started)
		(void)pthread_join(member->thread, NULL);
	run->cancelled |= member->run.cancelled;
	for (size_t i = 0; i < member->outcome.n_facts; i++)
		*array_add(run->outcome->facts, run->outcome->n_facts) = member->outcome.facts[i];
	free(member->outcome.facts);
}
