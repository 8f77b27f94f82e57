/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of an experiment. */
#ifndef LABD_RUN_H
#define LABD_RUN_H

#include <stdatomic.h>

#include "capture/capture.h"
#include "ctl/ctl.h"
#include "experiment/experiment.h"
#include "labd/lab.h"
#include "trace/expect.h"

#define SHARKD "sharkd" /* looked up in PATH */

struct run {
	struct lab *lab;
	struct ctl *ctl;        /* who asked, and hears how it goes */
	const char *path, *dir; /* of the experiment, and of the run folder */
	struct experiment experiment;
	struct experiment_args args;
	struct capture *capture;
	struct capture_stats stats;
	size_t n_captures;
	struct str tls_keys;
	struct trace
		*trace; /* what the captures are asked through; NULL until the first question */
	bool finished;  /* the captures have their secrets, all.pcapng is made */
	atomic_bool cancel;
};

/* The engine's exec (struct experiment_ops); ctx is a struct run. */
int run_exec(void *ctx, const char *name, const char *text, int64_t deadline_ms, struct str *out,
	     int *status, struct err *err);
/* run-capture.c: ops of the engine; ctx is a struct run. */
int run_capture_start(void *ctx, struct err *err);
int run_capture_stop(void *ctx, struct err *err);

/* Writes run.json; *result is what the client gets. */
int run_record(const struct run *run, const struct experiment_outcome *outcome, json_t **result,
	       struct err *err);

#endif
