/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Phases, expectations and remarks: what is asked of captures, when, and the verdicts.
 * Covers: src/experiment/ask.c src/experiment/judge.c src/experiment/verdict.c
 */
#include "lib/fake-lab.h"
#include "lib/tests.h"

#define EX(name, filter, more) "<expect name='" name "' at='n:a' filter='" filter "' " more "/>"
#define PHASE(name, inside) "<phase name='" name "'><title>T</title>" inside "</phase>"
#define TEXTS                                                             \
	"<article>A</article><wire>it is @{xid}, \"@{xid}\"</wire><wire " \
	"xml:lang='ko'>@{xid}</wire>"                                     \
	"<why>B</why>"

struct phase_row {
	const char *name, *inside; /* of the experiment, behind the steps */
	uint64_t count;
	const char *judged, *log, *reason; /* NULL: is not looked at */
};

static const struct phase_row phase_rows[] = {
	{ .name = "a phase holds",
	  .inside = PHASE("one", EX("e", "f", "")),
	  .count = 1,
	  .judged = "phase one holds\nexpect e holds -\n",
	  .reason = "-" },
	{ .name = "a phase fails, the next is not reached, a third is reached all the same",
	  .inside = PHASE("one", EX("e", "none", "")) PHASE("two", EX("f", "none", ""))
		  PHASE("three", EX("g", "none", "") EX("h", "f", "")),
	  .count = 1,
	  .judged = "phase one fails\nexpect e fails no frame matches 'none'\n"
		    "phase two not-reached\nexpect f fails no frame matches 'none'\n"
		    "phase three fails\nexpect g fails no frame matches 'none'\nexpect h holds -\n",
	  .reason = "phase 'one': expectation 'e' at n:a: no frame matches 'none'; and 2 more" },
	{ .name = "what must be absent does not make a phase reached",
	  .inside = PHASE("one", EX("e", "none", ""))
		  PHASE("two", EX("f", "none", "") EX("g", "none", "absent='yes'")),
	  .count = 1,
	  .judged = "phase one fails\nexpect e fails no frame matches 'none'\n"
		    "phase two not-reached\nexpect f fails no frame matches 'none'\n"
		    "expect g holds -\n" },
	{ .name = "expectations outside of phases come first",
	  .inside = PHASE("one", EX("e", "f", "")) EX("z", "f", ""),
	  .count = 1,
	  .judged = "expect z holds -\nphase one holds\nexpect e holds -\n" },
	{ .name = "just so many",
	  .inside = EX("e", "f", "count='2'") EX("g", "f", "count='3'"),
	  .count = 2,
	  .judged = "expect e holds -\n"
		    "expect g fails 2 frames match 'f', the first is 7; it should be 3\n" },
	{ .name = "at least and at most",
	  .inside = EX("e", "f", "at-least='3'") EX("g", "f", "at-most='1'")
		  EX("h", "f", "at-least='2' at-most='2'") EX("i", "none", "at-least='0'"),
	  .count = 2,
	  .judged = "expect e fails 2 frames match 'f', the first is 7; it should be at least 3\n"
		    "expect g fails 2 frames match 'f', the first is 7; it should be 1\n"
		    "expect h holds -\nexpect i holds -\n" },
	{ .name = "at most still needs one",
	  .inside = EX("e", "none", "at-most='3'"),
	  .judged = "expect e fails no frame matches 'none'\n" },
	{ .name = "a value goes into a later filter, with quotes of its own or the filter's",
	  .inside =
		  "<expect name='e' at='n:a' filter='f'><value name='xid' "
		  "field='d.id'/></expect>" EX("g", "d.id == @{xid} and @@{xid} == \"@{xid}\"", ""),
	  .count = 1,
	  .log = "ask 1\nexpect n:a f\nask 1\nexpect n:a d.id == d.id/n:a and @{xid} == "
		 "\"d.id/n:a\"\n" },
	{ .name = "a value that was not found",
	  .inside = "<expect name='e' at='n:a' filter='none'><value name='xid' "
		    "field='d'/></expect>" EX("g", "d == @{xid}", ""),
	  .judged = "expect e fails no frame matches 'none'\n"
		    "expect g fails it needs the value 'xid', which was not found\n" },
	{ .name = "a capture is asked as long as it has answers, then the next; values go between",
	  .inside = "<expect name='a' at='n:a m:b' filter='f'><value name='x' field='v'/></expect>"
		    "<expect name='b' at='m:b' filter='w == @{x}'><value name='y' "
		    "field='w'/></expect>" EX("c", "z == @{y}", "") EX("d", "u == @{x}", ""),
	  .count = 1,
	  .log = "ask 1\nexpect n:a f\nask 1\nexpect n:a u == v/n:a\n"
		 "ask 2\nexpect m:b f\nexpect m:b w == v/n:a\n"
		 "ask 1\nexpect n:a z == w/m:b\n" },
	{ .name = "after: later frames count",
	  .inside = EX("e", "f", "") EX("g", "f", "after='e'"),
	  .count = 1,
	  .log = "ask 1\nexpect n:a f\nask 1\nexpect n:a f (later)\n" },
	{ .name = "after: too early, and after nothing",
	  .inside = EX("e", "f", "") EX("g", "early", "after='e'") EX("h", "none", "")
		  EX("i", "f", "after='h'"),
	  .count = 1,
	  .judged = "expect e holds -\nexpect g fails frame 2 matches, but is not after 'e'\n"
		    "expect h fails no frame matches 'none'\n"
		    "expect i fails it comes after 'h', which has no frame\n" },
	{ .name = "after: an alternative means the one before both, not itself",
	  .inside = "<expect name='e' at='n:a m:b' filter='f'/>"
		    "<expect name='g' at='n:a m:b' filter='f' when='p=x'/>"
		    "<expect name='g' at='n:a m:b' filter='f' when='p!=x' after='g'/>",
	  .count = 1,
	  .judged = "expect e holds -\nexpect e holds -\nexpect g holds -\nexpect g holds -\n" },
	{ .name = "a quote that is escaped ends no text",
	  .inside = "<expect name='e' at='n:a' filter='f'><value name='x' field='text'/></expect>"
		    "<expect name='g' at='n:a' filter='a == \"\\\"@{x}\" and @{x}'/>",
	  .count = 1,
	  .log = "ask 1\nexpect n:a f\nask 1\nexpect n:a a == \"\\\"t\" and \"t\"\n" },
	{ .name = "nearest",
	  .inside = EX("e", "near", "") EX("g", "near", "absent='yes'"),
	  .judged = "expect e fails no frame matches; frame 4 came nearest: its ip.dst is 5.6.7.8, "
		    "not 1.2.3.4; and 1 more\nexpect g holds -\n" },
	{ .name = "a filter that Wireshark refuses is no verdict on the phase",
	  .inside = PHASE("one", EX("e", "bad", "")),
	  .judged = "phase one not-judged\nexpect e not-judged no such field 'bad'\n" },
	{ .name = "a remark is told where it matches, with its values",
	  .inside = PHASE("one",
			  EX("e", "f", "") "<remark name='r' at='n:a' filter='f'><value name='xid' "
					   "field='d'/>" TEXTS "</remark>"
					   "<remark name='s' at='n:a' filter='none'>" TEXTS
					   "</remark>"),
	  .count = 1,
	  .judged = "phase one holds\nexpect e holds -\n"
		    "remark r it is d/n:a, \"d/n:a\"\n",
	  .reason = "-" },
	{ .name = "remarks alone fail nothing",
	  .inside = "<phase name='one'><title>T</title><remark name='r' at='n:a' filter='bad'>"
		    "<value name='xid' field='d'/>" TEXTS "</remark></phase>",
	  .judged = "phase one holds\n",
	  .reason = "-" },
};

