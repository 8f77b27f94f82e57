/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * src/base/name and src/run/names: what the files of a run are called, every system takes. Told by
 * a checker of this test's own, of random labs whose names are as bad as the schema lets them be.
 * Covers: src/base/name.c src/run/names.c
 */
#include <ctype.h>
#include <fcntl.h>
#include <strings.h>

#include "base/name.h"
#include "lib/tests.h"
#include "role/role.h"
#include "run/run.h"
#include "topo/topo.h"

/* --- the checker: FAT's and NTFS's rules, and Windows's, for one part of a path --- */

/* The name with nothing behind the first dot, as Windows looks for devices. */
static bool is_windows_device(const char *name)
{
	static const char *const devices[] = {
		"CON",  "PRN",  "AUX",  "NUL",  "CONIN$", "CONOUT$", "CLOCK$", "COM0", "COM1",
		"COM2", "COM3", "COM4", "COM5", "COM6",   "COM7",    "COM8",   "COM9", "LPT0",
		"LPT1", "LPT2", "LPT3", "LPT4", "LPT5",   "LPT6",    "LPT7",   "LPT8", "LPT9",
	};
	auto_free char *stem = xstrdup(name);

	stem[strcspn(stem, ".")] = '\0';
	while (*stem && stem[strlen(stem) - 1] == ' ')
		stem[strlen(stem) - 1] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (strcasecmp(stem, devices[i]) == 0)
			return true;
	return false;
}

static bool is_taken_everywhere(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f ||
		    strchr("\\/:*?\"<>|", name[i]))
			return false;
	return len > 0 && len <= 255 && name[len - 1] != '.' && name[len - 1] != ' ' &&
	       !is_windows_device(name);
}

static const struct row {
	const char *name;
	const char *fault;    /* of it; NULL: none */
	const char *portable; /* what it becomes; NULL: it stays */
	bool anyhow;          /* we are stricter than those systems are */
} rows[] = {
	{ "page.html", NULL, NULL, false },
	{ "A-b_c.1+~", NULL, NULL, false },
	{ "console.txt", NULL, NULL, false },
	{ "com", NULL, NULL, false },
	{ "com10", NULL, NULL, false },
	{ "x.aux", NULL, NULL, false },
	{ "client:eth0", "has a character", "client_eth0", false },
	{ "a\\b", "has a character", "a_b", false },
	{ "a*b", "has a character", "a_b", false },
	{ "a?b", "has a character", "a_b", false },
	{ "a\"b", "has a character", "a_b", false },
	{ "a<b", "has a character", "a_b", false },
	{ "a>b", "has a character", "a_b", false },
	{ "a|b", "has a character", "a_b", false },
	{ "a\nb", "has a character", "a_b", false },
	{ "a\x01", "has a character", "a_", false },
	{ "a\x7f", "has a character", "a_", false },
	{ "a ", "has a character", "a_", false },
	{ "a b", "has a character", "a_b", true },
	{ "\xc3\xa4", "has a character", "__", true },
	{ "a.", "begins or ends with a dot", "a_", false },
	{ ".a", "begins or ends with a dot", "_a", true },
	{ "..", "begins or ends with a dot", "__", false },
	{ "", "is empty", "_", false },
	{ "con", "is a device", "_con", false },
	{ "Aux.pcapng", "is a device", "_Aux.pcapng", false },
	{ "con.eth0.pcapng", "is a device", "_con.eth0.pcapng", false },
	{ "nul.tar.gz", "is a device", "_nul.tar.gz", false },
	{ "PRN", "is a device", "_PRN", false },
	{ "CLOCK$", "is a device", "_CLOCK$", false },
	{ "conin$.x", "is a device", "_conin$.x", false },
	{ "CONOUT$", "is a device", "_CONOUT$", false },
	{ "com0", "is a device", "_com0", false },
	{ "COM1.txt", "is a device", "_COM1.txt", false },
	{ "lpt9", "is a device", "_lpt9", false },
};

static void test_row(void **state)
{
	const struct row *row = *state;
	auto_free char *portable = name_portable(row->name);
	const char *fault = name_fault(row->name);

	assert_string_equal(portable, row->portable ? row->portable : row->name);
	if (row->fault ? !fault || !str_prefix(fault, row->fault) : !!fault)
		fail_msg("'%s': %s", row->name, fault ? fault : "no fault");
	assert_int_equal(is_taken_everywhere(row->name), !row->fault || row->anyhow);
	assert_null(name_fault(portable));
	assert_true(is_taken_everywhere(portable));
}

