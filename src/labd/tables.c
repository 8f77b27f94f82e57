/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of a run: what every node knows before the first frame, and after the last. */
#include <string.h>

#include "ctl/message.h"
#include "labd/run.h"
#include "labd/said.h"

#define DEADLINE_MS 60000
/* Of tables; of what conntrack and the drop monitor may have written, which have bounds of their
 * own; and of connections listed. */
#define OUTPUT_LIMIT (12 << 20)
#define END "\036" /* behind each table, and behind the status of its command */

static const char *const moments[] = { [RUN_BEFORE] = "before", [RUN_AFTER] = "after" };

/*
 * Whoever translates addresses is found by its kernel, not by the topology: commands of an author's
 * do it as well as a role. Connections that were known before, or begin or end meanwhile; a list of
 * them at the end, should one have been missed.
 */
#define TRANSLATES                                              \
	"[ -e /proc/sys/net/netfilter/nf_conntrack_count ] && " \
	"grep -q '^nf_nat ' /proc/modules"
#define EVENTS "/run/labd-conntrack"
static const char *const connections[] = {
	[RUN_BEFORE] = "if " TRANSLATES "; then\n"
		       "[ ! -s " EVENTS ".pid ] || kill \"$(cat " EVENTS ".pid)\" 2>/dev/null\n"
		       "(ulimit -f 4096; exec conntrack -E -e NEW,DESTROY) </dev/null >" EVENTS
		       " 2>" EVENTS ".err &\n"
		       "echo $! >" EVENTS ".pid\n"
		       "conntrack -L 2>/dev/null\n"
		       "printf '\\0360\\036'\nfi\n",
	[RUN_AFTER] = "if " TRANSLATES "; then\n"
		      "cat " EVENTS "; conntrack -L 2>/dev/null\n"
		      "[ -s " EVENTS ".pid ] && kill \"$(cat " EVENTS
		      ".pid)\" && ! grep -q ENOBUFS " EVENTS ".err\n"
		      "printf '\\036%d\\036' $?\n"
		      "rm -f " EVENTS " " EVENTS ".pid " EVENTS ".err\nfi 2>/dev/null\n",
};

/* What the kernel drops meanwhile, and why (images/guest/drops.c). */
#define DROPS(what) PLAN_LIB "/labd-drops " what " /run/labd-drops 2>/dev/null"

static const char policies[] = "{ ip -4 rule; ip -6 rule; } 2>/dev/null; printf '\\036'\n";

/* {"format":1, "tables":[{"node", "kind", "before", "after"}], "notes":[], "connections":[{"node",
 * "known", "complete"}], "drops":[{"node", "packets", "complete"}], "policies":["node"]}; all
 * tables are there from the start, in the lab's order. */
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
	return json_pack("{s:i, s:o, s:[], s:[], s:[], s:[]}", "format", 1, "tables", tables,
			 "notes", "connections", "drops", "policies");
}

static void note(struct run *run, const struct plan_node *node, const char *kind,
		 enum run_moment moment, const char *why)
{
	auto_free char *text = xasprintf("table '%s' of '%s' %s the run: %s", kind, node->name,
					 moments[moment], why);

	(void)json_array_append_new(json_object_get(run->tables, "notes"), json_text(text));
}

static bool has_routes(const struct plan_node *node)
{
	for (size_t i = 0; i < node->n_tables; i++)
		if (str_prefix(node->tables[i].kind, "routes"))
			return true;
	return false;
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
	if (has_routes(node))
		str_adds(&out, policies);
	if (moment == RUN_AFTER)
		str_adds(&out, DROPS("end") "; printf '\\036'\n");
	str_adds(&out, SAID_SERVICES "printf '\\036'\n");
	str_adds(&out, connections[moment]);
	if (moment == RUN_BEFORE)
		str_adds(&out, DROPS("begin") "\n:\n");
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

/* Rules by which other tables than the main one count; none is what Linux begins with. */
static bool is_policy(const char *rule)
{
	static const char *const first[] = { "0:\tfrom all lookup local",
					     "32766:\tfrom all lookup main",
					     "32767:\tfrom all lookup default" };
	size_t len = strcspn(rule, "\n");

	while (len && rule[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		if (strlen(first[i]) == len && memcmp(rule, first[i], len) == 0)
			return false;
	return len > 0;
}

static void take_policies(struct run *run, const char *node, const char **at)
{
	auto_free char *rules = next_part(at);
	const char *rule = rules;

	while (rule && *rule && !is_policy(rule))
		rule += strcspn(rule, "\n") + (strchr(rule, '\n') ? 1 : 0);
	if (rule && *rule)
		(void)json_array_append_new(json_object_get(run->tables, "policies"),
					    json_string(node));
}

/* Which packets the kernel dropped, if the image can say it and the node was not restarted. The
 * last line says whether these are all. */
static void take_drops(struct run *run, const char *node, const char **at)
{
	auto_free char *text = next_part(at);

	if (text && *text)
		(void)json_array_append_new(json_object_get(run->tables, "drops"),
					    json_pack("{s:s, s:o, s:b}", "node", node, "packets",
						      json_text(text), "complete",
						      strstr(text, "end 0\n") != NULL));
}

static void take_services(struct run *run, const struct run_share *share, enum run_moment moment,
			  const char **at)
{
	auto_free char *text = next_part(at);

	if (text)
		run_services(run, share, moment, text);
}

/* Without all of them, packets are told as changed or dropped that were only changed. */
static void check_connections(struct run *run, const struct plan_node *node)
{
	const json_t *entry =
		json_find(json_object_get(run->tables, "connections"), "node", node->name);

	if (entry && !json_is_true(json_object_get(entry, "complete")))
		note(run, node, "connections", RUN_AFTER,
		     "there are more than are kept, or some were missed");
}

/* What stands behind the tables: lines of conntrack, of a node that translates. */
static void take_connections(struct run *run, const struct plan_node *node, enum run_moment moment,
			     const char *text)
{
	json_t *list = json_object_get(run->tables, "connections");
	json_t *entry = json_find(list, "node", node->name);
	auto_free char *known = next_part(&text);
	auto_free char *status = known ? next_part(&text) : NULL;
	auto_str struct str all = { 0 };

	if (!known)
		return;
	if (!entry) {
		entry = json_pack("{s:s}", "node", node->name);
		(void)json_array_append_new(list, entry);
	}
	str_addf(&all, "%s%s", json_get_text(entry, "known", ""), known);
	(void)json_object_set_new(entry, "known", json_text(str_text(&all)));
	(void)json_object_set_new(
		entry, "complete",
		json_boolean(moment == RUN_AFTER && status && str_eq(status, "0")));
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
	if (has_routes(node))
		take_policies(run, node->name, &text);
	if (moment == RUN_AFTER)
		take_drops(run, node->name, &text);
	take_services(run, share, moment, &text);
	take_connections(run, node, moment, text);
	if (moment == RUN_AFTER)
		check_connections(run, node);
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
						.deadline_ms = DEADLINE_MS,
						.own = true,
						.limit = OUTPUT_LIMIT };
	run_shares(shares, n);
	for (size_t i = 0; i < n; i++) {
		take(run, &shares[i], moment, &at);
		str_free(&shares[i].out);
		free((void *)(uintptr_t)shares[i].command);
	}
}
