/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The experiments that came with labd over captures of real runs (tests/fixtures/fetch): everything
 * holds; and for each expectation and remark there is a change of a capture that turns it, and the
 * verdict says which frame came nearest.
 *
 * test-fetch FOLDER [PARAMETER VALUE]... prints what fetch says of any run folder.
 * Covers: src/experiment/ask.c src/experiment/judge.c src/wireshark/nearest.c
 */
#include "lib/tests.h"
#include "lib/turns.h"

#define AIR "wifi:client-ap"

enum run { RUN_TLS13, RUN_RSA, RUN_SCHOOL, RUN_CACHED, RUN_TLS, RUN_HTTP, RUN_TRACEROUTE };

static const struct turns_run runs[] = {
	[RUN_TLS13] = { "fetch/tls13-http2", "small", "fetch", { NULL } },
	[RUN_RSA] = { "fetch/tls12-rsa-http11",
		      "small",
		      "fetch",
		      { "tls", "1.2-rsa", "http", "1.1", NULL } },
	[RUN_SCHOOL] = { "fetch/school", "school", "fetch", { NULL } },
	[RUN_CACHED] = { "fetch/cached", "small", "cached", { NULL } },
	[RUN_TLS] = { "fetch/tls", "small", "tls", { NULL } },
	[RUN_HTTP] = { "fetch/http", "small", "http", { NULL } },
	[RUN_TRACEROUTE] = { "fetch/traceroute", "small", "traceroute", { NULL } },
};

#define BEACON "wlan.fc.type_subtype == 8"
#define ASSOCIATION "wlan.fc.type_subtype == 0"

#include "fetch-rows.h"

/* A capture gone: nobody can say of what it shows, nor of what depends on that. */
static void test_not_judged(void **state)
{
	auto_experiment_outcome struct experiment_outcome after = { 0 };

	(void)state;
	turns_judge(RUN_TLS13, AIR, "/nonexistent", &after);
	assert_int_equal(after.result, EXPERIMENT_NOT_JUDGED);
	assert_string_equal(experiment_verdict_name(after.phases[0].verdict), "not-judged");
	assert_string_equal(experiment_verdict_name(after.phases[1].verdict), "not-judged");
	assert_string_equal(experiment_verdict_name(after.expects[0].verdict), "not-judged");
}

int main(int argc, char **argv)
{
	int failed;

	if (argc > 1)
		return turns_folder("fetch", argv + 1);
	if (no_sharkd())
		return skip_all(no_sharkd());
	turns_add(runs, ARRAY_SIZE(runs), rows, ARRAY_SIZE(rows));
	ADD_TEST(test_not_judged);
	failed = run_added("fetch", make_folder, remove_folder);
	turns_end();
	return failed;
}
