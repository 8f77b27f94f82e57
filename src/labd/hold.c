/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `freeze` and `reset`: while they last no experiment runs, nobody restarts a node, and labd has no
 * SSH session with the nodes that stand still or go back; then they get new ones, which nobody
 * waits for.
 */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "labd/adopt.h"
#include "labd/each.h"
#include "labd/freeze.h"
#include "labd/health.h"
#include "labd/watch.h"

/* Which nodes, and of these, which are held. */
struct hold {
	struct lab *lab;
	bool *wanted; /* by index; NULL: all */
	bool *held;
	atomic_bool cancel;
};

static int hold_one(struct lab_node *node, void *ctx, struct err *err)
{
	struct hold *hold = ctx;
	int r = health_hold(node, err);

	hold->held[node->index] = r == 0;
	if (r == 0)
		guest_disconnect(node->guest);
	return r;
}

/* Its guest goes on, or has failed to. */
static int release_one(struct lab_node *node, void *ctx, struct err *err)
{
	(void)ctx;
	(void)err;
	if (node->stage == LAB_FAILED || node->stage == LAB_DEAD)
		health_release(node);
	else
		health_reconnect(node);
	return 0;
}

/* Does it with the nodes of hold while they are nobody else's. */
static int do_held(struct request *request, struct hold *hold,
		   int (*what)(struct hold *hold, const struct lab_progress *progress,
			       struct err *err),
		   struct err *err)
{
	struct lab *lab = request->lab;
	const struct lab_progress progress = { server_tell_stage, server_tell_note, request->ctl };
	struct watch watch = { .ctl = request->ctl, .cancel = &hold->cancel, .changed = -1 };
	int r = watch_begin(&watch, err);

	if (r < 0)
		return r;
	hold->held = xcalloc(lab->plan.n_nodes, sizeof(*hold->held));
	r = each_node(lab, hold->wanted, SIZE_MAX, hold_one, hold, err);
	if (r == 0)
		r = what(hold, &progress, err);
	(void)each_node(lab, hold->held, 1, release_one, NULL, NULL);
	free(hold->held);
	if (r == 0)
		r = lab_record(lab, err);
	watch_end(&watch);
	return r;
}

/* --- freeze --- */

/* What is frozen broken would come back broken. */
static int check_fine(struct lab *lab, struct err *err)
{
	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		struct lab_node *node = &lab->nodes[i];

		lab_await_node(node, NULL);
		if (node->stage != LAB_READY || health_is_faulty(node))
			return err_set(err, EHOSTDOWN, "node '%s': is %s%s%s", node->plan->name,
				       lab_stage_name(node->stage), node->fault[0] ? ": " : "",
				       node->fault);
	}
	return 0;
}

static int freeze(struct hold *hold, const struct lab_progress *progress, struct err *err)
{
	return lab_freeze(hold->lab, progress, &hold->cancel, err);
}

int lab_command_freeze(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	struct lab *lab = request->lab;
	struct hold hold = { .lab = lab };
	int64_t begin = clock_mono_ns();
	int r = lab_claim(lab, "it is being frozen", err);

	(void)extra;
	if (r < 0)
		return r;
	r = check_fine(lab, err);
	if (r == 0)
		r = do_held(request, &hold, freeze, err);
	lab_let_go(lab);
	if (r < 0)
		return err_context(err, "freeze");
	*result = json_pack("{s:s, s:O, s:f}", "lab", lab->options.name, "until",
			    json_object_get(lab->frozen.about, "until"), "seconds",
			    (double)(clock_mono_ns() - begin) / NS_PER_S);
	return 0;
}

/* --- reset --- */

static int go_back(struct hold *hold, const struct lab_progress *progress, struct err *err)
{
	struct lab *lab = hold->lab;
	int r = lab_reset(lab, hold->wanted, &hold->cancel, err);

	(void)progress;
	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		struct lab_node *node = &lab->nodes[i];

		if (!hold->held[i])
			continue;
		(void)pthread_mutex_lock(&lab->lock);
		if (r < 0 && node->stage == LAB_WAITING) {
			node->stage = LAB_FAILED;
			(void)snprintf(node->detail, sizeof(node->detail), "%.250s", err->msg);
		}
		(void)pthread_mutex_unlock(&lab->lock);
	}
	return r;
}

/* Those that are named, into wanted. */
static int read_names(struct lab *lab, const json_t *names, bool *wanted, struct err *err)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		const char *text = json_string_value(name);
		const struct lab_node *node = lab_find_node(lab, text ? text : "", err);

		if (!node)
			return err->code;
		wanted[node->index] = true;
	}
	return 0;
}

int lab_command_reset(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	struct lab *lab = request->lab;
	const json_t *names = json_object_get(request->args, "nodes");
	auto_free bool *wanted = xcalloc(lab->plan.n_nodes, sizeof(*wanted));
	struct hold hold = { .lab = lab, .wanted = json_array_size(names) ? wanted : NULL };
	int64_t begin = clock_mono_ns();
	int r = read_names(lab, names, wanted, err);

	(void)extra;
	if (r == 0)
		r = lab_reset_possible(lab, err);
	if (r == 0)
		r = lab_claim(lab, "nodes are being reset", err);
	if (r < 0)
		return r;
	r = do_held(request, &hold, go_back, err);
	lab_let_go(lab);
	if (r < 0)
		return err_context(err, "reset");
	*result = json_pack("{s:s, s:f}", "lab", lab->options.name, "seconds",
			    (double)(clock_mono_ns() - begin) / NS_PER_S);
	return 0;
}
