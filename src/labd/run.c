/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `run`: an experiment in this lab; the engine is src/experiment's, the acting is here. */
#include "labd/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "capture/capture.h"
#include "labd/adopt.h"
#include "labd/event.h"
#include "labd/health.h"
#include "labd/link.h"
#include "labd/server.h"
#include "labd/watch.h"
#include "pki/digest.h"
#include "run/run.h"
#include "wireshark/sharkd.h"
#include "wireshark/wireshark.h"

#define FETCH_DEADLINE_MS 60000
#define FETCH_LIMIT (16 << 20)

static int op_fetch(void *ctx, const char *name, const char *path, struct str *out, struct err *err)
{
	struct run *run = ctx;
	struct lab_node *node = lab_find_node(run->lab, name, err);

	int r;

	if (!node)
		return err->code;
	if (health_is_faulty(node) && health_explain(node, err))
		return err_context(err, "node '%s'", name);
	r = guest_read_file(node->guest, path, FETCH_LIMIT, deadline_in_ms(FETCH_DEADLINE_MS), out,
			    err);
	return r < 0 && health_explain(node, err) ? err_context(err, "node '%s'", name) : r;
}

static int op_save(void *ctx, const char *name, const void *data, size_t len, struct err *err)
{
	struct run *run = ctx;
	auto_free char *path = xasprintf("%s/%s", run->dir, name);

	return io_write_file(path, data, len, 0600, err);
}

static int op_tls_keys(void *ctx, const char *text, size_t len, struct err *err)
{
	struct run *run = ctx;

	(void)err;
	str_add(&run->tls_keys, text, len);
	return 0;
}

/* --- captures --- */

/* Puts the TLS keys into the captures and makes all.pcapng; once. */
static int finish_captures(struct run *run, struct err *err)
{
	if (run->finished || !run->n_captures)
		return 0;
	run->finished = true;
	return capture_finish(run->dir, run->tls_keys.len ? run->tls_keys.data : NULL, err);
}

static void open_trace(struct run *run)
{
	const struct lab *lab = run->lab;
	auto_free struct wireshark_wifi *wifi = NULL;
	auto_free struct net_mac *macs = NULL;
	struct wireshark_setup setup = { .sharkd = SHARKD,
					 .cache = lab->options.cache,
					 .patience = &run->patience };

	for (size_t i = 0; i < lab->plan.n_links; i++)
		if (lab->links[i].kind->keys)
			lab->links[i].kind->keys(&lab->links[i], &wifi, &setup.n_wifi);
	wireshark_wifi_from_tables(json_object_get(run->tables, "tables"), &wifi, &setup.n_wifi);
	topo_macs(&lab->topo, &macs, &setup.n_macs);
	setup.wifi = wifi;
	setup.macs = macs;
	run->patience.stop = &run->cancel;
	wireshark_open(&setup, run->dir, &run->ws);
}

static int op_expect(void *ctx, const struct wireshark_query *q, size_t n,
		     struct wireshark_answer *a, struct err *err)
{
	struct run *run = ctx;
	int r = finish_captures(run, err);

	if (r == 0 && !run->ws)
		open_trace(run);
	if (r == 0)
		r = wireshark_ask(run->ws, q, n, a, err);
	/* What came between may have kept the rest from being there. */
	for (size_t i = 0; r == 0 && i < n; i++)
		a[i].cut |= run->lab->run_fault[0];
	if (r < 0) {
		log_warning("run '%s': %s", run->dir, err->msg);
		wireshark_close(take_ptr(run->ws)); /* it answers no more */
	}
	return r;
}

/* --- telling --- */

static bool op_cancelled(void *ctx)
{
	const struct run *run = ctx;

	return (run->cancel || run->lab->cancel) && !run->lab->run_fault[0];
}

