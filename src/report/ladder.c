/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A packet's way through the lab, as text. */
#include "report/ladder.h"

#include <stdint.h>

#include "base/clock.h"
#include "net/point.h"
#include "report/decision.h"
#include "report/packets.h"
#include "report/words.h"
#include "topo/topo.h"

static int64_t time_of(const json_t *hop)
{
	return json_integer_value(json_object_get(hop, "time_ns"));
}

/* When it was last seen, after it was first seen. */
static double duration_ms(const json_t *hops)
{
	const json_t *first = json_array_get(hops, 0);
	const json_t *last = json_array_get(hops, json_array_size(hops) - 1);

	return first ? (double)(time_of(last) - time_of(first)) / (double)NS_PER_MS : 0;
}

/* What it is, in our words where there are some; the rest of Wireshark's is for who asks for more.
 */
static const char *what_of(const json_t *journey, const struct text_options *options)
{
	const char *words = words_text(json_object_get(journey, "words"), options->lang);

	return *words && !options->verbose ? words : json_get_text(journey, "what", "");
}

static void tell_head(const struct layout *layout, const json_t *journey,
		      const struct text_options *options)
{
	const char *lang = options->lang;
	const json_t *lost = json_object_get(journey, "lost");
	const char *what = what_of(journey, options);
	const char *where = json_get_text(lost, "node", json_get_text(lost, "link", NULL));
	auto_str struct str line = { 0 };

	str_addf(&line, "%s%s%s, %" JSON_INTEGER_FORMAT " %s, %s",
		 json_get_text(journey, "protocol", "?"), *what ? " " : "", what,
		 json_integer_value(json_object_get(journey, "bytes")), words_get(WORD_BYTES, lang),
		 words_of(json_is_true(json_object_get(journey, "expected"))
				  ? "used-up"
				  : json_get_text(journey, "outcome", "?"),
			  lang));
	if (where)
		str_addf(&line, " (%s)", where);
	str_addf(&line, ", %.1f ms", duration_ms(json_object_get(journey, "hops")));
	str_adds(layout->out, "    * ");
	layout_wrap(layout, 6, 8, line.data);
}

/* What is worth a word about a node on the way: not that it passed the packet on to one port. */
static bool is_remarkable(const char *action)
{
	static const char *const plain[] = { "sent",      "passed",    "switched",
					     "forwarded", "delivered", "answered" };

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (str_eq(action, plain[i]))
			return false;
	return true;
}

/* What the sender wanted to happen is not worth a word again. */
static void add_action(const json_t *hop, bool expected, const char *lang, struct str *line)
{
	const char *action = json_get_text(hop, "action", "");

	if (is_remarkable(action) && !(expected && str_eq(action, "expired")))
		str_addf(line, " (%s)", words_of(action, lang));
}

/* How many nodes of the way are named: of a loop no more than its first round. */
static size_t told_rounds(const json_t *journey)
{
	const json_t *loop = json_object_get(journey, "loop");
	const json_t *hops = json_object_get(journey, "hops"), *hop;
	const json_t *first = json_array_get(json_object_get(loop, "nodes"), 0);
	size_t i, met = 0;

	if (json_integer_value(json_object_get(loop, "times")) < 2)
		return SIZE_MAX;
	json_array_foreach(hops, i, hop) {
		if (!str_eq(json_get_text(hop, "way", ""), "in"))
			continue;
		met++;
		if (str_eq(json_get_text(hop, "node", NULL), json_string_value(first)))
			break;
	}
	return met + json_array_size(json_object_get(loop, "nodes")) - 1;
}

/* The nodes in the order in which it reached them; behind a comma those that are no step further.
 */
static void tell_way(const struct layout *layout, const json_t *journey, const char *lang)
{
	const json_t *hops = json_object_get(journey, "hops");
	bool expected = json_is_true(json_object_get(journey, "expected"));
	size_t rounds = told_rounds(journey), met = 0;
	auto_str struct str line = { 0 };
	const char *at = NULL; /* the node that the last name on the line is */
	const json_t *hop;
	size_t i;

	json_array_foreach(hops, i, hop) {
		const json_t *from = json_array_get(
			hops, (size_t)json_integer_value(json_object_get(hop, "from")));
		const char *node = json_get_text(hop, "node", "?");
		bool in = str_eq(json_get_text(hop, "way", ""), "in");

		if (!i) {
			str_adds(&line, node);
			at = node;
		}
		met += in;
		if (in && met > rounds && i + 1 < json_array_size(hops)) {
			if (met == rounds + 1)
				str_adds(&line, " - ..");
			at = node;
			continue;
		}
		if (in && i) {
			const char *before = json_get_text(from, "node", at);

			if (!str_eq(before, at))
				str_addf(&line, ", %s", before);
			str_addf(&line, " %s %s",
				 net_air_of(json_get_text(hop, "at", "")) ? "~" : "-", node);
			at = node;
		}
		if (in || str_eq(json_get_text(hop, "action", ""), "lost"))
			add_action(hop, expected, lang, &line);
	}
	str_adds(layout->out, "        ");
	layout_wrap(layout, 8, 8, str_text(&line));
}

