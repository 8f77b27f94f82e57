/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One node's way up: boot, SSH, provision, checks; the same in `up` and in `restart`. */
#ifndef LABD_BRING_H
#define LABD_BRING_H

#include "labd/lab.h"

struct bring {
	struct lab_node *node;
	const struct lab_progress *progress; /* who hears of it */
	const atomic_bool *cancel;           /* set by others: ends it with -ECANCELED */
	bool whole;                          /* a check that does not hold is a failure */
};

/* The node has reached a stage, or waits for something else in the same. */
void bring_enter(const struct bring *bring, enum lab_stage stage, const char *detail);
/* From nothing to a guest that has its files and runs its services. */
int bring_up(const struct bring *bring, struct err *err);
/* From nothing to the guest, standing still, that was saved to stream (lab_restore). */
int bring_restore(struct lab_node *node, const char *stream, struct err *err);
/* Waits until the node is ready and has settled; what is missing then is in node->lacks. */
int bring_ready(const struct bring *bring, struct err *err);

#endif
