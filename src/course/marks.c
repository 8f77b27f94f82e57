/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counting a story. */
#include "course/marks.h"

#include "base/str.h"

/* The frame that says so: the nearest one to what was expected, or the last one of the phase. */
static void add_frame(json_t *first, const json_t *expectation, const json_t *phase)
{
	json_t *frame = json_object_get(json_object_get(expectation, "nearest"), "frame");
	json_t *at = json_object_get(expectation, "at");
	const json_t *reached = json_object_get(phase, "reached");

	if (!json_is_integer(frame) && json_is_object(reached)) {
		frame = json_object_get(reached, "frame");
		at = json_object_get(reached, "at");
	}
	if (at)
		(void)json_object_set(first, "at", at);
	if (json_is_integer(frame))
		(void)json_object_set(first, "frame", frame);
}

/* What is missing of a phase that does not hold. */
static json_t *missing(const json_t *goal, const json_t *phase)
{
	json_t *first = json_pack(
		"{s:O, s:O, s:n, s:n, s:n, s:n}", "phase", json_object_get(goal, "phase"), "title",
		json_object_get(goal, "title"), "expectation", "why", "at", "frame");
	const json_t *expectation = NULL, *it;
	size_t i;

	json_array_foreach(json_object_get(phase, "expectations"), i, it)
		if (!expectation && !str_eq(json_get_text(it, "verdict", ""), "holds") &&
		    !str_eq(json_get_text(it, "verdict", ""), "skipped"))
			expectation = it;
	add_frame(first, expectation, phase);
	if (expectation) {
		(void)json_object_set(first, "expectation", json_object_get(expectation, "name"));
		(void)json_object_set(first, "why", json_object_get(expectation, "detail"));
	}
	return first;
}

static json_t *goal_of(const struct assignment_goal *goal, const json_t *phase)
{
	const char *verdict = json_get_text(phase, "verdict", "not-judged");
	json_t *title = json_object_get(phase, "title");
	json_t *one = json_pack("{s:s, s:s, s:i, s:i}", "phase", goal->phase, "verdict", verdict,
				"points", str_eq(verdict, "holds") ? (int)goal->points : 0, "of",
				(int)goal->points);

	if (title)
		(void)json_object_set(one, "title", title);
	else
		(void)json_object_set_new(one, "title",
					  json_pack("{s:s, s:n}", "en", goal->phase, "ko"));
	return one;
}

json_t *marks_count(const struct assignment *assignment, const json_t *story)
{
	json_t *goals = json_array(), *first = NULL;
	int points = 0, of = 0;
	bool fails = false;

	for (size_t i = 0; i < assignment->n_goals; i++) {
		const json_t *phase = json_find(json_object_get(story, "phases"), "name",
						assignment->goals[i].phase);
		json_t *goal = goal_of(&assignment->goals[i], phase);
		const char *verdict = json_get_text(goal, "verdict", "");

		points += json_get_int(goal, "points", 0);
		of += json_get_int(goal, "of", 0);
		fails = fails || str_eq(verdict, "fails") || str_eq(verdict, "not-reached");
		if (!first && !str_eq(verdict, "holds"))
			first = missing(goal, phase);
		(void)json_array_append_new(goals, goal);
	}
	return json_pack(
		"{s:s, s:s, s:i, s:i, s:o, s:o}", "assignment", assignment->name, "verdict",
		!first  ? "holds"
		: fails ? "fails"
			: "not-judged",
		"points", points, "of", of, "goals", goals, "first", first ? first : json_null());
}
