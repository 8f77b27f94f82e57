/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl run: an experiment in a lab. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "labctl/client.h"
#include "labctl/experiments.h"
#include "labctl/file.h"
#include "labctl/interrupt.h"
#include "labctl/out.h"
#include "labctl/play.h"
#include "labctl/progress.h"
#include "labctl/run-view.h"
#include "run/runs.h"

#define CONNECT_MS 10000
#define SILENCE_MS ((3600 + 600) * 1000) /* beyond EXPERIMENT_DEADLINE_MAX, a step's longest */

/* --- parameters --- */

static void print_parameter(const struct experiment_parameter *p)
{
	auto_free char *description = NULL;
	auto_str struct str values = { 0 };

	for (size_t i = 0; i < p->n_values; i++)
		str_addf(&values, "%s%s%s", i ? ", " : "", p->values[i].name,
			 i == p->preset ? " (default)" : "");
	printf("  --%-12s %s\n", p->name, str_text(&values));
	description = out_clean(p->description ? p->description : "", false);
	if (*description)
		printf("  %-14s %s\n", "", description);
}

/* Whether --client or --url is the experiment's. */
static bool takes(const struct experiment *e, const char *option)
{
	const char *actor = str_eq(option, "url") ? "web" : option;

	if (!str_eq(option, "url") && !str_eq(option, "client"))
		return false;
	for (size_t i = 0; i < e->n_actors; i++)
		if (str_eq(e->actors[i].name, actor))
			return true;
	return false;
}

void cmd_run_help(struct labctl *l, const struct args *a)
{
	auto_experiment struct experiment e = { 0 };
	auto_free char *path = NULL, *file = NULL, *description = NULL;

	if (file_load_experiment(l, a->operands[0], NULL, &e, &path) != EXIT_DONE)
		return;
	file = out_clean(path, false);
	printf("\nexperiment '%s' (%s)\n", e.name, file);
	description = out_clean(e.description ? e.description : "", false);
	if (*description)
		printf("%s\n", description);
	if (takes(&e, "client"))
		printf("\nwhat it finds in the lab, or as you say:\n  --client NODE    who does it "
		       "(default: the first client)\n");
	if (takes(&e, "url"))
		printf("  --url URL        what is opened\n");
	if (e.n_parameters)
		printf("\nits parameters:\n");
	for (size_t i = 0; i < e.n_parameters; i++)
		print_parameter(&e.parameters[i]);
}

/*
 * Every parameter as the experiment takes it, chosen or default: {"tls":"1.3"}; and which actors
 * the user chose: {"client":"pc"}; of all experiments, where this one has them. New references.
 */
static int parameters(const struct experiment *e, const struct args *a, bool all, json_t **ret,
		      json_t **actors, struct err *err)
{
	auto_experiment_args struct experiment_args chosen = { 0 };
	auto_json json_t *wished = json_object();

	experiment_args_init(e, &chosen);
	for (size_t i = 0; i < a->n_parameters; i++) {
		const struct arg *given = &a->parameters[i];
		bool actor = takes(e, given->name);
		int r = 0;

		if (actor && !given->value)
			r = err_set(err, EINVAL, "--%s: takes a value", given->name);
		else if (!actor && all)
			continue;
		else if (actor)
			(void)json_object_set_new(wished, given->name, json_text(given->value));
		else
			r = experiment_set_parameter(e, &chosen, given->name, given->value, err);
		if (r < 0)
			return r;
	}
	*ret = experiment_args_to_json(e, &chosen);
	*actors = take_ptr(wished);
	return 0;
}

/* --- the run's folder --- */

/* Whether what we make in there stays ours: nobody else may put another in its place. */
static bool is_safe(const char *folder)
{
	struct stat st;

	return stat(folder, &st) == 0 && (st.st_uid == getuid() || st.st_uid == 0) &&
	       (!(st.st_mode & S_IWOTH) || (st.st_mode & S_ISVTX));
}

/* An absolute path without links and dots that does not exist; its parent is made. */
static int given_folder(const char *out, char **ret, struct err *err)
{
	auto_free char *word = xstrdup(out);
	size_t len = strlen(word);
	auto_free char *parent = NULL;
	auto_free char *path = NULL;
	const char *name;
	char *slash;
	int r;

	while (len > 1 && word[len - 1] == '/')
		word[--len] = '\0';
	slash = strrchr(word, '/');
	name = slash ? slash + 1 : word;
	if (!name[0] || str_eq(name, ".") || str_eq(name, ".."))
		return err_set(err, EINVAL, "--out '%s': is not a name for a new folder", out);
	if (slash)
		*slash = '\0';
	r = slash && slash != word ? io_mkdirs(word, 0700, err) : 0;
	parent = realpath(slash ? (slash == word ? "/" : word) : ".", NULL);
	if (r < 0 || !parent)
		return r < 0 ? err_context(err, "--out '%s'", out)
			     : err_errno(err, errno, "--out '%s'", out);
	path = xasprintf("%s/%s", str_eq(parent, "/") ? "" : parent, name);
	if (str_prefix(path, "/run/"))
		return err_set(err, EINVAL, "--out '%s': a lab does not see the host's /run", out);
	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(err, EEXIST, "--out '%s': exists; name a folder that does not", out);
	if (!is_safe(parent))
		return err_set(err, EPERM,
			       "--out '%s': '%s' belongs to another user, who could remove it", out,
			       parent);
	*ret = take_ptr(path);
	return 0;
}

