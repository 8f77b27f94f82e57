/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came of an experiment: reports, events, JSON. */
#include "lib/fake-lab.h"
#include "lib/tests.h"

static const char reports_xml[] =
	"<experiment name='x'><parameter name='tls' default='1.3'><value name='1.3' text=''/>"
	"<value name='1.2' text=''/></parameter><steps>"
	"<step name='a' node='n' deadline='1'><run>a</run>"
	"<fact name='size' matches='size ([0-9]+)'/><fact name='all' matches='s.z'/></step>"
	"<step name='b' node='n' deadline='1' when='tls=1.2'><run>b</run></step>"
	"<step name='c' node='n' deadline='1'><run>c</run></step>"
	"<step name='d' node='n' deadline='1'><run>d</run></step></steps>"
	"<collect node='n' path='/k' as='k' kind='tls-keys'/><collect node='n' path='/p' as='p'/>"
	"<expect name='e' at='n:a' filter='f'/><expect name='f' at='n:a' filter='none'/>"
	"</experiment>";

static void test_reports(void **state)
{
	static const struct fake_run row = {
		.xml = reports_xml,
		.replies = { { "a", 0, 0, "size 12\n", 0 }, { "c", 0, 5, "no\377\n", 0 } },
		.count = 3,
	};
	auto_experiment struct experiment experiment = { 0 };
	auto_fake struct fake fake = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };
	auto_json json_t *json = NULL;

	(void)state;
	fake_run(&row, &experiment, &fake, &outcome);
	assert_int_equal(outcome.n_steps, 4);
	assert_int_equal(outcome.steps[0].state, EXPERIMENT_OK);
	assert_int_equal(outcome.steps[1].state, EXPERIMENT_SKIPPED);
	assert_int_equal(outcome.steps[2].state, EXPERIMENT_NOT_OK);
	assert_int_equal(outcome.steps[2].status, 5);
	assert_int_equal(outcome.steps[3].state, EXPERIMENT_NOT_REACHED);
	assert_int_equal(outcome.steps[3].start_ns, 0);
	assert_true(outcome.steps[0].start_ns >= outcome.start_ns);
	assert_int_equal(outcome.n_facts, 2);
	assert_string_equal(outcome.facts[0].value, "12");
	assert_string_equal(outcome.facts[1].value, "siz");
	assert_int_equal(outcome.files[0].size, strlen("content of /k"));
	assert_int_equal(outcome.expects[0].answer.count, 3);
	assert_int_equal(outcome.expects[0].answer.frames[0], 7);
	assert_int_equal(outcome.expects[1].verdict, EXPERIMENT_VERDICT_FAILS);
	assert_string_equal(
		str_text(&fake.events),
		"stage prepare\nstage capture-start\nstage steps\nbegin a\nfact size=12\nfact "
		"all=siz\n"
		"end a ok\nend b skipped\nbegin c\nend c not-ok exit status 5: no\377\n"
		"stage capture-stop\nstage collect\nbegin k\nend k ok\nbegin p\nend p ok\n"
		"stage expect\n");
	json = experiment_outcome_to_json(&outcome);
	assert_non_null(json);
	assert_string_equal(json_get_text(json, "result", ""), "failed");
	assert_string_equal(json_get_text(json_object_get(json, "facts"), "size", ""), "12");
	assert_int_equal(json_array_size(json_object_get(json, "steps")), 4);
	assert_string_equal(
		json_get_text(json_array_get(json_object_get(json, "steps"), 2), "why", ""),
		"exit status 5: no\\xff");
	assert_null(json_object_get(json_array_get(json_object_get(json, "steps"), 0), "output"));
	assert_int_equal(json_array_size(json_object_get(
				 json_array_get(json_object_get(json, "steps"), 2), "output")),
			 1);
}

