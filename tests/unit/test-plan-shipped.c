/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plans of the shipped topologies: against golden files (LABD_REGEN=1 writes them anew), and by
 * the programs that will read their files, where this machine has them.
 * Covers: src/plan/print.c src/role/client.c src/plan/radio.c src/role/router-checks.c
 * Covers: src/role/web-page.c
 */
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "experiment/experiment.h"
#include "lib/tests.h"
#include "plan/plan.h"
#include "role/role.h"

static void load(const char *name, struct topo *topo)
{
	auto_free char *schema = source_path("topologies");
	/* The one that is not shipped: each text is what the schema lets through at its worst. */
	const char *dir = str_eq(name, "hostile") ? "tests/e2e/labs" : "topologies";
	auto_free char *shipped = source_path("%s/%s.xml", dir, name);
	auto_free char *path = access(shipped, F_OK) == 0
				       ? take_ptr(shipped)
				       : source_path("topologies/gallery/%s.xml", name);
	auto_problems struct topo_problems problems = { 0 };
	struct err err = ERR_INIT;

	if (topo_load(path, schema, role_all, topo, &problems, &err) < 0)
		fail_msg("%s", err.msg);
}

static void test_golden(void **state)
{
	const char *name = *state;
	auto_free char *path = source_path("tests/golden/plan/%s.txt", name);
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	auto_str struct str text = { 0 };

	load(name, &topo);
	plan_build(&topo, &plan);
	plan_print(&plan, &text);
	assert_golden(path, str_text(&text));
}

/*
 * The program that reads such a file, and how it is called for the copy at `path`; false where it
 * is no such file. argv has room for eight, and is NULL behind what is filled in.
 */
typedef bool call(const struct plan_file *file, const char *path, const char **argv);

static int run_one(const struct plan_file *file, const char *node, const char *const *argv)
{
	struct child_opts opts = { .stderr_fd = -1 };
	auto_str struct str out = { 0 };
	struct err err = ERR_INIT;
	int rc = child_run(argv, &opts, &out, &err);

	if (rc && rc != -ENOENT)
		print_error("%s of '%s': %d %s %s\n", file->path, node, rc, err.msg,
			    str_text(&out));
	return rc;
}

/* Runs the program over each file that it reads: 0, or -ENOENT where it is not installed. */
static int run_over_files(const char *topology, call *how)
{
	char path[] = "/tmp/test-plan.XXXXXX";
	auto_close int fd = mkstemp(path);
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	size_t i, j, tried = 0;
	int rc = 0;

	assert_true(fd >= 0);
	load(topology, &topo);
	plan_build(&topo, &plan);
	for (i = 0; i < plan.n_nodes && rc == 0; i++)
		for (j = 0; j < plan.nodes[i].n_files && rc == 0; j++) {
			const struct plan_file *file = &plan.nodes[i].files[j];
			const char *argv[8] = { NULL };

			if (!file->data || !how(file, path, argv))
				continue;
			assert_int_equal(io_write_file(path, file->data, file->len, 0644, NULL), 0);
			rc = run_one(file, plan.nodes[i].name, argv);
			tried++;
		}
	(void)unlink(path);
	assert_true(tried > 0);
	return rc;
}

/* skip() jumps, and so does not belong where something has to be cleaned up. */
static void try_files(const char *topology, call *how)
{
	int rc = run_over_files(topology, how);

	if (rc == -ENOENT)
		skip();
	assert_int_equal(rc, 0);
}

static bool call_sh(const struct plan_file *file, const char *path, const char **argv)
{
	argv[0] = "sh";
	argv[1] = "-n";
	argv[2] = path;
	return str_prefix(file->data, "#!/bin/");
}

static bool call_bird(const struct plan_file *file, const char *path, const char **argv)
{
	argv[0] = "/usr/sbin/bird";
	argv[1] = "-p";
	argv[2] = "-c";
	argv[3] = path;
	return str_eq(file->path, "/etc/bird/bird.conf");
}

static bool call_knotc(const struct plan_file *file, const char *path, const char **argv)
{
	argv[0] = "/usr/sbin/knotc";
	argv[1] = "-c";
	argv[2] = path;
	argv[3] = "conf-check";
	return str_eq(file->path, "/etc/knot/knot.conf");
}

static bool call_dnsmasq(const struct plan_file *file, const char *path, const char **argv)
{
	argv[0] = "/usr/sbin/dnsmasq";
	argv[1] = "--test";
	argv[2] = "-C";
	argv[3] = path;
	return str_eq(file->path, "/etc/dnsmasq.conf");
}

