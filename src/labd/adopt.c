/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A labd that was restarted takes over what its predecessor left running. */
#include "labd/adopt.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/capture.h"
#include "labd/freeze.h"
#include "labd/health.h"
#include "labd/link.h"
#include "labd/run.h"
#include "run/run.h"

#define LAB_RECORD LAB_RUN "/lab.json"
#define CONNECT_DEADLINE_MS 60000

int lab_record_held(struct lab *lab, struct err *err)
{
	auto_json json_t *record = NULL;
	json_t *clones = json_array();

	for (size_t i = 0; i < lab->plan.n_nodes; i++)
		(void)json_array_append_new(clones, json_boolean(lab->nodes[i].cloned));
	record = json_pack("{s:I, s:f, s:b, s:o, s:o, s:o, s:I, s:s?}", "ready",
			   (json_int_t)lab->ready, "seconds", lab->up_seconds, "kvm", lab->kvm,
			   "links", link_save_all(lab), "lacks", lab_lacks(lab), "cloned", clones,
			   "thawed", (json_int_t)lab->thawed, "frozen",
			   lab->frozen.dir ? strrchr(lab->frozen.dir, '/') + 1 : NULL);
	(void)pthread_mutex_lock(&lab->lock);
	if (lab->run)
		(void)json_object_set_new(record, "run", json_deep_copy(lab->run));
	(void)pthread_mutex_unlock(&lab->lock);
	return json_save(record, LAB_RECORD, err);
}

int lab_record(struct lab *lab, struct err *err)
{
	int r;

	(void)pthread_mutex_lock(&lab->make_lock);
	r = lab_record_held(lab, err);
	(void)pthread_mutex_unlock(&lab->make_lock);
	return r;
}

void lab_read_links(struct lab *lab, const json_t *links)
{
	for (size_t i = 0; i < lab->plan.n_links; i++) {
		const json_t *saved = json_object_get(links, lab->plan.links[i].name);

		if (saved)
			lab->links[i].kind->read(&lab->links[i], saved);
	}
}

static void read_frozen(struct lab *lab, const json_t *record)
{
	const char *key = json_get_text(record, "frozen", NULL);

	for (size_t i = 0; i < lab->plan.n_nodes; i++)
		lab->nodes[i].cloned =
			json_is_true(json_array_get(json_object_get(record, "cloned"), i));
	lab->thawed = (int64_t)json_integer_value(json_object_get(record, "thawed"));
	if (key)
		(void)frozen_open(lab->options.cache, key, &lab->frozen, NULL);
}

void lab_read_lacks(struct lab *lab, const json_t *lacks)
{
	json_t *lack;
	size_t i;

	json_array_foreach(lacks, i, lack) {
		struct lab_node *node = lab_find_node(lab, json_get_text(lack, "node", ""), NULL);

		if (node && !node->lacks)
			node->lacks = json_array();
		if (node)
			(void)json_array_append(node->lacks, lack);
	}
}

/* Their helpers went on; those that did not are made again. */
static void adopt_links(struct lab *lab)
{
	(void)pthread_mutex_lock(&lab->make_lock);
	for (size_t i = 0; i < lab->plan.n_links; i++)
		lab->links[i].kind->adopt(&lab->links[i]);
	(void)pthread_mutex_unlock(&lab->make_lock);
}

static void *reconnect(void *arg)
{
	struct lab_node *node = arg;
	struct err err = ERR_INIT;
	int stood, r = hv_running(node->lab->hv, node->plan->name, NULL, &err);

	/* A predecessor that died while it froze the lab has left it standing still. */
	stood = r > 0 ? hv_resume(node->lab->hv, node->plan->name, &err) : 0;
	if (stood < 0 || (stood > 0 && freeze_tell(node, NULL, &err) < 0))
		log_warning("node '%s': %s", node->plan->name, err.msg);
	if (r == 0)
		health_ended(node, "the guest ended while labd was not there to see it");
	if (r > 0 &&
	    guest_connect(node->guest, deadline_in_ms(CONNECT_DEADLINE_MS), NULL, &err) < 0)
		log_warning("node '%s': %s", node->plan->name, err.msg);
	(void)pthread_mutex_lock(&node->lab->lock);
	if (node->stage != LAB_DEAD)
		node->stage = LAB_READY; /* without a connection health.c sees to it */
	(void)pthread_mutex_unlock(&node->lab->lock);
	return NULL;
}

static bool is_awaited(struct lab_node *node)
{
	struct lab *lab = node->lab;
	bool awaited;

	(void)pthread_mutex_lock(&lab->lock);
	awaited = lab->state == LAB_UP && node->stage == LAB_WAITING;
	(void)pthread_mutex_unlock(&lab->lock);
	return awaited;
}

