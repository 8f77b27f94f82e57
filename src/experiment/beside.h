/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that run beside others: in the background, or together. Of this folder only. */
#ifndef EXPERIMENT_BESIDE_H
#define EXPERIMENT_BESIDE_H

#include <pthread.h>

#include "experiment/step.h"

/* A step in the background, from its start to the end of the run. */
struct experiment_aside {
	const struct experiment_step *step;
	struct experiment_step_report *report;
	void *handle; /* of aside_start; NULL: it is over */
	int64_t begin;
};

/*
 * Ends it where that is wanted (all), or it has ended by itself: true once, with its report filled;
 * out gets what it printed.
 */
bool experiment_aside_end(struct experiment_run *run, struct experiment_aside *aside, bool all,
			  struct str *out);

/* One of several steps at the same time. */
struct experiment_member {
	struct experiment_run run; /* its own, as long as it runs */
	struct experiment_outcome outcome;
	const struct experiment_step *step;
	struct experiment_step_report *report;
	struct str out; /* the caller frees it */
	pthread_t thread;
	bool started; /* in a thread */
	bool aside;   /* goes on in the background: is decided later */
};

/* beside: others come at the same time. Without it, the step is over on return. */
void experiment_member_start(struct experiment_run *run, const struct experiment_step *step,
			     struct experiment_step_report *report, bool beside,
			     struct experiment_member *ret);
/* Waits for it; its facts go to the run. */
void experiment_member_join(struct experiment_run *run, struct experiment_member *member);

#endif
