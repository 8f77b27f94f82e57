/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Templates in a lab. Nodes of the same memory and kernel command line, but for the name in that,
 * are of one kind and have one template, LAB_RUN/t/N.ram and .stream, N being the first of them.
 */
#include "labd/template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "guest/clone.h"
#include "hv/stream.h"
#include "hv/view.h"
#include "image/template.h"

#define FOLDER LAB_RUN "/t"
#define BOOT_DEADLINE_MS (6 * 60000)
#define TELL_DEADLINE_MS 60000 /* a clone answers within a second; then it is booted instead */
#define KINDS_MAX 3            /* each takes memory of the lab; nodes of further kinds boot */
/* More NICs than this need bridges, which a clone has no place for (hv/domain-xml.c). */
#define NICS_MAX 24
#define NAME_ARGUMENT "labd.node="
#define TEMPLATE_NAME "template_" /* no node's: those have no underscore */

/* What a template was made with, and its clones need: their kernel has been started already. */
struct kind {
	char *cmdline, *initrd;
	char *ram, *stream;
};

static void kind_free(struct kind *kind)
{
	free(kind->cmdline);
	free(kind->initrd);
	free(kind->ram);
	free(kind->stream);
}
AUTO_DEFINE(kind_auto, struct kind, kind_free)
#define auto_kind AUTO(kind_autop)

static size_t length_before_name(const char *cmdline)
{
	const char *name = strstr(cmdline, NAME_ARGUMENT);

	return name ? (size_t)(name - cmdline) : strlen(cmdline);
}

static bool alike(const struct plan_node *a, const struct plan_node *b)
{
	size_t n = length_before_name(a->cmdline);

	return a->memory_mib == b->memory_mib && n == length_before_name(b->cmdline) &&
	       memcmp(a->cmdline, b->cmdline, n) == 0;
}

/* The first node of the same kind. */
static const struct lab_node *first_alike(const struct lab_node *node)
{
	const struct lab_node *first = node->lab->nodes;

	while (!alike(first->plan, node->plan))
		first++;
	return first;
}

static struct kind kind_of(const struct lab_node *node)
{
	const char *cmdline = node->plan->cmdline;
	size_t nth = first_alike(node)->index;

	return (struct kind){
		.cmdline = xasprintf("%.*s" NAME_ARGUMENT "template",
				     (int)length_before_name(cmdline), cmdline),
		.initrd = xasprintf("%s/initrd", node->lab->options.image),
		.ram = xasprintf(FOLDER "/%zu.ram", nth),
		.stream = xasprintf(FOLDER "/%zu.stream", nth),
	};
}

/* --- making one --- */

/* Boots it, up to where it waits to be told its name, and saves it. */
static int boot_and_save(struct lab *lab, const struct hv_guest *guest, const char *saved,
			 struct err *err)
{
	static const struct clone_identity nobody = { 0 };
	struct err ignored;
	int r = hv_start(lab->hv, guest, err);

	if (r == 0)
		r = clone_tell(guest->clone_socket, &nobody, deadline_in_ms(BOOT_DEADLINE_MS),
			       &lab->cancel, err);
	if (r == 0)
		r = hv_save(lab->hv, guest->name, saved, err);
	if (r < 0)
		(void)hv_destroy(lab->hv, guest->name, &ignored);
	return r;
}

static int split(const char *saved, struct template_draft *draft, struct err *err)
{
	auto_fclose FILE *in = NULL;
	int r = io_open_stream(saved, &in, err);

	return r < 0 ? r : stream_split(in, draft->ram, draft->stream, err);
}

static json_t *describe(const struct lab *lab, const struct hv_guest *guest)
{
	char libvirt[24], qemu[24];
	const char *image = strrchr(lab->options.image, '/');

	hv_versions(lab->hv, libvirt, qemu);
	return json_pack("{s:s, s:i, s:I, s:s, s:s, s:s}", "image",
			 image ? image + 1 : lab->options.image, "memory_mib",
			 (int)guest->memory_mib, "made", (json_int_t)(clock_real_ns() / NS_PER_S),
			 "cmdline", guest->cmdline, "qemu", qemu, "libvirt", libvirt);
}

