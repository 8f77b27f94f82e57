/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Services that stop while a run lasts, as their supervisor in the guest says. */
#include "labd/event.h"
#include "labd/run.h"
#include "labd/said.h"

/* How often its guest was started: what ran before another start tells nothing of what runs now. */
static json_int_t starts_of(struct lab_node *node)
{
	json_int_t starts;

	(void)pthread_mutex_lock(&node->lab->lock);
	starts = (json_int_t)node->starts;
	(void)pthread_mutex_unlock(&node->lab->lock);
	return starts;
}

void run_services(struct run *run, const struct run_share *share, enum run_moment moment,
		  const char *text)
{
	struct lab_node *node = share->node;
	auto_json json_t *services = said_services(text);
	auto_json json_t *stopped = NULL;
	const json_t *before, *one;
	size_t i;

	(void)json_object_set_new(services, "starts", json_integer(starts_of(node)));
	if (!run->services)
		run->services = xcalloc(run->lab->plan.n_nodes, sizeof(*run->services));
	if (moment == RUN_BEFORE) {
		json_decref(run->services[node->index]);
		run->services[node->index] = json_incref(services);
		return;
	}
	before = run->services[node->index];
	if (!json_equal(json_object_get(before, "starts"), json_object_get(services, "starts")))
		return;
	stopped = said_stopped(before, services);
	/* The guest's clock is its own; how long ago it was is the same by ours. */
	json_array_foreach(stopped, i, one)
		event_service(node, json_get_text(one, "service", "?"),
			      json_is_true(json_object_get(one, "again")),
			      share->ended_ns - json_integer_value(json_object_get(one, "ago_ns")));
}

void run_services_free(struct run *run)
{
	for (size_t i = 0; run->services && i < run->lab->plan.n_nodes; i++)
		json_decref(run->services[i]);
	free(run->services);
}
