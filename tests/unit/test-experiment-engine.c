/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The stages of an experiment in a fake lab: their order, and what comes of a failure in each.
 * Covers: src/experiment/beside.c src/experiment/engine.c src/experiment/model.c
 */
#include "lib/fake-lab.h"
#include "lib/tests.h"

static const char absent_xml[] = WITH("<expect name='e' at='n:a' absent='yes' filter='f'/>");
static const char long_filter_xml[] =
	WITH("<expect name='e' at=' n:a  ' filter=' a ==\n    \"b  c\"   and d '/>");

static const char substitution_xml[] =
	"<experiment name='x'>"
	"<parameter name='tls' default='1.3'><value name='1.3' text='--v13'/></parameter>"
	"<steps><step name='a' node='n' deadline='1'><run>curl ${tls} $${HOME} $X</run>"
	"<output contains='${tls}'/></step></steps>"
	"<expect name='e' at='n:a' filter='f \"${tls}\"'/></experiment>";

static const char when_xml[] =
	"<experiment name='x'><parameter name='tls' default='1.3'><value name='1.3' text=''/>"
	"<value name='1.2' text=''/></parameter><steps>"
	"<step name='a' node='n' deadline='1' when='tls=1.3'><run>a</run></step>"
	"<step name='b' node='n' deadline='1' when='tls!=1.3'><run>b</run></step>"
	"<step name='c' node='n' deadline='1'><run>c</run>"
	"<output contains='never' when='tls!=1.3 tls=1.3'/></step></steps>"
	"<collect node='n' path='/p' as='p' when='tls=1.2'/>"
	"<expect name='e' at='n:a' filter='three' when='tls=1.3'/>"
	"<expect name='e' at='n:a' filter='two' when='tls=1.2'/></experiment>";

#define BACKGROUND(name, attrs, inside)                                                        \
	"<step name='" name "' node='n' background='yes' " attrs "><run>" name "</run>" inside \
	"</step>"
#define TOGETHER                                                                    \
	"<together>" STEP("a", "", "<run>a</run><fact name='f' matches='[0-9]+'/>") \
		STEP("b", "", "<run>b</run><fact name='g' matches='[0-9]+'/>") "</together>"

