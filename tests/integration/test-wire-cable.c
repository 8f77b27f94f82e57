/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A cable under the conditions of a lab: delay, jitter, loss, rate, changes of these, and its life.
 * Covers: src/wire/cable.c src/wire/cable-main.c
 */
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "lib/tests.h"
#include "lib/wire-bench.h"

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void test_delay(void **state)
{
	enum { N = 41 };
	static const struct net_shape shape = { .delay_us = 20000 };
	struct bench *bench = *state;
	int64_t took[N];

	must_set(bench->wire, &shape);
	for (uint32_t i = 0; i < N; i++) {
		int from = i & 1 ? bench->b : bench->a, to = i & 1 ? bench->a : bench->b;
		int64_t sent = clock_mono_ns();

		send_numbers(from, i, 1, 100);
		assert_int_equal(receive_number(to, SOON), i);
		took[i] = clock_mono_ns() - sent;
	}
	qsort(took, N, sizeof(took[0]), by_value);
	(void)printf("# 20 ms took %.3f ms at least, %.3f in the middle, %.3f at most\n",
		     (double)took[0] / 1e6, (double)took[N / 2] / 1e6, (double)took[N - 1] / 1e6);
	assert_true(took[0] >= 20 * NS_PER_MS);
	/* How much later most come is up to who else wants the processors. */
	assert_true(took[0] < 24 * NS_PER_MS);
}

static void test_burst(void **state)
{
	static const struct net_shape shape = { .delay_us = 60000 };
	struct bench *bench = *state;
	struct wire_stats stats;

	must_set(bench->wire, &shape);
	/* Fewer than the tap's own queue, as nobody reads meanwhile. */
	send_numbers(bench->a, 0, 900, 1514);
	send_numbers(bench->b, 0, 900, 1514);
	expect_numbers(bench->b, 0, 900);
	expect_numbers(bench->a, 0, 900);
	stats = get_stats(bench->wire);
	assert_int_equal(stats.flows[0].frames, 900);
	assert_int_equal(stats.flows[0].bytes, 900 * 1514);
	assert_int_equal(stats.flows[1].frames, 900);
	for (int i = 0; i < 2; i++)
		assert_int_equal(stats.flows[i].missed + stats.flows[i].tail_drops +
					 stats.flows[i].errors,
				 0);
}

static void test_jitter_keeps_order(void **state)
{
	static const struct net_shape shape = { .delay_us = 20000, .jitter_us = 20000 };
	struct bench *bench = *state;

	must_set(bench->wire, &shape);
	send_numbers(bench->a, 0, 300, 100);
	expect_numbers(bench->b, 0, 300);
}

/* Until the cable is done with n frames from a to b, whether they came or not. */
static struct wire_flow wait_done(struct wire *wire, uint64_t n)
{
	int64_t deadline = deadline_in_ms(SOON);
	struct wire_flow flow = get_stats(wire).flows[0];

	while (flow.frames + flow.lost + flow.tail_drops < n && !deadline_passed(deadline)) {
		(void)poll(NULL, 0, 1);
		flow = get_stats(wire).flows[0];
	}
	assert_int_equal(flow.frames + flow.lost + flow.tail_drops, n);
	return flow;
}

static void test_loss(void **state)
{
	static const struct net_shape shape = { .loss_ppm = 200000 };
	struct bench *bench = *state;
	struct wire_flow flow = { 0 };
	uint64_t got = 0;
	uint32_t last = 0;

	must_set(bench->wire, &shape);
	for (uint32_t i = 1; i <= 1000; i += 100) {
		send_numbers(bench->a, i, 100, 100);
		flow = wait_done(bench->wire, i + 99);
		for (; got < flow.frames; got++) {
			uint32_t n = receive_number(bench->b, SOON);

			assert_true(n > last && n < i + 100);
			last = n;
		}
	}
	assert_in_range(flow.lost, 140, 260); /* 200 +- 5 sigma; the seed is fixed anyway */
}

