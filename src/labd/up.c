/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `up`: the walk over the plan, one thread a node, until the lab is ready. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "base/clock.h"
#include "base/log.h"
#include "image/kvm.h"
#include "labd/adopt.h"
#include "labd/bring.h"
#include "labd/freeze.h"
#include "labd/health.h"
#include "labd/link.h"
#include "labd/template.h"
#include "sandbox/limits.h"

struct walk {
	struct lab *lab;
	const struct lab_progress *progress;
	struct lab_wishes wishes;
	atomic_bool no_template; /* one has to be made, and nobody has begun it */
	int (*step)(const struct bring *bring, struct err *err); /* what is done with each node */
	/* Under lab->lock. */
	size_t next;                /* in the order of nth_node */
	struct lab_failure failure; /* the first counts */
	struct err err;
};

/* The first node that fails stops the others. */
static void fail(struct walk *walk, const struct bring *bring, struct err *why)
{
	struct lab *lab = walk->lab;
	bool first;

	/* Whose guest has ended says so: that its connection broke is not the cause. */
	if (!lab->cancel)
		(void)health_explain(bring->node, why);
	(void)pthread_mutex_lock(&lab->lock);
	first = !walk->err.code;
	if (first) {
		walk->failure = (struct lab_failure){ bring->node, bring->node->stage };
		walk->err = *why;
	}
	lab->cancel = true;
	(void)pthread_mutex_unlock(&lab->lock);
	if (!first)
		return;
	for (size_t i = 0; i < lab->plan.n_nodes; i++)
		guest_interrupt(lab->nodes[i].guest);
	bring_enter(bring, LAB_FAILED, why->msg);
}

static int make_node(const struct bring *bring, struct err *err)
{
	int r = bring_up(bring, err);

	if (r == 0)
		bring_enter(bring, LAB_CHECK, "waits for the others");
	return r;
}

/* Nodes with a radio come first: theirs is the longest way. NULL: that was all. */
static struct lab_node *nth_node(struct lab *lab, size_t nth)
{
	for (int radio = 1; radio >= 0; radio--)
		for (size_t i = 0; i < lab->plan.n_nodes; i++)
			if (!lab->nodes[i].radio_socket == !radio && nth-- == 0)
				return &lab->nodes[i];
	return NULL;
}

static struct lab_node *next_node(struct walk *walk)
{
	struct lab_node *node;

	(void)pthread_mutex_lock(&walk->lab->lock);
	node = walk->lab->cancel ? NULL : nth_node(walk->lab, walk->next++);
	(void)pthread_mutex_unlock(&walk->lab->lock);
	return node;
}

static void *work(void *arg)
{
	struct walk *walk = arg;
	struct lab_node *node;

	/* It is one of the guests that boot at a time, and whoever boots after it is its clone. */
	if (atomic_exchange(&walk->no_template, false))
		lab_templates_make(walk->lab, walk->progress);
	while ((node = next_node(walk))) {
		struct bring bring = { node, walk->progress, &walk->lab->cancel,
				       walk->wishes.whole };
		struct err err = ERR_INIT;

		if (walk->step(&bring, &err) < 0)
			fail(walk, &bring, &err);
	}
	return NULL;
}

/* Takes the step with every node, with at most so many at a time, and waits for all. */
static int for_each_node(struct walk *walk, int (*step)(const struct bring *, struct err *),
			 size_t at_a_time, struct err *err)
{
	size_t n = MIN(walk->lab->plan.n_nodes + walk->no_template, at_a_time), started;
	auto_free pthread_t *threads = xcalloc(n, sizeof(*threads));
	int r = 0;

	walk->step = step;
	walk->next = 0;
	for (started = 0; started < n; started++) {
		r = pthread_create(&threads[started], NULL, work, walk);
		if (r) {
			walk->lab->cancel = true;
			break;
		}
	}
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	if (r)
		return err_errno(err, r, "threads");
	/* One that failed has said why in walk->err. */
	return walk->lab->cancel ? err_set(err, ECANCELED, "cancelled") : 0;
}

