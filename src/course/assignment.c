/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading an assignment. */
#include "course/assignment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GOALS_MAX 50
#define HINTS_MAX 50
#define FAULTS_MAX 100

static const struct xml_bound bounds[] = {
	{ "check", "goal", GOALS_MAX, 0 },
	{ "assignment", "hint", HINTS_MAX, 0 },
	{ "assignment", "fault", FAULTS_MAX, 0 },
};

static struct assignment_text load_texts(struct xml_problems *problems, const struct xml_node *at,
					 const char *name)
{
	struct assignment_text text = { xml_prose_in(problems, at, name, "en"),
					xml_prose_in(problems, at, name, "ko") };

	if (!text.en)
		text.en = xstrdup("");
	return text;
}

static char *load_attr(const struct xml_node *at, const char *attr)
{
	const char *value = at ? xml_attr(at, attr) : NULL;

	return xstrdup(value ? value : "");
}

static void load_goals(struct xml_problems *problems, const struct xml_node *check,
		       struct assignment *ret)
{
	struct xml_node *it;

	xml_for_each(it, check, "goal") {
		struct assignment_goal *goal = array_add(ret->goals, ret->n_goals);

		goal->phase = load_attr(it, "phase");
		goal->points = (unsigned int)xml_attr_unsigned(problems, it, "points", 1, 1000, 1);
		for (size_t i = 0; i + 1 < ret->n_goals; i++)
			if (str_eq(ret->goals[i].phase, goal->phase))
				xml_problem(problems, it, "phase", "phase '%s' is a goal already",
					    goal->phase);
	}
}

static void load_all(struct xml_problems *problems, const struct xml_node *root,
		     struct assignment *ret)
{
	const struct xml_node *check = xml_child(root, "check");
	struct xml_node *it;

	ret->name = load_attr(root, "name");
	ret->deadline = xml_attr(root, "deadline") ? load_attr(root, "deadline") : NULL;
	ret->title = load_texts(problems, root, "title");
	ret->task = load_texts(problems, root, "task");
	ret->topology = load_attr(xml_child(root, "topology"), "href");
	ret->check = load_attr(check, "href");
	if (check)
		load_goals(problems, check, ret);
	xml_for_each(it, root, "fault")
		*array_add(ret->faults, ret->n_faults) = load_attr(it, "href");
	xml_for_each(it, root, "hint")
		*array_add(ret->hints, ret->n_hints) = load_texts(problems, it, "text");
}

int assignment_load(const char *path, const char *schema_dir, struct assignment *ret,
		    struct xml_problems *problems, struct err *err)
{
	auto_free char *schema = xasprintf("%s/assignment.rng", schema_dir);
	const struct xml_options options = { .schema = schema,
					     .bounds = bounds,
					     .n_bounds = ARRAY_SIZE(bounds) };
	auto_assignment struct assignment assignment = { 0 };
	auto_xml_doc struct xml_doc *doc = NULL;
	int r = xml_open(path, &options, &doc, problems, err);

	if (r < 0)
		return r;
	if (xml_is(xml_root(doc), "assignment"))
		load_all(problems, xml_root(doc), &assignment);
	xml_problems_sort(problems, path);
	r = xml_problems_err(problems, err);
	if (r < 0)
		return r;
	*ret = assignment;
	assignment = (struct assignment){ 0 };
	return 0;
}

static void free_text(struct assignment_text *text)
{
	free(text->en);
	free(text->ko);
}

void assignment_free(struct assignment *assignment)
{
	free(assignment->name);
	free(assignment->deadline);
	free_text(&assignment->title);
	free_text(&assignment->task);
	free(assignment->topology);
	free(assignment->check);
	for (size_t i = 0; i < assignment->n_faults; i++)
		free(assignment->faults[i]);
	free(assignment->faults);
	for (size_t i = 0; i < assignment->n_goals; i++)
		free(assignment->goals[i].phase);
	free(assignment->goals);
	for (size_t i = 0; i < assignment->n_hints; i++)
		free_text(&assignment->hints[i]);
	free(assignment->hints);
	*assignment = (struct assignment){ 0 };
}

const char *assignment_words(const struct assignment_text *text, const char *lang)
{
	return str_eq(lang, "ko") && text->ko ? text->ko : text->en;
}

int assignment_hand_out(const char *xml, const char *name, const char *topology, const char *check,
			const char *fault, struct str *out, struct err *err)
{
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_xml_doc struct xml_doc *doc = NULL;
	int r = xml_open_text(xml, strlen(xml), name, NULL, &doc, &problems, err);
	struct xml_node *root, *it;

	if (r < 0)
		return r;
	root = xml_root(doc);
	xml_set_attr(xml_child(root, "topology"), "href", topology);
	xml_set_attr(xml_child(root, "check"), "href", check);
	while ((it = xml_child(root, "fault")))
		xml_remove(it);
	if (fault)
		xml_set_attr(xml_add_child(root, "fault"), "href", fault);
	xml_dump(doc, out);
	return 0;
}
