/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl runs: those that are kept, newest first; they go, come from bundles, and become bundles.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/str.h"
#include "labctl/labctl.h"
#include "labctl/out.h"
#include "run/bundle.h"
#include "run/run.h"
#include "run/runs.h"

/* "passed", "failed", or what there is when run.json is not. */
static const char *outcome_of(const char *dir, const json_t *record)
{
	const json_t *outcome = json_object_get(record, "outcome");
	auto_close int lock = record ? -1 : run_lock(dir, false, NULL);

	if (!record)
		return lock == -EBUSY ? "running" : "unfinished";
	return json_is_string(outcome) ? json_string_value(outcome)
				       : json_get_text(outcome, "result", "?");
}

static void list_one(const char *folder, const char *name, json_t *runs, struct table *t)
{
	auto_free char *dir = xasprintf("%s/%s", folder, name);
	auto_json json_t *record = NULL;
	const char *experiment, *lab, *started, *outcome;
	char time[24] = "";

	(void)run_open_record(dir, &record, NULL);
	outcome = outcome_of(dir, record);
	experiment = json_get_text(record, "experiment", "");
	lab = json_get_text(record, "lab", "");
	started = json_get_text(record, "started", "");
	if (record)
		out_duration(time, json_number_value(json_object_get(record, "seconds")));
	out_table_row(t, outcome, experiment, lab, time, dir);
	(void)json_array_append_new(
		runs, json_pack("{s:o, s:s, s:s, s:s, s:s}", "run", json_text(dir), "outcome",
				outcome, "experiment", experiment, "lab", lab, "started", started));
}

