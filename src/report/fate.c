/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of a packet, in a sentence of both languages. */
#include "report/fate.h"

#include <string.h>

#include "base/korean.h"
#include "base/str.h"
#include "report/events.h"
#include "report/filter.h"
#include "report/loop.h"
#include "report/packets.h"
#include "report/reason.h"
#include "report/route.h"
#include "report/words.h"

/* Clauses of a sentence, in each language. */
struct sentence {
	struct str en, ko;
};

static void sentence_free(struct sentence *s)
{
	str_free(&s->en);
	str_free(&s->ko);
}
AUTO_DEFINE(sentence_auto, struct sentence, sentence_free)
#define auto_sentence AUTO(sentence_autop)

static void say(struct sentence *s, const char *en, const char *ko, const char *const *values)
{
	if (s->en.len) {
		str_adds(&s->en, "; ");
		str_adds(&s->ko, "; ");
	}
	korean_fill(en, values, 4, &s->en);
	korean_fill(ko, values, 4, &s->ko);
}

/* The same words but for one value, which each language has its own word for. */
static void say_word(struct sentence *s, const char *en, const char *ko, const char *word,
		     const char *const *values)
{
	const char *const english[4] = { values[0], values[1], words_of(word, "en") };
	const char *const korean[4] = { values[0], values[1], words_of(word, "ko") };
	auto_str struct str out = { 0 };

	korean_fill(ko, korean, 3, &out);
	say(s, en, str_text(&out), english);
}

static const json_t *last_in(const json_t *journey)
{
	const json_t *hops = json_object_get(journey, "hops");

	for (size_t i = json_array_size(hops); i-- > 0;)
		if (str_eq(json_get_text(json_array_get(hops, i), "way", ""), "in"))
			return json_array_get(hops, i);
	return NULL;
}

/* --- round and round --- */

static void tell_loop(const json_t *loop, struct sentence *s)
{
	json_int_t times = json_integer_value(json_object_get(loop, "times"));
	auto_free char *count = xasprintf("%" JSON_INTEGER_FORMAT, times);
	auto_str struct str ring = { 0 };
	const char *values[4] = { count };
	const json_t *node;
	size_t i;

	if (!loop)
		return;
	json_array_foreach(json_object_get(loop, "nodes"), i, node)
		str_addf(&ring, "%s%s", i ? " - " : "", json_string_value(node));
	values[1] = ring.data;
	say(s,
	    times == 1 ? "a loop: it went round once ({1})"
		       : "a loop: it went round {0} times ({1})",
	    "루프: {0}번 돌았다 ({1})", values);
}

/* --- why a node did not pass it on --- */

static void tell_route(const json_t *story, const char *node, const char *to, struct sentence *s)
{
	const json_t *table = route_table(story, node, strchr(to, ':') ? "routes-ipv6" : "routes");
	struct route_entry was, is;
	enum route before = route_look_up(json_get_text(table, "before", NULL), to, &was);
	enum route after = route_look_up(json_get_text(table, "after", NULL), to, &is);
	const struct route_entry *rejects = before == ROUTE_REJECTS  ? &was
					    : after == ROUTE_REJECTS ? &is
								     : NULL;
	auto_free char *entry = rejects ? xasprintf("%s %s", rejects->kind, rejects->prefix) : NULL;
	const char *values[4] = { node, to, entry };

	if (before == ROUTE_NONE && after == ROUTE_NONE)
		say(s, "{0} has no route to {1}", "{0}에는 {1}로 가는 경로가 없다", values);
	else if (before == ROUTE_NONE)
		say(s, "{0} had no route to {1} when the run began",
		    "실행을 시작할 때 {0}에는 {1}로 가는 경로가 없었다", values);
	else if (after == ROUTE_NONE)
		say(s, "{0} had no route to {1} when the run ended",
		    "실행이 끝났을 때 {0}에는 {1}로 가는 경로가 없었다", values);
	else if (rejects)
		say(s, "the route of {0} to {1} is '{2}'", "{0}에서 {1}로 가는 경로: {2}", values);
}

