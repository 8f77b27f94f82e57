/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl run: an experiment in a lab, what it does, and what came of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "labctl/client.h"
#include "labctl/experiments.h"
#include "labctl/file.h"
#include "labctl/interrupt.h"
#include "labctl/out.h"
#include "labctl/progress.h"
#include "labctl/story.h"
#include "report/annotate.h"
#include "report/phases.h"
#include "run/runs.h"
#include "wireshark/sharkd.h"

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

/* --- what it says on its way --- */

struct run_view {
	bool json;
	bool terminal; /* the step under way may be shown and replaced */
};

static const char *clear_line(const struct run_view *view)
{
	return view->terminal ? "\r\033[K" : "";
}

/* "client" behind a name; "" where there is none. */
static char *place_of(const json_t *event)
{
	auto_free char *node = out_clean(json_get_text(event, "node", ""), false);

	return node[0] ? xasprintf(" (%s)", node) : xstrdup("");
}

/* What is under way, where it can be replaced by what came of it. */
static void show_now(const struct run_view *view, const char *text, const char *place)
{
	if (view->terminal)
		fprintf(stderr, "\r\033[K  ...             %s%s", text, place);
}

static void show_step(const struct run_view *view, const json_t *event)
{
	const char *state = json_get_text(event, "state", "");
	const json_t *output = json_object_get(event, "output");
	auto_free char *name = out_clean(json_get_text(event, "name", "?"), false);
	auto_free char *detail = out_clean(json_get_text(event, "detail", ""), false);
	auto_free char *place = place_of(event);

	if (strcmp(state, "start") == 0)
		show_now(view, name, place);
	else if (strcmp(state, "skipped") != 0)
		fprintf(stderr, "%s  %-6s%6.1f s  %s%s%s%s\n", clear_line(view),
			strcmp(state, "done") == 0 ? "ok" : "FAILED",
			json_number_value(json_object_get(event, "seconds")), name, place,
			detail[0] ? ": " : "", detail);
	/* Of one line the sentence has it all. */
	if (json_array_size(output) > 1)
		out_lines(output);
}

static void on_event(void *ctx, const json_t *event)
{
	const struct run_view *view = ctx;
	const char *type = json_get_text(event, "type", "");
	auto_json json_t *line = NULL;
	auto_free char *text = NULL;

	if (view->json) {
		line = json_pack("{s:O}", "event", event);
		out_json(line, true);
	} else if (strcmp(type, "step") == 0) {
		show_step(view, event);
	} else if (strcmp(type, "stage") == 0) {
		text = out_clean(json_get_text(event, "stage", ""), false);
		show_now(view, text, "");
	} else if (strcmp(type, "note") == 0) {
		text = out_clean(json_get_text(event, "text", ""), false);
		fprintf(stderr, "%s  note: %s\n", clear_line(view), text);
	}
	(void)fflush(stderr);
}

/* --- what came of it --- */

static void print_facts(const json_t *facts)
{
	auto_out_table struct table t = { .columns = 2 };
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)facts, key, value) {
		auto_free char *label = xasprintf("%s:", key);

		out_table_row(&t, label, json_is_string(value) ? json_string_value(value) : "");
	}
	out_table_print(&t, stdout);
}

/* A line of --json for a phase of the story, an expectation or a remark. */
static void tell_line(const char *type, const json_t *of)
{
	static const char *const keys[] = { "name",  "title",  "at",      "verdict", "count",
					    "frame", "detail", "article", "wire",    "why" };
	auto_json json_t *event = json_pack("{s:s}", "type", type);
	auto_json json_t *line = json_pack("{s:O}", "event", event);
	const json_t *frames = json_object_get(of, "frames");

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		(void)json_object_set(event, keys[i], json_object_get(of, keys[i]));
	if (frames)
		(void)json_object_set_new(
			event, "frame",
			json_integer(json_integer_value(json_array_get(frames, 0))));
	out_json(line, true);
}

static void tell_lines(const json_t *story)
{
	const json_t *phase, *item;
	size_t i, j;

	json_array_foreach(json_object_get(story, "phases"), i, phase) {
		if (json_get_text(phase, "name", NULL))
			tell_line("phase", phase);
		json_array_foreach(json_object_get(phase, "expectations"), j, item)
			tell_line("expect", item);
		json_array_foreach(json_object_get(phase, "remarks"), j, item)
			tell_line("remark", item);
	}
}

/* What is known of a run without its folder, in the form of a story. */
static json_t *bare_story(const struct labctl *l, const char *experiment, const json_t *result)
{
	json_t *story = json_copy((json_t *)(uintptr_t)result);

	(void)json_object_set_new(story, "experiment", json_string(experiment));
	(void)json_object_set_new(story, "lab", json_string(l->lab ? l->lab : "?"));
	return story;
}

/*
 * The run's story, put into all.pcapng, and the phase that fails into the result. A run is a run
 * without that: what goes wrong is said and no more.
 */
