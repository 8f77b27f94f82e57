/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps in a fake lab: status and output, again until they hold, facts, patterns that run on. */
#include "base/clock.h"
#include "lib/fake-lab.h"
#include "lib/tests.h"

static const struct fake_run rows[] = {
	{ .name = "exec itself fails",
	  .xml = EXP(RUN("a")),
	  .replies = { { "a", -ECONNRESET, 0, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': the exec is broken",
	  .log = "start\nexec n: a\nstop\n" },
	{ .name = "a command that is late",
	  .xml = EXP(RUN("a")),
	  .replies = { { "a", -ETIMEDOUT, 0, "so far\n", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': not over within 1 s; its last line: so far" },
	{ .name = "a pattern that runs on and on",
	  .xml = EXP(STEP("a", "", "<run>a</run><output matches='" ENDLESS "'/>") RUN("b")),
	  .replies = { { "a", 0, 0, LONG, 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': the regular expression '" ENDLESS
		    "' takes too long on the output",
	  .log = "start\nexec n: a\nstop\n" },
	{ .name = "a fact's pattern that runs on and on",
	  .xml = EXP(STEP("a", "", "<run>a</run><fact name='f' matches='" ENDLESS "'/>")),
	  .replies = { { "a", 0, 0, LONG, 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': fact 'f': the regular expression '" ENDLESS
		    "' takes too long on the output" },
	{ .name = "cancelled while a pattern is looked for",
	  .xml = EXP("<step name='a' node='n' deadline='3600'><until>a</until><output "
		     "matches='" ENDLESS "'/></step>"),
	  .replies = { { "a", 0, 0, LONG, 0 } },
	  .cancel_at = "exec n: a\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted" },
	{ .name = "an output cannot be saved",
	  .xml = EXP(STEP("a", "save='o'", "<run>a</run>") RUN("b")),
	  .broken = "save",
	  .broken_rc = -ENOSPC,
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a': save is broken",
	  .log = "start\nexec n: a\nsave o \nstop\n" },
	{ .name = "the output is saved also where the step fails",
	  .xml = EXP(STEP("a", "save='o'", "<run>a</run>")),
	  .replies = { { "a", 0, 1, "said", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 1: said",
	  .log = "start\nexec n: a\nsave o said\nstop\n" },
	{ .name = "until: tried again, with a pause in the guest",
	  .xml = EXP(STEP("a", "", "<until>a</until>")),
	  .replies = { { "a", 0, 1, "", 2 } },
	  .log = "start\nexec n: a\nexec n: sleep 0.3;a\nexec n: sleep 0.3;a\nstop\n" },
	{ .name = "until: also the output must hold",
	  .xml = EXP(STEP("a", "", "<until>a</until><output contains='up'/>")),
	  .replies = { { "a", 0, 0, "down", 1 }, { "a", 0, 0, "up", 0 } },
	  .log = "start\nexec n: a\nexec n: sleep 0.3;a\nstop\n" },
	{ .name = "until: a late attempt ends it, and the one before says more",
	  .xml = EXP(STEP("a", "", "<until>a</until>")),
	  .replies = { { "a", 0, 2, "still down", 1 }, { "a", -ETIMEDOUT, 0, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': not over within 1 s; before that: exit status 2: still "
		    "down" },
	{ .name = "until: cancelled between attempts",
	  .xml = EXP(STEP("a", "", "<until>a</until>")),
	  .replies = { { "a", 0, 1, "", 0 } },
	  .cancel_at = "sleep 0.3;a\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "start\nexec n: a\nexec n: sleep 0.3;a\nstop\n" },
	{ .name = "another status is expected",
	  .xml = EXP(STEP("a", "status='7'", "<run>a</run>")
			     STEP("b", "status='any'", "<run>b</run>")),
	  .replies = { { "a", 0, 7, "", 0 }, { "b", 0, 99, "", 0 } },
	  .log = "start\nexec n: a\nexec n: b\nstop\n" },
	{ .name = "another status is expected and does not come",
	  .xml = EXP(STEP("a", "status='7'", "<run>a</run>")),
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 0 instead of 7" },
	{ .name = "contains",
	  .xml = EXP(STEP("a", "", "<run>a</run><output contains='x'/>")),
	  .replies = { { "a", 0, 0, "y\nz\n", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': the output does not contain 'x'; its last line: z" },
	{ .name = "matches: a line at a time",
	  .xml = EXP(STEP("a", "", "<run>a</run><output matches='^b+$'/>")),
	  .replies = { { "a", 0, 0, "a\nbb\nc\n", 0 } } },
	{ .name = "matches: not",
	  .xml = EXP(STEP("a", "", "<run>a</run><output matches='^b+$'/>")),
	  .replies = { { "a", 0, 0, "abb\n", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': nothing in the output matches '^b+$'; its last line: "
		    "abb" },
	{ .name = "equals: final newlines do not count",
	  .xml = EXP(STEP("a", "", "<run>a</run><output equals='x y'/>")),
	  .replies = { { "a", 0, 0, "x y\n\n", 0 } } },
	{ .name = "equals: nothing",
	  .xml = EXP(STEP("a", "", "<run>a</run><output equals=''/>")),
	  .replies = { { "a", 0, 0, "x", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': the output is not ''; its last line: x" },
	{ .name = "control characters of a guest stay out of the reason",
	  .xml = EXP(RUN("a")),
	  .replies = { { "a", 0, 1, "x\033[2Jy", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 1: x [2Jy" },
	{ .name = "a fact that is not there",
	  .xml = EXP(STEP("a", "", "<run>a</run><fact name='f' matches='size ([0-9]+)'/>")),
	  .replies = { { "a", 0, 0, "size unknown", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason =
		  "step 'a' on node 'n': fact 'f': nothing in the output matches 'size ([0-9]+)'" },
};

/* An <until> that never holds ends with its deadline, and says what was still wrong. */
static void test_deadline(void **state)
{
	static const struct fake_run row = {
		.xml = EXP(STEP("a", "", "<until>a</until>")),
		.replies = { { "a", 0, 1, "not yet", 0 } },
	};
	auto_experiment struct experiment experiment = { 0 };
	auto_fake struct fake fake = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };

	(void)state;
	fake_run(&row, &experiment, &fake, &outcome);
	assert_string_equal(outcome.reason,
			    "step 'a' on node 'n': exit status 1: not yet, still so after 1 s");
	assert_true(outcome.steps[0].attempts > 1);
	assert_in_range(outcome.steps[0].duration_ns, NS_PER_S, 30 * NS_PER_S);
}

int main(void)
{
	ADD_ROWS(rows, test_run);
	add_test("deadline", test_deadline, NULL);
	return run_added("step", NULL, NULL);
}
