/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-capture for real, in namespaces of its own: what of the frames that the test sends and
 * receives is in the files, by our reader and by Wireshark's.
 * Covers: src/capture/recorder.c src/capture/report.c src/capture/tap.c
 */
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>

#include "lib/capture-bench.h"
#include "lib/tests.h"
#include "wireshark/wireshark.h"

/* What Wireshark says of the merged file. */
static void ask_wireshark(const char *dir)
{
	static const char all[] = "all", one[] = "router:lan";
	const struct wireshark_query queries[] = {
		{ .file = all,
		  .filter = "frame.interface_name == \"client:eth0\" && eth.type == 0x88b5" },
		{ .file = all,
		  .filter = "frame.interface_name == \"router:lan\"",
		  .fields = { "frame.interface_name", "frame.interface_description", "eth.dst" } },
		{ .file = all, .filter = "frame.time_delta < 0" },
		{ .file = all,
		  .filter = "frame.packet_flags_direction == 1",
		  .fields = { "eth.src" } },
		{ .file = one, .filter = "eth.src == 02:00:00:00:00:01" },
	};
	auto_wireshark struct wireshark *ws = NULL;
	struct wireshark_answer a[ARRAY_SIZE(queries)];
	struct err err = ERR_INIT;

	wireshark_open(&(struct wireshark_setup){ .sharkd = "sharkd" }, dir, &ws);
	if (wireshark_ask(ws, queries, ARRAY_SIZE(queries), a, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(a[0].count, 800);
	assert_int_equal(a[1].count, 500);
	assert_int_equal(a[1].frames[0], 2);
	assert_string_equal(a[1].values[0], "\"router:lan\"");
	assert_string_equal(a[1].values[1], "\"tap1\"");
	assert_int_equal(a[2].count, 0);
	assert_int_equal(a[3].count, 500);
	assert_string_equal(a[3].values[0], "02:00:00:00:00:01");
	assert_int_equal(a[4].count, 500);
	for (size_t i = 0; i < ARRAY_SIZE(a); i++)
		wireshark_answer_free(&a[i]);
}

/* 500 frames go from client to router, seen at both taps; 300 come back to the client only. */
static void test_two_hops(void **state)
{
	const char *dir = *state;
	struct frame there = make_frame(macs[1], macs[0], 0, 0);
	struct frame flood = make_frame(everyone, macs[1], 0, 0);
	auto_seen struct seen client = { 0 }, router = { 0 }, all = { 0 };
	struct capture_stats total = { 0 };
	struct capture *c = NULL;
	struct err err = ERR_INIT;

	start_capture(dir, &c);
	for (uint32_t i = 0; i < 500; i++) {
		there.serial = i;
		guest_sends(0, &there);
		host_sends(1, &there, sizeof(there));
		if (i < 300)
			host_sends(0, &flood, sizeof(flood));
	}
	if (capture_stop(&c, DEADLINE, &total, &err) < 0)
		fail_msg("%s", err.msg);
	assert_null(c);
	assert_int_equal(total.frames, 1300);
	assert_int_equal(total.bytes, 1300 * sizeof(there));
	assert_int_equal(total.dropped, 0);
	assert_false(has_file(dir, "capture.log"));
	if (capture_finish(dir, "# no secret\n", &err) < 0)
		fail_msg("%s", err.msg);
	see_file(dir, "client:eth0", &client);
	assert_string_equal(str_text(&client.kinds), "SKIPC");
	assert_int_equal(client.inbound, 500);
	assert_int_equal(client.outbound, 300);
	assert_int_equal(client.received, 800);
	assert_int_equal(client.dropped, 0);
	see_file(dir, "router:lan", &router);
	assert_string_equal(str_text(&router.names), "router:lan=tap1 ");
	assert_int_equal(router.outbound, 500);
	see_file(dir, "all", &all);
	assert_string_equal(str_text(&all.kinds), "SKIPC");
	assert_string_equal(str_text(&all.names), "client:eth0=tap0 router:lan=tap1 ");
	assert_int_equal(all.frames, 1300);
	if (!no_sharkd())
		ask_wireshark(dir);
}

/* A frame written just before the stop is in the file; none is cut. */
static void test_drain(void **state)
{
	const char *dir = *state;
	struct frame f = make_frame(everyone, macs[0], 0, 0);

	for (int round = 0; round < 10; round++) {
		struct capture_stats total = { 0 };
		struct capture *c = NULL;

		start_capture(dir, &c);
		for (int i = 0; i <= round * 20; i++)
			guest_sends(0, &f);
		assert_int_equal(capture_stop(&c, DEADLINE, &total, NULL), 0);
		assert_int_equal(total.frames, 1 + round * 20);
		assert_int_equal(total.dropped, 0);
	}
}

/* The largest frame of the link, whole. */
static void test_large(void **state)
{
	static uint8_t large[1518];
	const char *dir = *state;
	auto_seen struct seen s = { 0 };
	struct capture_stats total = { 0 };
	struct capture *c = NULL;

	memcpy(large, everyone, 6);
	memcpy(large + 6, macs[0], 6);
	large[12] = 0x81; /* with a VLAN tag */
	start_capture(dir, &c);
	assert_int_equal(write(tap_fd[0], large, sizeof(large)), sizeof(large));
	assert_int_equal(capture_stop(&c, DEADLINE, &total, NULL), 0);
	assert_int_equal(total.frames, 1);
	assert_int_equal(total.bytes, sizeof(large));
	see_file(dir, "client:eth0", &s);
	assert_int_equal(s.frames, 1);
}

/* A link that goes down and comes back; one that is down from the start is an error. */
static void test_link_down(void **state)
{
	const char *dir = *state;
	struct frame f = make_frame(everyone, macs[0], 0, 0);
	struct capture_stats total = { 0 };
	struct capture *c = NULL;
	struct err err = ERR_INIT;

	set_link("tap1", false);
	assert_int_equal(capture_start(capture_program, dir, ports, 2, DEADLINE, &c, &err), -EIO);
	assert_non_null(strstr(err.msg, "interface 'tap1' is down"));
	set_link("tap1", true);
	err_clear(&err);
	start_capture(dir, &c);
	for (int i = 0; i < 5; i++) {
		set_link("tap0", false);
		assert_int_equal(write(tap_fd[0], &f, sizeof(f)), -1);
		set_link("tap0", true);
		guest_sends(0, &f);
	}
	if (capture_stop(&c, DEADLINE, &total, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(total.frames, 5);
	assert_true(has_file(dir, "router_lan.pcapng"));
}

/* Frames that the file of a running capture says were lost. */
static uint64_t lost_so_far(const char *path)
{
	auto_pcapng_reader struct pcapng_reader *r = NULL;
	struct pcapng_block b;
	uint64_t lost = 0;
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	pcapng_reader_new(f, &r);
	while (pcapng_next(r, &b, NULL) > 0)
		lost += b.kind == PCAPNG_KIND_PACKET ? b.packet.dropped : 0;
	return lost;
}

/* A capture that cannot keep up says how much it lost, and where. */
static void test_dropped(void **state)
{
	const char *dir = *state;
	auto_free char *path = xasprintf("%s/client_eth0.pcapng", dir);
	struct frame f = make_frame(everyone, macs[0], 0, 0);
	int64_t deadline = DEADLINE;
	auto_seen struct seen s = { 0 };
	struct capture_stats total = { 0 };
	struct capture *c = NULL;
	uint64_t sent = 0;
	pid_t pid;

	start_capture(dir, &c);
	pid = capture_pid(dir);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (; sent < 200000; sent++) /* more than 16 MiB hold */
		guest_sends(0, &f);
	assert_int_equal(kill(pid, SIGCONT), 0);
	for (; !lost_so_far(path) && !deadline_passed(deadline); sent++) {
		guest_sends(0, &f);
		(void)poll(NULL, 0, 20);
	}
	assert_int_equal(capture_stop(&c, DEADLINE, &total, NULL), 0);
	assert_true(total.dropped > 1000);
	assert_int_equal(total.frames + total.dropped, sent);
	see_file(dir, "client:eth0", &s);
	assert_int_equal(s.frames, total.frames);
	assert_int_equal(s.lost, total.dropped);
	assert_int_equal(s.dropped, total.dropped);
	assert_int_equal(s.received, sent);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_two_hops),  CAPTURE_TEST(test_drain),   CAPTURE_TEST(test_large),
		CAPTURE_TEST(test_link_down), CAPTURE_TEST(test_dropped),
	};

	ADD_TESTS(tests);
	return run_captures("capture-recorder");
}
