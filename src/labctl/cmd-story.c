/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl story: what a run's packets show. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "labctl/file.h"
#include "labctl/out.h"
#include "labctl/progress.h"
#include "labctl/story.h"
#include "report/compare.h"
#include "report/elsewhere.h"
#include "report/normal.h"
#include "report/words.h"
#include "role/role.h"
#include "run/run.h"
#include "run/runs.h"
#include "wireshark/sharkd.h"

#define COLUMNS 80
#define COLUMNS_MIN 40

/* As the user's environment has it, in the order of setlocale(3). */
static const char *own_language(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return str_prefix(value, "ko") ? "ko" : "en";
	}
	return "en";
}

int story_language(const char *given, const char **ret, struct err *err)
{
	*ret = given ? given : own_language();
	return words_speaks(*ret) ? 0 : err_set(err, EINVAL, "--lang '%s': en or ko", given);
}

/* As standard output and the user's environment have it. */
static void fill_options(struct text_options *options)
{
	const char *no_colour = getenv("NO_COLOR");
	int rows, columns;

	progress_terminal(STDOUT_FILENO, &rows, &columns);
	options->lang = options->lang ? options->lang : own_language();
	options->colour = columns > 0 && !(no_colour && *no_colour);
	options->columns = columns >= COLUMNS_MIN ? (size_t)columns : COLUMNS;
}

void story_print(const json_t *story, struct text_options options)
{
	auto_str struct str out = { 0 };

	fill_options(&options);
	text_story(story, &options, &out);
	(void)fputs(str_text(&out), stdout);
}

static void print(const struct labctl *l, const json_t *story, const struct args *a,
		  const char *lang)
{
	auto_str struct str out = { 0 }, clean = { 0 };

	if (args_get(a, "normal")) {
		normal_story(story, &out);
		str_add_clean(&clean, str_text(&out), true);
		(void)fputs(str_text(&clean), stdout);
	} else if (l->json) {
		out_json(story, false);
	} else {
		story_print(story, (struct text_options){ .lang = lang,
							  .verbose = args_get(a, "verbose") });
	}
}

int story_exit(const json_t *story)
{
	const char *verdict = json_get_text(story, "verdict", "");

	return str_eq(verdict, "holds")   ? EXIT_DONE
	       : str_eq(verdict, "fails") ? EXIT_LAB_FAILED
					  : EXIT_NOT_JUDGED;
}

/* The run's client and URL, as far as it was told them. */
static void wish_as(const struct experiment *kept, struct cast_wish *ret)
{
	for (size_t i = 0; i < kept->n_actors; i++) {
		if (str_eq(kept->actors[i].name, "client"))
			ret->client = kept->actors[i].node;
		if (str_eq(kept->actors[i].name, "web"))
			ret->url = kept->actors[i].url;
	}
}

int story_judge(const struct labctl *l, const struct args *a, const char *dir,
		struct experiment *own, char **path, struct story_options *options)
{
	const char *word = args_get(a, "experiment");
	auto_free char *lab = run_path(dir, RUN_TOPOLOGY), *done = run_path(dir, RUN_EXPERIMENT);
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_experiment struct experiment kept = { 0 };
	auto_topo struct topo topo = { 0 };
	struct cast_wish wish = { .topo = &topo };
	bool has_lab =
		word && topo_load(lab, options->schemas, role_all, &topo, &problems, NULL) == 0;
	int code = EXIT_DONE;

	if (has_lab && experiment_load_kept(done, options->schemas, &kept, &problems, NULL) == 0)
		wish_as(&kept, &wish);
	if (word)
		code = file_load_experiment(l, word, has_lab ? &wish : NULL, own, path);
	if (word && code == EXIT_DONE) {
		options->experiment = own;
		options->judge = *path;
	}
	return code;
}

