/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an experiment does to the lab itself: links and nodes. */
#include "labd/adopt.h"
#include "labd/link.h"
#include "labd/restart.h"
#include "labd/run.h"

/* What a link is before the run's first change of it: also for a labd that has to end the run. */
static void keep(const struct lab_link *link)
{
	struct lab *lab = link->lab;
	json_t *undo;

	(void)pthread_mutex_lock(&lab->lock);
	undo = json_object_get(lab->run, "undo");
	if (!json_object_get(undo, link->plan->name))
		(void)json_object_set_new(undo, link->plan->name, link->kind->save(link));
	(void)pthread_mutex_unlock(&lab->lock);
}

int run_link(void *ctx, const json_t *words, struct err *err)
{
	struct run *run = ctx;
	struct lab_link *link = link_find(run->lab, json_get_text(words, "link", ""), err);
	int r;

	if (!link)
		return err->code;
	(void)pthread_mutex_lock(&run->lab->make_lock);
	keep(link);
	/* Before it is changed, too: a labd that dies in between leaves what undoes it. */
	r = lab_record_held(run->lab, err);
	if (r == 0)
		r = link_change(link, words, err);
	if (r == 0)
		r = lab_record_held(run->lab, err);
	(void)pthread_mutex_unlock(&run->lab->make_lock);
	return r;
}

int run_undo(struct run *run, struct err *err)
{
	struct lab *lab = run->lab;
	auto_json json_t *undo = NULL;

	(void)pthread_mutex_lock(&lab->lock);
	undo = json_incref(json_object_get(lab->run, "undo"));
	(void)pthread_mutex_unlock(&lab->lock);
	return link_restore(lab, undo, err);
}

int run_restart(void *ctx, const char *name, struct err *err)
{
	struct run *run = ctx;
	struct lab_node *node = lab_find_node(run->lab, name, err);

	return node ? restart_node(node, &run->lab->cancel, err) : err->code;
}