/* The kernel's own word for it: of the hop at which it ended. */
static const json_t *drop_of(const json_t *journey, const char *action)
{
	const json_t *hop;
	size_t i;

	json_array_foreach(json_object_get(journey, "hops"), i, hop) {
		bool dropped = str_eq(json_get_text(hop, "action", ""), "dropped");

		if (json_object_get(hop, "drop") && dropped == str_eq(action, "dropped"))
			return hop;
	}
	return NULL;
}

static void tell_reason(const json_t *hop, struct sentence *s)
{
	const json_t *drop = json_object_get(hop, "drop");
	const struct reason *reason = reason_of(drop);
	const char *node = json_get_text(hop, "node", "?"), *name = reason_name(drop);
	const char *en[4] = { node, name, reason ? reason->en : "" };
	const char *ko[4] = { node, name, reason ? reason->ko : "" };
	bool nobody = reason_is_nobody(drop);
	auto_str struct str korean = { 0 };

	if (!drop)
		return;
	korean_fill(nobody   ? "{0}에 도착했지만 {2} ({1})"
		    : reason ? "{0}에서 폐기: {2} ({1})"
			     : "{0}에서 폐기 ({1})",
		    ko, 3, &korean);
	say(s,
	    nobody   ? "it reached {0}, but {2} ({1})"
	    : reason ? "{0} dropped it: {2} ({1})"
		     : "{0} dropped it ({1})",
	    str_text(&korean), en);
}

/* What is certain: what its rules counted; not that this packet was among them. An error that is no
 * filter's says that something else was in the way. */
static void tell_filter(const json_t *story, const char *node, const char *error,
			struct sentence *s)
{
	const json_t *table = route_table(story, node, "filter");
	auto_str struct str counted = { 0 };
	const char *values[4] = { node };

	if (error && !str_eq(error, "prohibited") && !str_eq(error, "port-unreachable"))
		return;
	filter_counted(json_get_text(table, "before", NULL), json_get_text(table, "after", NULL),
		       error, &counted);
	values[1] = counted.data;
	if (counted.len && error)
		say(s, "{0} has a packet filter, whose rejecting rules counted in this run: {1}",
		    "{0}의 패킷 필터에서 거부 규칙이 이번 실행 동안 센 패킷 수: {1}", values);
	else if (counted.len)
		say(s,
		    "{0} has a packet filter, whose dropping and rejecting rules counted in this "
		    "run: {1}",
		    "{0}의 패킷 필터에서 폐기·거부 규칙이 이번 실행 동안 센 패킷 수: {1}", values);
}

/* --- a link that was down --- */

/* The hop at which it was lost or dropped; else its last. */
static const json_t *ended_at(const json_t *journey)
{
	const json_t *hops = json_object_get(journey, "hops"), *hop;
	size_t i;

	json_array_foreach(hops, i, hop) {
		const char *action = json_get_text(hop, "action", "");

		if (str_eq(action, "lost") || str_eq(action, "dropped"))
			return hop;
	}
	return json_array_get(hops, json_array_size(hops) - 1);
}

/* What is certain: that it was down then; not that nothing else kept the packet. */
static void tell_down(const json_t *story, const json_t *journey, const char *node,
		      struct sentence *s)
{
	const json_t *last = ended_at(journey);
	const char *link = json_get_text(json_object_get(journey, "lost"), "link", NULL);
	const char *down = events_down(json_object_get(story, "events"), link, node,
				       json_integer_value(json_object_get(last, "time_ns")));
	const char *values[4] = { down, node };

	if (down && link)
		say(s, "the link {0} was down", "{0} 링크가 끊겨 있었다", values);
	else if (down)
		say(s, "the link {0} of {1} was down then", "그때 {1}의 {0} 링크가 끊겨 있었다",
		    values);
}

/* --- where it got other addresses --- */

/* It was for somebody else there than where it began. */
static bool is_translated(const json_t *journey)
{
	const json_t *hop;
	size_t i;

	json_array_foreach(json_object_get(journey, "hops"), i, hop)
		if (json_array_size(json_object_get(hop, "translated")))
			return true;
	return false;
}

