/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/turns.h"

#include <inttypes.h>

#include "base/clock.h"
#include "lib/tests.h"
#include "role/cast.h"
#include "role/role.h"
#include "run/run.h"

static const struct wireshark_wifi wifi = { .ssid = "iptime01", .passphrase = "learn-by-doing" };

/* --- a run, judged --- */

struct known {
	char *key;
	struct wireshark_answer answer;
};

/* What is asked of unchanged captures is asked once for all rows. */
struct judged {
	struct experiment experiment;
	struct experiment_args args;
	struct experiment_outcome outcome; /* of the unchanged captures */
	struct wireshark *ws;
	size_t run;
	struct known *known;
	size_t n_known;
	const char *hop, *changed; /* of the row: the hop, and the file in place of its own */
};

#define RUNS_MAX 16

static struct judged judged[RUNS_MAX];
static const struct turns_run *runs;
static const struct turns_row *rows;
static size_t n_runs, n_rows;

static char *fixture(size_t run, const char *hop)
{
	auto_free char *dir = source_path("tests/fixtures/%s", runs[run].name);

	return run_capture_path(dir, hop);
}

static struct wireshark_answer answer_copy(const struct wireshark_answer *from)
{
	struct wireshark_answer copy = *from;

	for (size_t i = 0; i < WIRESHARK_FIELDS; i++)
		copy.values[i] = from->values[i] ? xstrdup(from->values[i]) : NULL;
	copy.near.field = from->near.field ? xstrdup(from->near.field) : NULL;
	copy.near.want = from->near.want ? xstrdup(from->near.want) : NULL;
	copy.near.have = from->near.have ? xstrdup(from->near.have) : NULL;
	return copy;
}

static int ask_known(struct judged *j, const struct wireshark_query *q, struct wireshark_answer *a,
		     struct err *err)
{
	auto_free char *key = xasprintf("%s %" PRId64 " %s", q->file, q->after_ns, q->filter);
	auto_free char *path = fixture(j->run, q->file);
	struct wireshark_query real = *q;
	struct known *known;
	int r;

	for (size_t i = 0; i < j->n_known; i++) {
		if (!str_eq(j->known[i].key, key))
			continue;
		*a = answer_copy(&j->known[i].answer);
		return 0;
	}
	real.file = path;
	r = wireshark_ask(j->ws, &real, 1, a, err);
	if (r < 0)
		return r;
	known = array_add(j->known, j->n_known);
	known->key = take_ptr(key);
	known->answer = answer_copy(a);
	return 0;
}

static int ask(void *ctx, const struct wireshark_query *q, size_t n, struct wireshark_answer *a,
	       struct err *err)
{
	struct judged *j = ctx;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct wireshark_query changed = q[i];
		bool other = !j->hop || !str_eq(q[i].file, j->hop);

		changed.file = j->changed;
		r = other ? ask_known(j, &q[i], &a[i], err)
			  : wireshark_ask(j->ws, &changed, 1, &a[i], err);
	}
	return r;
}

static void load(struct judged *j, const char *experiment, const char *lab,
		 const char *const *parameters)
{
	auto_free char *path = source_path("topologies/experiments/%s.xml", experiment);
	auto_free char *schemas = source_path("topologies");
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_topo struct topo topo = { 0 };
	struct cast_wish wish = { .topo = &topo };
	struct err err = ERR_INIT;

	if (topo_load(lab, schemas, role_all, &topo, &problems, &err) < 0 ||
	    experiment_load_cast(path, schemas, cast_lab, &wish, &j->experiment, &problems, &err) <
		    0)
		fail_msg("%s", err.msg);
	experiment_args_init(&j->experiment, &j->args);
	for (; parameters[0] && parameters[1]; parameters += 2)
		if (experiment_set_parameter(&j->experiment, &j->args, parameters[0], parameters[1],
					     &err) < 0)
			fail_msg("%s", err.msg);
}

static void judge(struct judged *j, struct experiment_outcome *ret)
{
	struct err err = ERR_INIT;

	if (experiment_judge(&j->experiment, &j->args, ask, j, ret, &err) < 0)
		fail_msg("%s", err.msg);
}

