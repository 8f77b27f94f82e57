/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Filters, as Wireshark sees them before there is a capture. What a run would put into them is not
 * known yet: parameters are tried value by value, and @{NAME} is the first text that Wireshark
 * takes for a value of that field.
 */
#include <errno.h>
#include <string.h>

#include "experiment/judge.h"

struct filters {
	const struct experiment *experiment;
	struct experiment_args args;
	struct judging judging; /* its items have values by which filters are made whole */
	struct wireshark *ws;
	struct xml_problems *problems;
};

static void say(const struct filters *f, const struct experiment_expect *expect, const char *what)
{
	xml_problem_at(f->problems, expect->place.file, expect->place.line, expect->place.column,
		       "'%s': %s", expect->name, what);
}

/* A value that can be compared with the field; NULL: none of ours. */
static int find_value(const struct filters *f, const char *field, char **ret, struct err *err)
{
	static const char *const values[] = { "1.2.3.4", "00:00:00:00:00:01",
					      "1",       "2001:db8::1",
					      "\"a\"",   "\"2026-01-01 00:00:00\"" };
	int r = -EINVAL;

	for (size_t i = 0; r == -EINVAL && i < ARRAY_SIZE(values); i++) {
		auto_free char *filter = xasprintf("%s == %s", field, values[i]);

		r = wireshark_check_filter(f->ws, filter, err);
		if (r == 0)
			*ret = xstrdup(values[i]);
	}
	return r == -EINVAL ? 0 : r;
}

/* A filter that names actors is whole only in a lab. */
static bool is_whole(const struct filters *f, const char *filter)
{
	for (size_t i = 0; i < f->experiment->n_actors; i++) {
		auto_free char *begin = xasprintf("${%s", f->experiment->actors[i].name);

		for (const char *at = filter; (at = strstr(at, begin)); at++)
			if (strchr(".}", at[strlen(begin)]))
				return false;
	}
	return true;
}

static int check_fields(const struct filters *f, struct experiment_expect_report *report,
			struct err *err)
{
	const struct experiment_expect *expect = report->expect;
	int r = 0;

	for (size_t i = 0; r == 0 && i < expect->n_captures && i < WIRESHARK_FIELDS; i++) {
		r = wireshark_check_field(f->ws, expect->captures[i].field, err);
		if (r == 0)
			r = find_value(f, expect->captures[i].field, &report->answer.values[i],
				       err);
		if (r == -EINVAL) {
			say(f, expect, err->msg);
			r = 0;
		}
	}
	return r;
}

/* Chooses what the expectation's when wants, as far as one choice can. */
static void choose(struct filters *f, const struct experiment_when *when)
{
	for (size_t i = 0; i < f->args.n; i++)
		f->args.choice[i] = f->experiment->parameters[i].preset;
	for (size_t i = 0; i < when->n_terms; i++) {
		const struct experiment_term *term = &when->terms[i];
		size_t *choice = &f->args.choice[term->parameter];

		if (!term->differs)
			*choice = term->value;
		else if (*choice == term->value)
			*choice = term->value ? 0 : 1;
	}
}

/* 1: Wireshark does not know it, which is told. */
static int check_once(struct filters *f, const struct experiment_expect *expect, struct err *err)
{
	auto_free char *filter = experiment_filter_text(&f->judging, expect->filter);
	int r = filter && experiment_holds(&expect->when, &f->args)
			? wireshark_check_filter(f->ws, filter, err)
			: 0;

	if (r == -EINVAL)
		say(f, expect, err->msg);
	return r == -EINVAL ? 1 : r;
}

static int check_filter(struct filters *f, const struct experiment_expect *expect, struct err *err)
{
	int r;

	if (!is_whole(f, expect->filter))
		return 0;
	choose(f, &expect->when);
	r = check_once(f, expect, err);
	for (size_t i = 0; r == 0 && i < f->experiment->n_parameters; i++) {
		const struct experiment_parameter *parameter = &f->experiment->parameters[i];
		auto_free char *reference = xasprintf("${%s}", parameter->name);

		choose(f, &expect->when);
		for (size_t j = 0;
		     r == 0 && strstr(expect->filter, reference) && j < parameter->n_values; j++) {
			f->args.choice[i] = j;
			r = check_once(f, expect, err);
		}
	}
	return r < 0 ? r : 0;
}

static bool same_element(const struct experiment_expect *a, const struct experiment_expect *b)
{
	return a->place.line == b->place.line && a->place.column == b->place.column &&
	       str_eq(a->place.file, b->place.file);
}

static int check_all(struct filters *f, struct err *err)
{
	struct judging *judging = &f->judging;
	int r = 0;

	for (size_t i = 0; r == 0 && i < judging->n; i++) {
		struct experiment_expect_report *report = judging->items[i];

		r = check_fields(f, report, err);
		/* At several ports it is several expectations, one behind another. */
		if (r == 0 && !(i && same_element(judging->items[i - 1]->expect, report->expect)))
			r = check_filter(f, report->expect, err);
	}
	return r;
}

int experiment_check_filters(const struct experiment *experiment, const char *sharkd,
			     struct xml_problems *problems, struct err *err)
{
	size_t n = experiment->n_expects + experiment->n_remarks, before = problems->n;
	auto_free struct experiment_expect_report *reports = xcalloc(n + 1, sizeof(*reports));
	auto_free struct experiment_expect_report **items =
		xcalloc(n + 1, sizeof(struct experiment_expect_report *));
	struct filters f = { .experiment = experiment, .problems = problems };
	int r;

	if (!n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		reports[i].expect = i < experiment->n_expects
					    ? &experiment->expects[i]
					    : &experiment->remarks[i - experiment->n_expects].asked;
		items[i] = &reports[i];
	}
	experiment_args_init(experiment, &f.args);
	f.judging = (struct judging){
		.experiment = experiment, .args = &f.args, .items = items, .n = n
	};
	wireshark_open(&(struct wireshark_setup){ .sharkd = sharkd }, "", &f.ws);
	r = check_all(&f, err);
	wireshark_close(f.ws);
	experiment_args_free(&f.args);
	for (size_t i = 0; i < n; i++)
		wireshark_answer_free(&reports[i].answer);
	if (r == 0 && problems->n > before)
		r = xml_problems_err(problems, err);
	return r;
}
