/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A running lab, at one instant, into the user's cache. */
#include "labd/freeze.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/param.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "guest/clone.h"
#include "hv/stream.h"
#include "labd/each.h"
#include "labd/link.h"
#include "labd/template.h"

#define TELL_DEADLINE_MS 60000

struct freezing {
	struct lab *lab;
	const struct frozen_draft *draft;
	const atomic_bool *cancel;
};

int freeze_key(struct lab *lab, char ret[DIGEST_TEXT], struct err *err)
{
	auto_free char *manifest = xasprintf("%s/manifest.json", lab->options.image);
	auto_json json_t *plan = plan_to_json(&lab->plan);
	auto_free char *plan_text = json_dumps(plan, JSON_SORT_KEYS | JSON_COMPACT);
	/* One that has all that a guest can have. */
	const struct hv_nic nic = { "", "", false };
	const struct hv_guest guest = {
		.cmdline = "", .radio_socket = "", .nics = &nic, .n_nics = 1, .kvm = lab->kvm
	};
	auto_str struct str text = { 0 };
	char image[DIGEST_TEXT];
	int r = digest_file(manifest, image, err);

	if (r < 0)
		return err_context(err, "frozen lab");
	str_addf(&text, "labd frozen lab %d\nimage %s\n", FREEZE_FORMAT, image);
	hv_describe(lab->hv, &guest, &text);
	str_adds(&text, plan_text);
	str_adds(&text, lab->topo.flat);
	return digest_bytes(text.data, text.len, ret, err);
}

/* --- one guest --- */

static int pause_one(struct lab_node *node, void *ctx, struct err *err)
{
	(void)ctx;
	return hv_pause(node->lab->hv, node->plan->name, err);
}

struct going_on {
	const atomic_bool *cancel;
	struct err err; /* the first; under lab->lock */
};

/* One that cannot go on is no reason for others to stand still. */
static int resume_one(struct lab_node *node, void *ctx, struct err *err)
{
	struct going_on *on = ctx;

	if (hv_resume(node->lab->hv, node->plan->name, err) >= 0)
		return 0;
	(void)pthread_mutex_lock(&node->lab->lock);
	if (!on->err.code)
		on->err = *err;
	(void)pthread_mutex_unlock(&node->lab->lock);
	return 0;
}

int freeze_tell(struct lab_node *node, const atomic_bool *cancel, struct err *err)
{
	static const struct clone_identity same = { 0 };

	return clone_tell(node->clone_socket, &same, deadline_in_ms(TELL_DEADLINE_MS), cancel, err);
}

static int tell_one(struct lab_node *node, void *ctx, struct err *err)
{
	const struct going_on *on = ctx;

	return freeze_tell(node, on->cancel, err);
}

int freeze_go_on(struct lab *lab, const bool *wanted, const atomic_bool *cancel, struct err *err)
{
	struct going_on on = { .cancel = cancel };

	(void)each_node(lab, wanted, SIZE_MAX, resume_one, &on, err);
	if (on.err.code) {
		*err = on.err;
		return err->code;
	}
	return each_node(lab, wanted, SIZE_MAX, tell_one, &on, err);
}

/* The memory that its guest begins with: the template's, or zeros. */
static int open_memory(const struct lab_node *node, struct err *err)
{
	auto_free char *memory = lab_template_memory(node);
	auto_close int fd = -1;

	if (node->cloned)
		return io_open(memory, err);
	fd = open(LAB_RUN, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)node->plan->memory_mib << 20) < 0)
		return err_errno(err, errno, "'" LAB_RUN "'");
	return take_fd(&fd);
}

/* What was saved, without what it begins with. */
static int keep(const struct lab_node *node, const char *saved, const char *to, struct err *err)
{
	auto_close int ram = open_memory(node, err);
	auto_close int fd = -1;
	auto_fclose FILE *in = NULL;
	auto_fclose FILE *out = NULL;
	int r = ram < 0 ? ram : io_open_stream(saved, &in, err);

	if (r < 0)
		return r;
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out)
		return err_errno(err, errno, "'%s'", to);
	(void)take_fd(&fd);
	r = stream_delta(in, ram, out, err);
	if (r == 0 && fflush(out) != 0)
		r = err_errno(err, errno, "'%s'", to);
	return r;
}

static int save_one(struct lab_node *node, void *ctx, struct err *err)
{
	const struct freezing *freezing = ctx;
	auto_free char *saved = xasprintf(LAB_RUN "/n/%zu.saved", node->index);
	auto_free char *to = xasprintf("%s/%zu.guest", freezing->draft->dir, node->index);
	int r = *freezing->cancel ? err_set(err, ECANCELED, "cancelled")
				  : hv_picture(node->lab->hv, node->plan->name, saved, err);

	if (r == 0)
		r = keep(node, saved, to, err);
	(void)unlink(saved);
	return r;
}

/* --- what is not in guests --- */

