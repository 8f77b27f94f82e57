/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a user sees of a run: each step on its way, and what came of it. */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "labctl/file.h"
#include "labctl/interrupt.h"
#include "labctl/out.h"
#include "labctl/run-view.h"
#include "labctl/story.h"
#include "report/annotate.h"
#include "report/phases.h"
#include "wireshark/sharkd.h"

/* --- what it says on its way --- */

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

void run_view_event(void *ctx, const json_t *event)
{
	const struct run_view *view = ctx;
	const char *type = json_get_text(event, "type", "");
	auto_json json_t *line = NULL;
	auto_free char *text = NULL;

	if (view->silent)
		return;
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

void run_view_clear(const struct run_view *view)
{
	fprintf(stderr, "%s", clear_line(view));
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

int run_view_finish(const struct labctl *l, const char *experiment, int r, json_t *reply,
		    json_t **result, json_t **told, const struct err *err)
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
	if (told) {
		*told = take_ptr(story);
	} else if (l->json) {
		tell_lines(story);
		line = json_pack("{s:O}", "result", reply);
		out_json(line, true);
	} else {
		print_result(story, reply);
	}
	return r < 0 ? EXIT_INTERRUPTED : exit_of(json_get_text(reply, "outcome", ""));
}
