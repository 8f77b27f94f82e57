/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine has, and whether that is enough for a lab. */
#ifndef LABCTL_MACHINE_H
#define LABCTL_MACHINE_H

#include "labctl/labctl.h"
#include "plan/plan.h"
#include "sandbox/limits.h"

/* MiB free for this user on the disk where path is, or will be made; negative with errno set,
 * also where this user may not write. */
long long machine_disk_mib(const char *path);

/* What a lab takes. */
struct machine_needs {
	size_t guests;
	long long memory_mib;                      /* the guests' own and their QEMUs' */
	long long threads;                         /* of all processes together */
	long long files;                           /* open in the process that has most of them */
	long long address_mib, data_mib, file_mib; /* of the largest process, and file */
};
void machine_needs(const struct plan *plan, struct machine_needs *ret);
/* Those of school.xml. */
extern const struct machine_needs machine_school;

/* What is needed of one thing, and what may be had of it. */
struct machine_limit {
	const char *what, *unit; /* "memory", " MiB" */
	long long need;
	const struct limit *have;
};
#define MACHINE_LIMITS 6
void machine_limits(const struct machine_needs *needs, const struct limits *limits,
		    struct machine_limit ret[MACHINE_LIMITS]);
/* -ENOMEM, with a sentence that says how much is missing of what, and who limits it. */
int machine_check_limits(const struct machine_needs *needs, const struct limits *limits,
			 struct err *err);
/* -ENOSPC, or why path cannot be written. what: whose disk it is, "runs"; variable names another.
 */
int machine_check_disk(const char *what, const char *path, const char *variable, long long have_mib,
		       struct err *err);

/*
 * All that `up` needs of this machine but the image. What a user can do nothing about by patience
 * fails always; too little of something is only told where force is set. Prints; returns the exit
 * code.
 */
int machine_check(const struct labctl *l, const struct plan *plan, bool force);

#endif
