/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of a run: what every node knows before the first frame, and after the last. */
#include <string.h>

#include "ctl/message.h"
#include "labd/run.h"

#define DEADLINE_MS 60000
#define END "\036" /* behind each table, and behind the status of its command */

static const char *const moments[] = { [RUN_BEFORE] = "before", [RUN_AFTER] = "after" };

/* {"format":1, "tables":[{"node", "kind", "before", "after"}], "notes":[]}; all are there from the
 * start, in the lab's order. */
static json_t *none_yet(const struct plan *plan)
{
	json_t *tables = json_array();

	for (size_t i = 0; i < plan->n_nodes; i++)
		for (size_t j = 0; j < plan->nodes[i].n_tables; j++)
			(void)json_array_append_new(tables,
						    json_pack("{s:s, s:s, s:n, s:n}", "node",
							      plan->nodes[i].name, "kind",
							      plan->nodes[i].tables[j].kind,
							      "before", "after"));
	return json_pack("{s:i, s:o, s:[]}", "format", 1, "tables", tables, "notes");
}

static void note(struct run *run, const struct plan_node *node, const char *kind,
		 enum run_moment moment, const char *why)
{
	auto_free char *text = xasprintf("table '%s' of '%s' %s the run: %s", kind, node->name,
					 moments[moment], why);

	(void)json_array_append_new(json_object_get(run->tables, "notes"), json_text(text));
}

/* All of a node's tables by one command: a channel costs an emulated guest more than they do.
 * Before a run, routers know their neighbours. */
static char *command_of(const struct plan_node *node, enum run_moment moment)
{
	auto_str struct str out = { 0 };

	if (moment == RUN_BEFORE)
		str_adds(&out, "[ ! -x " PLAN_MEET " ] || " PLAN_MEET " >/dev/null 2>&1\n");
	for (size_t i = 0; i < node->n_tables; i++)
		str_addf(&out, "{ %s\n} 2>&1; printf '\\036%%d\\036' $?\n",
			 node->tables[i].command);
	return str_take(&out);
}

/* The next part of what a node said; NULL at its end. */
static char *next_part(const char **at)
{
	const char *end = strstr(*at, END);
	char *part = end ? xstrndup(*at, (size_t)(end - *at)) : NULL;

	if (end)
		*at = end + strlen(END);
	return part;
}

/* The node's tables go to those from *at on. */
static void take(struct run *run, const struct run_share *share, enum run_moment moment, size_t *at)
{
	const struct plan_node *node = share->node->plan;
	const char *text = str_text(&share->out);

	for (size_t i = 0; i < node->n_tables; i++, ++*at) {
		auto_free char *table = next_part(&text);
		auto_free char *status = table ? next_part(&text) : NULL;

		if (status && str_eq(status, "0"))
			(void)json_object_set_new(
				json_array_get(json_object_get(run->tables, "tables"), *at),
				moments[moment], json_text(table));
		else
			note(run, node, node->tables[i].kind, moment,
			     status         ? table
			     : share->r < 0 ? share->err.msg
					    : "the node did not send all of it");
	}
}

void run_tables(struct run *run, enum run_moment moment)
{
	struct lab *lab = run->lab;
	size_t n = lab->plan.n_nodes, at = 0;
	auto_free struct run_share *shares = xcalloc(n, sizeof(*shares));

	if (!run->tables)
		run->tables = none_yet(&lab->plan);
	if (run->stop) {
		/* Nobody would be asked, and each would say so. */
		(void)json_array_append_new(
			json_object_get(run->tables, "notes"),
			json_string("the nodes' tables were not read: the run ended early"));
		return;
	}
	for (size_t i = 0; i < n; i++)
		shares[i] = (struct run_share){ .run = run,
						.node = &lab->nodes[i],
						.command = command_of(lab->nodes[i].plan, moment),
						.deadline_ms = DEADLINE_MS };
	run_shares(shares, n);
	for (size_t i = 0; i < n; i++) {
		take(run, &shares[i], moment, &at);
		str_free(&shares[i].out);
		free((void *)(uintptr_t)shares[i].command);
	}
}
