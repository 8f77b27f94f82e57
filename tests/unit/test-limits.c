/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/sandbox/limits, cgroup: which folders are a process's cgroups, and what they leave it. The
 * texts are those of real machines, with "@" where their mounts lie here: real files below a folder
 * of the test's own.
 * Covers: src/sandbox/cgroup.c src/sandbox/limit.c src/sandbox/limits.c
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "lib/tests.h"
#include "sandbox/limits.h"

#define FILES_MAX 16
#define NONE LIMIT_NONE

struct row {
	const char *name, *cgroup, *mountinfo;
	struct {
		const char *path, *text;
	} files[FILES_MAX];
	long long processors, memory_mib, threads;
	const char *by; /* of the one that is expected, memory first; NULL: not looked at */
};

#define V2_MOUNT                                                                     \
	"30 23 0:26 / @ rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 " \
	"rw,nsdelegate\n"
#define USER "/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-1.scope"

static const struct row rows[] = {
	{ "nothing is mounted", "0::/user.slice\n", "", { { 0 } }, NONE, NONE, NONE, NULL },
	{ "no cgroups in the kernel",
	  "",
	  V2_MOUNT,
	  { { "memory.max", "1\n" } },
	  NONE,
	  NONE,
	  NONE,
	  NULL },
	{ "Debian 12, a user's terminal: no limit",
	  "0::" USER "\n",
	  V2_MOUNT,
	  { { USER "/memory.max", "max\n" },
	    { USER "/memory.high", "max\n" },
	    { USER "/memory.current", "100000\n" },
	    { USER "/pids.max", "max\n" } },
	  NONE,
	  NONE,
	  NONE,
	  NULL },
	{ "Debian 12, limits of the user's slice",
	  "0::" USER "\n",
	  V2_MOUNT,
	  { { USER "/memory.max", "max\n" },
	    { "/user.slice/user-1000.slice/memory.max", "3221225472\n" },
	    { "/user.slice/user-1000.slice/memory.high", "2147483648\n" },
	    { "/user.slice/user-1000.slice/memory.current", "1073741824\n" },
	    { "/user.slice/user-1000.slice/memory.stat",
	      "anon 1\nfile 2\ninactive_file 104857600\nactive_file 1048576\n" },
	    { "/user.slice/user-1000.slice/pids.max", "10813\n" },
	    { "/user.slice/user-1000.slice/pids.current", "813\n" },
	    { "/user.slice/cpu.max", "150000 100000\n" } },
	  2,
	  1024 + 101,
	  10000,
	  "memory.high of cgroup '/user.slice/user-1000.slice'" },
	{ "of two levels the smaller counts",
	  "0::/a/b\n",
	  V2_MOUNT,
	  { { "/a/b/memory.max", "2097152\n" },
	    { "/a/b/memory.current", "0\n" },
	    { "/a/memory.max", "1048576\n" },
	    { "/a/memory.current", "0\n" },
	    { "/a/b/cpu.max", "300000 100000\n" },
	    { "/a/cpu.max", "max 100000\n" },
	    { "/a/b/pids.max", "5\n" },
	    { "/a/b/pids.current", "7\n" } },
	  3,
	  1,
	  0,
	  "memory.max of cgroup '/a'" },
	{ "docker, version 2: a namespace of its own",
	  "0::/\n",
	  "1519 1518 0:30 / @ ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw\n",
	  { { "/memory.max", "536870912\n" },
	    { "/memory.current", "12582912\n" },
	    { "/cpu.max", "50000 100000\n" } },
	  1,
	  500,
	  NONE,
	  "memory.max of cgroup '/'" },
	{ "docker, version 1: its folder is what is mounted",
	  "11:cpu,cpuacct:/docker/1f\n10:memory:/docker/1f\n9:pids:/docker/1f\n1:name=systemd:/"
	  "docker/1f\n",
	  "700 699 0:29 /docker/1f @/systemd ro - cgroup cgroup rw,xattr,name=systemd\n"
	  "701 699 0:32 /docker/1f @/cpu,cpuacct ro,nosuid - cgroup cgroup rw,cpu,cpuacct\n"
	  "702 699 0:33 /docker/1f @/memory ro,nosuid master:15 - cgroup cgroup rw,memory\n"
	  "703 699 0:34 /docker/1f @/pids ro,nosuid - cgroup cgroup rw,pids\n",
	  { { "/cpu,cpuacct/cpu.cfs_quota_us", "200000\n" },
	    { "/cpu,cpuacct/cpu.cfs_period_us", "100000\n" },
	    { "/memory/memory.limit_in_bytes", "1073741824\n" },
	    { "/memory/memory.usage_in_bytes", "209715200\n" },
	    { "/memory/memory.stat", "cache 1\ninactive_file 5\nactive_file 5\ntotal_inactive_file "
				     "104857600\ntotal_active_file 0\n" },
	    { "/pids/pids.max", "100\n" },
	    { "/pids/pids.current", "1\n" } },
	  2,
	  924,
	  99,
	  "memory.limit_in_bytes of cgroup '/docker/1f'" },
	{ "a job of slurm, version 1: the step has none, the job has",
	  "8:memory:/slurm/uid_1000/job_7/step_0/task_0\n4:cpuset:/slurm/uid_1000/job_7/step_0\n",
	  "40 30 0:31 / @ rw,nosuid shared:9 - cgroup cgroup rw,memory\n",
	  { { "/slurm/uid_1000/job_7/step_0/task_0/memory.limit_in_bytes",
	      "9223372036854771712\n" },
	    { "/slurm/uid_1000/job_7/step_0/task_0/memory.usage_in_bytes", "4096\n" },
	    { "/slurm/uid_1000/job_7/memory.limit_in_bytes", "2147483648\n" },
	    { "/slurm/uid_1000/job_7/memory.use_hierarchy", "1\n" },
	    { "/slurm/uid_1000/job_7/memory.usage_in_bytes", "0\n" } },
	  NONE,
	  2048,
	  NONE,
	  "memory.limit_in_bytes of cgroup '/slurm/uid_1000/job_7'" },
	{ "version 1, a level that does not count what is below",
	  "8:memory:/a/b\n",
	  "40 30 0:31 / @ rw - cgroup cgroup rw,memory\n",
	  { { "/a/b/memory.limit_in_bytes", "1073741824\n" },
	    { "/a/b/memory.use_hierarchy", "0\n" },
	    { "/a/b/memory.usage_in_bytes", "0\n" },
	    { "/a/memory.limit_in_bytes", "1048576\n" },
	    { "/a/memory.use_hierarchy", "0\n" },
	    { "/a/memory.usage_in_bytes", "0\n" } },
	  NONE,
	  1024,
	  NONE,
	  "memory.limit_in_bytes of cgroup '/a/b'" },
	{ "LXC: seen from within, what is above is not",
	  "0::/lxc.payload.web/init.scope\n",
	  "880 870 0:27 /lxc.payload.web @ rw - cgroup2 none rw\n",
	  { { "/memory.max", "1048576000\n" }, { "/memory.current", "0\n" } },
	  NONE,
	  1000,
	  NONE,
	  "memory.max of cgroup '/lxc.payload.web'" },
	{ "both versions: what limits is of version 1",
	  "9:name=systemd:/\n8:pids:/\n4:memory:/api/d9\n3:cpuset:/\n2:cpuacct:/\n1:cpu:/\n0::/\n",
	  "30 22 0:27 / @ rw,relatime - tmpfs tmpfs rw,mode=755\n"
	  "31 30 0:28 / @/cpu rw,relatime - cgroup cgroup rw,cpu\n"
	  "32 30 0:29 / @/cpuacct rw,relatime - cgroup cgroup rw,cpuacct\n"
	  "34 30 0:31 / @/memory rw,relatime - cgroup cgroup rw,memory\n"
	  "38 30 0:35 / @/pids rw,relatime - cgroup cgroup rw,pids\n"
	  "40 30 0:37 / @/unified rw,relatime - cgroup2 cgroup2 rw\n",
	  { { "/cpu/cpu.cfs_quota_us", "-1\n" },
	    { "/cpu/cpu.cfs_period_us", "100000\n" },
	    { "/cpuacct/cpu.cfs_quota_us", "1000\n" },
	    { "/memory/api/d9/memory.limit_in_bytes", "4194304\n" },
	    { "/memory/api/d9/memory.usage_in_bytes", "8388608\n" } },
	  NONE,
	  0,
	  NONE,
	  "memory.limit_in_bytes of cgroup '/api/d9'" },
	{ "of several mounts the one that shows most",
	  "0::/a/b\n",
	  "30 23 0:26 /a/b @/near rw - cgroup2 c rw\n" V2_MOUNT
	  "31 23 0:26 /x @/far rw - cgroup2 c rw\n",
	  { { "/near/pids.max", "9\n" },
	    { "/near/pids.current", "0\n" },
	    { "/far/pids.max", "1\n" },
	    { "/far/pids.current", "0\n" },
	    { "/a/pids.max", "8\n" },
	    { "/a/pids.current", "0\n" } },
	  NONE,
	  NONE,
	  8,
	  "pids.max of cgroup '/a'" },
	{ "a name that begins like the mount's",
	  "0::/ab\n",
	  "30 23 0:26 /a @ rw - cgroup2 c rw\n",
	  { { "b/pids.max", "9\n" },
	    { "b/pids.current", "0\n" },
	    { "/pids.max", "9\n" },
	    { "/pids.current", "0\n" } },
	  NONE,
	  NONE,
	  NONE,
	  NULL },
	{ "a process outside of its cgroup namespace",
	  "0::/../../other\n",
	  V2_MOUNT,
	  { { "/pids.max", "9\n" }, { "/pids.current", "0\n" } },
	  NONE,
	  NONE,
	  NONE,
	  NULL },
	{ "spaces and colons",
	  "0::/my group:1\n",
	  "30 23 0:26 / @/the\\040mount\\134s rw - cgroup2 c rw\n",
	  { { "/the mount\\s/my group:1/pids.max", "9\n" },
	    { "/the mount\\s/my group:1/pids.current", "4\n" } },
	  NONE,
	  NONE,
	  5,
	  "pids.max of cgroup '/my group:1'" },
	{ "a long name",
	  "0::/kubepods/0123456789012345678901234567890123456789/"
	  "0123456789012345678901234567890123456789/"
	  "0123456789012345678901234567890123456789\n",
	  V2_MOUNT,
	  { { "/kubepods/0123456789012345678901234567890123456789/"
	      "0123456789012345678901234567890123456789/"
	      "0123456789012345678901234567890123456789/pids.max",
	      "9\n" },
	    { "/kubepods/0123456789012345678901234567890123456789/"
	      "0123456789012345678901234567890123456789/"
	      "0123456789012345678901234567890123456789/pids.current",
	      "0\n" } },
	  NONE,
	  NONE,
	  9,
	  "pids.max of cgroup '...23456789" },
	{ "numbers that are none",
	  "0::/\n",
	  V2_MOUNT,
	  { { "/memory.max", "lots\n" },
	    { "/memory.current", "5\n" },
	    { "/memory.high", "-7\n" },
	    { "/pids.max", "\n" },
	    { "/pids.current", "1\n" },
	    { "/cpu.max", "5 0\n" } },
	  NONE,
	  NONE,
	  NONE,
	  NULL },
};

