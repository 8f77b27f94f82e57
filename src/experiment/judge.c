/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The verdicts. An expectation may need what an earlier one found: a value for its filter, or the
 * time after which frames count. So they are asked in rounds: all of one capture that can be asked,
 * again as long as their answers let more of that capture be asked, then the next capture. A file
 * is opened again only where a value has to come from another one in between.
 */
#include "experiment/judge.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* What @{NAME} stands for. */
enum known { KNOWN, UNKNOWN, PENDING };

static bool pending(const struct experiment_expect_report *report)
{
	return report->verdict == EXPERIMENT_VERDICT_NOT_REACHED;
}

static enum known find_value(const struct judging *judging, const char *name, size_t len,
			     const char **ret)
{
	enum known known = UNKNOWN;

	for (size_t i = 0; i < judging->n; i++) {
		const struct experiment_expect_report *report = judging->items[i];

		for (size_t j = 0; j < report->expect->n_captures; j++) {
			const char *have = report->expect->captures[j].name;

			if (strlen(have) != len || memcmp(have, name, len) != 0)
				continue;
			if (report->answer.values[j]) {
				*ret = report->answer.values[j];
				return KNOWN;
			}
			if (pending(report))
				known = PENDING;
		}
	}
	return known;
}

/* A value is as a filter says it: text has its quotes, which a text of ours has already, or does
 * without. */
static void add_value(struct str *out, const char *value, bool bare)
{
	size_t len = strlen(value);

	if (bare && len >= 2 && value[0] == '"' && value[len - 1] == '"')
		str_add(out, value + 1, len - 2);
	else
		str_adds(out, value);
}

/*
 * Appends text with @{} replaced; "@@{" stands for "@{". Not KNOWN: out is of no use, and the name
 * that was missing is *name, len bytes. prose: for people, where what is missing is a question
 * mark.
 */
static enum known add_values(const struct judging *judging, const char *text, bool prose,
			     struct str *out, const char **name, size_t *len)
{
	bool quoted = false;

	for (; *text; text++) {
		const char *end = str_prefix(text, "@{") ? strchr(text, '}') : NULL, *value = NULL;
		enum known known;

		if (str_prefix(text, "@@{")) {
			str_adds(out, "@{");
			text += 2;
			continue;
		}
		if (!end) {
			quoted ^= *text == '"';
			str_add(out, text, 1);
			continue;
		}
		*name = text + 2;
		*len = (size_t)(end - text) - 2;
		known = find_value(judging, *name, *len, &value);
		if (known != KNOWN && !prose)
			return known;
		add_value(out, known == KNOWN ? value : "?", prose || quoted);
		text = end;
	}
	return KNOWN;
}

/* The report that after means: at the same port, or else the first that was found. NULL: that
 * expectation is none of this run's. */
static const struct experiment_expect_report *
find_after(const struct judging *judging, const struct experiment_expect *expect, enum known *known)
{
	const struct experiment_expect_report *found = NULL;

	*known = KNOWN;
	for (size_t i = 0; i < judging->n; i++) {
		const struct experiment_expect_report *other = judging->items[i];

		if (!str_eq(other->expect->name, expect->after) ||
		    other->verdict == EXPERIMENT_VERDICT_SKIPPED)
			continue;
		if (pending(other))
			*known = PENDING;
		if (!found || (!found->answer.first_time_ns && other->answer.first_time_ns))
			found = other;
		if (str_eq(other->expect->node, expect->node) &&
		    str_eq(other->expect->nic, expect->nic)) {
			*known = pending(other) ? PENDING : KNOWN;
			return other;
		}
	}
	return found;
}

static void decide(struct experiment_expect_report *report, enum experiment_verdict verdict,
		   char *why)
{
	report->verdict = verdict;
	report->why = why;
}

