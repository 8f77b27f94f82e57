/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking and judging. Of this folder only. */
#ifndef EXPERIMENT_JUDGE_H
#define EXPERIMENT_JUDGE_H

#include "experiment/experiment.h"

struct judging {
	const struct experiment *experiment;
	const struct experiment_args *args;
	int (*ask)(void *ctx, const struct wireshark_query *q, size_t n, struct wireshark_answer *a,
		   struct err *err);
	void *ctx;
	struct experiment_expect_report **items; /* of the outcome: expectations, then remarks */
	size_t n, n_expects;
};

/* A report for every phase, expectation and remark, so that what was not reached is seen too. */
void experiment_report_all(const struct experiment *experiment, struct experiment_outcome *outcome);
/* Fills the reports; the first expectation that does not hold makes the outcome's reason. */
int experiment_judge_all(struct judging *judging, struct experiment_outcome *outcome,
			 struct err *err);

/* verdict.c; why is taken over. */
void experiment_decide(struct experiment_expect_report *report, enum experiment_verdict verdict,
		       char *why);
/* Decides by the report's answer. */
void experiment_judge_answer(struct experiment_expect_report *report);

/* ask.c: decides every report that was not skipped. */
int experiment_ask_all(struct judging *judging, struct err *err);
/* The filter as it is asked; NULL where a value of it is not known. free() it. */
char *experiment_filter_text(const struct judging *judging, const char *filter);
/* A remark's text with this run's values; a question mark for one that was not found. free() it. */
char *experiment_value_text(const struct judging *judging, const char *text);

#endif
