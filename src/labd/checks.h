/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a node is ready, has settled, and finds the lab whole: the plan's checks, asked by one
 * line in the guest's shell.
 */
#ifndef LABD_CHECKS_H
#define LABD_CHECKS_H

#include "labd/bring.h"

/*
 * Waits until every service runs and all that makes the node ready holds; that it does not is an
 * error after minutes. Then for what it has to find in the network, for as long as something
 * changes; what does not hold then goes into node->lacks, or, with bring->whole, is an error after
 * minutes, too.
 */
int checks_wait(const struct bring *bring, struct err *err);
/* Asks once more what is not about the node alone, and does not wait; node->lacks is anew. */
int checks_ask(struct lab_node *node, const atomic_bool *cancel, struct err *err);
/* Of a node that could not be asked: that is what it lacks. */
void checks_unasked(struct lab_node *node, const char *why);

#endif
