/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is going on: nodes, links, logs; and changing a link. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "labd/adopt.h"
#include "labd/checks.h"
#include "labd/link.h"
#include "labd/said.h"
#include "labd/server.h"
#include "labd/watch.h"

/* A guest whose sshd gives signs of life is waited for; one that gives none, on no account. */
#define PATIENCE_MS 30000
#define SILENCE_MS 10000
#define LOOK_MS 200

/* --- nodes --- */

/* One node's answer; filled by a thread of its own, since a guest may be slow to say. */
struct inquiry {
	struct lab_node *node;
	pthread_t thread;
	bool started;
	atomic_bool cancel;       /* no more waiting */
	int64_t begun;            /* CLOCK_MONOTONIC */
	json_t *addresses;        /* NULL: no answer */
	json_t *ports;            /* of bridges with spanning tree, and their states */
	struct str down;          /* services that are not running, by name */
	json_t *wifi;             /* NULL: no radio, or no answer */
	const atomic_bool *ended; /* NULL: checks are not asked; set: nobody waits for them */
	bool running;
	pid_t pid;
};

static void *ask(void *arg)
{
	struct inquiry *inquiry = arg;
	auto_str struct str question = { 0 };
	struct guest_command command = {
		.deadline = deadline_in_ms(PATIENCE_MS),
		.limit = 16384,
		.cancel = &inquiry->cancel,
	};
	struct lab_node *node = inquiry->node;
	auto_str struct str out = { 0 };
	struct err err = ERR_INIT;
	int status = 0;

	str_adds(&question, "ip -o address show scope global; sv status /etc/service/* | grep -v "
			    "^run:");
	str_adds(&question, "; [ ! -x " PLAN_TREE " ] || " PLAN_TREE);
	link_radio_question(node, &question);
	command.command = question.data;
	inquiry->running = hv_running(node->lab->hv, node->plan->name, &inquiry->pid, NULL) > 0;
	if (!inquiry->running || !guest_connected(node->guest) ||
	    guest_exec(node->guest, &command, &out, &status, NULL) < 0) {
		if (inquiry->ended)
			checks_unasked(node, inquiry->running ? "it gives no answer"
							      : "its guest does not run");
		return NULL;
	}
	inquiry->addresses = json_array();
	inquiry->ports = json_array();
	if (node->radio_socket)
		inquiry->wifi = said_radio(str_text(&out));
	said_status(str_text(&out), inquiry->addresses, inquiry->ports, &inquiry->down);
	if (inquiry->ended && checks_ask(node, &inquiry->cancel, &err) < 0)
		checks_unasked(node, err.msg);
	return NULL;
}

/* QEMU's share of the machine's memory, KiB (Pss of smaps_rollup); 0 where it cannot be read. */
static json_int_t read_pss(pid_t pid)
{
	auto_free char *path = xasprintf("/proc/%d/smaps_rollup", (int)pid);
	auto_str struct str text = { 0 };
	const char *line;

	if (pid <= 0 || io_read_file(path, 65536, &text, NULL) < 0)
		return 0;
	line = strstr(str_text(&text), "\nPss:");
	return line ? strtoll(line + 5, NULL, 10) : 0;
}

/* Waits for the answer as long as it may still come. */
static void await(struct inquiry *inquiry)
{
	for (;;) {
		int64_t until = deadline_in_ms(LOOK_MS);
		const struct timespec ts = { .tv_sec = until / NS_PER_S,
					     .tv_nsec = until % NS_PER_S };

		if (pthread_clockjoin_np(inquiry->thread, NULL, CLOCK_MONOTONIC, &ts) != ETIMEDOUT)
			return;
		inquiry->cancel = guest_silence_ms(inquiry->node->guest) > SILENCE_MS ||
				  (inquiry->ended && *inquiry->ended);
	}
}

/* Why there is no answer, and since when; a new string. */
static char *slow(const struct inquiry *inquiry)
{
	int64_t silence = guest_silence_ms(inquiry->node->guest);
	int64_t waited = (clock_mono_ns() - inquiry->begun) / NS_PER_MS;

	if (!guest_connected(inquiry->node->guest))
		return xstrdup("slow: it has no SSH session at the moment");
	if (silence > SILENCE_MS)
		return xasprintf("slow: no sign of life for %lld s", (long long)(silence / 1000));
	return xasprintf("slow: it lives, but was asked %lld s ago and has not answered yet",
			 (long long)(waited / 1000));
}

