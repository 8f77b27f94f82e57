/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labctl task and check: what is asked, and where the student is. */
#include <errno.h>
#include <string.h>

#include "course/marks.h"
#include "labctl/client.h"
#include "labctl/handout.h"
#include "labctl/out.h"
#include "labctl/place.h"
#include "labctl/play.h"
#include "labctl/started.h"
#include "labctl/story.h"

/* The assignment of the lab that is meant, whose name then stands in l->lab. */
struct current {
	struct place place;
	struct handout handout;
	json_t *state;
	const char *lang;
};

static void current_free(struct current *current)
{
	place_free(&current->place);
	handout_free(&current->handout);
	json_decref(current->state);
}
AUTO_DEFINE(current_auto, struct current, current_free)
#define auto_current AUTO(current_autop)

static int find(struct labctl *l, const struct args *a, struct current *ret)
{
	struct err err = ERR_INIT;
	int r;

	if (story_language(args_get(a, "lang"), &ret->lang, &err) < 0)
		return out_error(l, EXIT_USAGE, &err);
	r = place_find(l, &ret->place, &err);
	if (r < 0)
		return out_error(l, client_exit_code(r), &err);
	l->lab = place_name(&ret->place);
	if (started_open(l, l->lab, &ret->state, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	return handout_load(l, json_get_text(ret->state, "assignment", ""), &ret->handout);
}

int cmd_task(struct labctl *l, const struct args *a)
{
	auto_current struct current current = { .place = PLACE_INIT };
	auto_json json_t *value = NULL;
	int code = find(l, a, &current);

	if (code != EXIT_DONE)
		return code;
	if (l->json) {
		value = handout_to_json(&current.handout, false);
		out_json(value, false);
	} else {
		handout_tell(&current.handout, current.lang);
	}
	return EXIT_DONE;
}

/* --- hints --- */

/* One more is told, and remembered to be. */
static int hint(const struct labctl *l, struct current *current)
{
	const struct assignment *of = &current->handout.assignment;
	int taken = json_get_int(current->state, "hints", 0);
	auto_json json_t *value = NULL;
	struct err err = ERR_INIT;
	const struct assignment_text *text;

	if (taken < 0 || (size_t)taken >= of->n_hints)
		return out_error(l, EXIT_FAILED,
				 (err_set(&err, ENOENT, "there are %zu hints, and all were told",
					  of->n_hints),
				  &err));
	text = &of->hints[taken];
	(void)json_object_set_new(current->state, "hints", json_integer(taken + 1));
	if (started_save(l, l->lab, current->state, &err) < 0)
		return out_error(l, EXIT_FAILED, &err);
	if (l->json) {
		value = json_pack("{s:i, s:i, s:{s:o, s:o}}", "hint", taken + 1, "of",
				  (int)of->n_hints, "text", "en", json_text(text->en), "ko",
				  json_text(text->ko));
		out_json(value, false);
	} else {
		auto_free char *clean = out_clean(assignment_words(text, current->lang), false);

		printf("%d/%zu: %s\n", taken + 1, of->n_hints, clean);
	}
	return EXIT_DONE;
}

/* --- check --- */

static const char *words_of(const json_t *text, const char *lang)
{
	return json_get_text(text, lang, json_get_text(text, "en", ""));
}

static const char *sign_of(const char *verdict)
{
	return str_eq(verdict, "holds")         ? "ok"
	       : str_eq(verdict, "fails")       ? "NO"
	       : str_eq(verdict, "not-reached") ? "--"
						: "??";
}

static void print_first(const json_t *first)
{
	auto_free char *why = out_clean(json_get_text(first, "why", ""), false);
	auto_free char *at = out_clean(json_get_text(first, "at", ""), false);
	json_int_t frame = json_integer_value(json_object_get(first, "frame"));

	if (why[0])
		printf("        %s: %s\n", json_get_text(first, "expectation", "?"), why);
	if (frame)
		printf("        look at frame %lld of %s\n", (long long)frame, at);
}

static void print_marks(const json_t *marks, const char *lang)
{
	const json_t *first = json_object_get(marks, "first"), *goal;
	size_t i;

	printf("%s: %d/%d\n", json_get_text(marks, "assignment", "?"),
	       json_get_int(marks, "points", 0), json_get_int(marks, "of", 0));
	json_array_foreach(json_object_get(marks, "goals"), i, goal) {
		const char *phase = json_get_text(goal, "phase", "");
		auto_free char *title =
			out_clean(words_of(json_object_get(goal, "title"), lang), false);

		printf("  %s  %2d/%-2d  %s\n", sign_of(json_get_text(goal, "verdict", "")),
		       json_get_int(goal, "points", 0), json_get_int(goal, "of", 0), title);
		if (str_eq(phase, json_get_text(first, "phase", NULL)))
			print_first(first);
	}
}

/* What goes with the run: whose it is, as whoever hands it in says. */
static void keep(const struct current *current, const char *run, const json_t *marks)
{
	auto_free char *path = xasprintf("%s/assignment.json", run);
	auto_json json_t *value =
		json_pack("{s:s, s:i, s:O}", "assignment", current->handout.assignment.name,
			  "hints", json_get_int(current->state, "hints", 0), "marks", marks);
	struct err err = ERR_INIT;

	if (json_save(value, path, &err) < 0)
		fprintf(stderr, "labctl: %s\n", err.msg);
}

static int exit_of(const json_t *marks)
{
	const char *verdict = json_get_text(marks, "verdict", "");

	return str_eq(verdict, "holds")   ? EXIT_DONE
	       : str_eq(verdict, "fails") ? EXIT_LAB_FAILED
					  : EXIT_NOT_JUDGED;
}

static int check(struct labctl *l, const struct current *current)
{
	auto_free char *path = handout_path(&current->handout, current->handout.assignment.check);
	auto_json json_t *result = NULL, *story = NULL, *marks = NULL;
	int hints = json_get_int(current->state, "hints", 0);
	const char *run;
	int code = play_run(l, path, NULL, &result, &story);

	if (code != EXIT_DONE && code != EXIT_LAB_FAILED && code != EXIT_NOT_JUDGED)
		return code;
	if (!story)
		return code;
	run = json_get_text(result, "run", "");
	marks = marks_count(&current->handout.assignment, story);
	(void)json_object_set_new(marks, "hints", json_integer(hints));
	(void)json_object_set_new(marks, "run", json_text(run));
	keep(current, run, marks);
	if (l->json) {
		out_json(marks, false);
		return exit_of(marks);
	}
	print_marks(marks, current->lang);
	printf("what the packets show: labctl story %s\n", run);
	if ((size_t)hints < current->handout.assignment.n_hints && exit_of(marks) != EXIT_DONE)
		printf("a hint: labctl check --hint (%zu left)\n",
		       current->handout.assignment.n_hints - (size_t)hints);
	return exit_of(marks);
}

int cmd_check(struct labctl *l, const struct args *a)
{
	auto_current struct current current = { .place = PLACE_INIT };
	int code = find(l, a, &current);

	if (code != EXIT_DONE)
		return code;
	return args_get(a, "hint") ? hint(l, &current) : check(l, &current);
}
