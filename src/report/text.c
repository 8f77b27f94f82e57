/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A story for people: its phases, with their verdict, what proves it, and the hops. */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "report/ladder.h"
#include "report/layout.h"
#include "report/packets.h"
#include "report/phases.h"
#include "report/sentences.h"
#include "report/words.h"

struct teller {
	const json_t *story;
	const struct text_options *options;
	struct layout layout;
	int64_t begin_ns; /* of the first phase that has a time, or of the first event */
	size_t n_events;  /* that were told */
};

static const char *say(const struct teller *t, enum word word)
{
	return words_get(word, t->options->lang);
}

static enum layout_colour colour_of(const char *verdict)
{
	return str_eq(verdict, "holds") || str_eq(verdict, "passed") ? LAYOUT_GOOD
	       : str_eq(verdict, "not-reached") || str_eq(verdict, "not-judged") ||
			       str_eq(verdict, "skipped")
		       ? LAYOUT_FAINT
		       : LAYOUT_BAD;
}

/* --- above the phases --- */

static void tell_verdict(const struct teller *t)
{
	const char *verdict = json_get_text(t->story, "verdict", "not-judged");
	const json_t *failed = str_eq(verdict, "fails")
				       ? phases_failed(json_object_get(t->story, "phases"))
				       : NULL;
	const char *outcome = json_get_text(t->story, "outcome", "?");

	layout_put(&t->layout, LAYOUT_STRONG, json_get_text(t->story, "experiment", "?"));
	str_adds(t->layout.out, " (");
	layout_put(&t->layout, LAYOUT_PLAIN, json_get_text(t->story, "lab", "?"));
	str_adds(t->layout.out, "): ");
	/* What was not judged then may be now, and by another's word. */
	if (!str_eq(outcome, "not-judged") && !json_get_text(t->story, "judged_by", NULL)) {
		layout_put(&t->layout, colour_of(outcome), words_of(outcome, t->options->lang));
		str_adds(t->layout.out, "; ");
	}
	if (failed) {
		layout_put(&t->layout, LAYOUT_BAD, say(t, WORD_FAILS_IN));
		str_adds(t->layout.out, " ");
		layout_put(&t->layout, LAYOUT_STRONG,
			   words_text(json_object_get(failed, "title"), t->options->lang));
	} else if (str_eq(verdict, "holds")) {
		layout_put(&t->layout, LAYOUT_GOOD, say(t, WORD_EVERY_PHASE_HOLDS));
	} else if (str_eq(verdict, "fails")) {
		layout_put(&t->layout, LAYOUT_BAD, say(t, WORD_FAILED_IN_DOING));
	} else {
		layout_put(&t->layout, LAYOUT_BAD, words_of(verdict, t->options->lang));
	}
	str_adds(t->layout.out, "\n");
}

static void tell_head(const struct teller *t)
{
	const char *reason = json_get_text(t->story, "reason", NULL), *name;
	const json_t *source = json_object_get(t->story, "source");
	const char *href = json_get_text(source, "href", NULL);
	auto_str struct str line = { 0 };
	auto_free char *where = NULL;
	const json_t *value;
	size_t i;

	tell_verdict(t);
	str_addf(&line, "%s, %.1f s", json_get_text(t->story, "started", "?"),
		 json_number_value(json_object_get(t->story, "seconds")));
	json_object_foreach(json_object_get(t->story, "parameters"), name, value)
		str_addf(&line, ", %s %s", name, json_string_value(value));
	str_addf(&line, ", %s", json_get_text(t->story, "run", "?"));
	layout_wrap(&t->layout, 0, 0, line.data);
	if (href) {
		where = xasprintf("%s: %s", words_text(source, t->options->lang), href);
		layout_wrap(&t->layout, 0, 0, where);
	}
	if (reason) {
		auto_free char *told = sentences_in(reason, t->options->lang);

		layout_wrap(&t->layout, 0, 0, told);
	}
	json_array_foreach(json_object_get(t->story, "notes"), i, value) {
		auto_free char *told = sentences_in(json_string_value(value), t->options->lang);
		auto_free char *note = xasprintf("%s: %s", say(t, WORD_NOTE), told);

		layout_wrap(&t->layout, 0, 2, note);
	}
}