/* False: not yet, or it is decided without being asked. */
static bool prepare(struct judging *judging, struct experiment_expect_report *report, char **filter,
		    int64_t *after_ns)
{
	const struct experiment_expect *expect = report->expect;
	const struct experiment_expect_report *after = NULL;
	auto_str struct str plain = { 0 }, text = { 0 };
	enum known known = KNOWN, value;
	const char *name = NULL;
	size_t len = 0;

	if (expect->after)
		after = find_after(judging, expect, &known);
	experiment_expand(judging->experiment, judging->args, expect->filter, &plain);
	value = add_values(judging, str_text(&plain), false, &text, &name, &len);
	if (known == PENDING || value == PENDING)
		return false;
	if (value == UNKNOWN)
		decide(report, EXPERIMENT_VERDICT_FAILS,
		       xasprintf("it needs the value '%.*s', which was not found", (int)len, name));
	else if (after && !after->answer.first_time_ns)
		decide(report, EXPERIMENT_VERDICT_FAILS,
		       xasprintf("it comes after '%s', which has no frame", expect->after));
	else
		*filter = str_take(&text);
	*after_ns = after ? after->answer.first_time_ns : 0;
	return *filter;
}

static void add_limits(struct str *out, const struct experiment_expect *expect)
{
	if (!expect->at_most)
		str_adds(out, "none may");
	else if (expect->at_least == expect->at_most)
		str_addf(out, "it should be %" PRIu64, expect->at_least);
	else
		str_addf(out, "it should be at %s %" PRIu64,
			 expect->at_most == UINT64_MAX ? "least" : "most",
			 expect->at_most == UINT64_MAX ? expect->at_least : expect->at_most);
}

/* Why an expectation without any frame has none. */
static void add_nearest(struct str *out, const struct experiment_expect_report *report)
{
	const struct trace_near *near = &report->answer.near;

	if (report->answer.early) {
		str_addf(out, "frame %" PRIu64 " matches, but is not after '%s'",
			 report->answer.early, report->expect->after);
	} else if (!near->frame) {
		str_addf(out, "no frame matches '%s'", report->filter);
	} else {
		str_addf(out, "no frame matches; frame %" PRIu64 " came nearest: ", near->frame);
		if (!near->field)
			str_addf(out, "not so there: %s", near->want);
		else if (!near->have)
			str_addf(out, "it has no %s (%s)", near->field, near->want);
		else
			str_addf(out, "its %s is %s, not %s", near->field, near->have, near->want);
		if (near->differs > 1)
			str_addf(out, "; and %zu more", near->differs - 1);
	}
}

static void judge(struct experiment_expect_report *report)
{
	const struct experiment_expect *expect = report->expect;
	const struct trace_answer *answer = &report->answer;
	auto_str struct str why = { 0 };

	if (answer->error[0]) {
		decide(report, EXPERIMENT_VERDICT_UNREADABLE, xstrdup(answer->error));
		return;
	}
	if (answer->count >= expect->at_least && answer->count <= expect->at_most) {
		decide(report, EXPERIMENT_VERDICT_HOLDS, NULL);
		return;
	}
	if (!answer->count) {
		add_nearest(&why, report);
	} else {
		str_addf(&why, "%" PRIu64 " frame%s '%s', the first is %" PRIu64 "; ",
			 answer->count, answer->count == 1 ? " matches" : "s match", report->filter,
			 answer->frames[0]);
		add_limits(&why, expect);
	}
	decide(report, EXPERIMENT_VERDICT_FAILS, str_take(&why));
}

static bool same_port(const struct experiment_expect *a, const struct experiment_expect *b)
{
	return str_eq(a->node, b->node) && str_eq(a->nic, b->nic);
}

struct round {
	struct trace_query *queries;
	struct experiment_expect_report **asked;
	struct trace_answer *answers;
	size_t n;
};

static void round_free(struct round *round)
{
	for (size_t i = 0; i < round->n; i++)
		free((void *)(uintptr_t)round->queries[i].file);
	free(round->queries);
	free(round->asked);
	free(round->answers);
}
AUTO_DEFINE(round_auto, struct round, round_free)
#define auto_round AUTO(round_autop)

static void add_query(struct round *round, struct experiment_expect_report *report, char *filter,
		      int64_t after_ns, bool nearest)
{
	const struct experiment_expect *expect = report->expect;
	size_t n = round->n, n_answers = round->n;
	struct trace_query *query = array_add(round->queries, n);

	report->filter = filter;
	*query = (struct trace_query){ .file = xasprintf("%s:%s.pcapng", expect->node, expect->nic),
				       .filter = filter,
				       .after_ns = after_ns,
				       .nearest = nearest };
	for (size_t i = 0; i < expect->n_captures && i < TRACE_FIELDS; i++)
		query->fields[i] = expect->captures[i].field;
	(void)array_add(round->answers, n_answers);
	*array_add(round->asked, round->n) = report;
}