static void set_none(struct limits *limits)
{
	memset(limits, 0, sizeof(*limits));
	limits->processors.value = limits->memory_mib.value = limits->threads.value = LIMIT_NONE;
}

static char *place_mounts(const char *text, const char *at)
{
	struct str s = { 0 };

	for (; *text; text++)
		if (*text == '@' && text[-1] == ' ')
			str_adds(&s, at);
		else
			str_add(&s, text, 1);
	return str_take(&s);
}

static void make_files(const struct row *row)
{
	for (size_t i = 0; i < FILES_MAX && row->files[i].path; i++) {
		auto_free char *path = xasprintf("%s/%s", folder, row->files[i].path);
		auto_free char *above = xstrdup(path);

		*strrchr(above, '/') = '\0';
		assert_int_equal(io_mkdirs(above, 0700, NULL), 0);
		assert_int_equal(io_write_file(path, row->files[i].text, strlen(row->files[i].text),
					       0600, NULL),
				 0);
	}
}

static void test_row(void **state)
{
	const struct row *row = *state;
	auto_free char *mountinfo = place_mounts(row->mountinfo, folder);
	struct limits limits;

	set_none(&limits);
	make_files(row);
	limits_add_cgroups(row->cgroup, mountinfo, &limits);
	assert_int_equal(limits.processors.value, row->processors);
	assert_int_equal(limits.memory_mib.value, row->memory_mib);
	assert_int_equal(limits.threads.value, row->threads);
	if (row->by) {
		const char *by = row->memory_mib == NONE ? limits.threads.by : limits.memory_mib.by;

		if (!str_prefix(by, row->by))
			fail_msg("'%s', not '%s'", by, row->by);
	}
}

