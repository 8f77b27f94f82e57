/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lab's links, whatever their kinds. */
#include "labd/link.h"

#include <errno.h>

#include "base/clock.h"
#include "labd/event.h"

static const struct link_kind *const kinds[] = {
	[TOPO_LINK_WIRE] = &link_wire,
	[TOPO_LINK_WIFI] = &link_air,
};

static int start_again(struct helper *helper, struct err *err)
{
	struct lab_link *link = helper->ctx;

	return link->kind->start(link, err);
}

void link_open(struct lab *lab)
{
	lab->links = xcalloc(lab->plan.n_links, sizeof(*lab->links));
	for (size_t i = 0; i < lab->plan.n_links; i++) {
		struct lab_link *link = &lab->links[i];

		*link = (struct lab_link){ .lab = lab,
					   .plan = &lab->plan.links[i],
					   .kind = kinds[lab->plan.links[i].kind],
					   .helper = &lab->helpers[i] };
		link->helper->kind = link->kind->helper;
		link->helper->link = link->plan->name;
		link->helper->again = start_again;
		link->helper->ctx = link;
		link->kind->open(link);
	}
}

bool link_is_down(struct lab *lab, size_t index)
{
	const struct lab_link *link = index < lab->plan.n_links ? &lab->links[index] : NULL;
	bool down;

	if (!link || !link->kind->is_down)
		return false;
	(void)pthread_mutex_lock(&lab->make_lock);
	down = link->kind->is_down(link);
	(void)pthread_mutex_unlock(&lab->make_lock);
	return down;
}

struct lab_link *link_find(struct lab *lab, const char *name, struct err *err)
{
	auto_free const char **names = xcalloc(lab->plan.n_links, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < lab->plan.n_links; i++) {
		names[i] = lab->plan.links[i].name;
		if (str_eq(names[i], name))
			return &lab->links[i];
	}
	near = str_nearest(name, names, lab->plan.n_links);
	(void)err_set(err, ENOENT, "link '%s': not in lab '%s'%s%s%s", name, lab->options.name,
		      near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}

json_t *link_describe(struct lab_link *link)
{
	const struct plan_link *plan = link->plan;
	auto_json json_t *ends = json_array();
	auto_json json_t *more = NULL;
	json_t *out;

	for (size_t i = 0; i < plan->n_ends; i++) {
		const struct plan_node *node = &link->lab->plan.nodes[plan->ends[i].node];

		(void)json_array_append_new(ends, json_sprintf("%s:%s", node->name,
							       node->nics[plan->ends[i].nic].name));
	}
	more = link->kind->describe(link, ends);
	if (!more)
		return NULL;
	out = json_pack("{s:s, s:s}", "name", plan->name, "kind", topo_link_kind_name(plan->kind));
	(void)json_object_update(out, more);
	return out;
}

json_t *link_describe_all(struct lab *lab)
{
	json_t *links = json_array(), *one;

	(void)pthread_mutex_lock(&lab->make_lock);
	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		for (size_t i = 0; i < lab->plan.n_links; i++)
			if (lab->links[i].kind == kinds[kind] &&
			    (one = link_describe(&lab->links[i])))
				(void)json_array_append_new(links, one);
	(void)pthread_mutex_unlock(&lab->make_lock);
	return links;
}

int link_change(struct lab_link *link, const json_t *words, struct err *err)
{
	auto_json json_t *was = link_describe(link), *is = NULL;
	int64_t begin = clock_real_ns();
	int r = link->kind->change(link, words, err);

	is = r == 0 ? link_describe(link) : NULL;
	if (was && is)
		event_link(link->lab, begin, was, is, words);
	return r;
}

json_t *link_save_all(const struct lab *lab)
{
	json_t *links = json_object();

	for (size_t i = 0; i < lab->plan.n_links; i++)
		(void)json_object_set_new(links, lab->plan.links[i].name,
					  lab->links[i].kind->save(&lab->links[i]));
	return links;
}

int link_restore(struct lab *lab, const json_t *saved, struct err *err)
{
	int r = 0;

	(void)pthread_mutex_lock(&lab->make_lock);
	for (size_t i = 0; i < lab->plan.n_links; i++) {
		struct lab_link *link = &lab->links[i];
		const json_t *state = json_object_get(saved, link->plan->name);
		struct err own = ERR_INIT;

		if (state && link->kind->restore(link, state, &own) < 0 && r == 0)
			r = err_set(err, -own.code,
				    "link '%s': is not as it was before the run: %s",
				    link->plan->name, own.msg);
	}
	(void)pthread_mutex_unlock(&lab->make_lock);
	return r;
}
