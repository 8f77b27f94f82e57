/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happened to links, nodes and services while the run lasted, in words. */
#include "report/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/korean.h"
#include "base/str.h"

struct words {
	const char *en, *ko;
};

static const char *get(const json_t *event, const char *when, const char *key)
{
	return json_get_text(json_object_get(event, when), key, "");
}

static bool differs(const json_t *event, const char *key)
{
	return !str_eq(get(event, "was", key), get(event, "is", key));
}

/* "loss=5%"; "a:eth0 loss=5%" where the two ways differ. */
static char *shape_of(const json_t *event)
{
	const json_t *is = json_object_get(event, "is"), *way;
	auto_str struct str text = { 0 };
	size_t i;

	json_array_foreach(json_object_get(is, "ways"), i, way)
		if (*json_get_text(way, "shape", ""))
			str_addf(&text, "%s%s %s", text.len ? ", " : "",
				 json_get_text(way, "out_of", "?"),
				 json_get_text(way, "shape", ""));
	return xstrdup(text.len ? text.data : json_get_text(is, "shape", ""));
}

static struct words words_of_link(const json_t *event, const char *shape)
{
	const char *state = get(event, "is", "state");

	if (differs(event, "state") && str_eq(state, "down"))
		return (struct words){ "the link {0} goes down", "{0} 링크가 끊긴다" };
	if (differs(event, "state") && str_eq(state, "up") && differs(event, "shape"))
		return (struct words){ "the link {0} comes up: {1}", "{0} 링크가 이어진다: {1}" };
	if (differs(event, "state") && str_eq(state, "up"))
		return (struct words){ "the link {0} comes up", "{0} 링크가 이어진다" };
	if (*get(event, "words", "to"))
		return (struct words){ "on the link {0}, the path between {2} and {3} changes",
				       "{0} 링크에서 {2}–{3} 구간의 전파 상태가 바뀐다" };
	if (!*shape)
		return (struct words){ "the link {0} delays and loses nothing any more",
				       "{0} 링크에 지연과 손실이 없어진다" };
	return (struct words){ "the link {0} has now {1}", "{0} 링크가 바뀐다: {1}" };
}

static struct words words_of_node(const json_t *event)
{
	bool service = str_eq(json_get_text(event, "what", ""), "service");

	if (service && json_is_true(json_object_get(event, "again")))
		return (struct words){ "{4} on {0} has stopped, and is started anew",
				       "{0}에서 {4} 서비스가 멈추어 다시 시작한다" };
	if (service)
		return (struct words){ "{4} on {0} stops", "{0}에서 {4} 서비스가 멈춘다" };
	if (str_eq(json_get_text(event, "what", ""), "reboot"))
		return (struct words){ "{0} reboots by itself", "{0} 노드가 스스로 재부팅한다" };
	return (struct words){ "{0} is started anew", "{0} 노드를 다시 시작한다" };
}

static json_t *text_of(const json_t *event)
{
	bool link = str_eq(json_get_text(event, "what", ""), "link");
	auto_free char *shape = shape_of(event);
	struct words words = link ? words_of_link(event, shape) : words_of_node(event);
	const char *values[] = { json_get_text(event, link ? "link" : "node", "?"), shape,
				 get(event, "words", "from"), get(event, "words", "to"),
				 json_get_text(event, "service", "?") };
	auto_str struct str en = { 0 }, ko = { 0 };

	korean_fill(words.en, values, ARRAY_SIZE(values), &en);
	korean_fill(words.ko, values, ARRAY_SIZE(values), &ko);
	return json_pack("{s:s, s:s}", "en", str_text(&en), "ko", str_text(&ko));
}

static int64_t number(const json_t *event, const char *key)
{
	return json_integer_value(json_object_get(event, key));
}

static int by_time(const void *a, const void *b)
{
	int64_t one = number(*(json_t *const *)a, "time_ns");
	int64_t other = number(*(json_t *const *)b, "time_ns");

	return (one > other) - (one < other);
}

json_t *events_of(const json_t *record)
{
	const json_t *all = json_object_get(record, "events"), *event;
	auto_free json_t **sorted = xcalloc(json_array_size(all) + 1, sizeof(*sorted));
	json_t *out = json_array();
	size_t i, n = 0;

	json_array_foreach(all, i, event) {
		/* What no clock says is no time. */
		if (number(event, "time_ns") < 0 || number(event, "done_ns") < 0)
			continue;
		sorted[n] = json_copy((json_t *)(uintptr_t)event);
		(void)json_object_set_new(sorted[n++], "text", text_of(event));
	}
	qsort(sorted, n, sizeof(*sorted), by_time);
	for (i = 0; i < n; i++)
		(void)json_array_append_new(out, sorted[i]);
	return out;
}

static bool is_at(const json_t *event, const char *link, const char *node)
{
	const json_t *end;
	size_t i;

	if (link)
		return str_eq(json_get_text(event, "link", NULL), link);
	json_array_foreach(json_object_get(event, "ends"), i, end) {
		const char *text = json_string_value(end);

		if (text && str_prefix(text, node) && text[strlen(node)] == ':')
			return true;
	}
	return false;
}

/* Nothing that changed it again came between. */
static bool still_down(const json_t *events, size_t from, int64_t at_ns)
{
	const char *link = json_get_text(json_array_get(events, from), "link", "");

	for (size_t i = from + 1; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);

		if (str_eq(json_get_text(event, "link", NULL), link) &&
		    !str_eq(get(event, "is", "state"), "down"))
			return at_ns < number(event, "time_ns");
	}
	return true;
}

const char *events_down(const json_t *events, const char *link, const char *node, int64_t at_ns)
{
	const json_t *event;
	size_t i;

	json_array_foreach(events, i, event) {
		if (str_eq(get(event, "is", "state"), "down") && is_at(event, link, node) &&
		    at_ns >= number(event, "done_ns") && still_down(events, i, at_ns))
			return json_get_text(event, "link", NULL);
	}
	return NULL;
}
