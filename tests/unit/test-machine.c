/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a machine suffices for a lab: what it needs, and the sentence that says how much is
 * missing. */
#include "labctl/machine.h"
#include "lib/tests.h"
#include "role/role.h"

static const struct machine_needs two = { .guests = 2,
					  .memory_mib = 500,
					  .threads = 50,
					  .files = 140,
					  .address_mib = 1600,
					  .data_mib = 512,
					  .file_mib = 64 };

/* One limit is as the row has it, of all else there is plenty. */
static const struct limit_row {
	const char *name;
	size_t which; /* in struct limits */
	struct limit limit;
	const char *text; /* NULL: it is enough */
} limit_rows[] = {
	{ "memory: just enough", offsetof(struct limits, memory_mib), { 500, "" }, NULL },
	{ "memory: nobody knows", offsetof(struct limits, memory_mib), { LIMIT_NONE, "" }, NULL },
	{ "memory: one less",
	  offsetof(struct limits, memory_mib),
	  { 499, "" },
	  "memory: 2 guests need 500 MiB, 499 MiB are available: 1 MiB are missing" },
	{ "memory: none, by a cgroup",
	  offsetof(struct limits, memory_mib),
	  { 0, "memory.max of cgroup '/a'" },
	  "memory: 2 guests need 500 MiB, 0 MiB are available by memory.max of cgroup '/a': "
	  "500 MiB are missing; raise that limit" },
	{ "threads: just enough", offsetof(struct limits, threads), { 50, "ulimit -u" }, NULL },
	{ "threads",
	  offsetof(struct limits, threads),
	  { 49, "ulimit -u" },
	  "threads: 2 guests need 50, 49 are available by ulimit -u: 1 are missing; raise that "
	  "limit" },
	{ "files",
	  offsetof(struct limits, files),
	  { 100, "ulimit -Hn" },
	  "open files of a process: 2 guests need 140, 100 are available by ulimit -Hn: 40 are "
	  "missing; raise that limit" },
	{ "address space",
	  offsetof(struct limits, address_mib),
	  { 1000, "ulimit -v" },
	  "address space of a process: 2 guests need 1600 MiB, 1000 MiB are available by ulimit "
	  "-v" },
	{ "data", offsetof(struct limits, data_mib), { 500, "" }, "data of a process: 2 guests" },
	{ "file", offsetof(struct limits, file_mib), { 1, "" }, "size of a file: 2 guests" },
};

static void test_limit_row(void **state)
{
	static const struct limit plenty = { .value = 100000 };
	const struct limit_row *row = *state;
	struct limits limits = { plenty, plenty, plenty, plenty, plenty, plenty, plenty };
	struct err err = ERR_INIT;

	memcpy((char *)&limits + row->which, &row->limit, sizeof(row->limit));
	assert_int_equal(machine_check_limits(&two, &limits, &err), row->text ? -ENOMEM : 0);
	if (row->text && !strstr(err.msg, row->text))
		fail_msg("'%s' is not in: %s", row->text, err.msg);
}

static const struct disk_row {
	const char *name;
	long long have;
	int code;
	const char *text;
} disk_rows[] = {
	{ "disk: just enough", 64, 0, NULL },
	{ "disk: little", 10, -ENOSPC,
	  "disk for runs: '/x' needs 64 MiB, 10 MiB are free: 54 MiB are missing" },
	{ "disk: cannot be asked", -1, -EACCES,
	  "disk for runs: '/x': Permission denied; set XDG_DATA_HOME to another place" },
};

static void test_disk_row(void **state)
{
	const struct disk_row *row = *state;
	struct err err = ERR_INIT;

	errno = EACCES;
	assert_int_equal(machine_check_disk("runs", "/x", "XDG_DATA_HOME", row->have, &err),
			 row->code);
	if (row->text && !strstr(err.msg, row->text))
		fail_msg("'%s' is not in: %s", row->text, err.msg);
}

static void test_needs(void **state)
{
	struct plan_node nodes[2] = { { .memory_mib = 128, .n_nics = 3 }, { .memory_mib = 256 } };
	const struct plan plan = { .nodes = nodes, .n_nodes = 2 };
	struct machine_needs needs;

	(void)state;
	machine_needs(&plan, &needs);
	assert_int_equal(needs.guests, 2);
	assert_int_equal(needs.memory_mib, 128 + 256 + 2 * 80);
	assert_int_equal(needs.threads, 24 + 2 * 12);
	assert_int_equal(needs.files, 112 + 2 * 6 + 3 * 3);
	assert_true(needs.data_mib > 256 && needs.address_mib > needs.data_mib);
}

/* What doctor goes by is what school.xml needs, or a little more. */
static void test_school(void **state)
{
	auto_free char *path = source_path("topologies/school.xml");
	auto_free char *schemas = source_path("topologies");
	auto_problems struct topo_problems problems = { 0 };
	struct machine_needs needs;
	struct topo topo = { 0 };
	struct plan plan = { 0 };

	(void)state;
	assert_int_equal(topo_load(path, schemas, role_all, &topo, &problems, NULL), 0);
	plan_build(&topo, &plan);
	machine_needs(&plan, &needs);
	assert_int_equal(needs.guests, machine_school.guests);
	assert_int_equal(needs.memory_mib, machine_school.memory_mib);
	assert_in_range(needs.threads, machine_school.threads - 50, machine_school.threads);
	assert_in_range(needs.files, machine_school.files - 50, machine_school.files);
	assert_in_range(needs.address_mib, machine_school.address_mib - 512,
			machine_school.address_mib);
	assert_in_range(needs.data_mib, machine_school.data_mib - 64, machine_school.data_mib);
	assert_int_equal(needs.file_mib, machine_school.file_mib);
	plan_free(&plan);
	topo_free(&topo);
}

static void test_disk(void **state)
{
	auto_free char *missing = xasprintf("%s/nonexistent/folder", folder);

	(void)state;
	assert_true(machine_disk_mib(missing) >= 0);
	assert_true(machine_disk_mib("/proc/nonexistent") <= 0);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_school),
		FOLDER_TEST(test_disk),
	};

	ADD_ROWS(limit_rows, test_limit_row);
	ADD_ROWS(disk_rows, test_disk_row);
	ADD_TESTS(others);
	return run_added("machine", NULL, NULL);
}
