/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An experiment: what is done in a lab, on which nodes, and what the captures must show afterwards.
 *
 * What they must show is told in phases: a phase of the story has a title, an explanation, its
 * expectations and its remarks. What a run does has stages (prepare, steps, ...), which have
 * nothing to do with them.
 */
#ifndef EXPERIMENT_EXPERIMENT_H
#define EXPERIMENT_EXPERIMENT_H

#include "experiment/model.h"
#include "wireshark/wireshark.h"

/* The engine. */

enum experiment_result {
	EXPERIMENT_PASSED,
	EXPERIMENT_FAILED,
	/* All was done, nothing fails, and of something nobody could say whether it holds. */
	EXPERIMENT_NOT_JUDGED,
	EXPERIMENT_INTERRUPTED,
};
enum experiment_stage {
	EXPERIMENT_PREPARE,
	EXPERIMENT_CAPTURE_START,
	EXPERIMENT_STEPS,
	EXPERIMENT_CAPTURE_STOP,
	EXPERIMENT_COLLECT,
	EXPERIMENT_EXPECT,
	EXPERIMENT_RESTORE,
};
/* Of a step or a collected file. */
enum experiment_state {
	EXPERIMENT_NOT_REACHED,
	EXPERIMENT_SKIPPED, /* its when does not hold */
	EXPERIMENT_OK,
	EXPERIMENT_NOT_OK,
};

/* Of an expectation, a remark or a phase. */
enum experiment_verdict {
	/* Nothing was asked; or a phase that none of its expectations saw begin, after one that
	 * fails: the packets never came so far. */
	EXPERIMENT_VERDICT_NOT_REACHED,
	EXPERIMENT_VERDICT_SKIPPED, /* its when does not hold */
	EXPERIMENT_VERDICT_HOLDS,   /* of a remark: it is told */
	EXPERIMENT_VERDICT_FAILS,
	/* Nobody can say: Wireshark does not know the filter or not the file, or what it depends
	 * on was not judged; of a phase: nothing of it fails, and something was not judged. */
	EXPERIMENT_VERDICT_NOT_JUDGED,
};

/* The name of each; static. "passed" / "prepare" / "not-reached" / "holds" ... */
const char *experiment_result_name(enum experiment_result result);
const char *experiment_stage_name(enum experiment_stage stage);
const char *experiment_state_name(enum experiment_state state);
const char *experiment_verdict_name(enum experiment_verdict verdict);

struct experiment_expect_report {
	const struct experiment_expect *expect;
	char *filter; /* as it was asked: expanded; NULL: was not asked */
	enum experiment_verdict verdict;
	struct wireshark_answer answer; /* values: by expect->captures */
	char *why;                      /* why it does not hold; else NULL */
};

struct experiment_remark_report {
	struct experiment_expect_report asked;
	const struct experiment_remark *remark;
	struct experiment_text wire; /* with this run's values; en NULL where it is not told */
};

struct experiment_phase_report {
	const struct experiment_phase *phase;
	enum experiment_verdict verdict;
	/* Of the first frames that its expectations found: the earliest and the latest; 0: none. */
	int64_t begin_ns, end_ns;
};

enum experiment_event_kind {
	EXPERIMENT_EVENT_STAGE, /* a stage begins */
	EXPERIMENT_EVENT_BEGIN, /* a step or a file is under way */
	EXPERIMENT_EVENT_END,   /* a step or a file is decided, or was skipped */
	EXPERIMENT_EVENT_FACT,
};

/* For progress. Which fields mean something depends on kind; the strings live for the call only. */
struct experiment_event {
	enum experiment_event_kind kind;
	enum experiment_stage stage;
	enum experiment_state state; /* END */
	const char *name;
	const char *node;    /* BEGIN, END: else NULL, and of a link */
	const char *text;    /* END: why it is not ok; FACT: its value; else NULL */
	const char *output;  /* END of a step that is not ok: what it printed; else NULL */
	int64_t duration_ns; /* END of a step */
};

/*
 * How the engine acts. Each returns 0, or a negative code with err filled. All are required. exec,
 * link and restart are called by several threads at once (<together>).
 */
