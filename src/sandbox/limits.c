/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much of this machine a lab may use, by affinity, cgroups and ulimits. */
#include "sandbox/limits.h"

#include <ctype.h>
#include <dirent.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define MIB (1024LL * 1024)
#define TEXT_MAX ((size_t)4 << 20) /* a machine with thousands of mounts */

static void add_affinity(struct limits *limits)
{
	cpu_set_t sets[8]; /* 8192 processors */
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (online > 0)
		limits->processors.value = online;
	if (sched_getaffinity(0, sizeof(sets), sets) == 0)
		limit_lower(&limits->processors, CPU_COUNT_S(sizeof(sets), sets),
			    "the processor affinity or the cpuset");
}

static void add_machine_memory(struct limits *limits)
{
	auto_str struct str text = { 0 };
	const char *line;

	if (io_read_file("/proc/meminfo", 65536, &text, NULL) < 0)
		return;
	line = strstr(str_text(&text), "\nMemAvailable:");
	if (line)
		limits->memory_mib.value =
			strtoll(line + strlen("\nMemAvailable:"), NULL, 10) / 1024;
}

/* Threads of one process, if it is this user's. */
static long long threads_of(const char *pid)
{
	auto_free char *folder = xasprintf("/proc/%s", pid);
	auto_free char *path = xasprintf("%s/status", folder);
	auto_str struct str text = { 0 };
	const char *line;
	struct stat st;

	if (stat(folder, &st) < 0 || st.st_uid != geteuid() ||
	    io_read_file(path, 65536, &text, NULL) < 0)
		return 0;
	line = strstr(str_text(&text), "\nThreads:");
	return line ? strtoll(line + strlen("\nThreads:"), NULL, 10) : 0;
}

/* What RLIMIT_NPROC counts, as far as /proc shows it. */
static long long threads_of_user(void)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	long long n = 0;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			n += threads_of(entry->d_name);
	if (proc)
		(void)closedir(proc);
	return n;
}

static void add_ulimit(struct limit *limit, __rlimit_resource_t resource, long long unit,
		       const char *by)
{
	struct rlimit r;

	if (getrlimit(resource, &r) < 0)
		return;
	if (resource == RLIMIT_NOFILE)
		r.rlim_cur = r.rlim_max;
	if (r.rlim_cur == RLIM_INFINITY)
		return;
	/* Of root's the kernel does not count them. */
	if (resource == RLIMIT_NPROC && geteuid() == 0)
		return;
	limit_lower(limit,
		    (long long)r.rlim_cur / unit -
			    (resource == RLIMIT_NPROC ? threads_of_user() : 0),
		    "%s", by);
}

void limits_read(struct limits *ret)
{
	static const struct limit none = { .value = LIMIT_NONE };
	struct limits limits = { none, none, none, none, none, none, none };
	auto_str struct str cgroup = { 0 };
	auto_str struct str mountinfo = { 0 };

	limits.processors.value = 1;
	add_affinity(&limits);
	add_machine_memory(&limits);
	add_ulimit(&limits.threads, RLIMIT_NPROC, 1, "ulimit -u");
	add_ulimit(&limits.files, RLIMIT_NOFILE, 1, "ulimit -Hn");
	add_ulimit(&limits.address_mib, RLIMIT_AS, MIB, "ulimit -v");
	add_ulimit(&limits.data_mib, RLIMIT_DATA, MIB, "ulimit -d");
	add_ulimit(&limits.file_mib, RLIMIT_FSIZE, MIB, "ulimit -f");
	if (io_read_file("/proc/self/cgroup", TEXT_MAX, &cgroup, NULL) == 0 &&
	    io_read_file("/proc/self/mountinfo", TEXT_MAX, &mountinfo, NULL) == 0)
		limits_add_cgroups(cgroup.data, mountinfo.data, &limits);
	*ret = limits;
}

void limits_raise_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}