/* Bytes that are others, lines that are cut: nothing but a limit or none comes of it. */
static void test_random(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const struct row *row = &rows[(size_t)i % ARRAY_SIZE(rows)];
		auto_free char *cgroup = xstrdup(row->cgroup);
		auto_free char *mountinfo = place_mounts(row->mountinfo, "/nonexistent");
		struct limits limits;

		for (int change = 0; change < 6; change++) {
			char *text = change % 2 ? cgroup : mountinfo;
			size_t len = strlen(text);

			seed = seed * 1103515245 + 12345;
			if (len)
				text[(seed >> 8) % len] = "\n :/\\- ,.0a\0"[(seed >> 4) % 12];
		}
		set_none(&limits);
		limits_add_cgroups(cgroup, mountinfo, &limits);
		assert_int_equal(limits.processors.value, LIMIT_NONE);
	}
}

/* --- this machine: each in a process of its own --- */

static void read_in_child(void (*prepare)(void), struct limits *ret)
{
	int pipes[2], status;
	pid_t pid;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		struct limits limits;

		prepare();
		limits_read(&limits);
		_exit(write(pipes[1], &limits, sizeof(limits)) == (ssize_t)sizeof(limits) ? 0 : 1);
	}
	(void)close(pipes[1]);
	assert_int_equal(read(pipes[0], ret, sizeof(*ret)), sizeof(*ret));
	(void)close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void nothing(void)
{
}