/* All that can be asked of the capture of one port; the number of them, or of those that were
 * decided without, 0: none. */
static int ask_port(struct judging *judging, const struct experiment_expect *port, struct err *err)
{
	auto_round struct round round = { .n = 0 };
	int decided = 0, r;

	for (size_t i = 0; i < judging->n; i++) {
		struct experiment_expect_report *report = judging->items[i];
		int64_t after_ns = 0;
		char *filter = NULL;

		if (!pending(report) || !same_port(report->expect, port))
			continue;
		if (prepare(judging, report, &filter, &after_ns))
			add_query(&round, report, filter, after_ns,
				  i < judging->n_expects && report->expect->at_least);
		else
			decided += !pending(report);
	}
	if (!round.n)
		return decided;
	r = judging->ask(judging->ctx, round.queries, round.n, round.answers, err);
	for (size_t i = 0; r == 0 && i < round.n; i++) {
		round.asked[i]->answer = round.answers[i];
		judge(round.asked[i]);
	}
	return r < 0 ? r : (int)round.n + decided;
}

/* Names refer backwards only, so each walk over the list decides something. */
static int ask_all(struct judging *judging, struct err *err)
{
	int asked, r;

	do {
		asked = 0;
		for (size_t i = 0; i < judging->n; i++) {
			r = pending(judging->items[i]);
			for (; r > 0; asked += r) {
				r = ask_port(judging, judging->items[i]->expect, err);
				if (r < 0)
					return r;
			}
		}
	} while (asked);
	return 0;
}

static void leave_out(struct judging *judging)
{
	for (size_t i = 0; i < judging->n; i++)
		if (!experiment_holds(&judging->items[i]->expect->when, judging->args))
			judging->items[i]->verdict = EXPERIMENT_VERDICT_SKIPPED;
}

/* The texts of the remarks that are told. */
static void fill_remarks(const struct judging *judging, struct experiment_outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_remarks; i++) {
		struct experiment_remark_report *report = &outcome->remarks[i];
		const struct experiment_text *wire = &report->remark->wire;
		auto_str struct str en = { 0 }, ko = { 0 };
		const char *name;
		size_t len;

		if (report->asked.verdict != EXPERIMENT_VERDICT_HOLDS)
			continue;
		(void)add_values(judging, wire->en, true, &en, &name, &len);
		report->wire.en = str_take(&en);
		if (!wire->ko)
			continue;
		(void)add_values(judging, wire->ko, true, &ko, &name, &len);
		report->wire.ko = str_take(&ko);
	}
}

static void add_time(struct experiment_phase_report *phase, int64_t time_ns)
{
	if (!phase->begin_ns || time_ns < phase->begin_ns)
		phase->begin_ns = time_ns;
	if (time_ns > phase->end_ns)
		phase->end_ns = time_ns;
}

/* after_failure: a phase before this one fails. */
static void judge_phase(struct experiment_phase_report *phase, size_t index,
			const struct experiment_outcome *outcome, bool after_failure)
{
	size_t asked = 0, all = 0, bad = 0;
	bool begun = false;

	for (size_t i = 0; i < outcome->n_expects; i++) {
		const struct experiment_expect_report *report = &outcome->expects[i];
		bool holds = report->verdict == EXPERIMENT_VERDICT_HOLDS;

		if (report->expect->phase != index)
			continue;
		all++;
		asked += report->verdict != EXPERIMENT_VERDICT_SKIPPED;
		bad += report->verdict == EXPERIMENT_VERDICT_FAILS ||
		       report->verdict == EXPERIMENT_VERDICT_UNREADABLE;
		if (holds && report->answer.first_time_ns)
			add_time(phase, report->answer.first_time_ns);
		begun |= holds && report->expect->at_least;
	}
	if (all && !asked)
		phase->verdict = EXPERIMENT_VERDICT_SKIPPED;
	else if (!bad)
		phase->verdict = EXPERIMENT_VERDICT_HOLDS;
	else
		phase->verdict = after_failure && !begun ? EXPERIMENT_VERDICT_NOT_REACHED
							 : EXPERIMENT_VERDICT_FAILS;
}

