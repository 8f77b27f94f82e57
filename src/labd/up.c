/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `up`: the walk over the plan, one thread a node, until the lab is ready. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "guest/tar.h"
#include "image/kvm.h"
#include "labd/adopt.h"
#include "labd/lab.h"
#include "labd/said.h"

/* Without KVM twenty guests share two cores: deadlines are for what hangs, not for what is slow. */
#define BOOT_DEADLINE_MS (6 * 60000)
#define PROVISION_DEADLINE_MS (5 * 60000)
#define CHECK_DEADLINE_MS (6 * 60000)

struct walk {
	struct lab *lab;
	const struct lab_progress *progress;
	/* Under lab->lock: the first failure counts. */
	struct lab_failure failure;
	struct err err;
};

struct step {
	struct walk *walk;
	struct lab_node *node;
	pthread_t thread;
};

static void enter(struct walk *walk, struct lab_node *node, enum lab_stage stage,
		  const char *detail)
{
	struct lab *lab = walk->lab;

	(void)pthread_mutex_lock(&lab->lock);
	if (node->stage != stage)
		node->started = clock_mono_ns();
	node->stage = stage;
	(void)snprintf(node->detail, sizeof(node->detail), "%s", detail);
	(void)pthread_mutex_unlock(&lab->lock);
	log_info("node '%s': %s%s%s", node->plan->name, lab_stage_name(stage), *detail ? ": " : "",
		 detail);
	walk->progress->stage(walk->progress->ctx, node, detail);
}

/* The first node that fails stops the others. */
static void fail(struct walk *walk, struct lab_node *node, const struct err *why)
{
	struct lab *lab = walk->lab;
	bool first;

	(void)pthread_mutex_lock(&lab->lock);
	first = !walk->err.code;
	if (first) {
		walk->failure = (struct lab_failure){ node, node->stage };
		walk->err = *why;
	}
	lab->cancel = true;
	(void)pthread_mutex_unlock(&lab->lock);
	if (!first)
		return;
	for (size_t i = 0; i < lab->plan.n_nodes; i++)
		guest_interrupt(lab->nodes[i].guest);
	enter(walk, node, LAB_FAILED, why->msg);
}

static bool stopped(struct walk *walk)
{
	return walk->lab->cancel;
}

/* --- one node --- */

static int boot(struct lab_node *node, struct err *err)
{
	const struct plan_node *plan = node->plan;
	struct lab *lab = node->lab;
	auto_free struct hv_nic *nics = xcalloc(plan->n_nics, sizeof(*nics));
	auto_free char(*macs)[TOPO_ADDR_TEXT] = xcalloc(plan->n_nics, sizeof(*macs));
	struct hv_guest guest = {
		.name = plan->name,
		.memory_mib = plan->memory_mib,
		.kernel = lab->kernel,
		.initrd = lab->initrd,
		.cmdline = plan->cmdline,
		.root = lab->root,
		.ssh_socket = node->ssh_socket,
		.radio_socket = node->radio_socket,
		.console_socket = node->console_socket,
		.console_log = node->console_log,
		.nics = nics,
		.kvm = lab->kvm,
	};

	for (size_t i = 0; i < plan->n_nics; i++) {
		if (plan->nics[i].medium != SIZE_MAX)
			continue;
		nics[guest.n_nics++] =
			(struct hv_nic){ plan->nics[i].tap,
					 topo_mac_text(&plan->nics[i].mac, macs[i]) };
	}
	return hv_start(lab->hv, &guest, err);
}

/* A file as the plan has it, or one of the lab's secrets. */
static int add_file(struct str *archive, const struct plan_file *file, struct lab *lab,
		    struct err *err)
{
	const struct lab_certificate *site = NULL;
	const char *text = NULL;

	if (file->content == PLAN_CONTENT_SITE_CERT || file->content == PLAN_CONTENT_SITE_KEY) {
		site = lab_certificate(lab, file->subject, err);
		if (!site)
			return err->code;
	}
	switch (file->content) {
	case PLAN_CONTENT_DATA:
		return tar_add(archive, file->path, file->mode, file->data, file->len, err);
	case PLAN_CONTENT_CA_CERT:
		text = pki_ca_pem(lab->pki);
		break;
	case PLAN_CONTENT_SITE_CERT:
		text = site->cert;
		break;
	case PLAN_CONTENT_SITE_KEY:
		text = site->key;
		break;
	}
	return tar_add(archive, file->path, file->mode, text, strlen(text), err);
}

/* Runs a command that must succeed; its output explains a failure. */
static int must_run(struct lab_node *node, const char *what, const char *line, int64_t deadline,
		    struct err *err)
{
	struct guest_command command = { .command = line,
					 .deadline = deadline,
					 .cancel = &node->lab->cancel };
	auto_str struct str out = { 0 };
	int status = 0, r = guest_exec(node->guest, &command, &out, &status, err);