static void one_processor(void)
{
	cpu_set_t set;
	int first = 0;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		_exit(2);
	while (!CPU_ISSET(first, &set))
		first++;
	CPU_ZERO(&set);
	CPU_SET(first, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		_exit(2);
}

static void lower_ulimit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
	struct rlimit r = { soft, hard };

	if (setrlimit(resource, &r) < 0)
		_exit(2);
}

static void few_of_all(void)
{
	lower_ulimit(RLIMIT_NOFILE, 20, 100);
	lower_ulimit(RLIMIT_AS, 1 << 30, 1 << 30);
	lower_ulimit(RLIMIT_DATA, 200 << 20, 200 << 20);
	lower_ulimit(RLIMIT_FSIZE, 7 << 20, 7 << 20);
}

static void no_more_threads(void)
{
	/* Of root's none are counted. */
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		_exit(2);
	lower_ulimit(RLIMIT_NPROC, 1, 1);
}

static void more_files(void)
{
	struct rlimit r;

	few_of_all();
	limits_raise_files();
	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur != 100)
		_exit(2);
}

static void test_this_machine(void **state)
{
	struct limits limits;

	(void)state;
	read_in_child(nothing, &limits);
	assert_true(limits.processors.value >= 1);
	assert_true(limits.memory_mib.value >= 0 && limits.memory_mib.value != LIMIT_NONE);
	read_in_child(one_processor, &limits);
	assert_int_equal(limits.processors.value, 1);
	read_in_child(few_of_all, &limits);
	assert_int_equal(limits.files.value, 100);
	assert_string_equal(limits.files.by, "ulimit -Hn");
	assert_int_equal(limits.address_mib.value, 1024);
	assert_int_equal(limits.data_mib.value, 200);
	assert_int_equal(limits.file_mib.value, 7);
	read_in_child(more_files, &limits);
	assert_int_equal(limits.files.value, 100);
	read_in_child(no_more_threads, &limits);
	assert_int_equal(limits.threads.value, 0);
	assert_string_equal(limits.threads.by, "ulimit -u");
}

int main(void)
{
	ADD_ROWS_LIKE(rows, FOLDER_TEST(test_row));
	ADD_TEST(test_random);
	ADD_TEST(test_this_machine);
	return run_added("limits", NULL, NULL);
}