/* Every name of up to three bytes, and long ones. */
static void test_all_short(void **state)
{
	char name[512] = "";

	(void)state;
	for (unsigned int i = 1; i < 1U << 24; i = i < 0x10000 ? i + 1 : i + 251) {
		auto_free char *portable = NULL;

		name[0] = (char)(i & 0xff);
		name[1] = (char)(i >> 8 & 0xff);
		name[2] = (char)(i >> 16);
		portable = name_portable(name);
		if (!name_fault(name) && !is_taken_everywhere(name))
			fail_msg("%06x: no fault", i);
		if (strchr(name, '/') ? strchr(portable, '/') == NULL : !!name_fault(portable))
			fail_msg("%06x: became '%s'", i, portable);
	}
	memset(name, 'a', sizeof(name) - 1);
	for (size_t len = 1; len < sizeof(name); len++) {
		auto_free char *cut = xstrndup(name, len), *portable = name_portable(cut);

		assert_int_equal(!name_fault(cut), len <= NAME_LEN);
		assert_null(name_fault(portable));
	}
}

static void test_paths(void **state)
{
	static const char *const paths[][2] = {
		{ "steps/aux.txt", "steps/_aux.txt" },
		{ "nul/wifi:a", "_nul/wifi_a" },
		{ "../../etc", "__/__/etc" },
		{ "/a//b/", "_/a/_/b/_" },
		{ "com1/com1x/com1", "_com1/com1x/_com1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		auto_free char *portable = name_portable(paths[i][0]);

		assert_string_equal(portable, paths[i][1]);
	}
}

/* --- the captures of random labs --- */

static unsigned int seed = 11;

static unsigned int dice(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

/* A device of Windows, something near the names of others, or anything that the schema admits. */
static char *bad_name(size_t max, bool interface)
{
	static const char alphabet[] = "abcnoux-0123456789lptw";
	static const char *const likely[] = { "con", "aux", "nul", "prn", "com1", "lpt9", "wif",
					      "a",   "a-a", "all", "run", "x--x", "com",  "steps" };
	auto_free char *name = xcalloc(1, max + 1);
	size_t len = 1 + dice((unsigned int)max);

	if (dice(2))
		return xstrdup(likely[dice(ARRAY_SIZE(likely))]);
	name[0] = alphabet[dice(interface ? 7 : 2)];
	for (size_t i = 1; i < len; i++)
		name[i] = alphabet[dice(sizeof(alphabet) - 1)];
	if (name[len - 1] == '-')
		name[len - 1] = 'z';
	return xstrdup(name);
}

struct lab {
	struct str text;
	struct topo topo;
	const char *seen[64];
	size_t n_seen;
};

static bool add_name(struct lab *lab, const char *name)
{
	for (size_t i = 0; i < lab->n_seen; i++)
		if (str_eq(lab->seen[i], name))
			return false;
	lab->seen[lab->n_seen++] = name;
	return true;
}

/* A chain of nodes; false where two names happen to be one, which the rules refuse. */
static bool make_lab(struct lab *lab, char *names[static 24])
{
	size_t n = 0;

	str_adds(&lab->text, "<lab name=\"random\">\n");
	for (size_t i = 0; i < 8; i++) {
		const char *node = names[n++], *left = names[n++], *right = names[n++];

		if (!add_name(lab, node) || str_eq(left, right) || str_eq(left, "all") ||
		    str_eq(right, "all"))
			return false;
		str_addf(&lab->text,
			 "<node name=\"%s\"><nic name=\"%s\"/><nic name=\"%s\"/></node>\n", node,
			 left, right);
	}
	for (size_t i = 0; i < 8; i++)
		str_addf(&lab->text,
			 "<link name=\"l%zu\"><end node=\"%s\" nic=\"%s\"/><end node=\"%s\" "
			 "nic=\"%s\"/></link>\n",
			 i, names[3 * i], names[3 * i + 2], names[3 * ((i + 1) % 8)],
			 names[3 * ((i + 1) % 8) + 1]);
	str_adds(&lab->text, "</lab>\n");
	return true;
}

/* All files that this lab's captures are, among which no two are one. */
static void check_captures(const struct topo *topo)
{
	char *files[64] = { xstrdup("run.json"), run_capture_name("all"), xstrdup("steps") };
	size_t n = 3;

	for (size_t i = 0; i < topo->n_nodes; i++)
		for (size_t j = 0; j < topo->nodes[i].n_nics; j++) {
			auto_free char *place = xasprintf("%s:%s", topo->nodes[i].name,
							  topo->nodes[i].nics[j].name);

			files[n++] = run_capture_name(place);
		}
	for (size_t i = 0; i < topo->n_links; i++) {
		auto_free char *place = xasprintf("wifi:%s", topo->links[i].name);

		files[n++] = run_capture_name(place);
	}
	for (size_t i = 0; i < n; i++) {
		if (!is_taken_everywhere(files[i]) || name_fault(files[i]))
			fail_msg("'%s' is not taken everywhere", files[i]);
		for (size_t j = 0; j < i; j++)
			if (strcasecmp(files[i], files[j]) == 0)
				fail_msg("two files are called '%s'", files[i]);
	}
	while (n)
		free(files[--n]);
}

static void test_random_labs(void **state)
{
	auto_free char *schemas = source_path("topologies");
	size_t made = 0;

	(void)state;
	for (int i = 0; i < 600 && made < 100; i++) {
		struct lab lab = { 0 };
		auto_problems struct topo_problems problems = { 0 };
		struct err err = ERR_INIT;
		char *names[24];

		for (size_t j = 0; j < 24; j++)
			names[j] = bad_name(j % 3 ? 15 : 32, j % 3);
		if (make_lab(&lab, names)) {
			if (topo_load_text(lab.text.data, lab.text.len, "random", schemas, role_all,
					   &lab.topo, &problems, &err) < 0)
				fail_msg("%s\n%s", err.msg, lab.text.data);
			check_captures(&lab.topo);
			topo_free(&lab.topo);
			made++;
		}
		str_free(&lab.text);
		for (size_t j = 0; j < 24; j++)
			free(names[j]);
	}
	print_message("%zu labs\n", made);
	assert_int_equal(made, 100);
}

/* Two nodes that only differ in case would be one file; the schema has small letters alone. */
static void test_case(void **state)
{
	static const char text[] =
		"<lab name=\"x\"><node name=\"A\"><nic name=\"eth0\"/></node></lab>";
	auto_free char *schemas = source_path("topologies");
	auto_problems struct topo_problems problems = { 0 };
	auto_topo struct topo topo = { 0 };

	(void)state;
	assert_true(topo_load_text(text, sizeof(text) - 1, "case", schemas, role_all, &topo,
				   &problems, NULL) < 0);
	assert_true(problems.n > 0);
}

/* --- reading --- */

static void test_old_and_new(void **state)
{
	auto_free char *old = xasprintf("%s/a:b.pcapng", folder);
	auto_free char *new = xasprintf("%s/a_b.pcapng", folder);
	auto_free char *beside = xasprintf("%s/../%s", folder, strrchr(folder, '/') + 1);

	(void)state;
	for (int i = 0; i < 3; i++) {
		auto_free char *path = run_capture_path(folder, "a:b");

		/* Neither is there; the old one; both. */
		assert_string_equal(path, i == 1 ? old : new);
		assert_int_equal(io_write_file(i ? new : old, "", 0, 0600, NULL), 0);
	}
	for (int i = 0; i < 2; i++) {
		auto_free char *place =
			xasprintf(i ? "../%s/a:b" : "%s/a:b", strrchr(folder, '/') + 1);
		auto_free char *path = run_capture_path(beside, place);

		assert_true(access(path, F_OK) < 0);
	}
}

static void test_own(void **state)
{
	static const char *const own[] = {
		"run.json",    "RUN.JSON",      "a.pcapng",       "x.PcapNG",     "Steps",
		"labd.json",   ".pcapng",       "report.html",    "all.pcapng",   "capture.json",
		"capture.log", "tables.json",   "experiment.xml", "topology.xml", "story.json",
		"story.txt",   "wifi-keys.txt",
	};
	static const char *const free_names[] = { "page.html", "a.pcap", "run.json.txt", "step",
						  "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		assert_true(run_is_own(own[i]));
	for (size_t i = 0; i < ARRAY_SIZE(free_names); i++)
		assert_false(run_is_own(free_names[i]));
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_all_short),   cmocka_unit_test(test_paths),
		cmocka_unit_test(test_random_labs), cmocka_unit_test(test_case),
		FOLDER_TEST(test_old_and_new),      cmocka_unit_test(test_own),
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		add_test(rows[i].portable ? rows[i].portable : rows[i].name, test_row, &rows[i]);
	ADD_TESTS(others);
	return run_added("names", NULL, NULL);
}
