/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A labd that was restarted takes over what its predecessor left running. */
#include "labd/adopt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "capture/capture.h"
#include "labd/run.h"

#define LAB_RECORD LAB_RUN "/lab.json"
#define CONNECT_DEADLINE_MS 60000

int lab_record(struct lab *lab, struct err *err)
{
	auto_json json_t *record = NULL;
	json_t *links = json_array();

	for (size_t i = 0; i < lab->plan.n_wires; i++) {
		const struct lab_link *link = &lab->links[i];

		(void)json_array_append_new(
			links, json_pack("{s:b, s:I, s:I, s:I, s:I}", "down", link->down, "delay",
					 (json_int_t)link->shape.delay_us, "jitter",
					 (json_int_t)link->shape.jitter_us, "loss",
					 (json_int_t)link->shape.loss_ppm, "rate",
					 (json_int_t)link->shape.rate_bps));
	}
	record = json_pack("{s:I, s:f, s:b, s:s?, s:o}", "ready", (json_int_t)lab->ready, "seconds",
			   lab->up_seconds, "kvm", lab->kvm, "run", lab->run_dir, "links", links);
	return json_save(record, LAB_RECORD, err);
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void read_links(struct lab *lab, const json_t *links)
{
	for (size_t i = 0; i < lab->plan.n_wires; i++) {
		const json_t *entry = json_array_get(links, i);
		struct lab_link *link = &lab->links[i];

		if (!entry)
			continue;
		link->down = json_is_true(json_object_get(entry, "down"));
		link->shape = (struct shape){
			.delay_us = (uint32_t)number(entry, "delay"),
			.jitter_us = (uint32_t)number(entry, "jitter"),
			.loss_ppm = (uint32_t)number(entry, "loss"),
			.rate_bps = (uint64_t)number(entry, "rate"),
		};
	}
}

static void *reconnect(void *arg)
{
	struct lab_node *node = arg;
	struct err err = ERR_INIT;
	int r = hv_running(node->lab->hv, node->plan->name, NULL, &err);

	if (r == 0)
		r = err_set(&err, ESRCH, "the guest has ended");
	if (r > 0)
		r = guest_connect(node->guest, deadline_in_ms(CONNECT_DEADLINE_MS), NULL, &err);
	(void)pthread_mutex_lock(&node->lab->lock);
	node->stage = r < 0 ? LAB_FAILED : LAB_READY;
	(void)snprintf(node->detail, sizeof(node->detail), "%.255s", err.msg);
	(void)pthread_mutex_unlock(&node->lab->lock);
	if (r < 0)
		log_error("node '%s': %s", node->plan->name, err.msg);
	return NULL;
}

/* Each guest in a thread that nobody waits for: status answers meanwhile. */
static void reconnect_all(struct lab *lab)
{
	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		struct lab_node *node = &lab->nodes[i];
		pthread_t thread;

		node->guest = guest_new(node->plan->name, node->ssh_socket, lab->keys);
		if (pthread_create(&thread, NULL, reconnect, node) == 0)
			(void)pthread_detach(thread);
	}
}

/* The captures of a run that an earlier labd did not live to end: stopped, merged, and told as
 * interrupted. */
static void *end_run(void *arg)
{
	auto_free char *dir = arg;
	auto_free char *path = xasprintf("%s/run.json", dir);
	auto_json json_t *record =
		json_pack("{s:i, s:{s:s, s:s}}", "format", 1, "outcome", "result", "interrupted",
			  "reason", "labd died while the experiment ran");
	struct capture *capture = NULL;
	struct capture_stats stats;
	struct err err = ERR_INIT;
	auto_close int lock = run_lock(dir, NULL);
	int r = capture_adopt(dir, &capture, &err);

	if (r == 0)
		r = capture_stop(&capture, deadline_in_ms(CONNECT_DEADLINE_MS), &stats, &err);
	if (r == 0)
		r = capture_finish(dir, NULL, &err);
	if (json_save(record, path, &err) < 0 || (r < 0 && r != -ESRCH))
		log_warning("run '%s': %s", dir, err.msg);
	return NULL;
}

static void end_run_aside(const char *dir)
{
	pthread_t thread;
	char *copy = xstrdup(dir);

	if (pthread_create(&thread, NULL, end_run, copy) == 0)
		(void)pthread_detach(thread);
	else
		free(copy);
}

int lab_adopt(struct lab *lab, struct err *err)
{
	auto_json json_t *record = NULL;
	int r;

	lab->state = LAB_BROKEN;
	if (access(LAB_RECORD, F_OK) < 0)
		return err_set(err, EOWNERDEAD, "labd died before the lab was ready");
	r = json_open(LAB_RECORD, &record, err);
	if (r == 0)
		r = guest_keys_open(LAB_RUN "/keys", &lab->keys, err);
	if (r == 0)
		r = lab_open_wires(lab, err);
	if (r == 0)
		r = lab_open_hv(lab, err);
	if (r < 0)
		return err_context(err, "taking the lab over");
	read_links(lab, json_object_get(record, "links"));
	lab->ready = (int64_t)number(record, "ready");
	lab->kvm = json_is_true(json_object_get(record, "kvm"));
	lab->up_seconds = json_real_value(json_object_get(record, "seconds"));
	if (json_get_text(record, "run", NULL))
		end_run_aside(json_get_text(record, "run", NULL));
	reconnect_all(lab);
	lab->prepared = true;
	lab->state = LAB_UP;
	log_info("took over lab '%s'", lab->options.name);
	return 0;
}
