/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What journeys do with too much, with captures that are damaged or missing, and what they count.
 * Covers: src/journey/journey.c src/journey/json.c src/journey/index.c
 */
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "lib/journey-world.h"
#include "lib/tests.h"

#define M(port) (&w->macs[port])

/* From c to r, one packet a millisecond; each second one is lost where lossy. */
static void stream(struct world *w, unsigned int n, bool same, bool lossy)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct packet p = { IP_C, IP_R1, (uint16_t)(same ? 0 : i + 1), .ttl = 64 };
		const struct bytes b = packet_udp(&p, 1, 2, "x");

		if (lossy && i % 2)
			world_out(w, C0, i * 1000, M(C0), M(R1), &b);
		else
			world_wire(w, C0, i * 1000, M(C0), M(R1), &b);
	}
}

/* A ring whose ports all forward: one broadcast goes round both ways, and out to all each time. */
static void storm(struct world *w, unsigned int laps)
{
	static const enum world_port ways[2][6] = { { S3, AP1, AQ0, S0, S1, S2 },
						    { S4, AQ1, AP0, S0, S1, S2 } };
	const struct bytes q = packet_arp(1, IP_A, IP_R0, M(A0));

	world_add_ap(w);
	world_add_ring(w);
	w->ports[AQ1].blocked = false;
	world_wire(w, A0, 0, M(A0), &mac_all, &q);
	for (unsigned int i = 0; i < 12 * laps; i++) {
		unsigned int way = i % 2, step = i / 2 % 6;

		world_wire(w, ways[way][step], 50 + i / 12 * 400 + 37 * way + 100 * step, M(A0),
			   &mac_all, &q);
	}
	world_sort(w);
	world_write(w);
}

static void read_world(const struct world *w, const struct journey_opts *opts,
		       struct journey_set *set)
{
	struct err err = ERR_INIT;

	assert_int_equal(journey_read(&w->lab, opts, set, &err), 0);
}

static size_t count_outcome(const struct journey_set *set, enum journey_outcome outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n_journeys; i++)
		n += set->journeys[i].outcome == outcome;
	return n;
}

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	world_init(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	free(*state);
	return 0;
}

/* Loss and delay are the link's. */
static void test_link_counts(void **state)
{
	struct world *w = *state;
	auto_journey_set struct journey_set set = { 0 };
	const struct journey_link_count *c;

	stream(w, 1000, false, true);
	world_write(w);
	read_world(w, NULL, &set);
	c = &set.links[C0];
	assert_int_equal(c->sent, 1000);
	assert_int_equal(c->lost, 500);
	assert_int_equal(c->arrived, 500);
	assert_int_equal(c->delay_min_ns, 20005000);
	assert_int_equal(c->delay_max_ns, 20005000);
	assert_int_equal(c->delay_sum_ns, 500 * INT64_C(20005000));
	assert_int_equal(set.links[R1].sent, 0);
	assert_int_equal(count_outcome(&set, JOURNEY_OUT_LOST), 500);
	assert_int_equal(set.frames, 1500);
	assert_int_equal(set.ports[C0].frames, 1000);
}

/* Packets that are the same in every bit, twenty of them in the cable at a time. */
static void test_same_stream(void **state)
{
	struct world *w = *state;
	auto_journey_set struct journey_set set = { 0 };

	stream(w, 2000, true, false);
	world_write(w);
	read_world(w, NULL, &set);
	assert_int_equal(set.n_journeys, 2000);
	assert_int_equal(count_outcome(&set, JOURNEY_OUT_DELIVERED), 2000);
	assert_int_equal(set.links[C0].delay_max_ns, 20005000);
	assert_int_equal(set.unmatched, 0);
	assert_int_equal(set.journeys[1999].repeats, 1999);
}

static void test_too_many_open(void **state)
{
	struct world *w = *state;
	auto_journey_set struct journey_set set = { 0 };
	const struct journey_opts opts = { .max_open = 10 };

	stream(w, 1000, false, false);
	world_write(w);
	read_world(w, &opts, &set);
	/* Closed before it arrived, and its arrival then came from nowhere: all is counted. */
	assert_true(set.early > 900);
	assert_int_equal(count_outcome(&set, JOURNEY_OUT_LOST), 0);
	assert_int_equal(set.links[C0].sent, 1000);
	assert_true(set.unmatched > 900);
	assert_int_equal(set.unmatched, set.ports[R1].unmatched);
}

