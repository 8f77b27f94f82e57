/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl runs: the runs that are kept, newest first; what else it does is in keep.c. */
#include <errno.h>

#include "base/str.h"
#include "labctl/keep.h"
#include "labctl/out.h"
#include "labctl/runs.h"

#define RUNS_MAX 1000 /* listed; older ones are still there */

/* "passed", "failed", or what there is when run.json is not. */
static const char *outcome_of(const char *dir, const json_t *record)
{
	const json_t *outcome = json_object_get(record, "outcome");
	auto_close int lock = record ? -1 : keep_lock(dir, NULL);

	if (!record)
		return lock == -EBUSY ? "running" : "unfinished";
	return json_is_string(outcome) ? json_string_value(outcome)
				       : json_get_text(outcome, "result", "?");
}

static void list_one(const char *folder, const char *name, json_t *runs, struct table *t)
{
	auto_free char *dir = xasprintf("%s/%s", folder, name);
	auto_free char *file = xasprintf("%s/run.json", dir);
	auto_json json_t *record = NULL;
	const char *experiment, *lab, *started, *outcome;
	char time[24] = "";

	(void)json_open(file, &record, NULL);
	outcome = outcome_of(dir, record);
	experiment = json_get_text(record, "experiment", "");
	lab = json_get_text(record, "lab", "");
	started = json_get_text(record, "started", "");
	if (record)
		out_duration(time, json_number_value(json_object_get(record, "seconds")));
	table_row(t, outcome, experiment, lab, time, dir);
	(void)json_array_append_new(
		runs, json_pack("{s:o, s:s, s:s, s:s, s:s}", "run", json_text(dir), "outcome",
				outcome, "experiment", experiment, "lab", lab, "started", started));
}

static int list(const struct labctl *l)
{
	auto_free char *folder = xasprintf("%s/runs", l->paths.data);
	auto_table struct table t = { .columns = 5 };
	auto_json json_t *answer = json_object();
	json_t *runs = json_array();
	struct err err = ERR_INIT;
	char **names;
	size_t n;

	(void)json_object_set_new(answer, "runs", runs);
	if (runs_list(l, &names, &n, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	table_row(&t, "OUTCOME", "EXPERIMENT", "LAB", "TIME", "RUN");
	for (size_t i = 0; i < n && i < RUNS_MAX; i++)
		list_one(folder, names[i], runs, &t);
	runs_free(names, n);
	if (l->json)
		out_json(answer, false);
	else if (n)
		table_print(&t, stdout);
	else
		printf("no runs yet; `labctl run fetch` makes one, in %s\n", folder);
	return EXIT_DONE;
}

int cmd_runs(struct labctl *l, const struct args *a)
{
	const char *verb = a->operands ? a->operands[0] : NULL;
	struct err err = ERR_INIT;

	if (!verb)
		return list(l);
	if (str_eq(verb, "rm") && a->n_operands > 1)
		return keep_remove(l, a);
	if (str_eq(verb, "prune") && a->n_operands == 1)
		return keep_prune(l, a);
	if (str_eq(verb, "import") && a->n_operands == 2)
		return keep_import(l, a->operands[1]);
	(void)err_set(&err, EINVAL, "runs '%s': rm RUN..., prune, import FILE, or nothing", verb);
	return out_error(l, EXIT_USAGE, &err);
}