/*
 * How many nodes boot at a time. An emulated guest that shares a processor with many others spends
 * its time on its own timer's ticks, and all together come up later (docs/performance.md).
 */
static size_t boots_at_a_time(const struct lab *lab)
{
	struct limits limits;

	if (lab->kvm)
		return SIZE_MAX;
	limits_read(&limits);
	log_info("%lld guests boot at a time, for %lld processors%s%s", limits.processors.value + 1,
		 limits.processors.value, limits.processors.by[0] ? " by " : "",
		 limits.processors.by);
	return (size_t)limits.processors.value + 1;
}

/* Under make_lock: what has died already may be made again beside it. */
static int make_links(struct lab *lab, struct err *err)
{
	int r = lab_open_wires(lab, err);

	for (size_t i = 0; r == 0 && i < lab->plan.n_nodes; i++)
		for (size_t j = 0; r == 0 && j < lab->plan.nodes[i].n_nics; j++)
			if (*lab->plan.nodes[i].nics[j].tap)
				r = wire_tap_add(lab->wire, lab->plan.nodes[i].nics[j].tap, err);
	for (size_t i = 0; r == 0 && i < lab->plan.n_links; i++)
		r = lab->links[i].kind->start(&lab->links[i], err);
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
	int r = lab_open_hv(lab, err);

	if (r == 0)
		choose_accelerator(walk);
	if (r == 0 && !walk->wishes.fresh)
		(void)lab_thaw_look(lab, walk->progress);
	if (r == 0)
		r = guest_keys_open(LAB_RUN "/keys", &lab->keys, err);
	if (r == 0)
		r = guest_keys_initrd(lab->keys, initrd, lab->initrd, err);
	if (r == 0)
		r = pki_open(LAB_RUN "/ca.pem", lab->options.name, &lab->pki, err);
	if (r == 0)
		r = helper_begin(lab, err);
	(void)pthread_mutex_lock(&lab->make_lock);
	if (r == 0)
		r = make_links(lab, err);
	(void)pthread_mutex_unlock(&lab->make_lock);
	for (size_t i = 0; r == 0 && i < lab->plan.n_nodes; i++) {
		struct lab_node *node = &lab->nodes[i];

		node->guest = guest_new(node->plan->name, node->ssh_socket, lab->keys);
	}
	if (r == 0)
		r = health_begin(lab, err);
	if (r == 0)
		lab->prepared = true;
	if (r == 0 && !walk->wishes.cold)
		walk->no_template = lab_templates_take(lab, walk->progress);
	return r;
}

/* 1: the lab is there, as it was when it was frozen; 0: it has to be made. */
static int thaw(struct walk *walk, struct err *err)
{
	struct lab *lab = walk->lab;
	int r = lab->frozen.dir ? lab_thaw(lab, walk->progress, err) : -ENOENT;

	if (r == 0) {
		lab_reconnect(lab);
		return 1;
	}
	if (lab->frozen.dir && !lab->cancel)
		lab_thaw_failed(lab, walk->progress, err);
	return lab->cancel ? err_set(err, ECANCELED, "cancelled") : 0;
}

static int walk_all(struct walk *walk, struct err *err)
{
	int r = prepare(walk, err);

	if (r == 0)
		r = thaw(walk, err);
	if (r != 0)
		return r < 0 ? r : 0;
	err_clear(err);
	if (r == 0)
		r = for_each_node(walk, make_node, boots_at_a_time(walk->lab), err);
	if (r == 0)
		r = for_each_node(walk, bring_ready, SIZE_MAX, err);
	if (walk->err.code) {
		*err = walk->err;
		r = err_context(err, "node '%s': %s", walk->failure.node->plan->name,
				lab_stage_name(walk->failure.stage));
	}
	return r;
}

int lab_up(struct lab *lab, const struct lab_wishes *wishes, const struct lab_progress *progress,
	   struct lab_failure *failure, struct err *err)
{
	struct walk walk = { .lab = lab, .progress = progress, .wishes = *wishes };
	int64_t begin = clock_mono_ns();
	bool first;
	int r;

	walk.wishes.whole |= lab->plan.whole;
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