static void test_rate(void **state)
{
	static const struct net_shape shape = { .rate_bps = 1000000 };
	struct bench *bench = *state;
	int64_t start = clock_mono_ns();
	struct wire_flow flow;
	uint64_t came;

	must_set(bench->wire, &shape);
	/* 1250 bytes are 10 ms. */
	send_numbers(bench->a, 0, 20, 1250);
	expect_numbers(bench->b, 0, 20);
	assert_true(clock_mono_ns() - start >= 200 * NS_PER_MS);
	/* The queue holds about 250 ms; what does not fit is dropped at its tail. */
	start = clock_mono_ns();
	send_numbers(bench->a, 0, 200, 1250);
	came = 40 + (uint64_t)(clock_mono_ns() - start) / (10 * NS_PER_MS);
	flow = wait_done(bench->wire, 220);
	assert_in_range(flow.frames - 20, 20, came);
	for (uint64_t i = 20; i < flow.frames; i++)
		assert_true(receive_number(bench->b, SOON) < 200);
}

static void wait_in_flight(struct wire *wire, uint64_t n)
{
	int64_t deadline = deadline_in_ms(SOON);

	while (get_stats(wire).flows[0].in_flight != n && !deadline_passed(deadline))
		(void)poll(NULL, 0, 1);
	assert_int_equal(get_stats(wire).flows[0].in_flight, n);
}

static void test_shorter_delay(void **state)
{
	static const struct net_shape far = { .delay_us = 9000000 }, near = { .delay_us = 10000 };
	struct bench *bench = *state;
	int64_t start = clock_mono_ns();

	must_set(bench->wire, &far);
	send_numbers(bench->a, 0, 50, 1000);
	wait_in_flight(bench->wire, 50);
	must_set(bench->wire, &near);
	send_numbers(bench->a, 50, 50, 1000);
	expect_numbers(bench->b, 0, 100);
	assert_true(clock_mono_ns() - start < 8 * NS_PER_S);
}

static void test_cable_to_bridge_and_back(void **state)
{
	static const struct net_shape far = { .delay_us = 9000000 }, near = { .delay_us = 10000 };
	struct bench *bench = *state;

	must_set(bench->wire, &plain_shape);
	send_numbers(bench->a, 0, 1, 100);
	expect_numbers(bench->b, 0, 1);
	must_set(bench->wire, &far);
	send_numbers(bench->a, 1, 50, 100);
	wait_in_flight(bench->wire, 50);
	must_set(bench->wire, &plain_shape);
	assert_int_equal(access(CABLES "/br0.sock", F_OK), -1);
	send_numbers(bench->a, 51, 50, 100);
	expect_numbers(bench->b, 1, 100);
	must_set(bench->wire, &near);
	send_numbers(bench->a, 101, 50, 100);
	expect_numbers(bench->b, 101, 50);
	assert_int_equal(receive_number(bench->b, QUIET), UINT32_MAX);
}

static pid_t cable_pid(void)
{
	auto_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = CABLES "/br0.sock" };
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -1;
	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
	return peer.pid;
}

/* Clock ticks of processor time so far; -1: it is gone. */
static long cable_ticks(pid_t pid)
{
	auto_free char *path = xasprintf("/proc/%d/stat", (int)pid);
	auto_str struct str text = { 0 };
	unsigned long user = 0, kernel = 0;
	char state;

	if (io_read_file(path, 4096, &text, NULL) < 0 || !strchr(str_text(&text), ')') ||
	    sscanf(strrchr(str_text(&text), ')') + 1,
		   " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state, &user,
		   &kernel) != 3 ||
	    state == 'Z')
		return -1;
	return (long)(user + kernel);
}