static void tell_translations(const json_t *journey, struct sentence *s)
{
	const json_t *hop, *change;
	size_t i, j;

	json_array_foreach(json_object_get(journey, "hops"), i, hop)
		json_array_foreach(json_object_get(hop, "translated"), j, change) {
			const char *values[4] = { json_get_text(hop, "node", "?"),
						  json_get_text(change, "from", "?"),
						  json_get_text(change, "to", "?") };

			say(s, "translated by {0}: {1} to {2}", "{0}에서 주소 변환: {1} → {2}",
			    values);
		}
}

/* --- what an ICMP error says --- */

static void tell_answer(const json_t *error, struct sentence *s)
{
	const json_t *hop = json_array_get(json_object_get(error, "hops"), 0);
	auto_free char *where = packets_place(hop, NULL);
	const char *values[4] = { json_get_text(hop, "node", "?"), where };

	say_word(s, "{0} answered: {2} ({1})", "{0}의 응답: {2} ({1})",
		 json_get_text(error, "error", "?"), values);
}

/* By a filter, as if it were the one that the packet was for. */
static void tell_reset(const json_t *reset, struct sentence *s)
{
	const json_t *hop = json_array_get(json_object_get(reset, "hops"), 0);
	auto_free char *where = packets_place(hop, NULL);
	const char *values[4] = { json_get_text(hop, "node", "?"), where,
				  json_get_text(reset, "source", "?") };

	say(s, "{0} answered in place of {2}: connection reset ({1})",
	    "{0}에서 {2} 대신 응답: 연결 재설정 ({1})", values);
}

/* Of the error itself: which packet it quotes. */
static void tell_quoted(const json_t *quoted, struct sentence *s)
{
	auto_free char *where =
		packets_place(json_array_get(json_object_get(quoted, "hops"), 0), NULL);
	const char *values[4] = { json_get_text(quoted, "protocol", "?"),
				  json_get_text(quoted, "what", ""), where };
	const char *gap = *values[1] ? " " : "";
	auto_free char *en = xasprintf("it is about the packet {0}%s{1} ({2})", gap);
	auto_free char *ko = xasprintf("이 패킷에 대한 것이다: {0}%s{1} ({2})", gap);

	say(s, en, ko, values);
}

/* --- what a wire did to it --- */

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* Where the first frame of another journey is, for who wants to look at it; a new string. */
static char *place_of(const json_t *journeys, const json_t *id)
{
	const json_t *journey = packets_by_id(journeys, id);

	return packets_place(json_array_get(json_object_get(journey, "hops"), 0), NULL);
}

static void tell_wire(const json_t *journeys, const json_t *journey, struct sentence *s)
{
	const json_t *large = json_object_get(journey, "too_large");
	const json_t *as = json_object_get(journey, "damaged_as"),
		     *of = json_object_get(journey, "damage_of");
	auto_free char *bytes = xasprintf("%" JSON_INTEGER_FORMAT, number_of(large, "bytes"));
	auto_free char *mtu = xasprintf("%" JSON_INTEGER_FORMAT, number_of(large, "mtu"));
	auto_free char *then = as ? place_of(journeys, as) : NULL;
	auto_free char *before = of ? place_of(journeys, of) : NULL;
	const char *values[4] = { bytes, mtu, then, before };

	if (large)
		say(s, "too large for the link: {0} bytes, MTU {1}",
		    "링크에 비해 너무 크다: {0}바이트, MTU {1}", values);
	if (then)
		say(s, "the link changed one bit of it: it arrived damaged ({2})",
		    "링크에서 비트 하나가 바뀌어 손상된 채로 도착했다 ({2})", values);
	if (before)
		say(s, "it arrived damaged: one bit is not as it was sent ({3})",
		    "손상된 채로 도착했다: 비트 하나가 보낸 것과 다르다 ({3})", values);
}

/* --- all of it --- */

static bool phase_holds(const json_t *story, const json_t *journey)
{
	const char *name = json_get_text(journey, "phase", NULL);
	const json_t *phase = json_find(json_object_get(story, "phases"), "name", name);

	return str_eq(json_get_text(phase, "verdict", ""), "holds");
}

