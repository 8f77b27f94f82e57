/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happens to the lab's helpers: the cable of a link, the medium of a Wi-Fi link, the capture
 * of a run. Each is a process that outlives labd. One thread waits for the end of all, by their
 * pidfds, whoever started them. An end that nobody asked for is a fault: the log has it, `status`
 * shows it, the run in progress fails with that reason, and the helper is started again with what
 * it carried. One that somebody has stopped (SIGSTOP) carries nothing either: it is ended. One that
 * ends again and again is given up, until `labctl link` asks for it.
 */
#ifndef LABD_HELPER_H
#define LABD_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "sandbox/init.h"

struct lab;

enum helper_kind { HELPER_CABLE, HELPER_MEDIUM, HELPER_CAPTURE };
/* None is needed; runs; has ended and is being started again; has ended for good. */
enum helper_state { HELPER_NONE, HELPER_RUNS, HELPER_RESTARTS, HELPER_DEAD };

struct helper {
	struct lab *lab;
	enum helper_kind kind;
	const char *link; /* NULL: of none */
	/*
	 * Starts it again, with what it carried, and calls helper_runs(); called under
	 * lab->make_lock. NULL: it is not started again.
	 */
	int (*again)(struct helper *helper, struct err *err);
	void *ctx;
	/* Under lab->lock. */
	enum helper_state state;
	int process;   /* pidfd; -1: none */
	char how[200]; /* it ended last: "ended by signal 9"; "": it never did */
	int64_t ended; /* CLOCK_MONOTONIC of that */
	int64_t still; /* CLOCK_MONOTONIC: since when it was seen to be stopped; 0: it is not */
	int64_t due;   /* CLOCK_MONOTONIC: with HELPER_RESTARTS, when */
	size_t restarts;
	struct init_deaths deaths;
};

/* Makes the lab's helpers, none of which runs: one for each link of the plan, and the
 * capture's. */
int helper_open(struct lab *lab, struct err *err);
/* Starts to wait for them. */
int helper_begin(struct lab *lab, struct err *err);

/* This is its process from now on; one that is known and runs stays. Takes the pidfd. */
void helper_runs(struct helper *helper, int process);
/* It is going to be ended: an end from now on is none that counts. */
void helper_ends(struct helper *helper);
/* It was not ended after all. */
void helper_stays(struct helper *helper);
/* Of a labd that takes over: it should run and does not. */
void helper_is_gone(struct helper *helper);
/* Somebody asks for it: it is started again if it is dead, and what was before does not count any
 * more. Under lab->make_lock. */
int helper_mend(struct helper *helper, struct err *err);
bool helper_is_dead(struct helper *helper);
/* Waits a moment for those that are being started again; why is what is dead then, if anything. */
bool helper_all_run(struct lab *lab, struct err *why);
/* Those of which there is something to say, as in `labctl status`; a new reference. */
json_t *helper_describe_all(struct lab *lab);

#endif