void lab_await_node(struct lab_node *node, const atomic_bool *cancel)
{
	int64_t deadline = deadline_in_ms(CONNECT_DEADLINE_MS);

	while (is_awaited(node) && !(cancel && *cancel) && !deadline_passed(deadline))
		(void)poll(NULL, 0, 50);
}

void lab_reconnect(struct lab *lab)
{
	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, reconnect, &lab->nodes[i]) == 0)
			(void)pthread_detach(thread);
	}
}

/* --- the run that an earlier labd did not live to end --- */

struct orphan {
	struct lab *lab;
	json_t *begun; /* of run_begun */
	const char *dir;
};

static int stop_captures(const struct orphan *run, struct capture_stats *ret, struct err *err)
{
	struct capture *capture = NULL;
	int finished, r = capture_adopt(run->dir, &capture, err);

	if (r == 0)
		r = capture_stop(&capture, deadline_in_ms(CONNECT_DEADLINE_MS), ret, err);
	else if (r == -ESRCH)
		r = capture_rescue(run->dir, ret, err);
	if (r == -ENOENT) {
		err_clear(err);
		return 0; /* the run had not begun to capture */
	}
	(void)run_stop_links(run->lab, run->dir, SIZE_MAX, ret, NULL);
	finished = capture_finish(run->dir, NULL, r < 0 ? NULL : err);
	return r < 0 ? r : finished;
}

/* Its captures are stopped and merged, and run.json tells that it was interrupted. */
static void *end_run(void *arg)
{
	struct orphan *run = arg;
	auto_close int lock = run_lock(run->dir, true, NULL);
	struct capture_stats stats = { 0 };
	struct err err = ERR_INIT;

	if (stop_captures(run, &stats, &err) < 0)
		log_warning("run '%s': %s", run->dir, err.msg);
	if (run_record_interrupted(run->begun, run->lab->options.name,
				   "labd died while the experiment ran", &stats, &err) < 0)
		log_warning("run '%s': %s", run->dir, err.msg);
	(void)pthread_mutex_lock(&run->lab->lock);
	if (run->lab->run == run->begun)
		json_decref(take_ptr(run->lab->run));
	(void)pthread_mutex_unlock(&run->lab->lock);
	(void)lab_record(run->lab, NULL);
	json_decref(run->begun);
	free(run);
	return NULL;
}

static void end_run_aside(struct lab *lab, json_t *begun)
{
	struct orphan *run = xcalloc(1, sizeof(*run));
	pthread_t thread;

	/* Until it has been ended a further labd must know of it, too. */
	lab->run = json_incref(begun);
	*run = (struct orphan){ lab, json_incref(begun), json_get_text(begun, "dir", "") };
	if (pthread_create(&thread, NULL, end_run, run) == 0)
		(void)pthread_detach(thread);
	else
		(void)end_run(run);
}

int lab_adopt(struct lab *lab, struct err *err)
{
	auto_json json_t *record = NULL;
	int r;

	lab->state = LAB_BROKEN;
	if (access(LAB_RECORD, F_OK) < 0)
		return err_set(err, EOWNERDEAD, "labd died before the lab was ready, see its log");
	r = json_open(LAB_RECORD, &record, err);
	if (r == 0)
		r = guest_keys_open(LAB_RUN "/keys", &lab->keys, err);
	if (r == 0)
		r = pki_open(LAB_RUN "/ca.pem", lab->options.name, &lab->pki, err);
	if (r == 0)
		r = lab_open_wires(lab, err);
	if (r == 0)
		r = lab_open_hv(lab, err);
	if (r < 0)
		return err_context(err, "taking the lab over");
	lab_read_links(lab, json_object_get(record, "links"));
	lab_read_lacks(lab, json_object_get(record, "lacks"));
	read_frozen(lab, record);
	lab->ready = (int64_t)json_integer_value(json_object_get(record, "ready"));
	lab->kvm = json_is_true(json_object_get(record, "kvm"));
	lab->up_seconds = json_real_value(json_object_get(record, "seconds"));
	for (size_t i = 0; i < lab->plan.n_nodes; i++)
		lab->nodes[i].guest =
			guest_new(lab->plan.nodes[i].name, lab->nodes[i].ssh_socket, lab->keys);
	lab_reconnect(lab); /* status answers meanwhile */
	adopt_links(lab);
	if (link_restore(lab, json_object_get(json_object_get(record, "run"), "undo"), err) < 0)
		log_warning("%s", err->msg);
	/* What the run had changed is undone only now: until then its record says how. */
	if (json_object_get(record, "run"))
		end_run_aside(lab, json_object_get(record, "run"));
	r = helper_begin(lab, err);
	if (r == 0)
		r = health_begin(lab, err);
	if (r < 0)
		return r;
	lab->prepared = true;
	lab->state = LAB_UP;
	log_info("took over lab '%s'", lab->options.name);
	return 0;
}
