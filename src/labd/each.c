/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads that share a lab's nodes. */
#include "labd/each.h"

#include <sys/param.h>

#include "sandbox/limits.h"

struct each {
	struct lab *lab;
	const bool *wanted;
	each_fn *fn;
	void *ctx;
	/* Under lab->lock. */
	size_t next;
	struct err err;
};

static struct lab_node *next_node(struct each *each)
{
	struct lab *lab = each->lab;
	struct lab_node *node = NULL;

	(void)pthread_mutex_lock(&lab->lock);
	while (!each->err.code && !node && each->next < lab->plan.n_nodes) {
		if (!each->wanted || each->wanted[each->next])
			node = &lab->nodes[each->next];
		each->next++;
	}
	(void)pthread_mutex_unlock(&lab->lock);
	return node;
}

static void *work(void *arg)
{
	struct each *each = arg;
	struct lab_node *node;

	while ((node = next_node(each))) {
		struct err err = ERR_INIT;

		if (each->fn(node, each->ctx, &err) >= 0)
			continue;
		(void)err_context(&err, "node '%s'", node->plan->name);
		(void)pthread_mutex_lock(&each->lab->lock);
		if (!each->err.code)
			each->err = err;
		(void)pthread_mutex_unlock(&each->lab->lock);
	}
	return NULL;
}

size_t each_processor(void)
{
	struct limits limits;

	limits_read(&limits);
	return (size_t)limits.processors.value + 1;
}

int each_node(struct lab *lab, const bool *wanted, size_t at_a_time, each_fn *fn, void *ctx,
	      struct err *err)
{
	struct each each = { .lab = lab, .wanted = wanted, .fn = fn, .ctx = ctx };
	size_t n = MIN(lab->plan.n_nodes, at_a_time), started = 0;
	auto_free pthread_t *threads = xcalloc(n, sizeof(*threads));

	while (started < n && pthread_create(&threads[started], NULL, work, &each) == 0)
		started++;
	if (started == 0)
		(void)work(&each);
	for (size_t i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	if (each.err.code)
		*err = each.err;
	return each.err.code;
}