/* One of the stories that are asked for; word NULL: the newest. The exit code. */
static int read_one(const struct labctl *l, const struct args *a, const char *word, json_t **ret)
{
	auto_experiment struct experiment own = { 0 };
	auto_free char *own_path = NULL;
	auto_free char *schemas = file_schema_dir(l);
	struct story_options options = { .sharkd = SHARKD,
					 .cache = l->paths.cache,
					 .schemas = schemas };
	auto_free char *dir = NULL;
	struct err err = ERR_INIT;
	int code;

	if (runs_find(l->paths.runs, word, &dir, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	code = story_judge(l, a, dir, &own, &own_path, &options);
	if (code != EXIT_DONE)
		return code;
	return story_read(dir, &options, ret, &err) < 0 ? out_error(l, EXIT_FAILED, &err)
							: EXIT_DONE;
}

/* A capture that was made elsewhere, in the phases of an experiment. The exit code. */
static int read_capture(const struct labctl *l, const struct args *a, json_t **ret)
{
	auto_free char *file = realpath(a->operands[0], NULL), *schemas = file_schema_dir(l);
	auto_free char *path = NULL;
	auto_experiment struct experiment as = { 0 };
	auto_xml_problems struct xml_problems problems = { 0 };
	struct elsewhere elsewhere = { file, SHARKD, l->paths.cache, NULL };
	struct story_options options = { .sharkd = SHARKD,
					 .cache = l->paths.cache,
					 .schemas = schemas,
					 .experiment = &as,
					 .capture = file };
	struct err err = ERR_INIT;
	int r;

	if (!file)
		r = err_errno(&err, errno, "'%s'", a->operands[0]);
	else
		r = file_find(l, args_get(a, "as"), FILE_EXPERIMENT, &path, &err);
	if (r == 0)
		r = experiment_load_cast(path, schemas, elsewhere_cast, &elsewhere, &as, &problems,
					 &err);
	if (r == 0 && !as.n_actors)
		r = err_set(&err, EINVAL,
			    "'%s' names nodes of a lab: only one that names <actor>s "
			    "fits a capture",
			    path);
	options.found = elsewhere.found;
	options.judge = path;
	if (r == 0)
		r = story_read(file, &options, ret, &err);
	json_decref(elsewhere.found);
	return r < 0 ? out_error(l, EXIT_FAILED, &err) : EXIT_DONE;
}

static int compare(const struct labctl *l, const struct args *a, const char *lang)
{
	auto_json json_t *one = NULL, *other = NULL, *both = NULL;
	auto_str struct str out = { 0 };
	struct text_options options = { .lang = lang, .verbose = args_get(a, "verbose") };
	int code = read_one(l, a, a->operands[0], &one);

	if (code == EXIT_DONE)
		code = read_one(l, a, a->operands[1], &other);
	if (code != EXIT_DONE)
		return code;
	both = compare_stories(one, other);
	if (l->json) {
		out_json(both, false);
		return EXIT_DONE;
	}
	fill_options(&options);
	compare_tell(both, &options, &out);
	(void)fputs(str_text(&out), stdout);
	return EXIT_DONE;
}

int cmd_story(struct labctl *l, const struct args *a)
{
	auto_json json_t *story = NULL;
	struct err err = ERR_INIT;
	bool two = a->n_operands > 1;
	const char *lang;
	int code;

	if (story_language(args_get(a, "lang"), &lang, &err) < 0)
		return out_error(l, EXIT_USAGE, &err);
	if (args_get(a, "normal") && (l->json || two))
		return out_error(l, EXIT_USAGE,
				 (err_set(&err, EINVAL, "--normal: %s",
					  two ? "two runs are compared in that form anyway"
					      : "has no JSON form"),
				  &err));
	if (args_get(a, "as") && (a->n_operands != 1 || args_get(a, "experiment")))
		return out_error(
			l, EXIT_USAGE,
			(err_set(&err, EINVAL, "--as: needs one FILE, and no --experiment"), &err));
	if (two)
		return compare(l, a, lang);
	if (args_get(a, "as"))
		code = read_capture(l, a, &story);
	else
		code = read_one(l, a, a->n_operands ? a->operands[0] : NULL, &story);
	if (code != EXIT_DONE)
		return code;
	print(l, story, a, lang);
	return story_exit(story);
}