static int make(struct lab *lab, const struct hv_guest *guest, const char *key,
		const struct lab_progress *progress, struct err *err)
{
	static const char saved[] = FOLDER "/saved";
	struct template_draft draft;
	int r = template_begin(lab->options.cache, key, &lab->cancel, &draft, err);

	if (r)
		return r < 0 ? r : 0;
	progress->note(progress->ctx,
		       "a guest boots as the template of others, which need not; it is kept");
	r = boot_and_save(lab, guest, saved, err);
	if (r == 0)
		r = split(saved, &draft, err);
	(void)unlink(saved);
	if (r == 0)
		r = template_finish(&draft, describe(lab, guest), err);
	template_end(&draft);
	return r;
}

/*
 * Copies the kind's template into the lab; -ENOENT, -EBADMSG: it has to be made. Nodes of the kind
 * may be on their way: they take it once the stream is there under its name.
 */
static int take(const struct lab *lab, const char *key, const struct kind *kind, struct err *err)
{
	static const char ram[] = FOLDER "/ram", stream[] = FOLDER "/stream";
	int r = template_take(lab->options.cache, key, ram, stream, err);

	if (r < 0)
		return r;
	if (rename(ram, kind->ram) < 0 || rename(stream, kind->stream) < 0)
		return err_errno(err, errno, "'%s'", kind->stream);
	return 0;
}

/* What is done with the template of a kind of guests, by its key. */
typedef int template_fn(struct lab *lab, const struct hv_guest *guest, const struct kind *kind,
			const char *key, const struct lab_progress *progress, struct err *err);

static int look(struct lab *lab, const struct hv_guest *guest, const struct kind *kind,
		const char *key, const struct lab_progress *progress, struct err *err)
{
	int r = take(lab, key, kind, err);

	(void)guest;
	if (r == -EBADMSG) {
		log_warning("%s; it is made anew", err->msg);
		progress->note(progress->ctx, err->msg);
	}
	return r == -ENOENT || r == -EBADMSG ? 1 : r;
}

static int make_and_take(struct lab *lab, const struct hv_guest *guest, const struct kind *kind,
			 const char *key, const struct lab_progress *progress, struct err *err)
{
	int r = make(lab, guest, key, progress, err);

	return r < 0 ? r : take(lab, key, kind, err);
}

/* With that of all nodes like this one. */
static int with_template(struct lab_node *node, template_fn *what,
			 const struct lab_progress *progress, struct err *err)
{
	struct lab *lab = node->lab;
	auto_kind struct kind kind = kind_of(node);
	auto_free char *emulator = xasprintf("%s/labd-jail", lab->options.libexec);
	const struct hv_guest guest = {
		.name = TEMPLATE_NAME,
		.memory_mib = node->plan->memory_mib,
		.emulator = emulator,
		.kernel = lab->kernel,
		.initrd = kind.initrd,
		.cmdline = kind.cmdline,
		.root = lab->root,
		.ssh_socket = FOLDER "/ssh",
		.clone_socket = FOLDER "/id",
		.console_socket = FOLDER "/tty",
		.console_log = FOLDER "/log",
	};
	auto_str struct str inputs = { 0 };
	char key[DIGEST_TEXT];
	int r;

	hv_describe(lab->hv, &guest, &inputs);
	r = template_key(lab->options.image, str_text(&inputs), key, err);
	return r < 0 ? r : what(lab, &guest, &kind, key, progress, err);
}

/* The same, for the first node of a kind: whether one has to be made. That there will be none is
 * said. */
