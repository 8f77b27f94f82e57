/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fetch told of captures with no lab behind them: what is there is recognised; of what is taken out
 * no phase is told to hold.
 * Covers: src/report/elsewhere.c src/report/reading.c src/report/story.c
 */
#include "lib/mutate.h"
#include "lib/tests.h"
#include "report/elsewhere.h"
#include "report/story.h"

#define SECOND "fetch/cached/ap_eth0" /* a second visit: no lease, no ARP, a session resumed */
#define SCHOOL "fetch/school/ap_eth0"

static const struct row {
	const char *name;
	const char *file; /* under tests/fixtures */
	struct change change;
	const char *phase, *verdict; /* phase NULL: of the whole story */
} rows[] = {
	{ "a question", SECOND, { 0 }, "query", "holds" },
	{ "an answer", SECOND, { 0 }, "answer", "holds" },
	{ "a connection", SECOND, { 0 }, "tcp", "holds" },
	{ "a page", SECOND, { 0 }, "http", "holds" },
	{ "no certificate", SECOND, { 0 }, "tls", "fails" },
	{ "no lease", SECOND, { 0 }, "lease", "skipped" },
	{ "no root", SECOND, { 0 }, "root", "skipped" },
	{ "a neighbour is asked for", SCHOOL, { 0 }, "arp", "holds" },
	{ "a whole handshake", SCHOOL, { 0 }, "tls", "holds" },
	{ "nobody acknowledges the address", SCHOOL, { 0 }, "lease", "skipped" },
	{ "without keys, the page",
	  SCHOOL,
	  { .mutation = MUTATION_NO_SECRETS },
	  "http",
	  "not-judged" },
	{ "without keys, the handshake",
	  SCHOOL,
	  { .mutation = MUTATION_NO_SECRETS },
	  "tls",
	  "not-judged" },
	{ "without the question",
	  SECOND,
	  { .mutation = MUTATION_DROP_ALL, .filter = "dns.flags.response == 0" },
	  "query",
	  "skipped" },
	{ "without the answer",
	  SECOND,
	  { .mutation = MUTATION_DROP_ALL, .filter = "dns.flags.response == 1" },
	  "answer",
	  "not-reached" },
	{ "without a SYN",
	  SECOND,
	  { .mutation = MUTATION_DROP_ALL, .filter = "tcp.flags.syn == 1" },
	  "tcp",
	  "not-reached" },
	{ "without TCP",
	  SECOND,
	  { .mutation = MUTATION_DROP_ALL, .filter = "tcp" },
	  NULL,
	  "not-judged" },
};

static int tell(const char *file, json_t **ret, struct err *err)
{
	auto_free char *fetch = source_path("topologies/experiments/fetch.xml");
	auto_free char *schemas = source_path("topologies");
	auto_xml_problems struct xml_problems problems = { 0 };
	auto_experiment struct experiment as = { 0 };
	struct elsewhere elsewhere = { .file = file, .sharkd = "sharkd" };
	struct story_options options = { .sharkd = "sharkd",
					 .schemas = schemas,
					 .experiment = &as,
					 .judge = fetch,
					 .capture = file };
	int r = experiment_load_cast(fetch, schemas, elsewhere_cast, &elsewhere, &as, &problems,
				     err);

	options.found = elsewhere.found;
	if (r == 0)
		r = story_read(file, &options, ret, err);
	json_decref(elsewhere.found);
	return r;
}

static void test_row(void **state)
{
	const struct row *row = *state;
	auto_free char *from = source_path("tests/fixtures/%s.pcapng", row->file);
	auto_free char *to = xasprintf("%s/%td.pcapng", folder, row - rows);
	const struct wireshark_setup setup = { .sharkd = "sharkd" };
	const struct wireshark_wifi wifi = { .ssid = "iptime01", .passphrase = "learn-by-doing" };
	auto_wireshark struct wireshark *ws = NULL;
	auto_json json_t *story = NULL;
	struct err err = ERR_INIT;
	const json_t *of;

	wireshark_open(&setup, folder, &ws);
	if (row->change.mutation && mutate(ws, from, &row->change, &wifi, to, &err) < 0)
		fail_msg("%s", err.msg);
	if (tell(row->change.mutation ? to : from, &story, &err) < 0)
		fail_msg("%s", err.msg);
	of = row->phase ? json_find(json_object_get(story, "phases"), "name", row->phase) : story;
	assert_string_equal(json_get_text(of, "verdict", ""), row->verdict);
}

static void test_nobody(void **state)
{
	auto_free char *file = source_path("tests/fixtures/routing/r1_eth0.pcapng");
	auto_json json_t *story = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(tell(file, &story, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "nobody in this capture"));
}

int main(void)
{
	if (no_sharkd())
		return skip_all(no_sharkd());
	ADD_ROWS(rows, test_row);
	ADD_TEST(test_nobody);
	return run_added("elsewhere", make_folder, remove_folder);
}
