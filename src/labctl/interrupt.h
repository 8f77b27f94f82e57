/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals as a descriptor: Ctrl-C is one more event to wait for, so that nothing stays half-made.
 */
#ifndef LABCTL_INTERRUPT_H
#define LABCTL_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

#include "base/err.h"

/* Until interrupt_release, SIGINT, SIGTERM, SIGHUP and SIGWINCH wait; then they do again what they
 * did before (NULL: whoever holds them does not let go). */
void interrupt_hold(sigset_t *before);
void interrupt_release(const sigset_t *before);
/*
 * From here to the end of the process, or the release of who held them before, these signals do
 * nothing but make the returned descriptor readable (CLOEXEC, non-blocking). Programs started later
 * have them unblocked (base/child.h). Negative on failure.
 */
int interrupt_open(struct err *err);

struct interrupts {
	bool end;    /* the user or the system wants us to stop */
	bool resize; /* the terminal has another size */
};

/* What has come since the last call; does not wait. */
struct interrupts interrupt_take(int fd);

#endif