struct experiment_ops {
	/*
	 * Runs a command with the node's sh, stdin empty; out gets stdout and stderr as they come,
	 * cut by the caller at a bound of its own. A command that ends in time is a success
	 * whatever its status; -ETIMEDOUT where it does not, and then nothing of it may go on in
	 * the guest. node "*": on every node at the same time; out is what those said whose status
	 * is not 0, with their names, or else all; status is the first that is not 0.
	 */
	int (*exec)(void *ctx, const char *node, const char *command, int64_t deadline_ms,
		    struct str *out, int *status, struct err *err);
	/* Makes a link what the words say (struct experiment_step, expanded). */
	int (*link)(void *ctx, const json_t *words, struct err *err);
	/* The node's guest anew; over when it is ready and has settled. */
	int (*restart)(void *ctx, const char *node, struct err *err);
	/* Starts a command of a node that goes on beside what follows; *ret is what aside_end
	 * frees.
	 */
	int (*aside_start)(void *ctx, const char *node, const char *command, void **ret,
			   struct err *err);
	bool (*aside_runs)(void *ctx, void *aside);
	/* Ends it, with all that it started. out gets what it printed, cut as in exec; *status is
	 * -1 where it had not ended by itself, or its guest has been started anew. */
	int (*aside_end)(void *ctx, void *aside, struct str *out, int *status, struct err *err);
	int (*capture_start)(void *ctx, struct err *err);
	/* Called once after a capture_start that succeeded, whatever happens in between. */
	int (*capture_stop)(void *ctx, struct err *err);
	int (*fetch)(void *ctx, const char *node, const char *path, struct str *out,
		     struct err *err);
	/* A file of the run folder; name is one path component. */
	int (*save)(void *ctx, const char *name, const void *data, size_t len, struct err *err);
	/* Secrets in the NSS key log format, for the captures; before expect. */
	int (*tls_keys)(void *ctx, const char *text, size_t len, struct err *err);
	/*
	 * Questions about captures, after they have stopped: a[i] answers q[i], whose file is
	 * "NODE:NIC". Called again and again, with as many questions about one file after
	 * another as their values allow: made for wireshark_ask. After an error it is asked again,
	 * which needs a new conversation.
	 */
	int (*expect)(void *ctx, const struct wireshark_query *q, size_t n,
		      struct wireshark_answer *a, struct err *err);
	void (*event)(void *ctx, const struct experiment_event *event);
	/* Asked between steps and between attempts. An exec under way ends with -ECANCELED by
	 * itself. */
	bool (*cancelled)(void *ctx);
};

struct experiment_step_report {
	enum experiment_stage stage;
	const char *name, *node; /* of the experiment; node NULL: a link */
	enum experiment_state state;
	int status; /* exit status of the last attempt; -1: none */
	unsigned int attempts;
	int64_t start_ns; /* CLOCK_REALTIME, as the captures; 0 where it did not start */
	int64_t duration_ns;
	char *output; /* of the last attempt, at most 64 KiB; may be NULL */
	char *why;    /* why it is not ok; else NULL */
};

struct experiment_fact_report {
	const char *name;
	char *value;
};

struct experiment_file_report {
	const struct experiment_collect *collect;
	enum experiment_state state;
	size_t size;
	char *why;
};

/* What came of it. Names point into the experiment, which must live longer. */
struct experiment_outcome {
	enum experiment_result result;
	char *reason;  /* one sentence; NULL when passed */
	bool done;     /* every act succeeded, whatever was judged: steps, captures, files */
	bool cut;      /* it was ended from outside: what is not in the captures proves nothing */
	bool captured; /* the capture ran: there is something to look at */
	int64_t start_ns, duration_ns;
	struct experiment_step_report *steps; /* prepare, steps, restore, in order */
	size_t n_steps;
	struct experiment_fact_report *facts;
	size_t n_facts;
	struct experiment_file_report *files;
	size_t n_files;
	struct experiment_phase_report *phases; /* each list in the order of the file */
	size_t n_phases;
	struct experiment_expect_report *expects;
	size_t n_expects;
	struct experiment_remark_report *remarks;
	size_t n_remarks;
};

/*
 * Runs it: prepare, capture_start, steps, capture_stop, collect, expect, restore. What goes on in
 * the background ends after capture_stop. A step that fails ends the steps, but not those of
 * restore, which are all tried; the capture is stopped in every case, files are collected and
 * expectations answered as far as the capture got. Cancelled: the capture is stopped and no more is
 * done. Whatever happens is an outcome; a negative code only where args are not those of this
 * experiment (-EINVAL).
 */
int experiment_run(const struct experiment *experiment, const struct experiment_args *args,
		   const struct experiment_ops *ops, void *ctx, struct experiment_outcome *ret,
		   struct err *err);
void experiment_outcome_free(struct experiment_outcome *outcome);
AUTO_DEFINE(experiment_outcome_auto, struct experiment_outcome, experiment_outcome_free)
#define auto_experiment_outcome AUTO(experiment_outcome_autop)
/*
 * The last stage alone, for captures that are there already: asks and judges every expectation and
 * remark that args leave. In *ret, phases, expects, remarks, done, result and reason are filled,
 * the latter three as if all steps had succeeded. -EINVAL for args of another experiment, or what
 * expect returned, where the captures cannot be asked, not even the third time; *ret is empty then.
 */
int experiment_judge(const struct experiment *experiment, const struct experiment_args *args,
		     int (*expect)(void *ctx, const struct wireshark_query *q, size_t n,
				   struct wireshark_answer *a, struct err *err),
		     void *ctx, struct experiment_outcome *ret, struct err *err);

/* For run.json and --json: a new reference. Times are seconds, but those in _ns; of a failed step's
 * output the last lines are told, and nothing of the others'. */
json_t *experiment_outcome_to_json(const struct experiment_outcome *outcome);
/* The last lines of what a step printed, ten at most, and not too long; a new array. */
json_t *experiment_output_to_json(const char *output);

#endif
