/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a lab has the nodes and ports that an experiment names. */
#include "experiment/experiment.h"

#include "base/str.h"
#include "net/point.h"

struct checker {
	bool (*has_port)(const void *ctx, const char *node, const char *nic);
	bool (*has_link)(const void *ctx, const char *link);
	const void *ctx;
	struct xml_problems *problems;
};

/* True when the node is there. */
static bool check_node(const struct checker *checker, const char *what, const char *name,
		       const char *node, const struct experiment_place *place)
{
	if (checker->has_port(checker->ctx, node, NULL))
		return true;
	xml_problem_at(checker->problems, place->file, place->line, place->column,
		       "%s '%s': the lab has no node '%s'", what, name, node);
	return false;
}

static void check_link(const struct checker *checker, const struct experiment_step *step)
{
	const struct experiment_place *place = &step->place;
	const char *link = json_get_text(step->words, "link", "");

	if (!checker->has_link(checker->ctx, link))
		xml_problem_at(checker->problems, place->file, place->line, place->column,
			       "the lab has no link '%s'", link);
}

static void check_steps(const struct checker *checker, const struct experiment_step *steps,
			size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (steps[i].act == EXPERIMENT_ACT_LINK)
			check_link(checker, &steps[i]);
		else if (!str_eq(steps[i].node, EXPERIMENT_EVERY_NODE))
			(void)check_node(checker, "step", steps[i].name, steps[i].node,
					 &steps[i].place);
}

static void check_expect(const struct checker *checker, const struct experiment_expect *expect)
{
	const struct experiment_place *place = &expect->place;

	if (!check_node(checker, "expectation", expect->name, expect->node, place))
		return;
	if (!checker->has_port(checker->ctx, expect->node, expect->nic))
		xml_problem_at(checker->problems, place->file, place->line, place->column,
			       str_eq(expect->node, NET_AIR)
				       ? "expectation '%s': '%s': the lab has no Wi-Fi link '%s'"
				       : "expectation '%s': node '%s' of the lab has no NIC '%s' "
					 "on a wire",
			       expect->name, expect->node, expect->nic);
}

int experiment_check(const struct experiment *experiment,
		     bool (*has_port)(const void *ctx, const char *node, const char *nic),
		     bool (*has_link)(const void *ctx, const char *link), const void *ctx,
		     struct xml_problems *problems, struct err *err)
{
	struct checker checker = { has_port, has_link, ctx, problems };
	size_t i;

	check_steps(&checker, experiment->prepare, experiment->n_prepare);
	check_steps(&checker, experiment->steps, experiment->n_steps);
	check_steps(&checker, experiment->restore, experiment->n_restore);
	for (i = 0; i < experiment->n_collects; i++) {
		const struct experiment_collect *collect = &experiment->collects[i];

		(void)check_node(&checker, "file", collect->as, collect->node, &collect->place);
	}
	for (i = 0; i < experiment->n_expects; i++)
		check_expect(&checker, &experiment->expects[i]);
	/* A remark at a port that the lab has not is not told, and fails nothing. */
	return xml_problems_err(problems, err);
}
