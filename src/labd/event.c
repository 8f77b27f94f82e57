/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to links and nodes while a run lasts. */
#include "labd/event.h"

#include "base/clock.h"

void event_begin(struct lab *lab)
{
	(void)pthread_mutex_lock(&lab->lock);
	json_decref(lab->events);
	lab->events = json_array();
	(void)pthread_mutex_unlock(&lab->lock);
}

json_t *event_end(struct lab *lab)
{
	json_t *events;

	(void)pthread_mutex_lock(&lab->lock);
	events = take_ptr(lab->events);
	(void)pthread_mutex_unlock(&lab->lock);
	return events ? events : json_array();
}

static void add(struct lab *lab, int64_t begin_ns, json_t *event)
{
	(void)json_object_set_new(event, "time_ns", json_integer(begin_ns));
	if (!json_object_get(event, "done_ns"))
		(void)json_object_set_new(event, "done_ns", json_integer(clock_real_ns()));
	(void)pthread_mutex_lock(&lab->lock);
	if (lab->events && json_array_size(lab->events) < EVENT_MAX)
		(void)json_array_append(lab->events, event);
	(void)pthread_mutex_unlock(&lab->lock);
	json_decref(event);
}

static json_t *look_of(const json_t *link)
{
	return json_pack("{s:O, s:O, s:O*}", "state", json_object_get(link, "state"), "shape",
			 json_object_get(link, "shape"), "ways", json_object_get(link, "ways"));
}

void event_link(struct lab *lab, int64_t begin_ns, const json_t *was, const json_t *is,
		const json_t *words)
{
	auto_json json_t *before = look_of(was), *after = look_of(is);
	json_t *said = json_copy((json_t *)(uintptr_t)words);

	(void)json_object_del(said, "link");
	/* The paths of a Wi-Fi link are no part of how it looks. */
	if (json_equal(before, after) && !json_object_get(said, "to")) {
		json_decref(said);
		return;
	}
	add(lab, begin_ns,
	    json_pack("{s:s, s:O, s:O, s:O, s:O, s:o}", "what", "link", "link",
		      json_object_get(is, "name"), "ends", json_object_get(is, "ends"), "was",
		      before, "is", after, "words", said));
}

void event_service(struct lab_node *node, const char *service, bool again, int64_t time_ns)
{
	add(node->lab, time_ns,
	    json_pack("{s:s, s:s, s:o, s:b, s:I}", "what", "service", "node", node->plan->name,
		      "service", json_text(service), "again", again, "done_ns", time_ns));
}

void event_node(struct lab_node *node, const char *what, int64_t begin_ns)
{
	add(node->lab, begin_ns, json_pack("{s:s, s:s}", "what", what, "node", node->plan->name));
}