/* The expectations and remarks of one phase; not those that were skipped. */
static void add_judged(const struct experiment_outcome *outcome, size_t phase, struct str *out)
{
	for (size_t i = 0; i < outcome->n_expects; i++) {
		const struct experiment_expect_report *e = &outcome->expects[i];

		if (e->expect->phase == phase && e->verdict != EXPERIMENT_VERDICT_SKIPPED)
			str_addf(out, "expect %s %s %s\n", e->expect->name,
				 experiment_verdict_name(e->verdict), e->why ? e->why : "-");
	}
	for (size_t i = 0; i < outcome->n_remarks; i++)
		if (outcome->remarks[i].asked.expect->phase == phase && outcome->remarks[i].wire.en)
			str_addf(out, "remark %s %s\n", outcome->remarks[i].remark->asked.name,
				 outcome->remarks[i].wire.en);
}

static void test_phase(void **state)
{
	const struct phase_row *row = *state;
	auto_free char *xml = xasprintf(
		"<experiment name='x'><parameter name='p' default='y'><value name='x' text=''/>"
		"<value name='y' text=''/></parameter><steps>" RUN("a") "</steps>%s</experiment>",
		row->inside);
	auto_experiment struct experiment experiment = { 0 };
	auto_experiment_args struct experiment_args args = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 }, judged = { 0 };
	auto_fake struct fake fake = { .count = row->count };
	auto_str struct str text = { 0 };
	const char *log;

	load_experiment(xml, &experiment);
	experiment_args_init(&experiment, &args);
	assert_int_equal(experiment_run(&experiment, &args, &fake_ops, &fake, &outcome, NULL), 0);
	log = strstr(str_text(&fake.log), "stop\n");
	add_judged(&outcome, EXPERIMENT_NO_PHASE, &text);
	for (size_t i = 0; i < outcome.n_phases; i++) {
		str_addf(&text, "phase %s %s\n", outcome.phases[i].phase->name,
			 experiment_verdict_name(outcome.phases[i].verdict));
		add_judged(&outcome, i, &text);
	}
	if (row->judged)
		assert_string_equal(str_text(&text), row->judged);
	if (row->log)
		assert_string_equal(log + strlen("stop\n"), row->log);
	if (row->reason)
		assert_string_equal(outcome.reason ? outcome.reason : "-", row->reason);

	/* The captures alone say the same. */
	assert_int_equal(experiment_judge(&experiment, &args, fake_expect, &fake, &judged, NULL),
			 0);
	assert_int_equal(judged.result, outcome.result);
	assert_string_equal(judged.reason ? judged.reason : "-",
			    outcome.reason ? outcome.reason : "-");
	assert_int_equal(judged.n_phases, experiment.n_phases);
	for (size_t i = 0; i < judged.n_phases; i++)
		assert_int_equal(judged.phases[i].verdict, outcome.phases[i].verdict);
}

/* Where the captures cannot be asked there is no outcome. */
static void test_judge_broken(void **state)
{
	auto_experiment struct experiment experiment = { 0 };
	auto_experiment_args struct experiment_args args = { 0 }, none = { 0 };
	struct experiment_outcome outcome = { 0 };
	auto_fake struct fake fake = { .broken = "expect", .broken_rc = -ENOENT };
	struct err err = ERR_INIT;

	(void)state;
	load_experiment(FULL, &experiment);
	experiment_args_init(&experiment, &args);
	assert_int_equal(experiment_judge(&experiment, &args, fake_expect, &fake, &outcome, &err),
			 -ENOENT);
	assert_string_equal(err.msg, "expect is broken");
	assert_int_equal(experiment_judge(&experiment, &none, fake_expect, &fake, &outcome, &err),
			 -EINVAL);
	assert_int_equal(outcome.n_expects, 0);
}

int main(void)
{
	ADD_ROWS(phase_rows, test_phase);
	add_test("captures that cannot be judged", test_judge_broken, NULL);
	return run_added("judge", NULL, NULL);
}