/* --- what proves a phase --- */

static void add_place(const json_t *e, struct str *out)
{
	const json_t *frames = json_object_get(e, "frames"), *frame;
	size_t i;

	str_addf(out, " %s", json_get_text(e, "at", "?"));
	json_array_foreach(frames, i, frame)
		str_addf(out, "%s%" JSON_INTEGER_FORMAT, i ? "," : " ", json_integer_value(frame));
	if (json_integer_value(json_object_get(e, "count")) > (json_int_t)json_array_size(frames))
		str_addf(out, "..");
}

/* Expectations of one name that hold stand on one line: "dns-query  wifi:client-ap 43, ldns:eth0
 * 5". */
static size_t tell_holding(const struct teller *t, const json_t *all, size_t i)
{
	const char *name = json_get_text(json_array_get(all, i), "name", "?");
	auto_str struct str line = { 0 };
	const json_t *e;

	str_addf(&line, "%s", name);
	for (size_t n = 0;
	     (e = json_array_get(all, i)) && str_eq(json_get_text(e, "name", ""), name) &&
	     str_eq(json_get_text(e, "verdict", ""), "holds");
	     i++, n++) {
		str_adds(&line, n ? "," : " ");
		add_place(e, &line);
	}
	str_adds(t->layout.out, "    ");
	layout_pad(&t->layout, LAYOUT_GOOD, "ok", 4);
	layout_wrap(&t->layout, 8, 10, line.data);
	return i - 1;
}

static void tell_nearest(const struct teller *t, const json_t *nearest)
{
	auto_str struct str line = { 0 };

	if (!json_is_object(nearest))
		return;
	str_addf(&line, "%s %" JSON_INTEGER_FORMAT ": %s %s %s, %s %s", say(t, WORD_NEAREST),
		 json_integer_value(json_object_get(nearest, "frame")),
		 json_get_text(nearest, "field", "?"), say(t, WORD_IS),
		 json_get_text(nearest, "have", "-"), say(t, WORD_NOT),
		 json_get_text(nearest, "want", "?"));
	str_adds(t->layout.out, "          ");
	layout_wrap(&t->layout, 10, 12, line.data);
}

/* Why it does not hold: in this language, or as it was judged. */
static const char *reason_of(const struct teller *t, const json_t *e)
{
	const char *verdict = json_get_text(e, "verdict", "?");
	const char *detail = json_get_text(e, "detail", NULL);

	if (json_is_object(json_object_get(e, "nearest")))
		return say(t, WORD_NO_FRAME);
	if (detail)
		return detail;
	if (!str_eq(verdict, "fails"))
		return words_of(verdict, t->options->lang);
	return say(t, json_is_true(json_object_get(e, "absent")) ? WORD_FORBIDDEN : WORD_NO_FRAME);
}

static void tell_failing(const struct teller *t, const json_t *e)
{
	const char *verdict = json_get_text(e, "verdict", "?");
	bool reached = !str_eq(verdict, "not-reached");
	bool judged = reached && !str_eq(verdict, "not-judged");
	auto_free char *reason = sentences_in(reason_of(t, e), t->options->lang);
	auto_str struct str line = { 0 };

	str_addf(&line, "%s", json_get_text(e, "name", "?"));
	add_place(e, &line);
	str_addf(&line, ": %s", reason);
	str_adds(t->layout.out, "    ");
	layout_pad(&t->layout, judged ? LAYOUT_BAD : LAYOUT_FAINT,
		   judged    ? "NO"
		   : reached ? "?"
			     : "-",
		   4);
	layout_wrap(&t->layout, 8, 10, line.data);
	if (reached)
		tell_nearest(t, json_object_get(e, "nearest"));
}

