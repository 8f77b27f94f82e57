/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `restart`: a node's guest anew, with all that the plan gives it, while the lab goes on. */
#include "labd/restart.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "labd/adopt.h"
#include "labd/bring.h"
#include "labd/event.h"
#include "labd/health.h"
#include "labd/link.h"
#include "labd/server.h"
#include "labd/watch.h"

static int join_links(struct lab *lab, struct err *err)
{
	int r = 0;

	(void)pthread_mutex_lock(&lab->make_lock);
	for (size_t i = 0; r == 0 && i < lab->plan.n_links; i++)
		if (lab->links[i].kind->join)
			r = lab->links[i].kind->join(&lab->links[i], err);
	(void)pthread_mutex_unlock(&lab->make_lock);
	return r;
}

static int begin_anew(const struct bring *bring, struct err *err)
{
	struct lab_node *node = bring->node;
	struct lab *lab = node->lab;
	int r;

	/* Not dead any more: what happens to the old guest from here on is our doing. */
	bring_enter(bring, LAB_WAITING, "its old guest ends");
	r = hv_destroy(lab->hv, node->plan->name, err);
	if (r < 0)
		return r;
	guest_disconnect(node->guest);
	health_clear(node);
	(void)pthread_mutex_lock(&lab->lock);
	node->starts++;
	(void)pthread_cond_broadcast(&lab->faulted);
	(void)pthread_mutex_unlock(&lab->lock);
	r = bring_up(bring, err);
	if (r == 0)
		r = join_links(lab, err);
	if (r == 0)
		r = bring_ready(bring, err);
	if (r == 0)
		r = lab_record(lab, err);
	/* Late news of the old guest is no news. */
	if (r == 0)
		health_clear(node);
	return r;
}

static void give_up(const struct bring *bring, struct err *err)
{
	struct lab_node *node = bring->node;
	enum lab_stage stage = node->stage;

	if (!*bring->cancel && health_explain(node, err))
		stage = LAB_DEAD;
	else
		bring_enter(bring, LAB_FAILED, err->msg);
	(void)err_context(err, "node '%s': %s", node->plan->name, lab_stage_name(stage));
	log_error("restart: %s", err->msg);
}

/* The node is the caller's (health_hold). what: as in event_node. */
static int restart_held(const struct bring *bring, const char *what, struct err *err)
{
	int64_t begin = clock_real_ns();
	int r = begin_anew(bring, err);

	event_node(bring->node, what, begin);
	if (r < 0)
		give_up(bring, err);
	return r;
}

static void hear_no_stage(void *ctx, const struct lab_node *node, const char *detail)
{
	(void)ctx;
	(void)node;
	(void)detail;
}

static void hear_no_note(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static const struct lab_progress unheard = { hear_no_stage, hear_no_note, NULL };

int restart_node(struct lab_node *node, const atomic_bool *cancel, struct err *err)
{
	const struct bring bring = { node, &unheard, cancel, false };
	int r = health_hold(node, err);

	if (r < 0)
		return r;
	r = restart_held(&bring, "restart", err);
	health_release(node);
	return r;
}

static void *come_back(void *arg)
{
	struct lab_node *node = arg;
	const struct bring bring = { node, &unheard, &node->lab->cancel, false };

	struct err err = ERR_INIT;

	(void)restart_held(&bring, "reboot", &err);
	health_release(node);
	return NULL;
}

void restart_rebooted(struct lab_node *node)
{
	pthread_t thread;

	log_info("node '%s': reboots", node->plan->name);
	if (health_hold(node, NULL) < 0)
		return;
	if (pthread_create(&thread, NULL, come_back, node) == 0)
		(void)pthread_detach(thread);
	else
		health_release(node);
}

static bool may_restart(struct lab *lab, struct err *err)
{
	bool running;

	(void)pthread_mutex_lock(&lab->lock);
	running = lab->running;
	(void)pthread_mutex_unlock(&lab->lock);
	if (lab_check_up(lab, err) < 0)
		return false;
	if (running)
		(void)err_set(err, EBUSY, "lab '%s': an experiment is running", lab->options.name);
	return !running;
}

/* A client that cancels also ends the wait for the guest's SSH. */
static void on_cancel(void *arg)
{
	guest_interrupt(((struct lab_node *)arg)->guest);
}

int lab_command_restart(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	struct lab *lab = request->lab;
	struct lab_progress progress = { server_tell_stage, server_tell_note, request->ctl };
	atomic_bool cancel = false;
	struct bring bring = { lab_find_node(lab, json_get_text(request->args, "node", ""), err),
			       &progress, &cancel, false };
	struct watch watch = { .ctl = request->ctl,
			       .cancel = &cancel,
			       .cancelled = on_cancel,
			       .arg = bring.node,
			       .changed = -1 };
	struct lab_failure failure = { bring.node, LAB_WAITING };
	int r;

	if (!bring.node || !may_restart(lab, err) || health_hold(bring.node, err) < 0)
		return err->code;
	r = watch_begin(&watch, err);
	if (r == 0) {
		r = restart_held(&bring, "restart", err);
		failure.stage = bring.node->stage;
		watch_end(&watch);
	}
	health_release(bring.node);
	if (r < 0)
		*extra = server_failure_details(&failure);
	else
		*result = json_pack("{s:s, s:o}", "node", bring.node->plan->name, "lacks",
				    lab_lacks(lab));
	return r < 0 ? err->code : 0;
}