/* What is told of a failed step's output. */
static void test_output_tail(void **state)
{
#define FORTY "0123456789012345678901234567890123456789"
	static const struct {
		const char *output, *json;
	} rows[] = {
		{ "", "[]" },
		{ "\n \n", "[]" },
		{ "one", "[\"one\"]" },
		{ "one\n\ntwo\n\n", "[\"one\",\"\",\"two\"]" },
		{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n",
		  "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\"]" },
		{ "\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n",
		  "[\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]" },
		{ "\377", "[\"\\\\xff\"]" },
		{ FORTY FORTY FORTY FORTY FORTY "x", "[\"" FORTY FORTY FORTY FORTY FORTY "\"]" },
		{ "x" FORTY FORTY FORTY FORTY "01234567890123456789012345678901234567\u00e9",
		  "[\"x" FORTY FORTY FORTY FORTY "01234567890123456789012345678901234567\"]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		auto_json json_t *lines = experiment_output_to_json(rows[i].output);
		auto_free char *text = json_dumps(lines, JSON_COMPACT);

		assert_string_equal(text, rows[i].json);
	}
}

static void test_phase_json(void **state)
{
	auto_experiment struct experiment experiment = { 0 };
	auto_experiment_args struct experiment_args args = { 0 };
	auto_experiment_outcome struct experiment_outcome outcome = { 0 };
	auto_fake struct fake fake = { .count = 1 };
	auto_json json_t *json = NULL;
	auto_free char *text = NULL;

	(void)state;
	load_experiment(
		"<experiment name='x'><steps>" RUN(
			"a") "</steps><phase name='p'><title>T</title>"
			     "<title xml:lang='ko'>제목</title>"
			     "<expect name='e' at='n:a' filter='f'><value name='xid' "
			     "field='d'/></expect>"
			     "<expect name='g' at='n:a' filter='near'/><remark name='r' at='n:a' "
			     "filter='f'>"
			     "<article>A</article><wire>@{xid}</wire><why>B</why></remark></"
			     "phase></"
			     "experiment>",
		&experiment);
	experiment_args_init(&experiment, &args);
	assert_int_equal(experiment_judge(&experiment, &args, fake_expect, &fake, &outcome, NULL),
			 0);
	json = experiment_outcome_to_json(&outcome);
	assert_non_null(json);
	text = json_dumps(json_object_get(json, "phases"), JSON_COMPACT);
	assert_string_equal(text, "[{\"name\":\"p\",\"title\":{\"en\":\"T\",\"ko\":\"제목\"},"
				  "\"verdict\":\"fails\",\"begin_ns\":1000,\"end_ns\":1000}]");
	free(text);
	text = json_dumps(json_object_get(json, "expects"), JSON_COMPACT);
	assert_string_equal(
		text,
		"[{\"name\":\"e\",\"phase\":\"p\",\"node\":\"n\",\"nic\":\"a\",\"filter\":\"f\","
		"\"absent\":false,\"verdict\":\"holds\",\"count\":1,\"frames\":[7],\"time_ns\":"
		"1000,"
		"\"values\":{\"xid\":\"d/n:a\"},\"nearest\":null,\"why\":null},"
		"{\"name\":\"g\",\"phase\":\"p\",\"node\":\"n\",\"nic\":\"a\",\"filter\":\"near\","
		"\"absent\":false,\"verdict\":\"fails\",\"count\":0,\"frames\":[],\"time_ns\":0,"
		"\"values\":{},\"nearest\":{\"frame\":4,\"field\":\"ip.dst\",\"want\":\"1.2.3.4\","
		"\"have\":\"5.6.7.8\",\"differs\":2},\"why\":\"no frame matches; frame 4 came "
		"nearest: "
		"its ip.dst is 5.6.7.8, not 1.2.3.4; and 1 more\"}]");
	free(text);
	text = json_dumps(json_object_get(json, "remarks"), JSON_COMPACT);
	assert_non_null(strstr(text, "\"wire\":{\"en\":\"d/n:a\",\"ko\":null}"));
}

int main(void)
{
	add_test("reports", test_reports, NULL);
	add_test("the end of an output", test_output_tail, NULL);
	add_test("phases in JSON", test_phase_json, NULL);
	return run_added("outcome", NULL, NULL);
}
