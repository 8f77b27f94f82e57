/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same for all nodes of a lab, several at a time. */
#ifndef LABD_EACH_H
#define LABD_EACH_H

#include "labd/lab.h"

/* So many at a time keep the processors busy. */
size_t each_processor(void);

typedef int each_fn(struct lab_node *node, void *ctx, struct err *err);

/*
 * Calls fn with each node that is wanted (NULL: all; else by index), at_a_time at most, and returns
 * when all have returned. The first error counts, and says of which node; no further one is begun
 * then.
 */
int each_node(struct lab *lab, const bool *wanted, size_t at_a_time, each_fn *fn, void *ctx,
	      struct err *err);

#endif
