/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside sandbox: what stays of a lab that has ended, its log and why. */
#ifndef SANDBOX_ENDED_H
#define SANDBOX_ENDED_H

#include <stdbool.h>

#include "base/err.h"

/*
 * Removes the lab's folder; its log becomes STATE_DIR/ended/NAME.log. by_itself: nobody took it
 * down, and why it ended, unless it ended in peace, is kept for registry_news.
 */
int ended_sweep(const char *state_dir, const char *name, bool by_itself, struct err *err);

#endif