/* The copy's name does not tell the zone's; the file's own does, but for the root. */
static bool call_kzonecheck(const struct plan_file *file, const char *path, const char **argv)
{
	static char origin[256];
	const char *base = strrchr(file->path, '/') + 1;
	size_t len = strlen(base);

	argv[0] = "/usr/bin/kzonecheck";
	argv[1] = "-o";
	argv[2] = origin;
	argv[3] = path;
	if (!str_prefix(file->path, "/etc/knot/") || len < 6 || !str_eq(base + len - 5, ".zone"))
		return false;
	(void)snprintf(origin, sizeof(origin), "%.*s.", (int)len - 5, base);
	if (str_eq(origin, "root."))
		(void)snprintf(origin, sizeof(origin), ".");
	return true;
}

static void test_scripts_parse(void **state)
{
	try_files(*state, call_sh);
}

static void test_bird_accepts(void **state)
{
	try_files(*state, call_bird);
}

static void test_knot_accepts(void **state)
{
	try_files(*state, call_knotc);
}

static void test_dnsmasq_accepts(void **state)
{
	try_files(*state, call_dnsmasq);
}

static void test_zones_parse(void **state)
{
	try_files(*state, call_kzonecheck);
}

static void parse_command(const char *command)
{
	const char *argv[] = { "sh", "-n", "-c", command, NULL };
	struct child_opts opts = { .stderr_fd = -1 };
	auto_str struct str out = { 0 };

	assert_int_equal(child_run(argv, &opts, &out, NULL), 0);
}

/* A shell reads every check and every table's command of the shipped topologies. */
static void test_commands_parse(void **state)
{
	auto_topo struct topo topo = { 0 };
	auto_plan struct plan plan = { 0 };
	size_t i, j;

	load(*state, &topo);
	plan_build(&topo, &plan);
	for (i = 0; i < plan.n_nodes; i++) {
		for (j = 0; j < plan.nodes[i].n_checks; j++)
			parse_command(plan.nodes[i].checks[j].command);
		for (j = 0; j < plan.nodes[i].n_tables; j++)
			parse_command(plan.nodes[i].tables[j].command);
	}
}

/* The experiment of that name goes with the lab. */
static void check_experiment(const char *name, const struct topo *topo)
{
	auto_free char *schema = source_path("topologies");
	auto_free char *path = source_path("topologies/gallery/experiments/%s.xml", name);
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_experiment struct experiment e = { 0 };
	struct err err = ERR_INIT;

	if (experiment_load(path, schema, &e, &problems, &err) < 0 ||
	    experiment_check(&e, topo_has_port, topo_has_link, topo, &problems, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(e.name, name);
}

/* Each lab of the gallery: planned, read by a shell, with its experiment and its change. */
static void test_gallery(void **state)
{
	auto_free char *pattern = source_path("topologies/gallery/*.xml");
	glob_t found;

	(void)state;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *base = strrchr(found.gl_pathv[i], '/') + 1;
		auto_free char *name = xstrndup(base, strlen(base) - strlen(".xml"));
		auto_free char *change = source_path("tests/gallery/%s", name);
		auto_topo struct topo topo = { 0 };

		load(name, &topo);
		assert_string_equal(topo.name, name);
		check_experiment(name, &topo);
		test_scripts_parse((void **)&name);
		test_commands_parse((void **)&name);
		assert_int_equal(access(change, R_OK), 0);
	}
	globfree(&found);
}

#define TEST_WITH(function, what)                                                    \
	{                                                                            \
#function ": " what, function, NULL, NULL, (char *)(uintptr_t)(what) \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_WITH(test_golden, "school"),         TEST_WITH(test_golden, "small"),
		TEST_WITH(test_golden, "wifi"),           TEST_WITH(test_scripts_parse, "wifi"),
		TEST_WITH(test_commands_parse, "wifi"),   TEST_WITH(test_scripts_parse, "school"),
		TEST_WITH(test_scripts_parse, "small"),   TEST_WITH(test_commands_parse, "school"),
		TEST_WITH(test_commands_parse, "small"),  TEST_WITH(test_bird_accepts, "school"),
		TEST_WITH(test_knot_accepts, "school"),   TEST_WITH(test_dnsmasq_accepts, "school"),
		TEST_WITH(test_zones_parse, "school"),    TEST_WITH(test_golden, "hostile"),
		TEST_WITH(test_scripts_parse, "hostile"), TEST_WITH(test_commands_parse, "hostile"),
		TEST_WITH(test_zones_parse, "hostile"),   cmocka_unit_test(test_gallery),
	};

	return cmocka_run_group_tests_name("plan of the shipped topologies", tests, NULL, NULL);
}
