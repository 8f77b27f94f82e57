/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is asked, and when. An expectation may need what an earlier one found: a value for its
 * filter, or the time after which frames count. So they are asked in rounds: all of one capture
 * that can be asked, again as long as their answers let more of that capture be asked, then the
 * next capture. A file is opened again only where a value has to come from another one in between.
 */
#include <inttypes.h>
#include <string.h>

#include "base/korean.h"
#include "experiment/judge.h"

/* What @{NAME} stands for. UNJUDGED: nobody can say. */
enum known { KNOWN, UNKNOWN, UNJUDGED, PENDING };

static bool pending(const struct experiment_expect_report *report)
{
	return report->verdict == EXPERIMENT_VERDICT_NOT_REACHED;
}

static bool unjudged(const struct experiment_expect_report *report)
{
	return report->verdict == EXPERIMENT_VERDICT_NOT_JUDGED;
}

/* With the value goes the time of its frame. */
static enum known find_value(const struct judging *judging, const char *name, size_t len,
			     const char **ret, int64_t *time_ns)
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
				*time_ns = report->answer.first_time_ns;
				return KNOWN;
			}
			if (pending(report))
				known = PENDING;
			else if (known == UNKNOWN && unjudged(report))
				known = UNJUDGED;
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
 * mark. *since_ns: of the last frame that a value was taken from; NULL: nobody asks.
 */
static enum known add_values(const struct judging *judging, const char *text, bool prose,
			     struct str *out, const char **name, size_t *len, int64_t *since_ns)
{
	bool quoted = false, escaped = false;
	int64_t time_ns = 0;

	for (; *text; text++) {
		const char *end = str_prefix(text, "@{") ? strchr(text, '}') : NULL, *value = NULL;
		enum known known;

		if (str_prefix(text, "@@{")) {
			str_adds(out, "@{");
			text += 2;
			continue;
		}
		if (!end) {
			quoted ^= *text == '"' && !escaped;
			escaped = quoted && *text == '\\' && !escaped;
			str_add(out, text, 1);
			continue;
		}
		*name = text + 2;
		*len = (size_t)(end - text) - 2;
		known = find_value(judging, *name, *len, &value, &time_ns);
		if (since_ns && known == KNOWN && time_ns > *since_ns)
			*since_ns = time_ns;
		if (known != KNOWN && !prose)
			return known;
		add_value(out, known == KNOWN ? value : "?", prose || quoted);
		text = end;
		if (prose && known == KNOWN)
			text += korean_particle(value, end + 1, out);
	}
	return KNOWN;
}

static bool same_port(const struct experiment_expect *a, const struct experiment_expect *b)
{
	return str_eq(a->node, b->node) && str_eq(a->nic, b->nic);
}

/* An alternative of another when may have the name of the one that comes before both. */
static bool same_place(const struct experiment_expect *a, const struct experiment_expect *b)
{
	return a->place.line == b->place.line && a->place.column == b->place.column;
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
		    other->verdict == EXPERIMENT_VERDICT_SKIPPED ||
		    same_place(other->expect, expect))
			continue;
		if (pending(other))
			*known = PENDING;
		if (!found || (!found->answer.first_time_ns && other->answer.first_time_ns))
			found = other;
		if (same_port(other->expect, expect)) {
			*known = pending(other) ? PENDING : KNOWN;
			return other;
		}
	}
	return found;
}

/* False: not yet, or it is decided without being asked. query gets its filter, which is the
 * caller's, and the times from which on its frames count, and are likely. */
static bool prepare(struct judging *judging, struct experiment_expect_report *report,
		    struct wireshark_query *query)
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
	value = add_values(judging, str_text(&plain), false, &text, &name, &len, &query->since_ns);
	if (known == PENDING || value == PENDING)
		return false;
	if (value == UNJUDGED)
		experiment_decide(report, EXPERIMENT_VERDICT_NOT_JUDGED,
				  xasprintf("it needs the value '%.*s', which was not judged",
					    (int)len, name));
	else if (after && unjudged(after))
		experiment_decide(
			report, EXPERIMENT_VERDICT_NOT_JUDGED,
			xasprintf("it comes after '%s', which was not judged", expect->after));
	else if (value == UNKNOWN)
		experiment_decide(report, EXPERIMENT_VERDICT_FAILS,
				  xasprintf("it needs the value '%.*s', which was not found",
					    (int)len, name));
	else if (after && !after->answer.first_time_ns)
		experiment_decide(
			report, EXPERIMENT_VERDICT_FAILS,
			xasprintf("it comes after '%s', which has no frame", expect->after));
	else
		query->filter = str_take(&text);
	query->after_ns = after ? after->answer.first_time_ns : 0;
	return query->filter;
}

struct round {
	struct wireshark_query *queries;
	struct experiment_expect_report **asked;
	struct wireshark_answer *answers;
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

static void add_query(struct round *round, struct experiment_expect_report *report,
		      const struct wireshark_query *prepared, bool nearest)
{
	const struct experiment_expect *expect = report->expect;
	size_t n = round->n, n_answers = round->n;
	struct wireshark_query *query = array_add(round->queries, n);

	free(report->filter); /* of a try before */
	report->filter = (char *)(uintptr_t)prepared->filter;
	*query = *prepared;
	query->file = xasprintf("%s:%s", expect->node, expect->nic);
	query->nearest = nearest;
	for (size_t i = 0; i < expect->n_captures && i < WIRESHARK_FIELDS; i++)
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
		struct wireshark_query query = { .filter = NULL };

		if (!pending(report) || !same_port(report->expect, port))
			continue;
		if (prepare(judging, report, &query))
			add_query(&round, report, &query,
				  i < judging->n_expects && report->expect->at_least);
		else
			decided += !pending(report);
	}
	if (!round.n)
		return decided;
	r = judging->ask(judging->ctx, round.queries, round.n, round.answers, err);
	for (size_t i = 0; r == 0 && i < round.n; i++) {
		round.asked[i]->answer = round.answers[i];
		experiment_judge_answer(round.asked[i]);
	}
	return r < 0 ? r : (int)round.n + decided;
}

/* Names refer backwards only, so each walk over the list decides something. */
int experiment_ask_all(struct judging *judging, struct err *err)
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

char *experiment_filter_text(const struct judging *judging, const char *filter)
{
	auto_str struct str plain = { 0 }, out = { 0 };
	const char *name;
	size_t len;

	experiment_expand(judging->experiment, judging->args, filter, &plain);
	return add_values(judging, str_text(&plain), false, &out, &name, &len, NULL) == KNOWN
		       ? str_take(&out)
		       : NULL;
}

char *experiment_value_text(const struct judging *judging, const char *text)
{
	auto_str struct str out = { 0 };
	const char *name;
	size_t len;

	(void)add_values(judging, text, true, &out, &name, &len, NULL);
	return str_take(&out);
}
