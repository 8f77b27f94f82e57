/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two stories side by side. */
#include "report/compare.h"

#include <stdlib.h>
#include <string.h>

#include "report/layout.h"
#include "report/normal.h"
#include "report/phases.h"
#include "report/words.h"

/* --- facts: the lines of a normal form, those of each phase --- */

/* "...; times 3": the line without it, and how often it counts. */
static json_int_t take_times(char *line)
{
	char *times = strstr(line, "; times "), *end;
	json_int_t n = times ? strtoll(times + strlen("; times "), &end, 10) : 1;

	if (!times || *end)
		return 1;
	*times = '\0';
	return n;
}

static void add_fact(json_t *facts, const char *line, json_int_t n)
{
	json_int_t before = json_integer_value(json_object_get(facts, line));

	(void)json_object_set_new(facts, line, json_integer(before + n));
}

/*
 * {"": {..}, "arp": {"packet ARP ..": 2, ..}}, in the order of the story; what stands in no phase
 * is that of the name "". A value stands behind the expectation that took it.
 */
static json_t *facts_of(const json_t *story)
{
	auto_str struct str text = { 0 };
	json_t *all = json_object(), *facts = json_object();
	auto_free char *expect = xstrdup("");
	char *rest, *line;

	normal_story(story, &text);
	(void)json_object_set_new(all, "", facts);
	for (rest = text.data; rest && (line = strsep(&rest, "\n"));) {
		size_t indent = strspn(line, " ");
		json_int_t n = take_times(line);
		auto_free char *fact = NULL;

		line += indent;
		if (!indent && str_prefix(line, "phase ")) {
			auto_free char *name = xstrndup(line + 6, strcspn(line + 6, ":"));

			facts = json_object();
			(void)json_object_set_new(all, name, facts);
			continue;
		}
		/* The head is told as a whole; how many frames a hop saw follows from the packets.
		 */
		if (!*line || str_prefix(line, "story ") || str_prefix(line, "hop "))
			continue;
		fact = indent > 2 ? xasprintf("%s, %s", expect, line) : xstrdup(line);
		if (indent <= 2) {
			free(expect);
			expect = xstrdup(line);
		}
		add_fact(facts, fact, n);
	}
	return all;
}

/* Of the facts of a story those that the other has not, or less often; same: how often both have
 * them. */
static json_t *only(const json_t *own, const json_t *other, json_int_t *same)
{
	json_t *list = json_array();
	const json_t *value;
	const char *fact;

	*same = 0;
	json_object_foreach((json_t *)(uintptr_t)own, fact, value) {
		json_int_t n = json_integer_value(value);
		json_int_t there = json_integer_value(json_object_get(other, fact));

		*same += n < there ? n : there;
		if (n > there)
			(void)json_array_append_new(
				list, json_pack("{s:s, s:I}", "fact", fact, "count", n - there));
	}
	return list;
}

/* --- phases --- */

/* "-": the one without a name. */
static const json_t *phase_named(const json_t *story, const char *name)
{
	return json_find(json_object_get(story, "phases"), "name", str_eq(name, "-") ? NULL : name);
}

static json_t *or_null(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? json_incref(value) : json_null();
}

struct sides {
	const json_t *a, *b; /* stories */
	const json_t *facts_a, *facts_b;
	json_t *phases;
	json_int_t same, differ;
};

static json_int_t sum(const json_t *only)
{
	json_int_t n = 0;
	const json_t *one;
	size_t i;

	json_array_foreach(only, i, one)
		n += json_integer_value(json_object_get(one, "count"));
	return n;
}

static void add_phase(struct sides *s, const char *name)
{
	const json_t *a = phase_named(s->a, name), *b = phase_named(s->b, name);
	const json_t *in_a = json_object_get(s->facts_a, name);
	const json_t *in_b = json_object_get(s->facts_b, name);
	json_int_t same;
	json_t *only_b = only(in_b, in_a, &same), *only_a = only(in_a, in_b, &same);

	s->same += same;
	s->differ += sum(only_a) + sum(only_b);
	(void)json_array_append_new(s->phases,
				    json_pack("{s:s, s:o, s:o, s:o, s:I, s:o, s:o}", "name", name,
					      "title", or_null(a ? a : b, "title"), "a",
					      or_null(a, "verdict"), "b", or_null(b, "verdict"),
					      "same", same, "only_a", only_a, "only_b", only_b));
}

/* Those of a in its order, each followed by those of b that stand before the next that both have.
 */
static void add_phases(struct sides *s)
{
	auto_json json_t *done = json_object();
	const char *name, *other;
	const json_t *unused;
	void *at = json_object_iter((json_t *)(uintptr_t)s->facts_b);

	(void)unused;
	json_object_foreach((json_t *)(uintptr_t)s->facts_a, name, unused) {
		for (; json_object_get(s->facts_b, name) && at;
		     at = json_object_iter_next((json_t *)(uintptr_t)s->facts_b, at)) {
			other = json_object_iter_key(at);
			if (str_eq(other, name) || json_object_get(done, name))
				break;
			if (json_object_get(s->facts_a, other) || json_object_get(done, other))
				continue;
			add_phase(s, other);
			(void)json_object_set_new(done, other, json_true());
		}
		add_phase(s, name);
		(void)json_object_set_new(done, name, json_true());
	}
	json_object_foreach((json_t *)(uintptr_t)s->facts_b, name, unused)
		if (!json_object_get(done, name))
			add_phase(s, name);
}

static json_t *head(const json_t *story)
{
	static const char *const keys[] = { "run",     "experiment", "lab",
					    "started", "parameters", "verdict" };
	json_t *out = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		(void)json_object_set_new(out, keys[i], or_null(story, keys[i]));
	return out;
}