static void test_outlives_its_starter(void **state)
{
	static const struct net_shape shape = { .delay_us = 5000 }, other = { .delay_us = 6000 };
	struct bench *bench = *state;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		auto_wire struct wire *wire = open_wire();

		must_set(wire, &shape);
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	pid = cable_pid();
	assert_true(pid > 1);
	send_numbers(bench->a, 0, 10, 100);
	expect_numbers(bench->b, 0, 10);
	must_set(bench->wire, &other);
	assert_int_equal(cable_pid(), pid);
	assert_int_equal(get_stats(bench->wire).shapes[0].delay_us, 6000);
}

static void test_idle_costs_nothing(void **state)
{
	static const struct net_shape shape = { .delay_us = 5000 };
	struct bench *bench = *state;
	long before;
	pid_t pid;

	must_set(bench->wire, &shape);
	send_numbers(bench->a, 0, 10, 100);
	expect_numbers(bench->b, 0, 10);
	pid = cable_pid();
	before = cable_ticks(pid);
	assert_true(before >= 0);
	(void)poll(NULL, 0, 1000);
	assert_in_range(cable_ticks(pid), before, before + 2);
}

static void set_admin(const char *name, bool up)
{
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { 0 };

	(void)snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	req.ifr_flags = (short)(up ? flags_of(name) | IFF_UP : flags_of(name) & ~IFF_UP);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &req), 0);
}

static void test_tap_down_and_up(void **state)
{
	static const struct net_shape shape = { .delay_us = 5000 };
	struct bench *bench = *state;
	long before;
	pid_t pid;

	must_set(bench->wire, &shape);
	pid = cable_pid();
	set_admin("tapa", false);
	before = cable_ticks(pid);
	(void)poll(NULL, 0, 300);
	assert_in_range(cable_ticks(pid), before, before + 2);
	set_admin("tapa", true);
	send_numbers(bench->a, 0, 10, 100);
	expect_numbers(bench->b, 0, 10);
}

static void test_ends_with_its_tap(void **state)
{
	static const struct net_shape shape = { .delay_us = 5000 };
	struct bench *bench = *state;
	int64_t deadline = deadline_in_ms(SOON);
	pid_t pid;

	must_set(bench->wire, &shape);
	pid = cable_pid();
	assert_int_equal(wire_del(bench->wire, "tapb", NULL), 0);
	while (cable_ticks(pid) >= 0 && !deadline_passed(deadline))
		(void)poll(NULL, 0, 5);
	assert_int_equal(cable_ticks(pid), -1);
}

static void test_killed_cable(void **state)
{
	static const struct net_shape shape = { .delay_us = 5000 };
	struct bench *bench = *state;
	struct err err = ERR_INIT;
	struct wire_stats stats;
	pid_t pid;

	must_set(bench->wire, &shape);
	pid = cable_pid();
	assert_int_equal(kill(pid, SIGKILL), 0);
	while (cable_ticks(pid) >= 0)
		(void)poll(NULL, 0, 1);
	assert_int_equal(wire_get_stats(bench->wire, &link_ab, &stats, &err), -EIO);
	assert_string_equal(err.msg, "link 'cable': its cable is gone");
	must_set(bench->wire, &shape);
	/* Also one that is about to end. */
	for (int i = 0; i < 5; i++) {
		assert_int_equal(kill(cable_pid(), SIGKILL), 0);
		must_set(bench->wire, &shape);
	}
	send_numbers(bench->a, 0, 10, 100);
	expect_numbers(bench->b, 0, 10);
}

static int run_all(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_delay),
		BENCH(test_burst),
		BENCH(test_jitter_keeps_order),
		BENCH(test_loss),
		BENCH(test_rate),
		BENCH(test_shorter_delay),
		BENCH(test_cable_to_bridge_and_back),
		BENCH(test_outlives_its_starter),
		BENCH(test_idle_costs_nothing),
		BENCH(test_tap_down_and_up),
		BENCH(test_ends_with_its_tap),
		BENCH(test_killed_cable),
	};

	ADD_TESTS(tests);
	return run_added("wire-cable", NULL, NULL);
}

int main(void)
{
	return run_bench(run_all);
}