/* What happened to links and nodes between two rungs. */
static void tell_events(const struct layout *layout, const json_t *events, int64_t from,
			int64_t until, int64_t begin, const char *lang)
{
	const json_t *event;
	size_t i;

	json_array_foreach(events, i, event) {
		if (time_of(event) < from || time_of(event) >= until)
			continue;
		str_addf(layout->out, "        !%10.3f ms  ",
			 (double)(time_of(event) - begin) / (double)NS_PER_MS);
		layout_put(layout, LAYOUT_STRONG, words_text(json_object_get(event, "text"), lang));
		str_adds(layout->out, "\n");
	}
}

static void tell_rungs(const struct layout *layout, const json_t *hops, const json_t *events,
		       const char *lang)
{
	int64_t begin = time_of(json_array_get(hops, 0)), before = begin;
	auto_free char *segment = NULL;
	const json_t *hop;
	size_t i;

	json_array_foreach(hops, i, hop) {
		auto_str struct str now = { 0 }, route = { 0 };
		auto_free char *where = packets_place(hop, NULL);

		tell_events(layout, events, before, time_of(hop), begin, lang);
		before = time_of(hop);
		str_addf(&now, "%s > %s", json_get_text(hop, "src", "?"),
			 json_get_text(hop, "dst", "?"));
		if (json_integer_value(json_object_get(hop, "ttl")))
			str_addf(&now, "  ttl %" JSON_INTEGER_FORMAT,
				 json_integer_value(json_object_get(hop, "ttl")));
		if (!str_eq(segment, now.data)) {
			str_adds(layout->out, "        ");
			layout_put(layout, LAYOUT_FAINT, now.data);
			str_adds(layout->out, "\n");
			free(segment);
			segment = str_take(&now);
		}
		str_addf(layout->out, "        |%10.3f ms  ",
			 (double)(time_of(hop) - begin) / (double)NS_PER_MS);
		layout_pad(layout, LAYOUT_PLAIN, where, 24);
		str_addf(layout->out, " %-3s ",
			 str_eq(json_get_text(hop, "way", ""), "in") ? "->" : "<-");
		layout_put(layout, LAYOUT_PLAIN, words_of(json_get_text(hop, "action", ""), lang));
		decision_text(hop, lang, &route);
		if (route.len) {
			str_adds(layout->out, " (");
			layout_put(layout, LAYOUT_PLAIN, route.data);
			str_adds(layout->out, ")");
		}
		str_adds(layout->out, "\n");
	}
}

void ladder_explain(const struct layout *layout, const json_t *journey, const char *lang)
{
	const char *text = words_text(json_object_get(journey, "explain"), lang);

	if (!*text)
		return;
	str_adds(layout->out, "        ");
	layout_wrap(layout, 8, 8, text);
}

void ladder_tell(const struct layout *layout, const json_t *journey, const json_t *events,
		 const struct text_options *options)
{
	const json_t *hops = json_object_get(journey, "hops");

	tell_head(layout, journey, options);
	tell_way(layout, journey, options->lang);
	ladder_explain(layout, journey, options->lang);
	if (options->verbose)
		tell_rungs(layout, hops, events, options->lang);
}

void ladder_losses(const struct layout *layout, const json_t *links, const char *lang)
{
	const char *gap = "\n";
	const json_t *link;
	size_t i;

	json_array_foreach(links, i, link) {
		const json_int_t lost = json_integer_value(json_object_get(link, "lost"));
		const json_t *delay = json_object_get(link, "delay_ns");
		auto_str struct str line = { 0 };

		if (!lost)
			continue;
		str_addf(&line,
			 "%s (%s): %s %" JSON_INTEGER_FORMAT " / %" JSON_INTEGER_FORMAT " %s",
			 json_get_text(link, "link", "?"), json_get_text(link, "out_of", "?"),
			 words_get(WORD_LOST, lang), lost,
			 json_integer_value(json_object_get(link, "sent")),
			 words_get(WORD_FRAMES, lang));
		if (json_integer_value(json_object_get(link, "arrived")))
			str_addf(&line, ", %.1f ms",
				 (double)json_integer_value(json_object_get(delay, "mean")) /
					 (double)NS_PER_MS);
		str_adds(layout->out, gap);
		layout_wrap(layout, 0, 4, line.data);
		gap = "";
	}
}