/* A packet that rests for longer than the window is given up, and comes from nowhere later. */
static void test_window(void **state)
{
	struct world *w = *state;
	const struct journey_opts opts = { .window_ns = 10 * NS_PER_MS };
	const struct packet p = { IP_C, IP_R1, 1, .ttl = 64 };
	const struct packet q = { IP_C, IP_R1, 2, .ttl = 64 };
	const struct bytes one = packet_udp(&p, 1, 2, "x"), other = packet_udp(&q, 1, 2, "x");

	world_out(w, C0, 0, M(C0), M(R1), &one);
	world_wire(w, C0, 15000, M(C0), M(R1), &other);
	world_in(w, R1, 20005, M(C0), M(R1), &one);
	world_write(w);
	world_check(w, &opts,
		    "1 ip lost on cable: c:eth0>lost\n"
		    "2 ip lost on cable: c:eth0>lost repeats=1\n"
		    "3 ip delivered: r:eth1<delivered unmatched\n"
		    "4 ip delivered: r:eth1<delivered unmatched repeats=3\n"
		    "unmatched r:eth1 2\n");
	world_check(w, NULL,
		    "1 ip delivered: c:eth0>sent r:eth1<delivered\n"
		    "2 ip delivered: c:eth0>sent r:eth1<delivered repeats=1\n");
}

static void test_max_journeys(void **state)
{
	struct world *w = *state;
	auto_journey_set struct journey_set set = { 0 };
	const struct journey_opts opts = { .max_journeys = 3 };

	stream(w, 10, false, false);
	world_write(w);
	read_world(w, &opts, &set);
	assert_int_equal(set.n_journeys, 3);
	assert_int_equal(set.left_out, 7);
}

/* Cut behind each of its bytes in turn: what came before is told, what came behind is not known. */
static void test_truncated(void **state)
{
	struct world *w = *state;
	struct stat st;

	stream(w, 4, false, false);
	world_write(w);
	assert_int_equal(stat(w->ports[R1].file, &st), 0);
	for (off_t len = st.st_size - 1; len >= 0; len -= 7) {
		auto_journey_set struct journey_set set = { 0 };

		assert_int_equal(truncate(w->ports[R1].file, len), 0);
		read_world(w, NULL, &set);
		assert_int_equal(set.n_journeys, 4);
		assert_int_equal(count_outcome(&set, JOURNEY_OUT_LOST), 0);
		assert_int_equal(set.unmatched, 0);
		assert_true(set.n_notes <= 1);
	}
}

static void test_damaged(void **state)
{
	struct world *w = *state;
	FILE *f;

	stream(w, 1, false, false);
	world_write(w);
	f = fopen(w->ports[R1].file, "r+e");
	assert_non_null(f);
	assert_int_equal(fseek(f, -8, SEEK_END), 0);
	assert_int_equal(fwrite("damaged!", 1, 8, f), 8);
	assert_int_equal(fclose(f), 0);
	f = fopen(w->ports[C0].file, "we");
	assert_non_null(f);
	assert_true(fputs("no capture at all", f) >= 0);
	assert_int_equal(fclose(f), 0);
	world_check(
		w, NULL,
		"1 ip delivered: r:eth1<delivered\n"
		"note r:eth1.pcapng': not valid pcapng: two lengths that differ in the block at "
		"byte 172: what comes after is not known\n"
		"note c:eth0.pcapng': not valid pcapng: no section header in the block at byte "
		"0: what comes after is not known\n");
}

static void test_missing(void **state)
{
	struct world *w = *state;
	const char *file = w->ports[R1].file;

	stream(w, 1, false, false);
	world_write(w);
	assert_int_equal(unlink(file), 0);
	world_check(w, NULL,
		    "1 ip open: c:eth0>sent\n"
		    "note r:eth1.pcapng': No such file or directory: what it would have shown is "
		    "not known\n");
	w->ports[R1].file = NULL; /* never captured */
	world_check(w, NULL, "1 ip open: c:eth0>sent\n");
	w->ports[R1].file = file;
}

static void test_wrong_lab(void **state)
{
	struct world *w = *state;
	struct journey_set set = { 0 };
	struct err err = ERR_INIT;

	w->ports[C0].link = N_LINKS;
	assert_int_equal(journey_read(&w->lab, NULL, &set, &err), -EINVAL);
	assert_string_equal(err.msg, "port 'c:eth0': no such link");
}

