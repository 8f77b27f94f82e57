/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The experiments that came with labd over captures of real runs (tests/fixtures/fetch): everything
 * holds; and for each expectation and remark there is a change of a capture that turns it, and the
 * verdict says which frame came nearest.
 *
 * test-fetch FOLDER [PARAMETER VALUE]... prints what fetch says of any run folder.
 * Covers: src/experiment/ask.c src/experiment/judge.c src/wireshark/nearest.c
 */
#include <inttypes.h>

#include "base/clock.h"
#include "experiment/experiment.h"
#include "lib/mutate.h"
#include "lib/tests.h"
#include "role/cast.h"
#include "role/role.h"
#include "run/run.h"

#define AIR "wifi:client-ap"

static const struct wireshark_wifi wifi = { .ssid = "iptime01", .passphrase = "learn-by-doing" };

/* --- the runs --- */

enum run { RUN_TLS13, RUN_RSA, RUN_SCHOOL, RUN_CACHED, RUN_TLS, RUN_HTTP, RUN_TRACEROUTE };

static const struct {
	const char *name; /* of the folder under tests/fixtures/fetch */
	const char *lab, *experiment;
	const char *parameters[5];
} runs[] = {
	[RUN_TLS13] = { "tls13-http2", "small", "fetch", { NULL } },
	[RUN_RSA] = { "tls12-rsa-http11",
		      "small",
		      "fetch",
		      { "tls", "1.2-rsa", "http", "1.1", NULL } },
	[RUN_SCHOOL] = { "school", "school", "fetch", { NULL } },
	[RUN_CACHED] = { "cached", "small", "cached", { NULL } },
	[RUN_TLS] = { "tls", "small", "tls", { NULL } },
	[RUN_HTTP] = { "http", "small", "http", { NULL } },
	[RUN_TRACEROUTE] = { "traceroute", "small", "traceroute", { NULL } },
};

static char *fixture(enum run run, const char *hop)
{
	auto_free char *dir = source_path("tests/fixtures/fetch/%s", runs[run].name);

	return *hop ? run_capture_path(dir, hop) : take_ptr(dir);
}

/* --- the rows --- */

struct row {
	const char *name;
	enum run run;
	const char *hop; /* whose file is changed */
	struct change change;
	/* What holds before and not after, "NAME@NODE:NIC" or the name of a remark; blanks
	 * between. */
	const char *turns;
	const char *field, *have; /* the nearest frame of the first of them; NULL: not looked at */
};

#define BEACON "wlan.fc.type_subtype == 8"
#define ASSOCIATION "wlan.fc.type_subtype == 0"
#define EDIT_ALL(filter_, field_, bytes_)                                              \
	{                                                                              \
		.mutation = MUTATION_EDIT_ALL, .filter = (filter_), .field = (field_), \
		.bytes = (bytes_)                                                      \
	}
#define MOVE(filter_, to_)                                                     \
	{                                                                      \
		.mutation = MUTATION_MOVE, .filter = (filter_), .field = (to_) \
	}
#define EDIT(filter_, field_, bytes_)                                              \
	{                                                                          \
		.mutation = MUTATION_EDIT, .filter = (filter_), .field = (field_), \
		.bytes = (bytes_)                                                  \
	}
#define SIMPLE(mutation_, filter_)                           \
	{                                                    \
		.mutation = (mutation_), .filter = (filter_) \
	}
#define DROP(filter_) SIMPLE(MUTATION_DROP, filter_)
#define SPOIL(filter_) SIMPLE(MUTATION_SPOIL, filter_)
#define COPY(filter_, field_, bytes_, from_)                                       \
	{                                                                          \
		.mutation = MUTATION_COPY, .filter = (filter_), .field = (field_), \
		.bytes = (bytes_), .from = (from_)                                 \
	}
#define PAYLOAD(filter_, bytes_, then_)                                               \
	{                                                                             \
		.mutation = MUTATION_PAYLOAD, .filter = (filter_), .bytes = (bytes_), \
		.then = (then_)                                                       \
	}

#include "fetch-rows.h"

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
	enum run run;
	struct known *known;
	size_t n_known;
	const char *hop, *changed; /* of the row: the hop, and the file in place of its own */
};

static struct judged judged[ARRAY_SIZE(runs)];

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

static struct judged *judged_run(enum run run)
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

static void check_turned(const struct row *row, const struct experiment_outcome *before,
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
	const struct row *row = *state;
	struct judged *j = judged_run(row->run);
	auto_experiment_outcome struct experiment_outcome after = { 0 };
	auto_free char *path = fixture(row->run, row->hop);
	/* A hop of the run, or a file of another. */
	const char *other = row->change.from;
	auto_free char *from = !other               ? NULL
			       : strchr(other, '/') ? source_path("tests/fixtures/fetch/%s", other)
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
	const enum run *run = *state;
	struct judged *j = judged_run(*run);

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

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
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
	const enum run *run = *state;
	const struct experiment *e = &judged_run(*run)->experiment;

	for (size_t i = 0; i < e->n_expects; i++)
		if (!is_turned(e->name, e->expects[i].name))
			fail_msg("no row turns the expectation '%s'", e->expects[i].name);
	for (size_t i = 0; i < e->n_remarks; i++)
		if (!is_turned(e->name, e->remarks[i].asked.name))
			fail_msg("no row turns the remark '%s'", e->remarks[i].asked.name);
}

/* A capture gone: nobody can say of what it shows, nor of what depends on that. */
static void test_not_judged(void **state)
{
	struct judged *j = judged_run(RUN_TLS13);
	auto_experiment_outcome struct experiment_outcome after = { 0 };

	(void)state;
	j->hop = AIR;
	j->changed = "/nonexistent";
	judge(j, &after);
	j->hop = NULL;
	assert_int_equal(after.result, EXPERIMENT_NOT_JUDGED);
	assert_string_equal(experiment_verdict_name(after.phases[0].verdict), "not-judged");
	assert_string_equal(experiment_verdict_name(after.phases[1].verdict), "not-judged");
	assert_string_equal(experiment_verdict_name(after.expects[0].verdict), "not-judged");
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

static int judge_folder(char **args)
{
	const struct wireshark_setup setup = { .sharkd = "sharkd", .wifi = &wifi, .n_wifi = 1 };
	auto_free char *lab = run_path(args[0], RUN_TOPOLOGY);
	struct judged j = { 0 };
	struct err err = ERR_INIT;

	load(&j, "fetch", lab, (const char *const *)(uintptr_t)(args + 1));
	wireshark_open(&setup, args[0], &j.ws);
	if (experiment_judge(&j.experiment, &j.args, ask_folder, j.ws, &j.outcome, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	print(&j.outcome);
	end_judged(&j);
	return 0;
}

int main(int argc, char **argv)
{
	static enum run each[ARRAY_SIZE(runs)];
	int failed;

	if (argc > 1)
		return judge_folder(argv + 1);
	if (no_sharkd())
		return skip_all(no_sharkd());
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		each[i] = (enum run)i;
		add_test(runs[i].name, test_holds, &each[i]);
		add_test(runs[i].experiment, test_every_row, &each[i]);
	}
	ADD_ROWS(rows, test_row);
	ADD_TEST(test_not_judged);
	failed = run_added("fetch", make_folder, remove_folder);
	for (size_t i = 0; i < ARRAY_SIZE(judged); i++)
		end_judged(&judged[i]);
	return failed;
}