static struct judged *judged_run(size_t run)
{
	auto_free char *lab = source_path("topologies/%s.xml", runs[run].lab);
	struct judged *j = &judged[run];
	const struct wireshark_setup setup = { .sharkd = "sharkd", .wifi = &wifi, .n_wifi = 1 };

	if (j->ws)
		return j;
	load(j, runs[run].experiment, lab, runs[run].parameters);
	j->run = run;
	wireshark_open(&setup, folder, &j->ws);
	judge(j, &j->outcome);
	return j;
}

static void end_judged(struct judged *j)
{
	for (size_t i = 0; i < j->n_known; i++) {
		free(j->known[i].key);
		wireshark_answer_free(&j->known[i].answer);
	}
	free(j->known);
	experiment_outcome_free(&j->outcome);
	experiment_args_free(&j->args);
	experiment_free(&j->experiment);
	wireshark_close(j->ws);
}

/* --- the tests --- */

/* The report that "NAME@NODE:NIC" or the name of a remark means. */
static const struct experiment_expect_report *find(const struct experiment_outcome *outcome,
						   const char *name)
{
	for (size_t i = 0; i < outcome->n_expects; i++) {
		const struct experiment_expect *expect = outcome->expects[i].expect;
		auto_free char *full =
			xasprintf("%s@%s:%s", expect->name, expect->node, expect->nic);

		if (outcome->expects[i].verdict != EXPERIMENT_VERDICT_SKIPPED && str_eq(full, name))
			return &outcome->expects[i];
	}
	for (size_t i = 0; i < outcome->n_remarks; i++)
		if (str_eq(outcome->remarks[i].asked.expect->name, name))
			return &outcome->remarks[i].asked;
	return NULL;
}

static void check_turned(const struct turns_row *row, const struct experiment_outcome *before,
			 const struct experiment_outcome *after)
{
	auto_free char *names = xstrdup(row->turns);
	char *rest = NULL;

	for (char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
		const struct experiment_expect_report *a = find(before, name),
						      *b = find(after, name);

		if (!a || a->verdict != EXPERIMENT_VERDICT_HOLDS)
			fail_msg("%s: '%s' does not hold before", row->name, name);
		if (b->verdict == EXPERIMENT_VERDICT_HOLDS)
			fail_msg("%s: '%s' still holds", row->name, name);
		if (name == names && row->field &&
		    (!str_eq(b->answer.near.field, row->field) ||
		     !str_eq(b->answer.near.have, row->have)))
			fail_msg("%s: nearest is frame %ju, %s is %s: %s", row->name,
				 (uintmax_t)b->answer.near.frame, b->answer.near.field,
				 b->answer.near.have, b->why);
	}
}

static void test_row(void **state)
{
	const struct turns_row *row = *state;
	struct judged *j = judged_run(row->run);
	auto_experiment_outcome struct experiment_outcome after = { 0 };
	auto_free char *path = fixture(row->run, row->hop);
	/* A hop of the run, or a file of another. */
	const char *other = row->change.from;
	auto_free char *from = !other               ? NULL
			       : strchr(other, '/') ? source_path("tests/fixtures/%s", other)
						    : fixture(row->run, other);
	/* Another name for each row: sharkd is asked about another file. */
	auto_free char *to = xasprintf("%s/%td.pcapng", folder, row - rows);
	auto_free char *again = xasprintf("%s/%td-again.pcapng", folder, row - rows);
	struct change change = row->change;
	struct err err = ERR_INIT;

	change.from = from;
	if (mutate(j->ws, path, &change, &wifi, to, &err) < 0 ||
	    (change.then && mutate(j->ws, to, change.then, &wifi, again, &err) < 0))
		fail_msg("%s: %s", row->name, err.msg);
	j->hop = row->hop;
	j->changed = change.then ? again : to;
	judge(j, &after);
	j->hop = NULL;
	check_turned(row, &j->outcome, &after);
}

