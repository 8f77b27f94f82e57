/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a node on its way up waits for: out of what its shell says, and where `up` tells it; and
 * what `status` is told.
 * Covers: src/labd/said.c src/labctl/progress.c
 */
#include "labctl/progress.h"
#include "labd/said.h"
#include "lib/tests.h"

static const struct wait_row {
	const char *name, *text;
	size_t check;
	const char *why; /* NULL: nothing is waited for */
} wait_rows[] = {
	{ "nothing said", "", SIZE_MAX, NULL },
	{ "a service", "- down: bird: 1s\n", SIZE_MAX, "down: bird: 1s" },
	{ "a check", "~3 no answer\n", 3, "no answer" },
	{ "one that says nothing", "~3 \n", 3, "" },
	{ "a line that is not over", "~3 no ans", SIZE_MAX, NULL },
	{ "its last word", "~3 first\n~3 second\n", 3, "second" },
	{ "one at a time", "~3 a\n~4 b\n~3 c\n~4 d\n", 3, "c" },
	{ "the next, once it holds", "~3 a\n~4 b\n+3\n~4 d\n", 4, "d" },
	{ "the next, once it is given up", "~3 a\n~4 b\n-3 a\n", SIZE_MAX, NULL },
	{ "another that holds", "~3 a\n+4\n", 3, "a" },
	{ "checks after services", "- down: bird: 1s\n~0 a\n", 0, "a" },
	{ "no check's number", "~x y\n~99999999999999999999999 z\n", SIZE_MAX, "z" },
};

static void test_wait_row(void **state)
{
	const struct wait_row *row = *state;
	size_t check;
	auto_free char *why = said_waits(row->text, &check);

	assert_int_equal(check, row->check);
	assert_int_equal(!why, !row->why);
	if (why)
		assert_string_equal(why, row->why);
}

/* The checks' own end reads the same lines. */
static void test_checks(void **unused)
{
	struct said_check checks[3] = { 0 };
	auto_str struct str text = { 0 };
	const char *fatal;

	(void)unused;
	str_adds(&text, "- down: bird: 1s\n~0 a\n~1 b\n+0\n-1 b\n~2 not yet\n");
	assert_string_equal(said_checks(&text, checks, 3, &fatal), "not yet");
	assert_null(fatal);
	assert_int_equal(checks[0].state, SAID_HOLDS);
	assert_int_equal(checks[1].state, SAID_MISSING);
	assert_string_equal(checks[1].why, "b");
	assert_int_equal(checks[2].state, SAID_NOTHING);
}

/* A line of od's: since when, a pid, "up", running or not. */
#define LABEL(last) " 40 00 00 00 65 a0 bc " last " 1d cd 65 00" /* and half a second */
#define RUNS(last, pid) LABEL(last) " " pid " 03 00 00 00 75 00 01\n"
#define DOWN(last) LABEL(last) " 00 00 00 00 00 75 00 00\n"
#define NOW "1705032892000000000\n" /* 5.5 s after label c0, 3.5 after c2 */

static const struct services_row {
	const char *name, *before, *after;
	const char *stopped; /* what, whether again, how long ago in ms */
} services_rows[] = {
	{ "nothing", "bird\n" RUNS("66", "11") NOW, "bird\n" RUNS("66", "11") NOW, "" },
	{ "stops", "bird unbound\n" RUNS("66", "11") RUNS("66", "12") NOW,
	  "bird unbound\n" RUNS("66", "11") DOWN("c0") NOW, "unbound no 5500\n" },
	{ "and runs again", "bird\n" RUNS("66", "11") NOW, "bird\n" RUNS("c2", "12") NOW,
	  "bird again 3500\n" },
	{ "did not run", "udhcpc\n" DOWN("66") NOW, "udhcpc\n" RUNS("c2", "12") NOW, "" },
	{ "has come", NOW, "bird\n" RUNS("66", "11") NOW, "" },
	{ "a guest without services", "*\n" NOW, "*\n" NOW, "" },
	{ "says nothing", "bird\n" RUNS("66", "11") NOW, "", "" },
	{ "half a status", "bird\n" RUNS("66", "11") NOW, "bird\n 40 00\n" NOW, "" },
	{ "later than now", "bird\n" RUNS("66", "11") NOW, "bird\n" DOWN("ff") NOW, "" },
	{ "no such time", "bird\n" RUNS("66", "11") NOW,
	  "bird\n ff ff ff ff ff ff ff ff 00 00 00 00 00 00 00 00 00 75 00 00\n" NOW, "" },
};

