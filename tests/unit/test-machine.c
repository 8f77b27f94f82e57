/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a machine suffices for a lab: what it needs, and the sentence that says how much is
 * missing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "labctl/machine.h"

struct row {
	const char *name;
	bool disk;
	long long have;
	int code;
	const char *text;
};

static const struct row rows[] = {
	{ "memory: plenty", false, 100000, 0, NULL },
	{ "memory: just enough", false, 500, 0, NULL },
	{ "memory: nobody knows", false, -1, 0, NULL },
	{ "memory: one less", false, 499, -ENOMEM,
	  "memory: 2 guests need 500 MiB, 499 MiB are available: 1 MiB are missing" },
	{ "memory: none", false, 0, -ENOMEM, "500 MiB are missing" },
	{ "disk: just enough", true, 64, 0, NULL },
	{ "disk: little", true, 10, -ENOSPC,
	  "disk for runs: '/x' needs 64 MiB, 10 MiB are free: 54 MiB are missing" },
	{ "disk: cannot be asked", true, -1, -EACCES, "disk for runs: '/x': Permission denied" },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	const struct machine_needs needs = { .guests = 2, .memory_mib = 500 };
	struct err err = ERR_INIT;

	errno = EACCES;
	assert_int_equal(row->disk ? machine_check_disk("runs", "/x", row->have, &err)
				   : machine_check_memory(&needs, row->have, &err),
			 row->code);
	if (row->text && !strstr(err.msg, row->text))
		fail_msg("'%s' is not in: %s", row->text, err.msg);
}

static void test_needs(void **state)
{
	struct plan_node nodes[2] = { { .memory_mib = 128 }, { .memory_mib = 256 } };
	const struct plan plan = { .nodes = nodes, .n_nodes = 2 };
	struct machine_needs needs;

	(void)state;
	machine_needs(&plan, &needs);
	assert_int_equal(needs.guests, 2);
	assert_int_equal(needs.memory_mib, 128 + 256 + 2 * 80);
}

static void test_this_machine(void **state)
{
	(void)state;
	assert_true(machine_memory_mib() > 0);
	assert_true(machine_disk_mib("/") >= 0);
	assert_int_equal(machine_disk_mib("/nonexistent/folder"), machine_disk_mib("/nonexistent"));
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(rows) + 2];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
						  .test_func = test_row,
						  .initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_needs);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(test_this_machine);
	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