static void tell_expectations(const struct teller *t, const json_t *all)
{
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *e = json_array_get(all, i);

		if (str_eq(json_get_text(e, "verdict", ""), "holds"))
			i = tell_holding(t, all, i);
		else
			tell_failing(t, e);
	}
}

static void tell_remark(const struct teller *t, const json_t *remark)
{
	static const char *const keys[] = { "article", "wire" };
	const char *source = words_text(json_object_get(t->story, "source"), t->options->lang);
	const char *heads[] = { *source ? source : say(t, WORD_REMARK), say(t, WORD_WIRE) };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *text = words_text(json_object_get(remark, keys[i]), t->options->lang);
		auto_free char *place = packets_place(remark, NULL);
		auto_free char *line = NULL;

		if (!*text)
			continue;
		line = i ? xasprintf("%s: %s (%s)", heads[i], text, place)
			 : xasprintf("%s: %s", heads[i], text);
		str_adds(t->layout.out, i ? "      " : "    ~ ");
		layout_wrap(&t->layout, 6, 8, line);
	}
}

/* --- the packets of a phase --- */

/* One that an expectation's frame belongs to, or that did not arrive. */
static bool is_told(const struct teller *t, const json_t *journey)
{
	return t->options->verbose || json_is_true(json_object_get(journey, "proof")) ||
	       str_eq(json_get_text(journey, "outcome", ""), "lost") ||
	       str_eq(json_get_text(journey, "outcome", ""), "dropped") ||
	       str_eq(json_get_text(journey, "outcome", ""), "changed-or-dropped");
}

/* A beacon is like the one before: told once; the others count as others. */
static bool same_words(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "protocol", "what", "outcome" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!str_eq(json_get_text(a, keys[i], NULL), json_get_text(b, keys[i], NULL)))
			return false;
	return true;
}

static void tell_journeys(const struct teller *t, const json_t *phase)
{
	const json_t *id, *last = NULL;
	size_t i, others = 0;

	json_array_foreach(json_object_get(phase, "journeys"), i, id) {
		const json_t *journey = packets_by_id(json_object_get(t->story, "journeys"), id);

		if (!journey)
			continue;
		if (!is_told(t, journey) ||
		    (!t->options->verbose && last && same_words(last, journey))) {
			others++;
			continue;
		}
		ladder_tell(&t->layout, journey, json_object_get(t->story, "events"), t->options);
		last = journey;
	}
	if (others)
		str_addf(t->layout.out, "    + %s: %zu\n", say(t, WORD_OTHER_PACKETS), others);
}

static void tell_reached(const struct teller *t, const json_t *phase)
{
	const json_t *reached = json_object_get(phase, "reached");
	const char *what = json_get_text(reached, "what", "");
	auto_free char *place = packets_place(reached, NULL);
	auto_free char *line = NULL;

	if (!json_is_object(reached))
		return;
	line = xasprintf("%s %s (%s): %s%s%s, %s", say(t, WORD_REACHED),
			 json_get_text(reached, "node", "?"), place,
			 json_get_text(reached, "protocol", ""), *what ? " " : "", what,
			 words_of(json_get_text(reached, "outcome", "?"), t->options->lang));
	str_adds(t->layout.out, "    > ");
	layout_wrap(&t->layout, 6, 8, line);
	ladder_explain(&t->layout,
		       packets_by_id(json_object_get(t->story, "journeys"),
				     json_object_get(reached, "journey")),
		       t->options->lang);
}

static double seconds_at(const struct teller *t, const json_t *phase, const char *key)
{
	int64_t at = json_integer_value(json_object_get(phase, key));

	return (double)(at - t->begin_ns) / (double)NS_PER_S;
}

