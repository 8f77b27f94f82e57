/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much of this machine a lab may use: not what the machine has, but what affinity, cgroups
 * (version 1, 2, or both) and ulimits leave of it. A lab inherits all of them, so that labctl,
 * outside of it, and labd, inside, get the same answers.
 */
#ifndef SANDBOX_LIMITS_H
#define SANDBOX_LIMITS_H

#include <limits.h>

#define LIMIT_NONE LLONG_MAX

struct limit {
	long long value; /* LIMIT_NONE: as much as one likes, or nobody knows */
	char by[192];    /* who says so: "memory.max of cgroup '/a'"; empty: the machine itself */
};

struct limits {
	struct limit processors; /* at least 1; a part of one counts as one */
	struct limit memory_mib; /* that all together may take in addition, without swapping */
	struct limit threads;    /* that all together may begin in addition */
	struct limit files;      /* open in one process, after limits_raise_files() */
	struct limit address_mib, data_mib; /* of one process: RLIMIT_AS, RLIMIT_DATA */
	struct limit file_mib;              /* size of a file */
};

/* Asks the kernel; what cannot be asked is no limit. */
void limits_read(struct limits *ret);
/* This process and its children may have as many open files as the hard limit says. */
void limits_raise_files(void);

/* The smaller one counts; a sentence part says whose it is. */
void limit_lower(struct limit *limit, long long value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * What the cgroups say that this process is in, at every level up to the highest that can be seen.
 * The texts are those of /proc/self/cgroup and /proc/self/mountinfo (cgroups(7)): which folders are
 * read is decided from them alone.
 */
void limits_add_cgroups(const char *cgroup, const char *mountinfo, struct limits *limits);

#endif