static void test_json(void **state)
{
	struct world *w = *state;
	auto_journey_set struct journey_set set = { 0 };
	auto_json json_t *journey = NULL, *unmatched = NULL, *links = NULL;
	auto_free char *text = NULL;

	stream(w, 1, false, true);
	w->dropped = 2;
	stream(w, 1, false, true);
	world_write(w);
	read_world(w, NULL, &set);
	journey = journey_to_json(&w->lab, &set, &set.journeys[0]);
	text = json_dumps(journey, JSON_COMPACT);
	assert_string_equal(
		text,
		"{\"id\":1,\"protocol\":\"UDP\",\"bytes\":43,\"outcome\":\"delivered\","
		"\"lost\":null,\"hops\":[{\"at\":\"c:eth0\",\"node\":\"c\",\"port\":\"c:eth0\","
		"\"frame\":1,\"time_ns\":1700000000000000000,\"way\":\"out\","
		"\"src\":\"02:00:00:00:00:09\",\"dst\":\"02:00:00:00:00:08\",\"bytes\":43,"
		"\"action\":\"sent\",\"ttl\":64,\"from\":null},{\"at\":\"r:eth1\",\"node\":\"r\","
		"\"port\":\"r:eth1\",\"frame\":1,\"time_ns\":1700000000020005000,\"way\":\"in\","
		"\"src\":\"02:00:00:00:00:09\",\"dst\":\"02:00:00:00:00:08\",\"bytes\":43,"
		"\"action\":\"delivered\",\"ttl\":64,\"from\":0}],\"source\":\"10.1.0.1\","
		"\"destination\":\"10.1.0.254\"}");
	free(text);
	unmatched = journey_unmatched_to_json(&w->lab, &set);
	text = json_dumps(unmatched, JSON_COMPACT);
	assert_string_equal(text, "{\"frames\":0,\"ports\":{},\"unreadable\":{},"
				  "\"dropped_by_capture\":{\"c:eth0\":2},\"closed_early\":0,"
				  "\"left_out\":0}");
	free(text);
	links = journey_links_to_json(&w->lab, &set);
	text = json_dumps(links, JSON_COMPACT);
	assert_string_equal(text, "[{\"link\":\"cable\",\"out_of\":\"c:eth0\",\"sent\":2,"
				  "\"arrived\":2,\"lost\":0,\"delay_ns\":{\"min\":20005000,"
				  "\"mean\":20005000,\"max\":20005000}}]");
}

#define LIMIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Processor time, in seconds. */
static double reading_takes(const struct world *w, struct journey_set *set)
{
	clock_t begin = clock();

	read_world(w, NULL, set);
	return (double)(clock() - begin) / CLOCKS_PER_SEC;
}

/* It costs what looking at the frames before it does, but not at all pairs of them. */
static void test_storm(void **state)
{
	auto_journey_set struct journey_set set = { 0 };
	auto_journey_set struct journey_set other = { 0 };
	struct world *w = *state, *calm;
	void *second;
	double storm_s, calm_s;
	size_t hops = 0;

	storm(w, 800);
	storm_s = reading_takes(w, &set);
	(void)setup(&second);
	calm = second;
	stream(calm, 9600, false, false);
	world_write(calm);
	calm_s = reading_takes(calm, &other);
	(void)teardown(&second);
	for (size_t i = 0; i < set.n_journeys; i++)
		hops += set.journeys[i].n_hops;
	assert_int_equal(hops, 2 + 2 * 12 * 800);
	if (storm_s > 100 * (calm_s + 0.01))
		fail_msg("a storm takes %.2f s, a stream %.2f s", storm_s, calm_s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIMIT_TEST(test_link_counts),   LIMIT_TEST(test_same_stream),
		LIMIT_TEST(test_too_many_open), LIMIT_TEST(test_window),
		LIMIT_TEST(test_max_journeys),  LIMIT_TEST(test_truncated),
		LIMIT_TEST(test_damaged),       LIMIT_TEST(test_missing),
		LIMIT_TEST(test_wrong_lab),     LIMIT_TEST(test_json),
		LIMIT_TEST(test_storm),
	};

	return cmocka_run_group_tests_name("limits of journeys", tests, NULL, NULL);
}