static void test_services(void **state)
{
	const struct services_row *row = *state;
	auto_json json_t *before = said_services(row->before);
	auto_json json_t *after = said_services(row->after);
	auto_json json_t *stopped = said_stopped(before, after);
	auto_str struct str text = { 0 };
	const json_t *one;
	size_t i;

	json_array_foreach(stopped, i, one)
		str_addf(&text, "%s %s %lld\n", json_get_text(one, "service", "?"),
			 json_is_true(json_object_get(one, "again")) ? "again" : "no",
			 (long long)json_integer_value(json_object_get(one, "ago_ns")) / 1000000);
	assert_string_equal(str_text(&text), row->stopped);
}

static void test_status(void **unused)
{
	static const char text[] =
		"2: eth0    inet 68.85.2.1/24 brd 68.85.2.255 scope global eth0\\  forever\n"
		"2: eth0    inet6 2001:db8:1234:5678:9abc:def0:1234:5678/128 scope global \\ f\n"
		"3: eth1    inet6 2001:db8::1/64 scope global tentative \\ forever\n"
		"4: eth2    inet6 2001:db8::2/64 scope global dadfailed tentative \\ f\n"
		"port eth0 of br0: forwarding, cost 100\n"
		"down: /etc/service/bird: 3s, normally up\n";
	auto_json json_t *addresses = json_array(), *ports = json_array();
	json_t *want;
	auto_str struct str down = { 0 };

	(void)unused;
	said_status(text, addresses, ports, &down);
	want = json_pack("[s, s]", "eth0 68.85.2.1/24",
			 "eth0 2001:db8:1234:5678:9abc:def0:1234:5678/128");
	assert_true(json_equal(addresses, want));
	assert_int_equal(json_array_size(ports), 1);
	assert_string_equal(str_text(&down), "bird");
	json_decref(want);
}

/* --- where `up` tells it --- */

static void send(struct progress *p, const char *stage, const char *detail)
{
	auto_json json_t *event = json_pack("{s:s, s:s, s:s, s:s}", "type", "stage", "node", "r1",
					    "stage", stage, "detail", detail);

	progress_event(p, event);
}

static void test_progress(void **unused)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	char name[] = "r1";
	struct plan_node node = { .name = name };
	const struct plan plan = { .nodes = &node, .n_nodes = 1 };
	auto_progress struct progress p = { 0 };

	(void)unused;
	progress_init(&p, file, 0, 0, &plan);
	send(&p, "check", "");
	send(&p, "check", "knows r2: no neighbour");
	progress_tick(&p);
	(void)fflush(file);
	assert_non_null(strstr(text, "r1  check\n"));
	assert_null(strstr(text, "knows r2")); /* not so soon */
	p.nodes[0].told = 0;
	progress_tick(&p);
	progress_tick(&p);
	(void)fflush(file);
	assert_non_null(strstr(text, "r1  check: knows r2: no neighbour\n"));
	assert_null(strstr(strstr(text, "knows r2") + 1, "knows r2"));
	send(&p, "ready", "");
	p.nodes[0].told = 0;
	progress_tick(&p);
	(void)fflush(file);
	assert_null(strstr(text, "ready:"));
	(void)fclose(file);
	free(text);
}

int main(void)
{
	ADD_ROWS(wait_rows, test_wait_row);
	ADD_TEST(test_checks);
	ADD_ROWS(services_rows, test_services);
	ADD_TEST(test_status);
	ADD_TEST(test_progress);
	return run_added("waits", NULL, NULL);
}