static void tell_phase(const struct teller *t, const json_t *phase, size_t number)
{
	const char *verdict = json_get_text(phase, "verdict", "?");
	const char *title = words_text(json_object_get(phase, "title"), t->options->lang);
	const char *explain = words_text(json_object_get(phase, "explain"), t->options->lang);
	const char *lacks = json_get_text(phase, "lacks", NULL);
	bool begin = json_integer_value(json_object_get(phase, "begin_ns"));
	auto_free char *head = xasprintf("%zu", number);

	str_adds(t->layout.out, "\n");
	layout_pad(&t->layout, LAYOUT_STRONG, head, 4);
	layout_pad(&t->layout, LAYOUT_STRONG, *title ? title : json_get_text(phase, "name", "?"),
		   t->layout.columns > 46 ? t->layout.columns - 34 : 12);
	str_adds(t->layout.out, " ");
	layout_pad(&t->layout, colour_of(verdict), words_of(verdict, t->options->lang),
		   begin ? 12 : 0);
	if (begin)
		str_addf(t->layout.out, " %6.2f-%.2f s", seconds_at(t, phase, "begin_ns"),
			 seconds_at(t, phase, "end_ns"));
	str_adds(t->layout.out, "\n");
	if (*explain && !t->options->brief) {
		str_adds(t->layout.out, "    ");
		layout_wrap(&t->layout, 4, 4, explain);
	}
	if (lacks) {
		auto_free char *why = sentences_in(lacks, t->options->lang);

		str_adds(t->layout.out, "    ");
		layout_wrap(&t->layout, 4, 4, why);
	}
	if (!str_eq(verdict, "not-reached"))
		tell_expectations(t, json_object_get(phase, "expectations"));
	tell_reached(t, phase);
	if (t->options->brief)
		return;
	for (size_t i = 0; i < json_array_size(json_object_get(phase, "remarks")); i++)
		tell_remark(t, json_array_get(json_object_get(phase, "remarks"), i));
	tell_journeys(t, phase);
}

/* What happened to links and nodes before that moment, and was not told yet. */
static void tell_events(struct teller *t, int64_t until_ns)
{
	const json_t *events = json_object_get(t->story, "events"), *event;

	while ((event = json_array_get(events, t->n_events)) &&
	       json_integer_value(json_object_get(event, "time_ns")) < until_ns) {
		auto_free char *line =
			xasprintf("%.2f s: %s", seconds_at(t, event, "time_ns"),
				  words_text(json_object_get(event, "text"), t->options->lang));

		str_adds(t->layout.out, t->n_events++ ? "!   " : "\n!   ");
		layout_wrap(&t->layout, 4, 8, line);
	}
}

void text_story(const json_t *story, const struct text_options *options, struct str *out)
{
	struct teller t = { story, options, { out, options->columns, options->colour }, 0, 0 };
	const json_t *phase;
	json_int_t unmatched =
		json_integer_value(json_object_get(json_object_get(story, "unmatched"), "frames"));
	size_t i;

	json_array_foreach(json_object_get(story, "phases"), i, phase) {
		int64_t begin = json_integer_value(json_object_get(phase, "begin_ns"));

		if (begin && (!t.begin_ns || begin < t.begin_ns))
			t.begin_ns = begin;
	}
	if (!t.begin_ns)
		t.begin_ns = json_integer_value(json_object_get(
			json_array_get(json_object_get(story, "events"), 0), "time_ns"));
	tell_head(&t);
	json_array_foreach(json_object_get(story, "phases"), i, phase) {
		tell_events(&t, json_integer_value(json_object_get(phase, "begin_ns")));
		tell_phase(&t, phase, i + 1);
	}
	tell_events(&t, INT64_MAX);
	if (options->brief)
		return;
	ladder_losses(&t.layout, json_object_get(story, "links"), options->lang);
	if (unmatched)
		str_addf(out, "\n%s: %" JSON_INTEGER_FORMAT "\n", say(&t, WORD_UNMATCHED),
			 unmatched);
}
