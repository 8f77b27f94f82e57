/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine has, and whether that is enough for a lab. */
#ifndef LABCTL_MACHINE_H
#define LABCTL_MACHINE_H

#include "labctl/labctl.h"
#include "plan/plan.h"

/* MiB that can be had without swapping; negative: unknown. */
long long machine_memory_mib(void);
/* MiB free for this user on the disk where path is, or will be made; negative with errno set. */
long long machine_disk_mib(const char *path);

/* What a lab takes. */
struct machine_needs {
	size_t guests;
	long long memory_mib; /* the guests' own and their QEMUs' */
};
void machine_needs(const struct plan *plan, struct machine_needs *ret);
/* -ENOMEM, with a sentence that says how much is missing. have negative: nobody knows, and it is
 * fine. */
int machine_check_memory(const struct machine_needs *needs, long long have_mib, struct err *err);
/* -ENOSPC, or why the disk of path cannot be asked. what: whose disk it is, "runs". */
int machine_check_disk(const char *what, const char *path, long long have_mib, struct err *err);

/*
 * All that `up` needs of this machine but the image. What a user can do nothing about by patience
 * fails always; too little memory or disk is only told where force is set. Prints; returns the exit
 * code.
 */
int machine_check(const struct labctl *l, const struct plan *plan, bool force);

#endif
