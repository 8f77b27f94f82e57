/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A frozen lab comes back: all of it, in `up`, or some of its nodes, in `reset`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "labd/adopt.h"
#include "labd/bring.h"
#include "labd/each.h"
#include "labd/freeze.h"
#include "labd/health.h"
#include "labd/link.h"
#include "labd/template.h"

#define GUEST_END ".guest"

/* --- before any of the lab is made --- */

static bool is_guest(const char *name)
{
	size_t len = strlen(name), end = strlen(GUEST_END);

	return len > end && strcmp(name + len - end, GUEST_END) == 0;
}

/* Its keys where those of this lab would be. */
static int take_secrets(const struct frozen *frozen, struct err *err)
{
	json_t *files = json_object_get(frozen->about, "files");
	const char *name;
	json_t *sum;
	int r = io_mkdirs(LAB_RUN "/keys", 0700, err);

	json_object_foreach(files, name, sum) {
		bool above = str_eq(name, "ca.pem") || str_prefix(name, "zone-key.");
		auto_free char *to = xasprintf(above ? LAB_RUN "/%s" : LAB_RUN "/keys/%s", name);

		if (is_guest(name) || r < 0)
			continue;
		r = strchr(name, '/') ? err_set(err, EBADMSG, "frozen lab: '%s' is no file", name)
				      : frozen_take(frozen, name, to, err);
	}
	return r;
}

static int look_at(const struct lab *lab, const struct frozen *frozen, struct err *err)
{
	int64_t now = clock_real_ns() / NS_PER_S;
	int64_t until = json_integer_value(json_object_get(frozen->about, "until"));
	int64_t then = json_integer_value(json_object_get(frozen->about, "frozen")) / NS_PER_S;

	if (json_get_int(frozen->about, "format", 0) != FREEZE_FORMAT ||
	    json_get_int(frozen->about, "nodes", 0) != (int)lab->plan.n_nodes)
		return err_set(err, EBADMSG, "frozen lab: its manifest is of another lab");
	if (now >= until)
		return err_set(err, ESTALE, "frozen lab: a lease or certificate in it has run out");
	if (now < then)
		return err_set(err, ESTALE, "frozen lab: this machine's clock was set back");
	return 0;
}

/* What was taken of its secrets goes too. */
static void forget_secrets(const struct frozen *frozen)
{
	json_t *files = json_object_get(frozen->about, "files");
	const char *name;
	json_t *sum;

	json_object_foreach(files, name, sum) {
		auto_free char *path = xasprintf(LAB_RUN "/%s", name);

		if (!strchr(name, '/') && (str_eq(name, "ca.pem") || str_prefix(name, "zone-key.")))
			(void)unlink(path);
	}
	(void)io_remove_tree(LAB_RUN "/keys", NULL);
}

/* This machine lacks something just now, which says nothing of what is kept. */
static bool is_lack(int code)
{
	return code == -ENOSPC || code == -EDQUOT || code == -ENOMEM || code == -EMFILE ||
	       code == -ENFILE || code == -EAGAIN;
}

void lab_thaw_failed(struct lab *lab, const struct lab_progress *progress, const struct err *why)
{
	bool keep = is_lack(why->code);
	auto_free char *text = xasprintf("%s; the frozen lab is %s, and this one made anew",
					 why->msg, keep ? "left alone" : "removed");
	struct err err = ERR_INIT;
	char key[DIGEST_TEXT];

	log_warning("%s", text);
	progress->note(progress->ctx, text);
	frozen_close(&lab->frozen);
	if (!keep && freeze_key(lab, key, NULL) == 0)
		(void)frozen_remove(lab->options.cache, key, NULL);
	if (lab->prepared && link_restore(lab, lab->planned, &err) < 0)
		log_warning("%s", err.msg);
	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		(void)hv_destroy(lab->hv, lab->plan.nodes[i].name, NULL);
		lab->nodes[i].cloned = false;
	}
}

int lab_thaw_look(struct lab *lab, const struct lab_progress *progress)
{
	struct err err = ERR_INIT;
	char key[DIGEST_TEXT];
	int r = freeze_key(lab, key, &err);

	if (r == 0)
		r = frozen_open(lab->options.cache, key, &lab->frozen, &err);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = look_at(lab, &lab->frozen, &err);
	if (r == 0)
		r = take_secrets(&lab->frozen, &err);
	if (r < 0) {
		forget_secrets(&lab->frozen);
		lab_thaw_failed(lab, progress, &err);
		return 0;
	}
	lab->planned = link_save_all(lab);
	lab_read_links(lab, json_object_get(lab->frozen.about, "links"));
	return 1;
}