	if (r < 0)
		return err_context(err, "%s", what);
	if (status)
		return err_set(err, EIO, "%s: exit status %d: %.350s", what, status,
			       str_text(&out));
	return 0;
}

static int provision(struct lab_node *node, struct err *err)
{
	int64_t deadline = deadline_in_ms(PROVISION_DEADLINE_MS);
	const struct plan_node *plan = node->plan;
	auto_str struct str archive = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_files; i++)
		r = add_file(&archive, &plan->files[i], node->lab, err);
	if (r < 0)
		return r;
	tar_end(&archive);
	r = guest_unpack(node->guest, &archive, deadline, &node->lab->cancel, err);
	if (r == 0)
		r = must_run(node, "setup", "exec /bin/sh /etc/labd/setup 2>&1", deadline, err);
	if (r == 0)
		r = must_run(node, "services", "exec /usr/lib/labd/start-services 2>&1", deadline,
			     err);
	for (size_t i = 0; r == 0 && i < plan->n_runs; i++)
		r = must_run(node, "run", plan->runs[i], deadline, err);
	return r;
}

static void *bring_up(void *arg)
{
	struct step *step = arg;
	struct lab_node *node = step->node;
	struct err err = ERR_INIT;
	int r;

	enter(step->walk, node, LAB_BOOT, "");
	r = boot(node, &err);
	if (r == 0 && !stopped(step->walk)) {
		enter(step->walk, node, LAB_SSH, "");
		r = guest_connect(node->guest, deadline_in_ms(BOOT_DEADLINE_MS), &node->lab->cancel,
				  &err);
	}
	if (r == 0 && !stopped(step->walk)) {
		enter(step->walk, node, LAB_PROVISION, "");
		r = provision(node, &err);
	}
	if (r < 0)
		fail(step->walk, node, &err);
	else if (!stopped(step->walk))
		enter(step->walk, node, LAB_CHECK, "waits for the others");
	return NULL;
}

/* --- checks --- */

/*
 * One line for the guest's shell that waits until every service runs, then for each check in turn
 * and says which one holds: a single channel, and no polling over SSH.
 */
static void check_line(const struct plan_node *plan, struct str *out)
{
	str_adds(out, "cd /; until why=$(sv -w 5 check /etc/service/* 2>&1); do "
		      "printf '%s\\n' \"$why\" | sed -n '/^run/!s/^/- /p' | tail -n 1; done;\n");
	for (size_t i = 0; i < plan->n_checks; i++) {
		str_adds(out, "until why=$( { ");
		str_adds(out, plan->checks[i].command);
		str_adds(out, "\n} 2>&1 ); do printf '%s\\n' \"- $why\" | tail -n 1; sleep 1; "
			      "done; echo ");
		str_addf(out, "'+%zu';\n", i);
	}
}

static int check(struct lab_node *node, struct err *err)
{
	const struct plan_node *plan = node->plan;
	auto_str struct str line = { 0 }, out = { 0 };
	struct guest_command command = { .deadline = deadline_in_ms(CHECK_DEADLINE_MS),
					 .cancel = &node->lab->cancel };
	const char *last;
	size_t passed;
	int status = 0, r;

	check_line(plan, &line);
	command.command = str_text(&line);
	r = guest_exec(node->guest, &command, &out, &status, err);
	passed = said_checks(str_text(&out), &last);
	if (r == 0 && passed == plan->n_checks)
		return 0;
	if (r == -ETIMEDOUT)
		return err_set(err, ETIMEDOUT, "%s: does not hold within %d s: %.*s",
			       passed < plan->n_checks ? plan->checks[passed].name : "services run",
			       CHECK_DEADLINE_MS / 1000, (int)strcspn(last, "\n"), last);
	if (r == 0)
		return err_set(err, EIO, "checks: the guest's shell ended with status %d: %.300s",
			       status, str_text(&out));
	return r;
}

static void *bring_ready(void *arg)
{
	struct step *step = arg;
	struct err err = ERR_INIT;

	enter(step->walk, step->node, LAB_CHECK, "");
	if (check(step->node, &err) < 0)
		fail(step->walk, step->node, &err);
	else
		enter(step->walk, step->node, LAB_READY, "");
	return NULL;
}

/* --- all nodes --- */