/* The experiment as the lab plays it: it has the actors, and Wireshark takes the filters with what
 * is known of them. The exit code. */
static int check_cast(const struct labctl *l, const struct place *place, const char *path,
		      const json_t *actors)
{
	auto_experiment struct experiment e = { 0 };
	auto_topo struct topo topo = { 0 };
	auto_free char *found = NULL;
	struct cast_wish wish = { &topo, json_get_text(actors, "client", NULL),
				  json_get_text(actors, "url", NULL) };
	int code;

	place_load(l, place, &topo);
	code = file_load_experiment(l, path, &wish, &e, &found);
	return code == EXIT_DONE ? file_check_filters(l, &e, path) : code;
}

static int run(struct labctl *l, const struct experiment *e, const char *path, json_t *params,
	       json_t *actors, const char *out, json_t **result, json_t **told)
{
	auto_place struct place place = PLACE_INIT;
	auto_ctl struct ctl *ctl = NULL;
	auto_json json_t *reply = NULL;
	auto_json json_t *args = NULL;
	auto_free char *folder = NULL;
	auto_close int signals = -1;
	int rows, columns, r, code = client_open(l, &place, &ctl);
	sigset_t before;
	struct run_view view = { .json = l->json, .silent = told };
	struct client_call call = {
		.command = CTL_RUN, .silence_ms = SILENCE_MS, .event = run_view_event, .ctx = &view
	};
	struct err err = ERR_INIT;

	if (code == EXIT_DONE && e->n_actors)
		code = check_cast(l, &place, path, actors);
	if (code != EXIT_DONE)
		return code;
	r = out ? given_folder(out, &folder, &err)
		: runs_new(l->paths.runs, place_name(&place), e->name, &folder, &err);
	if (r < 0)
		return out_error(l, out ? EXIT_USAGE : EXIT_FAILED, &err);
	args = json_pack("{s:s, s:O, s:O, s:s}", "experiment", path, "parameters", params, "actors",
			 actors, "out", folder);
	if (!args)
		return out_error(l, EXIT_FAILED,
				 (err_set(&err, EILSEQ, "'%s': not UTF-8", path), &err));
	interrupt_hold(&before);
	signals = interrupt_open(&err);
	if (signals < 0)
		return out_error(l, EXIT_FAILED, &err);
	progress_terminal(STDERR_FILENO, &rows, &columns);
	view.terminal = columns > 0 && !view.json && !told;
	call.args = take_ptr(args);
	call.signals = signals;
	r = client_call(ctl, &call, &reply, &err);
	if (r == -EPIPE)
		r = err_set(&err, EPIPE,
			    "labd died while the experiment ran; what was captured is kept, as "
			    "interrupted: '%s'",
			    folder);
	run_view_clear(&view);
	/* Nothing has to be tidied up any more. */
	interrupt_release(&before);
	return run_view_finish(l, e->name, r, reply, result, told, &err);
}

static int run_named(struct labctl *l, const struct args *a, const char *name, bool all,
		     json_t **result)
{
	auto_experiment struct experiment e = { 0 };
	auto_json json_t *params = NULL, *actors = NULL;
	auto_free char *path = NULL;
	struct err err = ERR_INIT;
	int code = file_load_experiment(l, name, NULL, &e, &path);

	if (code != EXIT_DONE)
		return code;
	if (parameters(&e, a, all, &params, &actors, &err) < 0)
		return out_error(l, EXIT_USAGE, &err);
	code = e.n_actors ? EXIT_DONE : file_check_filters(l, &e, path);
	if (code != EXIT_DONE)
		return code;
	return run(l, &e, path, params, actors, args_get(a, "out"), result, NULL);
}

int play_run(struct labctl *l, const char *path, const char *out, json_t **result, json_t **story)
{
	auto_experiment struct experiment e = { 0 };
	auto_json json_t *params = json_object(), *actors = json_object();
	auto_free char *found = NULL;
	int code = file_load_experiment(l, path, NULL, &e, &found);

	return code == EXIT_DONE ? run(l, &e, found, params, actors, out, result, story) : code;
}

static int run_one_of_all(struct labctl *l, const struct args *a, const char *name, json_t **result)
{
	return run_named(l, a, name, true, result);
}

/* What all of them take, or the sentence about what they do not. */
static int check_all(const struct args *a, struct err *err)
{
	if (args_get(a, "out"))
		return err_set(err, EINVAL, "--out: is for one experiment, not for all");
	for (size_t i = 0; i < a->n_parameters; i++)
		if (!str_eq(a->parameters[i].name, "client") &&
		    !str_eq(a->parameters[i].name, "url"))
			return err_set(err, EINVAL,
				       "--%s: is for one experiment; all take --client and --url",
				       a->parameters[i].name);
	return 0;
}

int cmd_run(struct labctl *l, const struct args *a)
{
	auto_json json_t *result = NULL;
	struct err err = ERR_INIT;

	if (!a->n_operands && (a->n_parameters || args_get(a, "out")))
		return out_error(l, EXIT_USAGE,
				 (err_set(&err, EINVAL, "run: which experiment?"), &err));
	if (!a->n_operands)
		return experiments_list(l);
	if (!str_eq(a->operands[0], "all"))
		return run_named(l, a, a->operands[0], false, &result);
	return check_all(a, &err) < 0 ? out_error(l, EXIT_USAGE, &err)
				      : experiments_all(l, a, run_one_of_all);
}
