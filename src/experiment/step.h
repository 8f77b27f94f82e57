/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One step of an experiment: its attempts, and what its output is measured against. Of this folder
 * only. */
#ifndef EXPERIMENT_STEP_H
#define EXPERIMENT_STEP_H

#include "experiment/experiment.h"

/* What the parts of the engine share during one run. */
struct experiment_run {
	const struct experiment *experiment;
	const struct experiment_args *args;
	const struct experiment_ops *ops;
	void *ctx;
	struct experiment_outcome *outcome;
	bool cancelled; /* someone wanted an end: nothing more is done in the guests */
	struct experiment_aside *asides; /* what goes on in the background; beside.c */
	size_t n_asides;
};

/*
 * Runs the step until it holds, fails or its deadline passes. report gets state, why, times, status
 * and output; out the whole output of the last attempt. With run->cancelled set, state is NOT_OK.
 */
void experiment_step_run(struct experiment_run *run, const struct experiment_step *step,
			 struct experiment_step_report *report, struct str *out);

/*
 * Whether what came of a command is as the step wants it, in report; why says what is not.
 * deadline: of the patterns.
 */
bool experiment_step_measure(struct experiment_run *run, const struct experiment_step *step,
			     int64_t deadline, struct experiment_step_report *report,
			     struct str *why);
/* The same, and the facts. */
bool experiment_step_judge(struct experiment_run *run, const struct experiment_step *step,
			   int64_t deadline, struct experiment_step_report *report,
			   struct str *why);
/* Keeps of out what is looked at and reported. */
void experiment_step_keep(struct experiment_step_report *report, const struct str *out);

/* Compiles a pattern as steps do (POSIX extended, a line at a time) and drops it; -EINVAL says why
 * not. */
int experiment_pattern_check(const char *pattern, struct err *err);

#endif
