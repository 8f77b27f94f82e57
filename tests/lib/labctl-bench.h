/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labctl for real, in real sandboxes, against a labd without guests (fake-labd.c), with all that is
 * the user's in a folder of the test's.
 */
#ifndef TESTS_LIB_LABCTL_BENCH_H
#define TESTS_LIB_LABCTL_BENCH_H

#include "base/str.h"

#define PATIENCE_MS 60000
#define ARGS_MAX 12

extern char *labctl, *labs_state;

/* --- labs --- */

/* Starts one without `labctl up`. */
void start_lab(const char *name);
size_t count_labs(void);
int begin_alpha(void **state);
/* All labs end. */
int end_labs(void **state);

/* --- labctl --- */

struct outcome {
	struct str out, err;
	int code; /* 128 + signal when it was killed */
};

void outcome_free(struct outcome *o);
AUTO_DEFINE(outcome_auto, struct outcome, outcome_free)
#define auto_outcome AUTO(outcome_autop)

/* Reads from fd; false at its end. */
bool collect(int fd, struct str *into);
int reap(pid_t pid);
/* Runs labctl; when it has printed until (not NULL), it gets the signal. */
void run(const char *program, const char *const *args, const char *input, const char *until,
	 int signal_number, struct outcome *ret);

struct row {
	const char *name;
	bool extcap; /* labctl is called by its other name */
	const char *args[ARGS_MAX];
	int code;              /* negative: any */
	const char *out, *err; /* parts of what it prints; "": nothing at all; NULL: anything */
	const char *input;
	const char *until; /* then comes the signal */
	int signal_number;
};

void check_row(const struct row *row);
/* A test, whose state is such a row. */
void test_row(void **row);

/* The exit status of groups, in the user's folder: there are valid.xml, wrong.xml and e.xml. Of all
 * labs nothing may be left then. */
int run_labctl(int (*groups)(void));

#endif