/* A NIC has no device for the tag by the topology, but somebody may have made one. */
static void tell_tag(const json_t *hop, struct sentence *s)
{
	json_int_t vlan = json_integer_value(json_object_get(hop, "vlan"));
	auto_free char *tag = xasprintf("%" JSON_INTEGER_FORMAT, vlan);
	const char *values[4] = { json_get_text(hop, "node", "?"), tag };

	if (json_object_get(hop, "stray") && str_eq(json_get_text(hop, "action", ""), "resting"))
		say(s,
		    "it arrived with the tag of VLAN {1}, for which {0} has nothing in this lab: "
		    "what "
		    "became of it there is not known",
		    "VLAN {1} 태그를 달고 도착했지만 실습망에서 {0}에는 그 VLAN이 없다: 거기서 "
		    "어떻게 "
		    "되었는지는 알 수 없다",
		    values);
}

/* What the node did in which it ended. */
static void tell_node(const json_t *story, const json_t *journey, const char *node,
		      const char *error, struct sentence *s)
{
	const char *action = json_get_text(last_in(journey), "action", "");
	const char *values[4] = { node };
	size_t known = s->en.len;

	if (str_eq(action, "expired") && str_eq(json_get_text(journey, "kind", ""), "ipv6")) {
		say(s, "its hop limit was used up at {0}", "{0}에서 홉 제한이 만료되었다", values);
	} else if (str_eq(action, "expired")) {
		say(s, "its TTL was used up at {0}", "{0}에서 TTL이 만료되었다", values);
	} else if (str_eq(action, "changed-or-dropped")) {
		say(s, "{0} rewrites packets: it changed or dropped this one",
		    "패킷을 고쳐 쓰는 {0}에서 변경되었거나 폐기되었다", values);
		tell_filter(story, node, error, s);
	} else if (str_eq(action, "dropped")) {
		const json_t *drop = json_object_get(drop_of(journey, action), "drop");
		bool filtered = str_eq(json_get_text(drop, "reason", ""), "NETFILTER_DROP");

		tell_reason(drop_of(journey, action), s);
		if (!filtered && !is_translated(journey))
			tell_route(story, node, json_get_text(journey, "destination", ""), s);
		if (drop ? filtered : s->en.len == known)
			tell_filter(story, node, error, s);
	} else {
		tell_reason(drop_of(journey, action), s);
		tell_tag(last_in(journey), s);
	}
}

static void tell_journey(const json_t *story, json_t *journey)
{
	const json_t *journeys = json_object_get(story, "journeys"), *hop = last_in(journey);
	const json_t *answer = packets_by_id(journeys, json_object_get(journey, "answered_by"));
	const char *action = json_get_text(hop, "action", ""),
		   *node = json_get_text(hop, "node", "?");
	auto_json json_t *loop = loop_of(journey, last_in(journey));
	auto_sentence struct sentence s = { 0 };
	bool expired = str_eq(action, "expired");
	const char *error = json_get_text(answer, "error", NULL);

	tell_loop(loop, &s);
	tell_wire(journeys, journey, &s);
	tell_translations(journey, &s);
	tell_node(story, journey, node, error, &s);
	if (str_eq(action, "dropped") || str_eq(json_get_text(journey, "outcome", ""), "lost"))
		tell_down(story, journey, node, &s);
	if (error)
		tell_answer(answer, &s);
	if (json_object_get(answer, "instead"))
		tell_reset(answer, &s);
	if ((json_get_text(journey, "error", NULL) || json_object_get(journey, "instead")) &&
	    json_object_get(journey, "answers"))
		tell_quoted(packets_by_id(journeys, json_object_get(journey, "answers")), &s);
	if (s.en.len)
		(void)json_object_set_new(
			journey, "explain",
			json_pack("{s:s, s:s}", "en", s.en.data, "ko", s.ko.data));
	if (loop)
		(void)json_object_set(journey, "loop", loop);
	if (expired && error && !loop && phase_holds(story, journey))
		(void)json_object_set_new(journey, "expected", json_true());
}

void fate_tell(json_t *story)
{
	json_t *journey;
	size_t i;

	json_array_foreach(json_object_get(story, "journeys"), i, journey)
		tell_journey(story, journey);
}
