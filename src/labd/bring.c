/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One node's way up: boot, SSH, provision, checks. */
#include "labd/bring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "guest/tar.h"
#include "labd/checks.h"
#include "labd/link.h"
#include "labd/template.h"

/* Without KVM twenty guests share two cores: deadlines are for what hangs, not for what is slow. */
#define BOOT_DEADLINE_MS (6 * 60000)
#define PROVISION_DEADLINE_MS (5 * 60000)

void bring_enter(const struct bring *bring, enum lab_stage stage, const char *detail)
{
	struct lab_node *node = bring->node;

	(void)pthread_mutex_lock(&node->lab->lock);
	if (node->stage != stage)
		node->started = clock_mono_ns();
	node->stage = stage;
	(void)snprintf(node->detail, sizeof(node->detail), "%s", detail);
	(void)pthread_mutex_unlock(&node->lab->lock);
	log_info("node '%s': %s%s%s", node->plan->name, lab_stage_name(stage), *detail ? ": " : "",
		 detail);
	bring->progress->stage(bring->progress->ctx, node, detail);
}

static bool stopped(const struct bring *bring)
{
	return *bring->cancel;
}

/* As a clone of its template where it has one, else, or if that fails, from its kernel on. */
static int start(const struct bring *bring, const struct hv_guest *guest, struct err *err)
{
	struct lab_node *node = bring->node;
	auto_free char *text = NULL;
	int r;

	r = lab_clone(node, guest, bring->cancel, err);
	node->cloned = r == 0;
	if (r == 0 || r == -ECANCELED)
		return r;
	if (r != -ENOENT) {
		text = xasprintf("node '%s' boots, as it could not be cloned: %s", node->plan->name,
				 err->msg);
		log_warning("%s", text);
		bring->progress->note(bring->progress->ctx, text);
		r = hv_destroy(node->lab->hv, guest->name, err);
		if (r < 0)
			return r;
	}
	return hv_start(node->lab->hv, guest, err);
}

/* What is done with a guest that is described, and what for. */
typedef int guest_fn(struct lab_node *node, const struct hv_guest *guest, const void *arg,
		     struct err *err);

/* The node's guest as the plan and its links have it. */
static int with_guest(struct lab_node *node, guest_fn *what, const void *arg, struct err *err)
{
	const struct plan_node *plan = node->plan;
	struct lab *lab = node->lab;
	auto_free char *emulator = xasprintf("%s/labd-jail", lab->options.libexec);
	auto_free struct hv_nic *nics = xcalloc(plan->n_nics, sizeof(*nics));
	auto_free char(*macs)[NET_TEXT] = xcalloc(plan->n_nics, sizeof(*macs));
	struct hv_guest guest = {
		.name = plan->name,
		.memory_mib = plan->memory_mib,
		.emulator = emulator,
		.kernel = lab->kernel,
		.initrd = lab->initrd,
		.cmdline = plan->cmdline,
		.root = lab->root,
		.ssh_socket = node->ssh_socket,
		.clone_socket = node->clone_socket,
		.radio_socket = node->radio_socket,
		.console_socket = node->console_socket,
		.console_log = node->console_log,
		.nics = nics,
		.kvm = lab->kvm,
	};

	for (size_t i = 0; i < plan->n_nics; i++) {
		if (!*plan->nics[i].tap)
			continue;
		nics[guest.n_nics++] = (struct hv_nic){ plan->nics[i].tap,
							net_mac_text(plan->nics[i].mac, macs[i]),
							link_is_down(lab, plan->nics[i].link) };
	}
	return what(node, &guest, arg, err);
}

static int start_guest(struct lab_node *node, const struct hv_guest *guest, const void *arg,
		       struct err *err)
{
	(void)node;
	return start(arg, guest, err);
}

static int boot(const struct bring *bring, struct err *err)
{
	return with_guest(bring->node, start_guest, bring, err);
}

static int restore_guest(struct lab_node *node, const struct hv_guest *guest, const void *arg,
			 struct err *err)
{
	return lab_restore(node, guest, arg, err);
}