/* The keys of SSH, of the CA and of zones, by their names below LAB_RUN. */
static int save_secrets(const struct frozen_draft *draft, struct err *err)
{
	static const char *const folders[] = { LAB_RUN, LAB_RUN "/keys" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(folders); i++) {
		DIR *list = opendir(folders[i]);
		const struct dirent *entry;

		while (r == 0 && list && (entry = readdir(list))) {
			const char *name = entry->d_name;
			auto_free char *from = xasprintf("%s/%s", folders[i], name);
			auto_free char *to = xasprintf("%s/%s", draft->dir, name);
			auto_str struct str text = { 0 };

			if (name[0] == '.' ||
			    (i == 0 && !str_eq(name, "ca.pem") && !str_prefix(name, "zone-key.")))
				continue;
			r = io_read_file(from, 1 << 20, &text, err);
			if (r == 0)
				r = io_write_file(to, str_text(&text), text.len, 0600, err);
		}
		if (list)
			(void)closedir(list);
	}
	return r;
}

/* When its guests were made, seconds since the epoch. */
static int64_t made(const struct lab *lab)
{
	if (lab->thawed)
		return json_integer_value(json_object_get(lab->frozen.about, "made"));
	return (int64_t)((double)lab->ready / NS_PER_S - lab->up_seconds);
}

/*
 * When the first of what was lent or signed in the lab may run out, seconds since the epoch. It is
 * renewed at half of its time, so that one that has run for so long has nothing older; in one that
 * was thawed just now there is what was in it before.
 */
static int64_t good_until(const struct lab *lab)
{
	int64_t now = clock_real_ns() / NS_PER_S, runs = now - lab->ready / NS_PER_S;
	int64_t before = json_integer_value(json_object_get(lab->frozen.about, "until"));
	int64_t until = pki_until(lab->pki);

	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		int64_t lends = lab->plan.nodes[i].lends_s;

		if (!lends)
			continue;
		if (runs >= lends / 2)
			until = MIN(until, now + lends / 2);
		else
			until = MIN(until, lab->thawed ? before : made(lab) + lends);
	}
	return until;
}

/* The kinds of template that guests stand over: {"N": SHA-256 of its memory}, N the node's index.
 */
static int sum_templates(const struct lab *lab, json_t *sums, struct err *err)
{
	for (size_t i = 0; i < lab->plan.n_nodes; i++) {
		auto_free char *key = xasprintf("%zu", i);
		const char *sum;

		if (!lab->nodes[i].cloned)
			continue;
		if (lab_template_sum(&lab->nodes[i], &sum, err) < 0)
			return err->code;
		(void)json_object_set_new(sums, key, json_string(sum));
	}
	return 0;
}

static int describe(struct lab *lab, json_t **ret, struct err *err)
{
	json_t *templates = json_object();
	int r = sum_templates(lab, templates, err);

	*ret = json_pack("{s:i, s:s, s:s, s:I, s:I, s:I, s:i, s:f, s:o, s:o, s:o}", "format",
			 FREEZE_FORMAT, "lab", lab->options.name, "topology", lab->options.origin,
			 "made", (json_int_t)made(lab), "frozen", (json_int_t)clock_real_ns(),
			 "until", (json_int_t)good_until(lab), "nodes", (int)lab->plan.n_nodes,
			 "seconds", lab->up_seconds, "links", link_save_all(lab), "lacks",
			 lab_lacks(lab), "templates", templates);
	return r;
}

/* --- the whole --- */

/* All guests stand still while they are saved. */
static int save_all(struct freezing *freezing, const struct lab_progress *progress, struct err *err)
{
	struct lab *lab = freezing->lab;
	struct err late = ERR_INIT;
	int r, resumed;

	progress->note(progress->ctx, "all guests stand still, and are saved");
	r = each_node(lab, NULL, SIZE_MAX, pause_one, NULL, err);
	if (r == 0)
		r = each_node(lab, NULL, each_processor(), save_one, freezing, err);
	resumed = freeze_go_on(lab, NULL, &lab->cancel, r == 0 ? err : &late);
	if (late.code)
		log_warning("freeze: %s", late.msg);
	return r < 0 ? r : resumed;
}

int lab_freeze(struct lab *lab, const struct lab_progress *progress, const atomic_bool *cancel,
	       struct err *err)
{
	struct frozen_draft draft;
	struct freezing freezing = { lab, &draft, cancel };
	char key[DIGEST_TEXT];
	json_t *about = NULL;
	int opened = 0, r = freeze_key(lab, key, err);

	if (r == 0)
		r = frozen_begin(lab->options.cache, key, &draft, err);
	if (r < 0)
		return r;
	/* Of the moment before: nothing that takes long stands between it and the first save. */
	r = describe(lab, &about, err);
	if (r == 0)
		r = save_secrets(&draft, err);
	if (r == 0)
		r = save_all(&freezing, progress, err);
	if (r == 0) {
		frozen_close(&lab->frozen); /* this lab is no reason to keep an earlier one */
		r = frozen_finish(&draft, take_ptr(about), err);
		opened = frozen_open(lab->options.cache, key, &lab->frozen, r == 0 ? err : NULL);
	}
	json_decref(about);
	frozen_end(&draft);
	return r < 0 ? r : opened;
}