static json_t *read_story(const struct labctl *l, const char *experiment, json_t *result)
{
	auto_free char *schemas = file_schema_dir(l);
	const struct story_options options = {
		.sharkd = SHARKD, .cache = l->paths.cache, .schemas = schemas, .recorded = true
	};
	const char *dir = json_get_text(result, "run", "");
	json_t *story = NULL;
	struct err err = ERR_INIT;
	const json_t *failed;
	sigset_t before;
	int r = story_read(dir, &options, &story, &err);

	/* It writes a file anew, which does not stay half-made. */
	interrupt_hold(&before);
	if (r == 0)
		r = annotate_merged(dir, story, &err);
	interrupt_release(&before);
	if (r < 0) {
		auto_free char *text = out_clean(err.msg, false);

		fprintf(stderr, "labctl: the captures have no comments: %s\n", text);
	}
	failed = phases_failed(json_object_get(story, "phases"));
	if (failed)
		(void)json_object_set(result, "failed_phase", json_object_get(failed, "title"));
	return story ? story : bare_story(l, experiment, result);
}

static int exit_of(const char *outcome)
{
	return str_eq(outcome, "passed")        ? EXIT_DONE
	       : str_eq(outcome, "not-judged")  ? EXIT_NOT_JUDGED
	       : str_eq(outcome, "interrupted") ? EXIT_INTERRUPTED
						: EXIT_LAB_FAILED;
}

static void print_result(const json_t *story, const json_t *result)
{
	auto_free char *run = out_clean(json_get_text(result, "run", "?"), false);
	const json_t *captures = json_object_get(result, "captures");
	json_int_t files = json_is_array(captures) ? (json_int_t)json_array_size(captures)
						   : json_integer_value(captures);

	story_print(story, (struct text_options){ .brief = true });
	printf("\n");
	print_facts(json_object_get(result, "facts"));
	printf("captured: %lld frames in %lld files, %lld dropped\nrun: %s\n"
	       "all hops in one file, TLS keys inside: wireshark %s/all.pcapng\n"
	       "what the packets show: labctl story %s\n",
	       (long long)json_integer_value(json_object_get(result, "frames")), (long long)files,
	       (long long)json_integer_value(json_object_get(result, "dropped")), run, run, run);
}

/* result: what came of it, a new reference where there is a run. */
static int finish(const struct labctl *l, const char *experiment, int r, json_t *reply,
		  json_t **result, const struct err *err)
{
	auto_json json_t *line = NULL, *story = NULL;
	bool has_run = json_get_text(reply, "run", NULL);

	if (r == -ENOPKG || r == -ENOSPC || r == -EROFS || r == -EDQUOT)
		return out_failure(l, EXIT_MACHINE, err, reply);
	if (r == -EPIPE)
		return out_failure(l, EXIT_NOT_JUDGED, err, reply);
	/* It did not begin. */
	if (r == -EBUSY || r == -EAGAIN || r == -EEXIST || r == -ENAMETOOLONG)
		return out_failure(l, EXIT_FAILED, err, reply);
	if (r < 0 && r != -ECANCELED)
		return out_failure(l, EXIT_LAB_FAILED, err, reply);
	if (r == -ECANCELED && !has_run)
		return out_failure(l, EXIT_INTERRUPTED, err, NULL);
	*result = json_incref(reply);
	story = read_story(l, experiment, reply);
	if (l->json) {
		tell_lines(story);
		line = json_pack("{s:O}", "result", reply);
		out_json(line, true);
	} else {
		print_result(story, reply);
	}
	return r < 0 ? EXIT_INTERRUPTED : exit_of(json_get_text(reply, "outcome", ""));
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
	       json_t *actors, const char *out, json_t **result)
{
	auto_place struct place place = PLACE_INIT;
	auto_ctl struct ctl *ctl = NULL;
	auto_json json_t *reply = NULL;
	auto_json json_t *args = NULL;
	auto_free char *folder = NULL;
	auto_close int signals = -1;
	int rows, columns, r, code = client_open(l, &place, &ctl);
	sigset_t before;
	struct run_view view = { .json = l->json };
	struct client_call call = {
		.command = CTL_RUN, .silence_ms = SILENCE_MS, .event = on_event, .ctx = &view
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
	view.terminal = columns > 0 && !view.json;
	call.args = take_ptr(args);
	call.signals = signals;
	r = client_call(ctl, &call, &reply, &err);
	if (r == -EPIPE)
		r = err_set(&err, EPIPE,
			    "labd died while the experiment ran; what was captured is kept, as "
			    "interrupted: '%s'",
			    folder);
	fprintf(stderr, "%s", clear_line(&view));
	/* Nothing has to be tidied up any more. */
	interrupt_release(&before);
	return finish(l, e->name, r, reply, result, &err);
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
	return run(l, &e, path, params, actors, args_get(a, "out"), result);
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
