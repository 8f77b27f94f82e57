/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a lab: its processes, then its entry. */
#ifndef LABCTL_TEARDOWN_H
#define LABCTL_TEARDOWN_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "ctl/paths.h"

/* Ends the lab under init (0: it never started) and removes its entry. The entry stays when it
 * cannot be ended. */
int teardown(const struct paths *paths, const char *name, pid_t init, uint64_t start_time,
	     struct err *err);

#endif
