/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `labctl runs` does beyond listing: runs go, and come from bundles. */
#ifndef LABCTL_KEEP_H
#define LABCTL_KEEP_H

#include "labctl/labctl.h"

/* How the names begin of what is not a run yet, or no more: hidden, locked while somebody is at it.
 */
#define KEEP_ASIDE ".aside-"

/* Opens a run's folder and locks it: nobody else uses it while the descriptor is open. -EBUSY: it
 * is in progress. */
int keep_lock(const char *dir, struct err *err);

/* Each is a whole command: `runs rm RUN...`, `runs prune`, `runs import FILE`. */
int keep_remove(const struct labctl *l, const struct args *a);
int keep_prune(const struct labctl *l, const struct args *a);
int keep_import(const struct labctl *l, const char *file);

#endif