json_t *compare_stories(const json_t *a, const json_t *b)
{
	auto_json json_t *facts_a = facts_of(a), *facts_b = facts_of(b);
	struct sides s = { a, b, facts_a, facts_b, json_array(), 0, 0 };

	add_phases(&s);
	return json_pack("{s:o, s:o, s:I, s:I, s:o}", "a", head(a), "b", head(b), "same", s.same,
			 "differ", s.differ, "phases", s.phases);
}

/* --- for people --- */

struct telling {
	const struct text_options *options;
	struct layout layout;
};

static const char *say(const struct telling *t, enum word word)
{
	return words_get(word, t->options->lang);
}

static void tell_head(const struct telling *t, const char *side, const json_t *head)
{
	const json_t *value;
	const char *name;
	auto_str struct str line = { 0 };

	str_addf(&line, "%s (%s), %s", json_get_text(head, "experiment", "?"),
		 json_get_text(head, "lab", "?"), json_get_text(head, "started", "?"));
	json_object_foreach(json_object_get(head, "parameters"), name, value)
		str_addf(&line, ", %s %s", name,
			 json_is_string(value) ? json_string_value(value) : "");
	str_addf(&line, ": %s", words_of(json_get_text(head, "verdict", "?"), t->options->lang));
	layout_put(&t->layout, LAYOUT_STRONG, side);
	str_adds(t->layout.out, "   ");
	layout_wrap(&t->layout, 4, 6, line.data);
}

/* How long a fact is before the way of its packet begins. */
static size_t before_way(const char *fact)
{
	const char *way = strstr(fact, "; ");

	return way ? (size_t)(way - fact) : strlen(fact);
}

/* Whether the other side has the same but for the way. */
static bool same_but_way(const char *fact, const json_t *others)
{
	const json_t *one;
	size_t i, len = before_way(fact);

	json_array_foreach(others, i, one) {
		const char *other = json_get_text(one, "fact", "");

		if (before_way(other) == len && strncmp(other, fact, len) == 0)
			return true;
	}
	return false;
}

static void tell_only(const struct telling *t, const char *side, const json_t *own,
		      const json_t *others)
{
	const json_t *one;
	size_t i;

	json_array_foreach(own, i, one) {
		const char *fact = json_get_text(one, "fact", "?");
		bool whole = t->options->verbose || same_but_way(fact, others);
		json_int_t n = json_integer_value(json_object_get(one, "count"));
		auto_str struct str line = { 0 };

		str_add(&line, fact, whole ? strlen(fact) : before_way(fact));
		if (n > 1)
			str_addf(&line, " (%" JSON_INTEGER_FORMAT ")", n);
		str_addf(t->layout.out, "  %s ", side);
		layout_wrap(&t->layout, 4, 6, str_text(&line));
	}
}

/* NULL: that story has no such phase, or its lab no part for it. */
static const char *verdict_in(const json_t *phase, const char *side)
{
	const char *verdict = json_get_text(phase, side, NULL);

	return str_eq(verdict, "skipped") ? NULL : verdict;
}

static void tell_phase(const struct telling *t, const json_t *phase)
{
	const char *title = words_text(json_object_get(phase, "title"), t->options->lang);
	const char *name = json_get_text(phase, "name", "?");
	const json_t *only_a = json_object_get(phase, "only_a"),
		     *only_b = json_object_get(phase, "only_b");
	const char *in_a = verdict_in(phase, "a"), *in_b = verdict_in(phase, "b");
	auto_str struct str line = { 0 };

	if (*name ? !in_a && !in_b : !json_array_size(only_a) && !json_array_size(only_b))
		return;
	layout_pad(&t->layout, LAYOUT_STRONG,
		   *title  ? title
		   : *name ? name
			   : say(t, WORD_NO_PHASE),
		   t->layout.columns > 46 ? t->layout.columns - 34 : 12);
	if (*name && (!in_a || !in_b))
		str_addf(&line, " %s %s", say(t, WORD_ONLY), in_a ? "A" : "B");
	else if (!json_array_size(only_a) && !json_array_size(only_b))
		str_addf(&line, " %s", say(t, WORD_SAME));
	else
		str_addf(&line,
			 " %s %" JSON_INTEGER_FORMAT ", A %" JSON_INTEGER_FORMAT
			 ", B %" JSON_INTEGER_FORMAT,
			 say(t, WORD_SAME), json_integer_value(json_object_get(phase, "same")),
			 sum(only_a), sum(only_b));
	if (in_a && in_b && !str_eq(in_a, in_b))
		str_addf(&line, "; A %s, B %s", words_of(in_a, t->options->lang),
			 words_of(in_b, t->options->lang));
	str_addf(t->layout.out, "%s\n", str_text(&line));
	/* What only one has as a whole needs no list of all that is in it. */
	if (*name && (!in_a || !in_b) && !t->options->verbose)
		return;
	tell_only(t, "A", only_a, only_b);
	tell_only(t, "B", only_b, only_a);
}

void compare_tell(const json_t *comparison, const struct text_options *options, struct str *out)
{
	struct telling t = {
		.options = options,
		.layout = { .out = out, .colour = options->colour, .columns = options->columns }
	};
	const json_t *phase;
	size_t i;

	tell_head(&t, "A", json_object_get(comparison, "a"));
	tell_head(&t, "B", json_object_get(comparison, "b"));
	str_adds(out, "\n");
	json_array_foreach(json_object_get(comparison, "phases"), i, phase)
		tell_phase(&t, phase);
}