/* --- the guests --- */

static const char *template_of(const struct lab_node *node)
{
	auto_free char *key = xasprintf("%zu", node->index);

	return json_get_text(json_object_get(node->lab->frozen.about, "templates"), key, NULL);
}

/* The memory that guests stand over has to be what it was: over another one they would be restored
 * without a word, and be dead. */
static int check_templates(struct lab *lab, const bool *wanted, struct err *err)
{
	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		const struct lab_node *node = &lab->nodes[i];
		const char *sum;

		if ((wanted && !wanted[i]) || !template_of(node))
			continue;
		if (lab_template_sum(node, &sum, err) < 0)
			return err->code;
		if (!str_eq(sum, template_of(node)))
			return err_set(err, ESTALE, "its template has been made anew since then");
	}
	return 0;
}

static int check_one(struct lab_node *node, void *ctx, struct err *err)
{
	auto_free char *name = xasprintf("%zu" GUEST_END, node->index);
	const atomic_bool *cancel = ctx;

	return *cancel ? err_set(err, ECANCELED, "cancelled")
		       : frozen_check(&node->lab->frozen, name, err);
}

/* All that is needed is there, and what was written. */
static int check(struct lab *lab, const bool *wanted, const atomic_bool *cancel, struct err *err)
{
	int r = check_templates(lab, wanted, err);

	return r < 0 ? r : each_node(lab, wanted, each_processor(), check_one, (void *)cancel, err);
}

static int restore_one(struct lab_node *node, void *ctx, struct err *err)
{
	auto_free char *name = xasprintf("%zu" GUEST_END, node->index);
	auto_free char *path = frozen_path(&node->lab->frozen, name);
	const atomic_bool *cancel = ctx;

	if (*cancel)
		return err_set(err, ECANCELED, "cancelled");
	node->cloned = template_of(node);
	return bring_restore(node, path, err);
}

static int restore(struct lab *lab, const bool *wanted, const atomic_bool *cancel, struct err *err)
{
	int r = each_node(lab, wanted, each_processor(), restore_one, (void *)cancel, err);

	return r < 0 ? r : freeze_go_on(lab, wanted, cancel, err);
}

int lab_thaw(struct lab *lab, const struct lab_progress *progress, struct err *err)
{
	int r;

	progress->note(progress->ctx, "the lab was frozen; its guests are brought back");
	if (!lab->frozen.alone)
		progress->note(progress->ctx, "another lab goes on from the same: both have the "
					      "same keys");
	r = check(lab, NULL, &lab->cancel, err);
	if (r == 0)
		r = restore(lab, NULL, &lab->cancel, err);
	if (r < 0)
		return r;
	lab_read_lacks(lab, json_object_get(lab->frozen.about, "lacks"));
	lab->thawed = json_integer_value(json_object_get(lab->frozen.about, "frozen"));
	return 0;
}

/* --- reset --- */

static int end_one(struct lab_node *node, void *ctx, struct err *err)
{
	int r = hv_destroy(node->lab->hv, node->plan->name, err);

	(void)ctx;
	if (r < 0)
		return r;
	(void)pthread_mutex_lock(&node->lab->lock);
	node->stage = LAB_WAITING;
	node->detail[0] = '\0';
	node->starts++;
	(void)pthread_mutex_unlock(&node->lab->lock);
	health_clear(node);
	return 0;
}

int lab_reset_possible(const struct lab *lab, struct err *err)
{
	if (lab->frozen.dir)
		return 0;
	return err_set(err, ENOENT,
		       "lab '%s': there is nothing to go back to; `labctl freeze` keeps what a lab "
		       "is, and `labctl up --freeze` what it is once it is up",
		       lab->options.name);
}

int lab_reset(struct lab *lab, const bool *wanted, const atomic_bool *cancel, struct err *err)
{
	int r = check(lab, wanted, cancel, err);

	if (r == 0)
		r = each_node(lab, wanted, SIZE_MAX, end_one, NULL, err);
	if (r == 0 && !wanted)
		r = link_restore(lab, json_object_get(lab->frozen.about, "links"), err);
	return r == 0 ? restore(lab, wanted, cancel, err) : r;
}