static json_t *describe_node(const struct inquiry *inquiry)
{
	struct lab_node *node = inquiry->node;
	struct lab *lab = node->lab;
	auto_free char *down = xasprintf("service down: %s", str_text(&inquiry->down));
	auto_free char *why = slow(inquiry);
	json_t *out = json_object();
	bool quiet, fine;

	(void)pthread_mutex_lock(&lab->lock);
	(void)json_object_set_new(out, "name", json_string(node->plan->name));
	(void)json_object_set_new(out, "stage", json_string(lab_stage_name(node->stage)));
	(void)json_object_set_new(out, "detail",
				  json_text(node->fault[0] ? node->fault : node->detail));
	(void)json_object_set_new(out, "fault",
				  node->fault[0] ? json_text(node->fault) : json_null());
	fine = !node->fault[0];
	quiet = node->stage == LAB_READY && fine && !inquiry->addresses;
	(void)pthread_mutex_unlock(&lab->lock);
	if (quiet && lab->state == LAB_UP)
		(void)json_object_set_new(out, "detail", json_text(why));
	else if (fine && inquiry->down.len)
		(void)json_object_set_new(out, "detail", json_text(down));
	(void)json_object_set_new(out, "memory_mib", json_integer(node->plan->memory_mib));
	(void)json_object_set_new(out, "pss_kib", json_integer(read_pss(inquiry->pid)));
	(void)json_object_set_new(out, "pid", json_integer(inquiry->pid));
	(void)json_object_set_new(out, "addresses",
				  inquiry->addresses ? json_incref(inquiry->addresses)
						     : json_array());
	if (json_array_size(inquiry->ports))
		(void)json_object_set(out, "ports", inquiry->ports);
	if (inquiry->wifi)
		(void)json_object_set(out, "wifi", inquiry->wifi);
	return out;
}

static json_t *describe_nodes(struct lab *lab, const atomic_bool *ended)
{
	auto_free struct inquiry *inquiries = xcalloc(lab->plan.n_nodes, sizeof(*inquiries));
	json_t *nodes = json_array();

	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		struct inquiry *inquiry = &inquiries[i];

		inquiry->node = &lab->nodes[i];
		inquiry->ended = ended;
		inquiry->begun = clock_mono_ns();
		if (lab->prepared)
			inquiry->started =
				pthread_create(&inquiry->thread, NULL, ask, inquiry) == 0;
	}
	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		if (inquiries[i].started)
			await(&inquiries[i]);
		(void)json_array_append_new(nodes, describe_node(&inquiries[i]));
		json_decref(inquiries[i].addresses);
		json_decref(inquiries[i].ports);
		str_free(&inquiries[i].down);
		json_decref(inquiries[i].wifi);
	}
	return nodes;
}

/* All checks are asked once more, while no experiment runs or begins: they put frames on the wires.
 */
static int ask_whole(struct request *request, json_t **nodes, struct err *err)
{
	struct lab *lab = request->lab;
	atomic_bool ended = false;
	struct watch watch = { .ctl = request->ctl, .cancel = &ended, .changed = -1 };
	int r = lab_claim(lab, "`status --whole` is asking", err);

	if (r < 0)
		return r;
	r = watch_begin(&watch, err);
	if (r == 0) {
		*nodes = describe_nodes(lab, &ended);
		watch_end(&watch);
		r = lab_record(lab, err);
	}
	lab_let_go(lab);
	return r;
}

int lab_command_status(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	struct lab *lab = request->lab;
	auto_json json_t *nodes = NULL;
	int r = 0;

	(void)extra;
	if (json_is_true(json_object_get(request->args, "whole")))
		r = ask_whole(request, &nodes, err);
	else
		nodes = describe_nodes(lab, NULL);
	if (r < 0)
		return r;
	*result = json_pack("{s:s, s:s, s:s, s:f, s:s, s:O, s:o, s:o, s:o}", "lab",
			    lab->options.name, "state", lab_state_name(lab->state), "topology",
			    lab->options.origin, "seconds", lab->up_seconds, "accelerator",
			    lab->kvm ? "kvm" : "tcg", "nodes", nodes, "lacks", lab_lacks(lab),
			    "links", link_describe_all(lab), "helpers", helper_describe_all(lab));
	if (lab->thawed)
		(void)json_object_set_new(*result, "frozen",
					  json_integer((json_int_t)(lab->thawed / NS_PER_S)));
	return 0;
}

int lab_command_link(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	struct lab *lab = request->lab;
	const char *name = json_get_text(request->args, "link", NULL);
	struct lab_link *link = name ? link_find(lab, name, err) : NULL;
	int r;

	(void)extra;
	if (!name) {
		*result = json_pack("{s:o}", "links", link_describe_all(lab));
		return 0;
	}
	if (!link)
		return err->code;
	if (lab_check_up(lab, err) < 0)
		return err->code;
	(void)pthread_mutex_lock(&lab->make_lock);
	r = link_change(link, request->args, err);
	if (r == 0)
		r = lab_record_held(lab, err);
	if (r == 0)
		*result = link_describe(link);
	(void)pthread_mutex_unlock(&lab->make_lock);
	return r;
}

/* --- logs --- */

int lab_command_logs(struct request *request, json_t **result, json_t **extra, struct err *err)
{
	const char *name = json_get_text(request->args, "node", NULL);
	int lines = json_get_int(request->args, "lines", 50);
	auto_str struct str text = { 0 };
	const struct lab_node *node = NULL;
	int r = 0;

	(void)extra;
	if (lines < 1 || lines > 10000)
		return err_set(err, EINVAL, "lines: 1 to 10000");
	if (name) {
		node = lab_find_node(request->lab, name, err);
		if (!node)
			return err->code;
		lab_console_tail(node, (size_t)lines, &text);
	} else {
		/* The log is this process's stderr, a file that the lab's init opened. */
		r = io_read_tail("/proc/self/fd/2", (size_t)lines, &text, err);
	}
	if (r == 0)
		*result = json_pack("{s:o}", "text", json_text(str_text(&text)));
	return r;
}