static const struct fake_run runs[] = {
	{ .name = "links and restarts are steps",
	  .xml = PARAMETER("<link name='l' state='down' delay='${tls}'/>" RUN(
		  "a") "<restart node='n'/><link name='l' state='up' when='tls=1.2'/>"),
	  .log = "start\nlink {\"link\":\"l\",\"state\":\"down\",\"delay\":\"--v13\"}\n"
		 "exec n: a\nrestart n\nstop\n" },
	{ .name = "a link that cannot be changed",
	  .xml = EXP("<link name='l' state='down'/>" RUN("a")),
	  .broken = "link",
	  .broken_rc = -EINVAL,
	  .result = EXPERIMENT_FAILED,
	  .reason = "link l state=down: link is broken",
	  .log = "start\nlink {\"link\":\"l\",\"state\":\"down\"}\nstop\n" },
	{ .name = "a restart that is interrupted",
	  .xml = EXP("<restart node='n'/>" RUN("a")),
	  .broken = "restart",
	  .broken_rc = -ECANCELED,
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "start\nrestart n\nstop\n" },
	{ .name = "in the background: until all steps are over",
	  .xml = EXP(BACKGROUND("s", "save='s'", "<output contains='said by s'/>") RUN("a")),
	  .log = "start\nbegin n: s\nexec n: a\nstop\nend s\nsave s said by s\n\n" },
	{ .name = "in the background: its output is measured",
	  .xml = EXP(BACKGROUND("s", "", "<output contains='hello'/>") RUN("a")),
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 's' on node 'n': the output does not contain 'hello'; its last line: "
		    "said by s" },
	{ .name = "in the background: what fails there is the reason of what needs it",
	  .xml = EXP(BACKGROUND("fails", "", "") RUN("a") RUN("b")),
	  .replies = { { "a", 0, 6, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'fails' on node 'n': exit status 1: said by fails",
	  .log = "start\nbegin n: fails\nend fails\nstop\n" },
	{ .name = "in the background: it ends as it is to",
	  .xml = EXP(BACKGROUND("fails", "status='1'", "") RUN("a")),
	  .log = "start\nbegin n: fails\nend fails\nexec n: a\nstop\n" },
	{ .name = "in the background since prepare: through the steps, and when prepare fails",
	  .xml = "<experiment name='x'><prepare>" BACKGROUND("s", "", "") RUN(
		  "p") "</prepare><steps>" RUN("a") "</steps><restore>" RUN("r") "</restore>"
										 "</experiment>",
	  .replies = { { "p", 0, 6, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'p' on node 'n': exit status 6",
	  .log = "begin n: s\nexec n: p\nend s\nexec n: r\n" },
	{ .name = "in the background: ended when the run is interrupted",
	  .xml = EXP(BACKGROUND("s", "", "") RUN("a") RUN("b")),
	  .cancel_at = "exec n: a\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "start\nbegin n: s\nexec n: a\nstop\nend s\n" },
	{ .name = "together: all are waited for, the first of the file is the reason",
	  .xml = EXP(TOGETHER RUN("c")),
	  .replies = { { "a", 0, 6, "", 0 }, { "b", 0, 7, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 6" },
	{ .name = "together, in the background and with a when",
	  .xml = PARAMETER("<together>" BACKGROUND(
		  "s", "", "") "<step name='a' node='n' deadline='1'><run>a</run></step>"
			       "<link name='l' state='up' when='tls=1.2'/></together>"),
	  .log = "start\nbegin n: s\nexec n: a\nstop\nend s\n" },
	{ .name = "the order of a whole run",
	  .xml = FULL,
	  .count = 1,
	  .log = "exec *: p\nstart\nexec n: a\nexec n: b\nstop\nfetch n /k\nsave k content of "
		 "/k\nkeys content of /k\n"
		 "fetch n /p\nsave p content of /p\nask 1\nexpect n:a f\nask 1\nexpect m:b f\n" },
	{ .name = "restore comes last",
	  .xml = RESTORED,
	  .log = "start\nexec n: a\nstop\nexec n: r\nexec n: s\n" },
	{ .name = "restore comes in any case, all of it",
	  .xml = RESTORED,
	  .replies = { { "a", 0, 6, "", 0 }, { "r", 0, 7, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 6",
	  .log = "start\nexec n: a\nstop\nexec n: r\nexec n: s\n" },
	{ .name = "a restore that fails fails the run",
	  .xml = RESTORED,
	  .replies = { { "r", 0, 7, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'r' on node 'n': exit status 7" },
	{ .name = "interrupted: nothing is restored",
	  .xml = RESTORED,
	  .cancel_at = "stop\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "start\nexec n: a\nstop\n" },
	{ .name = "prepare fails: no capture",
	  .xml = FULL,
	  .replies = { { "p", 0, 3, "first\nwhy\n", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'p' on node '*': exit status 3: why",
	  .log = "exec *: p\n" },
	{ .name = "a step fails: no further step, the rest all the same",
	  .xml = FULL,
	  .count = 1,
	  .replies = { { "a", 0, 6, "curl: (6) no host\n\n", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 6: curl: (6) no host",
	  .log = "exec *: p\nstart\nexec n: a\nstop\nfetch n /k\nsave k content of /k\nkeys "
		 "content of /k\n"
		 "fetch n /p\nsave p content of /p\nask 1\nexpect n:a f\nask 1\nexpect m:b f\n" },
	{ .name = "a step that fails and expectations that do: the step is the reason",
	  .xml = FULL,
	  .replies = { { "a", 0, 6, "", 0 } },
	  .result = EXPERIMENT_FAILED,
	  .reason = "step 'a' on node 'n': exit status 6" },
	{ .name = "the capture does not start",
	  .xml = FULL,
	  .broken = "start",
	  .broken_rc = -EPERM,
	  .result = EXPERIMENT_FAILED,
	  .reason = "the capture does not start: start is broken",
	  .log = "exec *: p\nstart\n" },
	{ .name = "the capture does not stop: files, but no questions",
	  .xml = WITH("<collect node='n' path='/p' as='p'/>" EXPECT),
	  .broken = "stop",
	  .broken_rc = -EIO,
	  .result = EXPERIMENT_FAILED,
	  .reason = "the capture does not stop: stop is broken",
	  .log = "start\nexec n: a\nstop\nfetch n /p\nsave p content of /p\n" },
	{ .name = "a file is missing: the next one and the questions come all the same",
	  .xml = WITH(COLLECT),
	  .broken = "fetch",
	  .broken_rc = -ENOENT,
	  .result = EXPERIMENT_FAILED,
	  .reason = "file '/k' of node 'n': fetch is broken",
	  .log = "start\nexec n: a\nstop\nfetch n /k\nfetch n /p\n" },
	{ .name = "keys are refused",
	  .xml = WITH(COLLECT),
	  .broken = "keys",
	  .broken_rc = -EINVAL,
	  .result = EXPERIMENT_FAILED,
	  .reason = "file '/k' of node 'n': keys is broken" },
	{ .name = "expectations that match nothing",
	  .xml = FULL,
	  .result = EXPERIMENT_FAILED,
	  .reason = "expectation 'e' at n:a: no frame matches 'f'; and 1 more" },
	{ .name = "absent: nothing matches",
	  .xml = absent_xml,
	  .log = "start\nexec n: a\nstop\nask 1\nexpect n:a f\n" },
	{ .name = "absent: something matches",
	  .xml = absent_xml,
	  .count = 2,
	  .result = EXPERIMENT_FAILED,
	  .reason = "expectation 'e' at n:a: 2 frames match 'f', the first is 7; none may" },
	{ .name = "a filter that Wireshark refuses",
	  .xml = WITH("<expect name='e' at='n:a' filter='bad'/>"),
	  .count = 1,
	  .result = EXPERIMENT_NOT_JUDGED,
	  .reason = "expectation 'e' at n:a: no such field 'bad'" },
	{ .name = "what fails counts more than what Wireshark refuses",
	  .xml = WITH("<expect name='e' at='n:a' filter='bad'/><expect name='g' at='n:b' "
		      "filter='none'/>"),
	  .result = EXPERIMENT_FAILED,
	  .reason = "expectation 'g' at n:b: no frame matches 'none'" },
	{ .name = "the captures cannot be asked",
	  .xml = FULL,
	  .broken = "expect",
	  .broken_rc = -ENOENT,
	  .result = EXPERIMENT_NOT_JUDGED,
	  .reason = "the captures cannot be asked: expect is broken" },
	{ .name = "a sharkd that dies is asked again, twice",
	  .xml = WITH("<expect name='e' at='n:a' filter='f'/>"),
	  .broken = "expect",
	  .broken_rc = -EPIPE,
	  .result = EXPERIMENT_NOT_JUDGED,
	  .reason = "the captures cannot be asked: expect is broken",
	  .log = "start\nexec n: a\nstop\nask 1\nexpect n:a f\nask 1\nexpect n:a f\nask 1\n"
		 "expect n:a f\n" },
	{ .name = "cancelled before it begins",
	  .xml = FULL,
	  .cancel_at = "",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "" },
	{ .name = "cancelled between prepare and capture",
	  .xml = FULL,
	  .cancel_at = "exec *: p\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "exec *: p\n" },
	{ .name = "cancelled between steps: the capture is stopped, nothing else",
	  .xml = FULL,
	  .cancel_at = "exec n: a\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "exec *: p\nstart\nexec n: a\nstop\n" },
	{ .name = "cancelled in an exec",
	  .xml = FULL,
	  .replies = { { "a", -ECANCELED, 0, "", 0 } },
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "exec *: p\nstart\nexec n: a\nstop\n" },
	{ .name = "cancelled between files",
	  .xml = FULL,
	  .cancel_at = "keys content of /k\n",
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted",
	  .log = "exec *: p\nstart\nexec n: a\nexec n: b\nstop\nfetch n /k\nsave k content of /k\n"
		 "keys content of /k\n" },
	{ .name = "cancelled while the captures are asked",
	  .xml = FULL,
	  .broken = "expect",
	  .broken_rc = -ECANCELED,
	  .result = EXPERIMENT_INTERRUPTED,
	  .reason = "interrupted" },
	{ .name = "substitution, by default",
	  .xml = substitution_xml,
	  .replies = { { "curl", 0, 0, "--v13", 0 } },
	  .count = 1,
	  .log = "start\nexec n: curl --v13 ${HOME} $X\nstop\nask 1\nexpect n:a f \"--v13\"\n" },
	{ .name = "substitution, by choice",
	  .xml = PARAMETER(STEP("a", "", "<run>curl ${tls}.</run>")),
	  .tls = "1.2",
	  .log = "start\nexec n: curl .\nstop\n" },
	{ .name = "when, by default",
	  .xml = when_xml,
	  .count = 1,
	  .log = "start\nexec n: a\nexec n: c\nstop\nask 1\nexpect n:a three\n" },
	{ .name = "when, by choice",
	  .xml = when_xml,
	  .tls = "1.2",
	  .count = 1,
	  .log = "start\nexec n: b\nexec n: c\nstop\nfetch n /p\nsave p content of /p\nask "
		 "1\nexpect n:a two\n" },
	{ .name = "a long filter is one line; what is quoted is left alone",
	  .xml = long_filter_xml,
	  .count = 1,
	  .log = "start\nexec n: a\nstop\nask 1\nexpect n:a a == \"b  c\" and d\n" },
};

static void test_parameters(void **state)
{
	auto_experiment struct experiment experiment = { 0 }, plain = { 0 };
	auto_experiment_args struct experiment_args args = { 0 }, none = { 0 };
	struct err err = ERR_INIT;
	struct experiment_outcome outcome;

	(void)state;
	load_experiment(FULL, &experiment);
	load_experiment(EXP(RUN("a")), &plain);
	experiment_args_init(&experiment, &args);
	experiment_args_init(&plain, &none);
	assert_int_equal(experiment_set_parameter(&experiment, &args, "tls", "1.1", &err), -EINVAL);
	assert_string_equal(err.msg, "parameter 'tls': no value '1.1'; valid: 1.3, 1.2");
	assert_int_equal(experiment_set_parameter(&experiment, &args, "tls", NULL, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "takes a value: "));
	assert_int_equal(experiment_set_parameter(&experiment, &args, "tsl", "1.3", &err), -ENOENT);
	assert_string_equal(err.msg, "experiment 'x': no parameter 'tsl'; it has tls");
	assert_int_equal(experiment_set_parameter(&plain, &none, "tls", "1.3", &err), -ENOENT);
	assert_string_equal(err.msg, "experiment 'x': no parameter 'tls'; it has none");
	assert_int_equal(experiment_run(&experiment, &none, &fake_ops, NULL, &outcome, &err),
			 -EINVAL);
}

/* What `labctl run fetch --tls .. --http ..` will do: the curl options and the expectations of each
 * choice. */
static void test_fetch_choices(void **state)
{
	static const struct {
		const char *tls, *http, *curl, *expects;
	} rows[] = {
		{ "1.3", "2", "curl -sS --tlsv1.3 --http2 ",
		  "tls.handshake.extensions.supported_version == 0x0304" },
		{ "1.2-rsa", "2",
		  "curl -sS --tlsv1.2 --tls-max 1.2 --ciphers AES128-GCM-SHA256 --http2 ",
		  "tls.handshake.ciphersuite == 0x009c" },
		{ "1.3", "1.1", "curl -sS --tlsv1.3 --http1.1 ", "http.response.code == 200" },
	};
	auto_experiment struct experiment fetch = { 0 };
	size_t i;

	(void)state;
	load_shipped("fetch", "school", &fetch);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		static const struct reply replies[REPLIES] = {
			{ "scan_results", 0, 0,
			  "BSS 00:1f:57:21:a8:3c(on wlan0)\n\tSSID: iptime01\n"
			  "\tDS Parameter set: channel 6\n",
			  0 },
			{ "labd/join", 0, 0, "Connected to 00:1f:57:21:a8:3c (on wlan0)\n", 0 },
			{ "renew", 0, 0,
			  "wlan0 68.85.2.101/24 server 68.85.2.9 router 68.85.2.1 dns 68.85.2.2 "
			  "lease 3600\n",
			  0 },
			{ "getent", 0, 0, "172.217.25.228\n", 0 },
			{ "--http2", 0, 0, "status 200\nhttp 2\nsize 1234\nverify 0\n", 0 },
			{ "--http1.1", 0, 0, "status 200\nhttp 1.1\nsize 1234\nverify 0\n", 0 },
		};
		auto_fake struct fake fake = { .replies = replies, .count = 1 };
		auto_experiment_outcome struct experiment_outcome outcome = { 0 };
		auto_experiment_args struct experiment_args args = { 0 };
		struct err err = ERR_INIT;
		size_t j;

		experiment_args_init(&fetch, &args);
		assert_int_equal(experiment_set_parameter(&fetch, &args, "tls", rows[i].tls, &err),
				 0);
		assert_int_equal(
			experiment_set_parameter(&fetch, &args, "http", rows[i].http, &err), 0);
		assert_int_equal(experiment_run(&fetch, &args, &fake_ops, &fake, &outcome, &err),
				 0);
		assert_non_null(strstr(str_text(&fake.log), rows[i].curl));
		assert_non_null(strstr(str_text(&fake.log), rows[i].expects));
		assert_null(strstr(str_text(&fake.log), "$${"));
		for (j = 0; j < outcome.n_steps; j++)
			assert_string_equal(experiment_state_name(outcome.steps[j].state), "ok");
	}
}

/* What is done at the same time is told in the order of the file, facts too. */
static void test_together(void **state)
{
	static const struct fake_run row = {
		.xml = EXP(TOGETHER),
		.replies = { { "a", 0, 0, "12", 0 }, { "b", 0, 0, "34", 0 } },
	};
	auto_experiment struct experiment experiment = { 0 };
	auto_fake struct fake fake = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };

	(void)state;
	fake_run(&row, &experiment, &fake, &outcome);
	assert_int_equal(outcome.n_facts, 2);
	assert_string_equal(outcome.facts[0].value, "12");
	assert_string_equal(outcome.facts[1].value, "34");
	assert_non_null(strstr(str_text(&fake.events),
			       "stage steps\nbegin a\nbegin b\nfact f=12\nend a ok\nfact g=34\n"
			       "end b ok\n"));
}

int main(void)
{
	ADD_ROWS(runs, test_run);
	add_test("together", test_together, NULL);
	add_test("parameters", test_parameters, NULL);
	add_test("fetch with each choice", test_fetch_choices, NULL);
	return run_added("engine", NULL, NULL);
}
