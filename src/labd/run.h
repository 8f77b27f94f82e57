/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of an experiment. */
#ifndef LABD_RUN_H
#define LABD_RUN_H

#include <pthread.h>
#include <stdatomic.h>

#include "capture/capture.h"
#include "ctl/ctl.h"
#include "experiment/experiment.h"
#include "labd/lab.h"
#include "wireshark/wireshark.h"

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
	struct wireshark
		*ws; /* what the captures are asked through; NULL until the first question */
	struct sharkd_patience patience; /* of ws */
	json_t *links;                   /* with their state, at the start */
	json_t *events;                  /* event.h; NULL until the end */
	json_t **services; /* of each node before, as said_services() has them; NULL: unknown */
	json_t *tables;    /* of the nodes, before and after; NULL until the capture starts */
	bool finished;     /* the captures have their secrets, all.pcapng is made */
	int reserve; /* of run_folder(); given back when there is nothing to capture any more */
	atomic_bool
		cancel;   /* the client's, or the lab goes: what is not done is not judged either */
	atomic_bool stop; /* the client's, or a node's fault: ends commands under way */
};

/* One node's share of what is asked of several at once. */
struct run_share {
	struct run *run;
	struct lab_node *node;
	const char *command;
	int64_t deadline_ms;
	bool own;       /* one of labd's, which does as its channel says; see run-exec.c */
	size_t limit;   /* of bytes that it says; 0: 256 KiB */
	struct str out; /* the caller frees it */
	int status, r;
	int64_t ended_ns; /* CLOCK_REALTIME */
	struct err err;
	pthread_t thread;
	bool started;
};

/* Runs each in its node, side by side, and waits for all. */
void run_shares(struct run_share *shares, size_t n);

/* tables.c: asks every node for its tables (struct plan_table); what fails is a note in them. */
enum run_moment { RUN_BEFORE, RUN_AFTER };
void run_tables(struct run *run, enum run_moment moment);
/* services.c: takes what the node with that index says by SAID_SERVICES; what has stopped between
 * the two moments is an event (event.h). */
void run_services(struct run *run, const struct run_share *share, enum run_moment moment,
		  const char *text);
void run_services_free(struct run *run);

/* The engine's exec (struct experiment_ops); ctx is a struct run. */
int run_exec(void *ctx, const char *name, const char *text, int64_t deadline_ms, struct str *out,
	     int *status, struct err *err);
/* run-act.c: what steps do to the lab; ops of the engine. */
int run_link(void *ctx, const json_t *words, struct err *err);
int run_restart(void *ctx, const char *node, struct err *err);
/* Makes the links again what they were before run_link. */
int run_undo(struct run *run, struct err *err);
/* run-aside.c: commands in the background; ops of the engine. */
int run_aside_start(void *ctx, const char *node, const char *command, void **ret, struct err *err);
bool run_aside_runs(void *ctx, void *aside);
int run_aside_end(void *ctx, void *aside, struct str *out, int *status, struct err *err);
/*
 * run-load.c: reads run->path and the parameters of args. -ENOPKG: what would look into the
 * captures is not installed; nothing has been done then.
 */
int run_load(struct run *run, const json_t *args, struct err *err);
/* run-capture.c: ops of the engine; ctx is a struct run. */
int run_capture_start(void *ctx, struct err *err);
int run_capture_stop(void *ctx, struct err *err);

/* Ends what the links themselves capture for the run in that folder, at the first n points of the
 * lab, and adds the frames to total; where a link knows nothing of it, those in its file. */
int run_stop_links(struct lab *lab, const char *dir, size_t n, struct capture_stats *total,
		   struct err *err);

/*
 * Makes the run's folder and puts some disk aside in it, so that run.json can be written in the
 * end, whatever the captures take: a file without a name, which goes with the descriptor that is
 * returned.
 */
int run_folder(const char *dir, struct err *err);
/* What a labd that takes over must know of the run; a new reference. */
json_t *run_begun(const struct run *run);
/* The run.json of such a run, which its labd did not live to end. */
int run_record_interrupted(const json_t *begun, const char *lab, const char *reason,
			   const struct capture_stats *stats, struct err *err);
/* Keeps the lab and the experiment as they are, and how to read the air, in the run's folder: at
 * the start, so that a run whose labd dies has them too. */
int run_keep(const struct run *run, struct err *err);
/* Writes run.json, the tables, and what the steps said; *result is what the client
 * gets. */
int run_record(const struct run *run, const struct experiment_outcome *outcome, json_t **result,
	       struct err *err);

#endif