static void tell_step(struct run *run, const struct experiment_event *event)
{
	const char *state = event->kind == EXPERIMENT_EVENT_BEGIN ? "start"
			    : event->state == EXPERIMENT_OK       ? "done"
			    : event->state == EXPERIMENT_SKIPPED  ? "skipped"
								  : "failed";

	(void)ctl_send_event(
		run->ctl, "step",
		json_pack("{s:s, s:s?, s:s, s:s, s:f, s:o?, s:o*}", "name", event->name, "node",
			  event->node, "stage", experiment_stage_name(event->stage), "state", state,
			  "seconds", (double)event->duration_ns / NS_PER_S, "detail",
			  event->text ? json_text(event->text) : NULL, "output",
			  event->output ? experiment_output_to_json(event->output) : NULL),
		NULL);
}

/* A dead cable ends a run's steps, but what they have changed can be undone where all guests are
 * well. */
static void let_restore(struct run *run)
{
	struct lab *lab = run->lab;
	bool well = !run->cancel && !lab->cancel;

	(void)pthread_mutex_lock(&lab->lock);
	for (size_t i = 0; i < lab->plan.n_nodes; i++)
		well = well && !lab->nodes[i].fault[0];
	if (well)
		run->stop = false;
	(void)pthread_mutex_unlock(&lab->lock);
}

static void op_event(void *ctx, const struct experiment_event *event)
{
	struct run *run = ctx;

	switch (event->kind) {
	case EXPERIMENT_EVENT_STAGE:
		if (event->stage == EXPERIMENT_RESTORE)
			let_restore(run);
		(void)ctl_send_event(
			run->ctl, "stage",
			json_pack("{s:s}", "stage", experiment_stage_name(event->stage)), NULL);
		break;
	case EXPERIMENT_EVENT_FACT:
		(void)ctl_send_event(run->ctl, "fact",
				     json_pack("{s:s, s:o?}", "name", event->name, "value",
					       event->text ? json_text(event->text) : NULL),
				     NULL);
		break;
	case EXPERIMENT_EVENT_BEGIN:
	case EXPERIMENT_EVENT_END:
		tell_step(run, event);
		break;
	}
}

static const struct experiment_ops ops = {
	.exec = run_exec,
	.link = run_link,
	.restart = run_restart,
	.aside_start = run_aside_start,
	.aside_runs = run_aside_runs,
	.aside_end = run_aside_end,
	.capture_start = run_capture_start,
	.capture_stop = run_capture_stop,
	.fetch = op_fetch,
	.save = op_save,
	.tls_keys = op_tls_keys,
	.expect = op_expect,
	.event = op_event,
	.cancelled = op_cancelled,
};

/* --- the run --- */

static void end(struct run *run)
{
	(void)pthread_mutex_lock(&run->lab->lock);
	run->lab->running = false;
	json_decref(take_ptr(run->lab->run));
	run->lab->run_stop = NULL;
	(void)pthread_mutex_unlock(&run->lab->lock);
	(void)lab_record(run->lab, NULL);
}

/* The lab is this run's. */
static int take_lab(struct run *run, struct err *err)
{
	struct lab *lab = run->lab;
	const char *taken;

	if (lab->state != LAB_UP || lab->cancel)
		return err_set(err, EAGAIN, "lab '%s': is %s, not up", lab->options.name,
			       lab->cancel ? "going" : lab_state_name(lab->state));
	(void)pthread_mutex_lock(&lab->lock);
	taken = lab_taken(lab);
	if (!taken) {
		lab->running = true;
		lab->run_stop = &run->stop;
		lab->run_cancel = &run->cancel;
		lab->run_fault[0] = '\0';
	}
	(void)pthread_mutex_unlock(&lab->lock);
	return taken ? err_set(err, EBUSY, "lab '%s': %s", lab->options.name, taken) : 0;
}

/* Its folder is there, and a labd that takes over knows of it. */
static int begin(struct run *run, struct err *err)
{
	struct lab *lab = run->lab;
	int r = run->reserve = run_folder(run->dir, err);

	if (r < 0)
		return r;
	(void)pthread_mutex_lock(&lab->lock);
	json_decref(lab->run);
	lab->run = run_begun(run);
	(void)pthread_mutex_unlock(&lab->lock);
	return lab_record(lab, err);
}