static void test_holds(void **state)
{
	const struct turns_run *run = *state;
	struct judged *j = judged_run((size_t)(run - runs));

	if (j->outcome.result != EXPERIMENT_PASSED)
		fail_msg("%s", j->outcome.reason);
	for (size_t i = 0; i < j->outcome.n_phases; i++)
		if (j->outcome.phases[i].verdict != EXPERIMENT_VERDICT_HOLDS ||
		    (i && j->outcome.phases[i].end_ns < j->outcome.phases[i - 1].begin_ns))
			fail_msg("phase '%s'", j->outcome.phases[i].phase->name);
}

/* Some row of the experiment turns this name; at which of its hops does not matter. */
static bool is_turned(const char *experiment, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < n_rows; i++)
		for (const char *at = rows[i].turns; (at = strstr(at, name)); at += len)
			if (str_eq(runs[rows[i].run].experiment, experiment) &&
			    (at == rows[i].turns || at[-1] == ' ') &&
			    (!at[len] || strchr("@ ", at[len])))
				return true;
	return false;
}

/* No expectation and no remark is without a row: each can be turned. */
static void test_every_row(void **state)
{
	const struct turns_run *run = *state;
	const struct experiment *e = &judged_run((size_t)(run - runs))->experiment;

	for (size_t i = 0; i < e->n_expects; i++)
		if (!is_turned(e->name, e->expects[i].name))
			fail_msg("no row turns the expectation '%s'", e->expects[i].name);
	for (size_t i = 0; i < e->n_remarks; i++)
		if (!is_turned(e->name, e->remarks[i].asked.name))
			fail_msg("no row turns the remark '%s'", e->remarks[i].asked.name);
}

void turns_judge(size_t run, const char *hop, const char *file, struct experiment_outcome *ret)
{
	struct judged *j = judged_run(run);

	j->hop = hop;
	j->changed = file;
	judge(j, ret);
	j->hop = NULL;
}

void turns_add(const struct turns_run *their_runs, size_t n_their_runs,
	       const struct turns_row *their_rows, size_t n_their_rows)
{
	assert_true(n_their_runs <= RUNS_MAX);
	runs = their_runs;
	n_runs = n_their_runs;
	rows = their_rows;
	n_rows = n_their_rows;
	for (size_t i = 0; i < n_runs; i++)
		add_test(runs[i].name, test_holds, &runs[i]);
	for (size_t i = 0; i < n_rows; i++)
		add_test(rows[i].name, test_row, &rows[i]);
	for (size_t i = 0; i < n_runs; i++)
		add_test("every row", test_every_row, &runs[i]);
}

void turns_end(void)
{
	for (size_t i = 0; i < n_runs; i++)
		end_judged(&judged[i]);
}

/* --- any folder --- */

static int ask_folder(void *ctx, const struct wireshark_query *q, size_t n,
		      struct wireshark_answer *a, struct err *err)
{
	return wireshark_ask(ctx, q, n, a, err);
}

static void print(const struct experiment_outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_expects; i++) {
		const struct experiment_expect_report *report = &outcome->expects[i];

		printf("%-11s %s (%s:%s) %ju%s%s\n", experiment_verdict_name(report->verdict),
		       report->expect->name, report->expect->node, report->expect->nic,
		       (uintmax_t)report->answer.count, report->why ? ": " : "",
		       report->why ? report->why : "");
	}
	for (size_t i = 0; i < outcome->n_remarks; i++)
		if (outcome->remarks[i].wire.en)
			printf("remark      %s: %s\n", outcome->remarks[i].remark->asked.name,
			       outcome->remarks[i].wire.en);
}

int turns_folder(const char *experiment, char **args)
{
	const struct wireshark_setup setup = { .sharkd = "sharkd", .wifi = &wifi, .n_wifi = 1 };
	auto_free char *lab = run_path(args[0], RUN_TOPOLOGY);
	struct judged j = { 0 };
	struct err err = ERR_INIT;

	load(&j, experiment, lab, (const char *const *)(uintptr_t)(args + 1));
	wireshark_open(&setup, args[0], &j.ws);
	if (experiment_judge(&j.experiment, &j.args, ask_folder, j.ws, &j.outcome, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	print(&j.outcome);
	end_judged(&j);
	return 0;
}