static int list(const struct labctl *l)
{
	auto_out_table struct table t = { .columns = 5 };
	auto_json json_t *answer = json_object();
	json_t *runs = json_array();
	struct err err = ERR_INIT;
	char **names;
	size_t n;

	(void)json_object_set_new(answer, "runs", runs);
	if (runs_list(l->paths.runs, &names, &n, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	out_table_row(&t, "OUTCOME", "EXPERIMENT", "LAB", "TIME", "RUN");
	for (size_t i = 0; i < n; i++)
		list_one(l->paths.runs, names[i], runs, &t);
	runs_free(names, n);
	if (l->json)
		out_json(answer, false);
	else if (n)
		out_table_print(&t, stdout);
	else
		printf("no runs yet; `labctl run fetch` makes one, in %s\n", l->paths.runs);
	return EXIT_DONE;
}

/* --- rm --- */

static int finish(const struct labctl *l, json_t *removed, int r, const struct err *err)
{
	size_t n = json_array_size(removed);
	auto_json json_t *answer = json_pack("{s:O}", "removed", removed);

	if (r < 0)
		return out_error(l, EXIT_FAILED, err);
	if (l->json)
		out_json(answer, false);
	else
		printf("%zu run%s removed\n", n, n == 1 ? " is" : "s are");
	return EXIT_DONE;
}

static int remove_runs(const struct labctl *l, const struct args *a)
{
	auto_free char **names = xcalloc(a->n_operands + 1, sizeof(*names));
	auto_json json_t *removed = json_array();
	struct err err = ERR_INIT;
	int r = 0;

	/* All are known before the first one goes. */
	for (size_t i = 1; r == 0 && i < a->n_operands; i++)
		r = runs_own(l->paths.runs, a->operands[i], &names[i], &err);
	runs_sweep(l->paths.runs);
	for (size_t i = 1; i < a->n_operands; i++) {
		if (r == 0)
			r = runs_remove(l->paths.runs, names[i], &err);
		if (r == 0)
			(void)json_array_append_new(removed, json_text(names[i]));
		free(names[i]);
	}
	return finish(l, removed, r, &err);
}

/* --- prune --- */

/* "30d", "12h": seconds. */
static int parse_age(const char *text, int64_t *ret)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	size_t len = strlen(text);
	auto_free char *digits = xstrndup(text, len ? len - 1 : 0);
	unsigned long n;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (len && text[len - 1] == units[i].unit &&
		    str_to_ulong(digits, 0, 100000, &n) == 0) {
			*ret = (int64_t)n * units[i].seconds;
			return 0;
		}
	return -EINVAL;
}

struct prune {
	unsigned long keep;
	int64_t before; /* seconds since the epoch */
};

static int parse_prune(const struct args *a, struct prune *ret, struct err *err)
{
	const char *keep = args_get(a, "keep"), *older = args_get(a, "older-than");
	struct prune prune = { .before = INT64_MAX };
	int64_t age;

	if (!keep && !older)
		return err_set(err, EINVAL, "say which: --keep N, --older-than AGE, or both");
	if (keep && str_to_ulong(keep, 0, INT_MAX, &prune.keep) < 0)
		return err_set(err, EINVAL, "--keep: '%s' is not a number", keep);
	if (older && parse_age(older, &age) < 0)
		return err_set(err, EINVAL, "--older-than: '%s' is not an age such as 12h, 30d, 8w",
			       older);
	if (older)
		prune.before = (int64_t)time(NULL) - age;
	*ret = prune;
	return 0;
}

/* A run is as old as the last change of its folder. */
static bool is_older(const char *folder, const char *name, int64_t before)
{
	auto_free char *path = xasprintf("%s/%s", folder, name);
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && (int64_t)st.st_mtime <= before;
}

static int prune_runs(const struct labctl *l, const struct args *a)
{
	auto_json json_t *removed = json_array();
	struct err err = ERR_INIT;
	struct prune prune = { 0 };
	char **names;
	size_t n;
	int r;

	if (parse_prune(a, &prune, &err) < 0)
		return out_error(l, EXIT_USAGE, &err);
	runs_sweep(l->paths.runs);
	r = runs_list(l->paths.runs, &names, &n, &err);
	if (r < 0)
		return out_error(l, EXIT_FAILED, &err);
	for (size_t i = prune.keep; r == 0 && i < n; i++) {
		if (!is_older(l->paths.runs, names[i], prune.before))
			continue;
		r = runs_remove(l->paths.runs, names[i], &err);
		if (r == 0)
			(void)json_array_append_new(removed, json_text(names[i]));
		r = r == -EBUSY ? 0 : r;
	}
	runs_free(names, n);
	return finish(l, removed, r, &err);
}

/* --- import, bundle --- */

static int import_run(const struct labctl *l, const char *file)
{
	auto_json json_t *answer = NULL;
	auto_free char *dir = NULL;
	struct err err = ERR_INIT;

	if (bundle_import(file, l->paths.runs, &dir, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	answer = json_pack("{s:o}", "run", json_text(dir));
	if (l->json)
		out_json(answer, false);
	else
		out_line(dir);
	return EXIT_DONE;
}

int cmd_bundle(struct labctl *l, const struct args *a)
{
	const char *word = a->operands[0], *file = a->operands[1];
	struct bundle bundle;
	auto_free char *dir = NULL, *clean = NULL;
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;
	struct stat st = { 0 };

	if (runs_find(l->paths.runs, word, &dir, &err) < 0 ||
	    bundle_write(dir, file, &bundle, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	(void)stat(file, &st);
	answer = json_pack("{s:o, s:o, s:I, s:I, s:I}", "run", json_text(dir), "file",
			   json_text(file), "files", (json_int_t)bundle.files, "left_out",
			   (json_int_t)bundle.left_out, "bytes", (json_int_t)st.st_size);
	if (l->json) {
		out_json(answer, false);
		return EXIT_DONE;
	}
	clean = out_clean(file, false);
	printf("%zu files are in '%s'; to unpack it: labctl runs import FILE, or tar\n",
	       bundle.files, clean);
	if (bundle.left_out)
		printf("left out: %zu that are not plain files, or whose names are not portable\n",
		       bundle.left_out);
	return EXIT_DONE;
}

int cmd_runs(struct labctl *l, const struct args *a)
{
	const char *verb = a->operands ? a->operands[0] : NULL;
	struct err err = ERR_INIT;

	if (!verb)
		return list(l);
	if (str_eq(verb, "rm") && a->n_operands > 1)
		return remove_runs(l, a);
	if (str_eq(verb, "prune") && a->n_operands == 1)
		return prune_runs(l, a);
	if (str_eq(verb, "import") && a->n_operands == 2)
		return import_run(l, a->operands[1]);
	(void)err_set(&err, EINVAL, "runs '%s': rm RUN..., prune, import FILE, or nothing", verb);
	return out_error(l, EXIT_USAGE, &err);
}