int bring_restore(struct lab_node *node, const char *stream, struct err *err)
{
	return with_guest(node, restore_guest, stream, err);
}

/* A file as the plan has it, or one of the lab's secrets. */
static int add_file(struct str *archive, const struct plan_file *file, struct lab *lab,
		    struct err *err)
{
	const struct lab_certificate *site = NULL;
	auto_str struct str key = { 0 }, ds = { 0 };
	const char *text = NULL;

	if (file->content == PLAN_CONTENT_SITE_CERT || file->content == PLAN_CONTENT_SITE_KEY) {
		site = lab_certificate(lab, file->subject, file->fault, err);
		if (!site)
			return err->code;
	}
	if ((file->content == PLAN_CONTENT_ZONE_KEY || file->content == PLAN_CONTENT_ZONE_DS) &&
	    lab_zone_key(lab, file->subject, &key, &ds, err) < 0)
		return err->code;
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
	case PLAN_CONTENT_ZONE_KEY:
		text = str_text(&key);
		break;
	case PLAN_CONTENT_ZONE_DS:
		text = str_text(&ds);
		break;
	}
	return tar_add(archive, file->path, file->mode, text, strlen(text), err);
}

/*
 * The node's files, its interfaces, its services: one command, as a channel and a shell cost an
 * emulated guest more than what they do here.
 */
static const char set_up[] =
	"exec 2>&1; tar -xf - -C / || exit 101; /bin/sh /etc/labd/setup </dev/null || exit 102; "
	"exec /usr/lib/labd/start-services";

/* Runs a command that must succeed; its output explains a failure. set_up gets the node's files. */
static int must_run(const struct bring *bring, const char *line, const struct str *files,
		    int64_t deadline, struct err *err)
{
	struct guest_command command = { .command = line,
					 .input = files ? files->data : NULL,
					 .input_len = files ? files->len : 0,
					 .deadline = deadline,
					 .cancel = bring->cancel };
	auto_str struct str out = { 0 };
	int status = 0, r = guest_exec(bring->node->guest, &command, &out, &status, err);

	if (r < 0)
		return files ? r : err_context(err, "run");
	if (status && files)
		return err_set(err, EIO, "%s: %.350s",
			       status == 101   ? "files"
			       : status == 102 ? "setup"
					       : "services",
			       str_text(&out));
	return status ? err_set(err, EIO, "run: exit status %d: %.350s", status, str_text(&out))
		      : 0;
}

static int provision(const struct bring *bring, struct err *err)
{
	struct lab_node *node = bring->node;
	int64_t deadline = deadline_in_ms(PROVISION_DEADLINE_MS);
	const struct plan_node *plan = node->plan;
	auto_str struct str archive = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_files; i++)
		r = add_file(&archive, &plan->files[i], node->lab, err);
	if (r < 0)
		return r;
	tar_end(&archive);
	r = must_run(bring, set_up, &archive, deadline, err);
	for (size_t i = 0; r == 0 && i < plan->n_runs; i++)
		r = must_run(bring, plan->runs[i], NULL, deadline, err);
	return r;
}

int bring_up(const struct bring *bring, struct err *err)
{
	struct lab_node *node = bring->node;
	int r;

	bring_enter(bring, LAB_BOOT, "");
	r = boot(bring, err);
	if (r == 0 && !stopped(bring)) {
		bring_enter(bring, LAB_SSH, "");
		r = guest_connect(node->guest, deadline_in_ms(BOOT_DEADLINE_MS), bring->cancel,
				  err);
	}
	if (r == 0 && !stopped(bring)) {
		bring_enter(bring, LAB_PROVISION, "");
		r = provision(bring, err);
	}
	if (r == 0 && stopped(bring))
		r = err_set(err, ECANCELED, "cancelled");
	return r;
}

int bring_ready(const struct bring *bring, struct err *err)
{
	int r;

	bring_enter(bring, LAB_CHECK, "");
	r = checks_wait(bring, err);
	if (r == 0)
		bring_enter(bring, LAB_READY, "");
	return r;
}