static bool try_template(struct lab_node *node, template_fn *what,
			 const struct lab_progress *progress)
{
	auto_free char *text = NULL;
	struct err err = ERR_INIT;
	int r = with_template(node, what, progress, &err);

	if (r >= 0 || node->lab->cancel)
		return r > 0;
	text = xasprintf("guests like '%s' boot, as they have no template: %s", node->plan->name,
			 err.msg);
	log_warning("%s", text);
	progress->note(progress->ctx, text);
	return false;
}

bool lab_templates_take(struct lab *lab, const struct lab_progress *progress)
{
	auto_free char *preload = xasprintf("%s/labd-memory.so", lab->options.libexec);
	bool missing = false;
	size_t kinds = 0;
	struct err err = ERR_INIT;

	if (lab->kvm) {
		log_info("no templates: guests that run on the processor boot");
		return false;
	}
	if (io_mkdirs(FOLDER, 0700, &err) < 0 ||
	    (symlink(preload, FOLDER "/" VIEW_PRELOAD) < 0 && err_errno(&err, errno, FOLDER)))
		log_warning("templates: %s", err.msg);
	for (size_t i = 0; i < lab->plan.n_nodes && !lab->cancel; i++) {
		struct lab_node *node = &lab->nodes[i];

		if (first_alike(node) != node || kinds++ == KINDS_MAX)
			continue;
		node->no_template = try_template(node, look, progress);
		missing |= node->no_template;
	}
	return missing;
}

void lab_templates_make(struct lab *lab, const struct lab_progress *progress)
{
	for (size_t i = 0; i < lab->plan.n_nodes && !lab->cancel; i++)
		if (lab->nodes[i].no_template)
			(void)try_template(&lab->nodes[i], make_and_take, progress);
}

/* --- using it --- */

char *lab_template_memory(const struct lab_node *node)
{
	auto_kind struct kind kind = kind_of(node);

	return take_ptr(kind.ram);
}

int lab_template_sum(const struct lab_node *node, const char **ret, struct err *err)
{
	auto_free char *memory = lab_template_memory(node);
	struct lab_node *first = &node->lab->nodes[first_alike(node)->index];

	if (access(memory, F_OK) < 0)
		return err_set(err, ESTALE, "its template is gone");
	if (!first->memory_sum[0] && digest_file(memory, first->memory_sum, err) < 0)
		return err_context(err, "its template");
	*ret = first->memory_sum;
	return 0;
}

int lab_restore(struct lab_node *node, const struct hv_guest *guest, const char *stream,
		struct err *err)
{
	auto_kind struct kind kind = kind_of(node);
	auto_free char *scratch = xasprintf(LAB_RUN "/n/%zu.scratch", node->index);
	struct hv_guest old = *guest;

	if (node->cloned) {
		old.cmdline = kind.cmdline;
		old.initrd = kind.initrd;
		old.memory = kind.ram;
	}
	return hv_restore(node->lab->hv, &old, stream, scratch, true, err);
}

int lab_clone(struct lab_node *node, const struct hv_guest *guest, const atomic_bool *cancel,
	      struct err *err)
{
	struct lab *lab = node->lab;
	const struct clone_identity identity = { node->plan->name, lab->keys, true };
	auto_kind struct kind kind = kind_of(node);
	auto_free char *scratch = xasprintf(FOLDER "/%s", node->plan->name);
	struct hv_guest clone = *guest;
	int r;

	if (guest->n_nics > NICS_MAX || access(kind.stream, F_OK) < 0)
		return err_set(err, ENOENT, "no template");
	clone.cmdline = kind.cmdline;
	clone.initrd = kind.initrd;
	clone.memory = kind.ram;
	r = hv_restore(lab->hv, &clone, kind.stream, scratch, false, err);
	if (r == 0)
		r = clone_tell(node->clone_socket, &identity, deadline_in_ms(TELL_DEADLINE_MS),
			       cancel, err);
	return r;
}
