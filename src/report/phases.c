/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The phases of a story, out of what was judged; and which packet belongs to which phase. */
#include "report/phases.h"

#include <stdint.h>

#include "base/str.h"

static const char *verdict_of(const json_t *expect)
{
	/* run.json of format 1 */
	const char *state = json_get_text(expect, "state", "");
	const char *verdict = json_get_text(expect, "verdict",
					    str_eq(state, "ok")        ? "holds"
					    : str_eq(state, "not-ok")  ? "fails"
					    : str_eq(state, "skipped") ? "skipped"
								       : "not-reached");

	/* As runs had it before. */
	return str_eq(verdict, "unreadable") ? "not-judged" : verdict;
}

static json_t *frames_of(const json_t *expect)
{
	json_t *frames = json_object_get(expect, "frames");
	json_int_t first = json_integer_value(json_object_get(expect, "frame"));

	if (frames)
		return json_incref(frames);
	frames = json_array();
	if (first)
		(void)json_array_append_new(frames, json_integer(first));
	return frames;
}

static json_t *or_null(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? json_incref(value) : json_null();
}

static json_t *at_of(const json_t *expect)
{
	return json_sprintf("%s:%s", json_get_text(expect, "node", "?"),
			    json_get_text(expect, "nic", "?"));
}

/* Which field each value was taken from, {"xid":"dhcp.id"}. */
static json_t *fields_of(const json_t *from, const struct experiment *experiment)
{
	json_t *values = json_object_get(from, "values"), *out = json_object();
	const json_t *value;
	const char *name;

	json_object_foreach(values, name, value) {
		for (size_t i = 0; experiment && i < experiment->n_expects; i++) {
			const struct experiment_expect *e = &experiment->expects[i];

			for (size_t j = 0; j < e->n_captures; j++)
				if (str_eq(e->captures[j].name, name))
					(void)json_object_set_new(
						out, name, json_string(e->captures[j].field));
		}
	}
	return out;
}

static json_t *expectation(const json_t *from, const struct experiment *experiment)
{
	json_t *values = json_object_get(from, "values");

	return json_pack(
		"{s:s, s:o, s:s, s:b, s:s, s:I, s:o, s:I, s:o, s:o, s:o, s:o}", "name",
		json_get_text(from, "name", "?"), "at", at_of(from), "filter",
		json_get_text(from, "filter", ""), "absent",
		json_is_true(json_object_get(from, "absent")), "verdict", verdict_of(from), "count",
		json_integer_value(json_object_get(from, "count")), "frames", frames_of(from),
		"time_ns", json_integer_value(json_object_get(from, "time_ns")), "detail",
		or_null(from, "why"), "values", values ? json_incref(values) : json_object(),
		"fields", fields_of(from, experiment), "nearest", or_null(from, "nearest"));
}

static json_t *remark(const json_t *from, const struct experiment *experiment)
{
	const char *name = json_get_text(from, "name", "?");
	json_t *why = json_null();

	for (size_t i = 0; experiment && i < experiment->n_remarks; i++)
		if (str_eq(experiment->remarks[i].asked.name, name)) {
			json_decref(why);
			why = experiment_text_to_json(&experiment->remarks[i].why);
		}
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "name", name, "article",
			 or_null(from, "article"), "wire", or_null(from, "wire"), "why", why, "at",
			 at_of(from), "frame", or_null(json_object_get(from, "frames"), "0"));
}

/* Those of the list that belong to the phase (NULL: to none), each as make has it. */
static json_t *of_phase(const json_t *list, const char *phase, const struct experiment *experiment)
{
	json_t *out = json_array();
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (!str_eq(json_get_text(item, "phase", NULL), phase) ||
		    str_eq(verdict_of(item), "skipped"))
			continue;
		if (json_object_get(item, "article")) {
			json_t *told = remark(item, experiment);
			json_t *frame = json_array_get(json_object_get(item, "frames"), 0);

			(void)json_object_set(told, "frame", frame ? frame : json_null());
			(void)json_array_append_new(out, told);
		} else {
			(void)json_array_append_new(out, expectation(item, experiment));
		}
	}
	return out;
}

static json_t *explanation(const struct experiment *experiment, const char *name)
{
	for (size_t i = 0; experiment && i < experiment->n_phases; i++)
		if (str_eq(experiment->phases[i].name, name))
			return experiment_text_to_json(&experiment->phases[i].explain);
	return json_null();
}

/* What belongs to no phase fails or holds together. */
static const char *together(const json_t *expectations)
{
	static const char *const worst_first[] = { "fails", "not-judged", "holds" };

	for (size_t i = 0; i < ARRAY_SIZE(worst_first); i++)
		if (json_find(expectations, "verdict", worst_first[i]))
			return worst_first[i];
	return json_array_size(expectations) ? "not-reached" : "skipped";
}

static json_t *phase_json(const json_t *outcome, const json_t *from,
			  const struct experiment *experiment)
{
	const char *name = json_get_text(from, "name", NULL);
	json_t *expectations = of_phase(json_object_get(outcome, "expects"), name, experiment);
	json_t *remarks = of_phase(json_object_get(outcome, "remarks"), name, experiment);
	const char *verdict =
		from ? json_get_text(from, "verdict", "not-reached") : together(expectations);

	return json_pack("{s:s?, s:o, s:o, s:s, s:I, s:I, s:o, s:o, s:[], s:n, s:s*}", "name", name,
			 "title",
			 from ? or_null(from, "title")
			      : json_pack("{s:s, s:s}", "en", "Expectations", "ko", "확인할 것"),
			 "explain", explanation(experiment, name), "verdict", verdict, "begin_ns",
			 json_integer_value(json_object_get(from, "begin_ns")), "end_ns",
			 json_integer_value(json_object_get(from, "end_ns")), "expectations",
			 expectations, "remarks", remarks, "journeys", "reached", "lacks",
			 json_get_text(from, "lacks", NULL));
}

json_t *phases_of(const json_t *outcome, const struct experiment *experiment)
{
	auto_json json_t *rest = NULL;
	json_t *phases = json_array();
	const json_t *from;
	size_t i;

	json_array_foreach(json_object_get(outcome, "phases"), i, from)
		(void)json_array_append_new(phases, phase_json(outcome, from, experiment));
	rest = phase_json(outcome, NULL, experiment);
	if (json_array_size(json_object_get(rest, "expectations")) ||
	    json_array_size(json_object_get(rest, "remarks")))
		(void)json_array_append(phases, rest);
	return phases;
}

const json_t *phases_failed(const json_t *phases)
{
	const json_t *phase;
	size_t i;

	json_array_foreach(phases, i, phase)
		if (str_eq(json_get_text(phase, "verdict", ""), "fails"))
			return phase;
	return NULL;
}

const char *phases_verdict(const json_t *phases)
{
	return phases_failed(phases) ? "fails"
	       : json_find(phases, "verdict", "not-judged") ||
			       json_find(phases, "verdict", "not-reached")
		       ? "not-judged"
		       : "holds";
}