/* Runs body for every node, side by side, and waits for all. */
static int for_each_node(struct walk *walk, void *(*body)(void *), struct err *err)
{
	struct lab *lab = walk->lab;
	auto_free struct step *steps = xcalloc(lab->plan.n_nodes, sizeof(*steps));
	size_t started;
	int r = 0;

	for (started = 0; started < lab->plan.n_nodes; started++) {
		struct step *step = &steps[started];

		step->walk = walk;
		step->node = &lab->nodes[started];
		r = pthread_create(&step->thread, NULL, body, step);
		if (r) {
			lab->cancel = true;
			break;
		}
	}
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(steps[i].thread, NULL);
	if (r)
		return err_errno(err, r, "threads");
	/* One that failed has said why in walk->err. */
	return lab->cancel ? err_set(err, ECANCELED, "cancelled") : 0;
}

static int make_wires(struct lab *lab, struct err *err)
{
	int r = lab_open_wires(lab, err);

	for (size_t i = 0; r == 0 && i < lab->plan.n_nodes; i++)
		for (size_t j = 0; r == 0 && j < lab->plan.nodes[i].n_nics; j++)
			if (lab->plan.nodes[i].nics[j].medium == SIZE_MAX)
				r = wire_tap_add(lab->wire, lab->plan.nodes[i].nics[j].tap, err);
	for (size_t i = 0; r == 0 && i < lab->plan.n_wires; i++)
		r = lab_set_wire(lab, &lab->links[i], err);
	return r;
}

static void choose_accelerator(struct walk *walk)
{
	struct lab *lab = walk->lab;
	char why[IMAGE_KVM_WHY] = "as was asked for";
	auto_free char *note = NULL;

	if (lab->options.accelerator)
		lab->kvm = str_eq(lab->options.accelerator, "kvm");
	else
		lab->kvm = image_kvm(lab->kernel, lab->options.cache, why);
	note = xasprintf("%s: %s", lab->kvm ? "KVM" : "guests are emulated", why);
	log_info("%s", note);
	if (!lab->kvm)
		walk->progress->note(walk->progress->ctx, note);
}

static int prepare(struct walk *walk, struct err *err)
{
	struct lab *lab = walk->lab;
	auto_free char *initrd = xasprintf("%s/initrd", lab->options.image);
	int r = guest_keys_open(LAB_RUN "/keys", &lab->keys, err);

	if (r == 0)
		r = guest_keys_initrd(lab->keys, initrd, lab->initrd, err);
	if (r == 0)
		r = pki_new(lab->options.name, &lab->pki, err);
	if (r == 0)
		r = make_wires(lab, err);
	if (r == 0)
		r = lab_start_media(lab, err);
	if (r == 0)
		r = lab_open_hv(lab, err);
	if (r == 0)
		choose_accelerator(walk);
	for (size_t i = 0; r == 0 && i < lab->plan.n_nodes; i++) {
		struct lab_node *node = &lab->nodes[i];

		node->guest = guest_new(node->plan->name, node->ssh_socket, lab->keys);
	}
	if (r == 0)
		lab->prepared = true;
	return r;
}

static int walk_all(struct walk *walk, struct err *err)
{
	struct lab *lab = walk->lab;
	int r = prepare(walk, err);

	for (size_t i = 0; r == 0 && i < lab->plan.n_notes; i++)
		walk->progress->note(walk->progress->ctx, lab->plan.notes[i]);
	if (r == 0)
		r = for_each_node(walk, bring_up, err);
	if (r == 0)
		r = for_each_node(walk, bring_ready, err);
	if (walk->err.code) {
		*err = walk->err;
		r = err_context(err, "node '%s': %s", walk->failure.node->plan->name,
				lab_stage_name(walk->failure.stage));
	}
	return r;
}

int lab_up(struct lab *lab, const struct lab_progress *progress, struct lab_failure *failure,
	   struct err *err)
{
	struct walk walk = { .lab = lab, .progress = progress };
	int64_t begin = clock_mono_ns();
	bool first;
	int r;

	(void)pthread_mutex_lock(&lab->lock);
	first = lab->state == LAB_NEW;
	if (first)
		lab->state = LAB_STARTING;
	(void)pthread_mutex_unlock(&lab->lock);
	if (!first)
		return err_set(err, EALREADY, "lab '%s': is %s already", lab->options.name,
			       lab_state_name(lab->state));
	r = walk_all(&walk, err);
	*failure = walk.failure;
	(void)pthread_mutex_lock(&lab->lock);
	lab->state = r < 0 ? LAB_BROKEN : LAB_UP;
	lab->ready = clock_real_ns();
	lab->up_seconds = (double)(clock_mono_ns() - begin) / NS_PER_S;
	(void)pthread_mutex_unlock(&lab->lock);
	if (r == 0)
		r = lab_record(lab, err);
	if (r < 0)
		log_error("up: %s", err->msg);
	else
		log_info("ready after %.1f s", lab->up_seconds);
	return r;
}
