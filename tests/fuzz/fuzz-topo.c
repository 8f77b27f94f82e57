/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a topology: loaded or refused with reasons; what is loaded gives the same from its
 * flat form, and can be planned. With libFuzzer (configure --enable-fuzzer) it fuzzes; else it
 * replays the files it is given.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "plan/plan.h"
#include "role/role.h"
#include "topo/topo.h"

static const char *schema_dir(void)
{
	static char *dir;
	const char *srcdir = getenv("srcdir");

	if (!dir)
		dir = xasprintf("%s/topologies", srcdir ? srcdir : ".");
	return dir;
}

static void require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz-topo: %s\n", what);
	abort();
}

static void check_flat(const struct topo *topo)
{
	auto_topo struct topo again = { 0 };
	auto_problems struct topo_problems problems = { 0 };
	int r = topo_load_text(topo->flat, strlen(topo->flat), "flat", schema_dir(), role_all,
			       &again, &problems, NULL);

	require(r == 0, "the flat form is refused");
	require(str_eq(topo->flat, again.flat), "the flat form of the flat form differs");
	require(topo->n_nodes == again.n_nodes && topo->n_links == again.n_links,
		"the flat form is less");
}

static void check_plan(const struct topo *topo)
{
	auto_plan struct plan plan = { 0 };
	auto_str struct str text = { 0 };

	plan_build(topo, &plan);
	plan_print(&plan, &text);
	require(plan.n_nodes == topo->n_nodes, "the plan is less");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_topo struct topo topo = { 0 };
	auto_problems struct topo_problems problems = { 0 };
	struct err err = ERR_INIT;
	size_t i;

	if (topo_load_text((const char *)data, size, "fuzz", schema_dir(), role_all, &topo,
			   &problems, &err) == 0) {
		require(problems.n == 0, "loaded with problems");
		check_flat(&topo);
		check_plan(&topo);
		return 0;
	}
	require(err.code < 0 && *err.msg, "refused without a reason");
	for (i = 0; i < problems.n; i++)
		require(problems.items[i].file && problems.items[i].text && *problems.items[i].text,
			"an empty problem");
	return 0;
}