static void judge_phases(struct experiment_outcome *outcome)
{
	bool failed = false;

	for (size_t i = 0; i < outcome->n_phases; i++) {
		judge_phase(&outcome->phases[i], i, outcome, failed);
		failed |= outcome->phases[i].verdict == EXPERIMENT_VERDICT_FAILS;
	}
}

static void add_reason(const struct experiment *experiment, struct experiment_outcome *outcome)
{
	const struct experiment_expect_report *first = NULL;
	auto_str struct str reason = { 0 };
	size_t bad = 0;

	for (size_t i = 0; i < outcome->n_expects; i++) {
		const struct experiment_expect_report *report = &outcome->expects[i];

		if (report->verdict != EXPERIMENT_VERDICT_FAILS &&
		    report->verdict != EXPERIMENT_VERDICT_UNREADABLE)
			continue;
		first = first ? first : report;
		bad++;
	}
	if (!bad)
		return;
	outcome->result = EXPERIMENT_FAILED;
	if (outcome->reason)
		return;
	if (first->expect->phase != EXPERIMENT_NO_PHASE)
		str_addf(&reason, "phase '%s': ", experiment->phases[first->expect->phase].name);
	str_addf(&reason, "expectation '%s' at %s:%s: %s", first->expect->name, first->expect->node,
		 first->expect->nic, first->why);
	if (bad > 1)
		str_addf(&reason, "; and %zu more", bad - 1);
	outcome->reason = str_take(&reason);
}

int judge_all(struct judging *judging, struct experiment_outcome *outcome, struct err *err)
{
	auto_free struct experiment_expect_report **items =
		xcalloc(outcome->n_expects + outcome->n_remarks, sizeof(*items));
	int r;

	judging->items = items;
	judging->n = 0;
	judging->n_expects = outcome->n_expects;
	for (size_t i = 0; i < outcome->n_expects; i++)
		items[judging->n++] = &outcome->expects[i];
	for (size_t i = 0; i < outcome->n_remarks; i++)
		items[judging->n++] = &outcome->remarks[i].asked;
	leave_out(judging);
	r = ask_all(judging, err);
	if (r < 0)
		return r;
	fill_remarks(judging, outcome);
	judge_phases(outcome);
	add_reason(judging->experiment, outcome);
	return 0;
}

void judge_report_all(const struct experiment *experiment, struct experiment_outcome *outcome)
{
	for (size_t i = 0; i < experiment->n_phases; i++)
		array_add(outcome->phases, outcome->n_phases)->phase = &experiment->phases[i];
	for (size_t i = 0; i < experiment->n_expects; i++)
		array_add(outcome->expects, outcome->n_expects)->expect = &experiment->expects[i];
	for (size_t i = 0; i < experiment->n_remarks; i++) {
		struct experiment_remark_report *report =
			array_add(outcome->remarks, outcome->n_remarks);

		report->remark = &experiment->remarks[i];
		report->asked.expect = &experiment->remarks[i].asked;
	}
}

int experiment_judge(const struct experiment *experiment, const struct experiment_args *args,
		     int (*expect)(void *ctx, const struct trace_query *q, size_t n,
				   struct trace_answer *a, struct err *err),
		     void *ctx, struct experiment_outcome *ret, struct err *err)
{
	auto_experiment_outcome struct experiment_outcome outcome = { .result = EXPERIMENT_PASSED };
	struct judging judging = { experiment, args, expect, ctx, NULL, 0, 0 };
	int r;

	if (args->n != experiment->n_parameters)
		return err_set(err, EINVAL, "experiment '%s': these parameters are not its own",
			       experiment->name);
	judge_report_all(experiment, &outcome);
	r = judge_all(&judging, &outcome, err);
	if (r < 0)
		return r;
	*ret = outcome;
	outcome = (struct experiment_outcome){ 0 };
	return 0;
}
