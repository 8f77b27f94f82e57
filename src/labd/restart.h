/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A node's guest anew, with all that the plan gives it, while the lab goes on. */
#ifndef LABD_RESTART_H
#define LABD_RESTART_H

#include "labd/lab.h"

/* Returns when it is ready and has settled; -ECANCELED once *cancel is set and the guest's SSH is
 * not waited for any more (guest_interrupt). */
int restart_node(struct lab_node *node, const atomic_bool *cancel, struct err *err);
/* Its guest has ended to boot again: starts it anew, beside the caller. */
void restart_rebooted(struct lab_node *node);

#endif
