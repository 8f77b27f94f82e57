/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shipped experiments over captures of real runs that were kept (tests/fixtures): everything
 * holds, and for each expectation and remark there is a change of a capture that turns it, and the
 * verdict says which frame came nearest.
 */
#ifndef TESTS_TURNS_H
#define TESTS_TURNS_H

#include "experiment/experiment.h"
#include "lib/mutate.h"

struct turns_run {
	const char *name; /* of the folder under tests/fixtures, as "fetch/school" */
	const char *lab, *experiment;
	const char *parameters[5]; /* name, value; NULL at the end */
};

struct turns_row {
	const char *name;
	size_t run;
	const char *hop; /* whose file is changed */
	struct change change;
	/* What holds before and not after, "NAME@NODE:NIC" or the name of a remark; blanks
	 * between. */
	const char *turns;
	const char *field, *have; /* the nearest frame of the first of them; NULL: not looked at */
};

#define EDIT_ALL(filter_, field_, bytes_)                                              \
	{                                                                              \
		.mutation = MUTATION_EDIT_ALL, .filter = (filter_), .field = (field_), \
		.bytes = (bytes_)                                                      \
	}
#define MOVE(filter_, to_)                                                     \
	{                                                                      \
		.mutation = MUTATION_MOVE, .filter = (filter_), .field = (to_) \
	}
#define EDIT(filter_, field_, bytes_)                                              \
	{                                                                          \
		.mutation = MUTATION_EDIT, .filter = (filter_), .field = (field_), \
		.bytes = (bytes_)                                                  \
	}
#define SIMPLE(mutation_, filter_)                           \
	{                                                    \
		.mutation = (mutation_), .filter = (filter_) \
	}
#define DROP(filter_) SIMPLE(MUTATION_DROP, filter_)
#define SPOIL(filter_) SIMPLE(MUTATION_SPOIL, filter_)
#define COPY(filter_, field_, bytes_, from_)                                       \
	{                                                                          \
		.mutation = MUTATION_COPY, .filter = (filter_), .field = (field_), \
		.bytes = (bytes_), .from = (from_)                                 \
	}
#define PAYLOAD(filter_, bytes_, then_)                                               \
	{                                                                             \
		.mutation = MUTATION_PAYLOAD, .filter = (filter_), .bytes = (bytes_), \
		.then = (then_)                                                       \
	}

/* Adds the tests: each run holds, each row turns what it says, each expectation and remark of each
 * run's experiment is turned by some row. All outlive the tests. */
void turns_add(const struct turns_run *runs, size_t n_runs, const struct turns_row *rows,
	       size_t n_rows);
/* With another file in place of the hop's own. */
void turns_judge(size_t run, const char *hop, const char *file, struct experiment_outcome *ret);
/* After the tests: what was opened for them. */
void turns_end(void);

/* Prints what the experiment says of any run's folder: FOLDER [PARAMETER VALUE]... An exit status.
 */
int turns_folder(const char *experiment, char **args);

#endif