/* A fault is the reason of a run, whatever failed because of it. */
static void blame(struct run *run, struct experiment_outcome *outcome)
{
	struct lab *lab = run->lab;

	(void)pthread_mutex_lock(&lab->lock);
	if (lab->cancel && outcome->result == EXPERIMENT_INTERRUPTED) {
		free(outcome->reason);
		outcome->reason = xstrdup("interrupted: the lab was taken down");
	}
	if (lab->run_fault[0] && outcome->result != EXPERIMENT_INTERRUPTED) {
		outcome->result = EXPERIMENT_FAILED;
		outcome->done = false;
		outcome->cut = true;
		free(outcome->reason);
		outcome->reason = xstrdup(lab->run_fault);
	}
	(void)pthread_mutex_unlock(&lab->lock);
}

/* What the run made of links goes, whatever came of it. */
static void undo(struct run *run, struct experiment_outcome *outcome)
{
	struct err err = ERR_INIT;

	if (run_undo(run, &err) == 0)
		return;
	log_warning("run '%s': %s", run->dir, err.msg);
	outcome->done = false;
	if (outcome->result != EXPERIMENT_PASSED)
		return;
	outcome->result = EXPERIMENT_FAILED;
	free(outcome->reason);
	outcome->reason = xstrdup(err.msg);
}

/* Cancelled: a guest that is being started is not waited for. */
static void interrupt(void *arg)
{
	const struct run *run = arg;

	for (size_t i = 0; i < run->lab->plan.n_nodes; i++)
		guest_interrupt(run->lab->nodes[i].guest);
}

static int perform(struct run *run, json_t **result, struct err *err)
{
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };
	struct watch watch = { .ctl = run->ctl,
			       .cancel = &run->cancel,
			       .also = &run->stop,
			       .cancelled = interrupt,
			       .arg = run,
			       .changed = -1 };
	struct err late = ERR_INIT, dead = ERR_INIT;
	int r = watch_begin(&watch, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < run->lab->plan.n_nodes; i++)
		lab_await_node(&run->lab->nodes[i], &run->cancel);
	/* What is being started again is waited for; without what is dead no run can pass. */
	if (!helper_all_run(run->lab, &dead)) {
		(void)pthread_mutex_lock(&run->lab->lock);
		health_fail_run(run->lab, "%s", dead.msg);
		(void)pthread_mutex_unlock(&run->lab->lock);
	}
	run->links = link_describe_all(run->lab);
	event_begin(run->lab);
	r = experiment_run(&run->experiment, &run->args, &ops, run, &outcome, err);
	run->events = event_end(run->lab);
	if (r == 0)
		undo(run, &outcome);
	/* Cancelled or failed early: what was captured is still made readable. */
	if (finish_captures(run, &late) < 0)
		log_warning("run '%s': %s", run->dir, late.msg);
	if (r == 0)
		blame(run, &outcome);
	auto_closep(&run->reserve);
	run->reserve = -1;
	if (r == 0)
		r = run_record(run, &outcome, result, err);
	watch_end(&watch);
	return r;
}

int lab_command_run(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	struct run run = {
		.lab = request->lab,
		.ctl = request->ctl,
		.path = json_get_text(request->args, "experiment", ""),
		.dir = json_get_text(request->args, "out", ""),
		.reserve = -1,
	};
	auto_close int lock = -1;
	int r;

	(void)extra;
	if (run.path[0] != '/' || run.dir[0] != '/')
		return err_set(err, EINVAL, "run: experiment and out are absolute paths");
	r = take_lab(&run, err);
	if (r < 0)
		return r;
	r = run_load(&run, request->args, err);
	if (r == 0)
		r = begin(&run, err);
	if (r == 0)
		r = lock = run_lock(run.dir, true, err);
	if (r >= 0)
		r = run_keep(&run, err);
	if (r >= 0)
		r = perform(&run, result, err);
	end(&run);
	auto_closep(&run.reserve);
	experiment_args_free(&run.args);
	experiment_free(&run.experiment);
	str_free(&run.tls_keys);
	wireshark_close(run.ws);
	json_decref(run.links);
	json_decref(run.events);
	json_decref(run.tables);
	run_services_free(&run);
	return r;
}
