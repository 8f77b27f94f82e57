/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A real cable that loses frames, captured by the real labd-capture at both of its taps, in
 * namespaces of its own: what journeys say was lost on the link, and how long it took, must be what
 * the cable says of itself, to the frame.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "capture/capture.h"
#include "journey/journey.h"
#include "lib/tests.h"
#include "sandbox/sandbox.h"
#include "wire/wire.h"

#define CABLES SANDBOX_RUN "/cable"
#define FILES SANDBOX_RUN "/captures"
#define DEADLINE deadline_in_ms(60000)
#define PREFIX sizeof(struct virtio_net_hdr)
#define FRAMES 1500
#define ALL (FRAMES + 1)
#define BATCH 50 /* under way at a time: no queue of the kernel is ever full */

static char *cable_program, *capture_program;
static const char *const taps[2] = { "tapa", "tapb" };
static const struct wire_link cable = { "cable", "br0", taps, 2 };
static const struct net_shape lossy[] = { { .delay_us = 5000, .loss_ppm = 150000 },
					  { .delay_us = 5000, .loss_ppm = 150000 } };
static const struct net_shape delay_only[] = { { .delay_us = 5000 }, { .delay_us = 5000 } };
static const struct net_mac macs[2] = { { { 2, 0, 0, 0, 0, 1 } }, { { 2, 0, 0, 0, 0, 2 } } };
static const struct capture_port captured[2] = {
	{ .name = "a:eth0", .ifname = "tapa", .mac = "02:00:00:00:00:01", .host = true },
	{ .name = "b:eth0", .ifname = "tapb", .mac = "02:00:00:00:00:02", .host = true },
};

/* As QEMU opens a tap that was made for it; its carrier comes in the kernel's own time. */
static int hold_tap(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	struct ifreq flags = { 0 };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	auto_close int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int64_t deadline = DEADLINE;

	assert_true(fd >= 0 && s >= 0);
	(void)snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	(void)snprintf(flags.ifr_name, sizeof(flags.ifr_name), "%s", name);
	assert_int_equal(ioctl(fd, TUNSETIFF, &req), 0);
	do
		assert_int_equal(ioctl(s, SIOCGIFFLAGS, &flags), 0);
	while (!(flags.ifr_flags & IFF_RUNNING) && !deadline_passed(deadline) &&
	       poll(NULL, 0, 1) == 0);
	assert_true(flags.ifr_flags & IFF_RUNNING);
	return fd;
}

/* UDP with a number; each fourth packet is the same as all other fourth ones. */
static void send_number(int tap, int from, uint32_t number)
{
	uint8_t frame[PREFIX + 14 + 20 + 8 + 16] = { 0 };
	uint8_t *ip = frame + PREFIX + 14;
	bool same = number % 4 == 0;

	memcpy(frame + PREFIX, &macs[1 - from], 6);
	memcpy(frame + PREFIX + 6, &macs[from], 6);
	ip[-2] = 8;
	ip[0] = 0x45;
	ip[3] = 44;
	ip[4] = same ? 0 : (uint8_t)(number >> 8);
	ip[5] = same ? 0 : (uint8_t)number;
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = 17;
	ip[12] = ip[16] = 10;
	ip[15] = (uint8_t)(1 + from);
	ip[19] = (uint8_t)(2 - from);
	ip[21] = ip[23] = 7;
	ip[25] = 24;
	assert_int_equal(write(tap, frame, sizeof(frame)), sizeof(frame));
}

static void drain(int tap)
{
	char rest[4096];

	while (read(tap, rest, sizeof(rest)) > 0)
		;
}

static struct wire_stats get_stats(struct wire *wire)
{
	struct wire_stats stats;
	struct err err = ERR_INIT;

	if (wire_get_stats(wire, &cable, &stats, &err) < 0)
		fail_msg("%s", err.msg);
	return stats;
}

/* Until the cable is done with n frames each way. */
static void wait_for(struct wire *wire, const int tap[2], uint64_t n)
{
	int64_t deadline = DEADLINE;

	for (;;) {
		struct pollfd pfds[2] = { { tap[0], POLLIN, 0 }, { tap[1], POLLIN, 0 } };
		struct wire_stats stats = get_stats(wire);
		const struct wire_flow *f = stats.flows;

		drain(tap[0]);
		drain(tap[1]);
		if (f[0].frames + f[0].lost == n && f[1].frames + f[1].lost == n)
			return;
		assert_false(deadline_passed(deadline));
		(void)poll(pfds, 2, 10);
	}
}

static void send_all(struct wire *wire, const int tap[2])
{
	for (uint32_t i = 0; i < FRAMES; i++) {
		send_number(tap[0], 0, i);
		send_number(tap[1], 1, i);
		if ((i + 1) % BATCH == 0)
			wait_for(wire, tap, i + 1);
	}
	/* One each way that is not lost: what was sent before and did not come will not come. */
	if (wire_set(wire, &cable, delay_only, NULL, NULL) < 0)
		fail_msg("no wire_set");
	send_number(tap[0], 0, FRAMES + 1);
	send_number(tap[1], 1, FRAMES + 1);
	wait_for(wire, tap, FRAMES + 1);
}

static void run_captured(struct wire *wire, const int tap[2])
{
	struct capture *capture = NULL;
	struct capture_stats total;
	struct err err = ERR_INIT;

	assert_int_equal(mkdir(FILES, 0700), 0);
	if (capture_start(capture_program, FILES, captured, 2, DEADLINE, &capture, &err) < 0)
		fail_msg("%s", err.msg);
	send_all(wire, tap);
	if (capture_stop(&capture, DEADLINE, &total, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(total.dropped, 0);
}

static void compare(const struct journey_set *set, const struct wire_stats *stats)
{
	for (int i = 0; i < 2; i++) {
		const struct journey_link_count *c = &set->links[i];
		const struct wire_flow *flow = &stats->flows[i];

		assert_int_equal(c->sent, ALL);
		assert_int_equal(c->arrived, flow->frames);
		assert_int_equal(c->lost, flow->lost);
		assert_true(flow->lost > FRAMES / 20 && flow->lost < FRAMES / 3);
		/* The cable's clock and the capture's are read one after the other, and on a busy
		 * machine now and then long after: in the mean they agree. */
		assert_true(c->delay_sum_ns > (int64_t)c->arrived * 49 * NS_PER_MS / 10);
	}
	assert_int_equal(set->unmatched, 0);
	assert_int_equal(set->n_notes, 0);
	assert_int_equal(set->n_journeys, 2 * ALL);
	for (size_t i = 0; i < set->n_journeys; i++) {
		const struct journey *j = &set->journeys[i];

		if (j->outcome == JOURNEY_OUT_LOST)
			assert_int_equal(j->lost_link, 0);
		else
			assert_int_equal(j->outcome, JOURNEY_OUT_DELIVERED);
	}
}

static void test_lossy_cable(void **state)
{
	const struct journey_node nodes[] = { { .name = "a" }, { .name = "b" } };
	const struct journey_port ports[] = { { .name = "a:eth0",
						.file = FILES "/a_eth0.pcapng",
						.mac = macs[0],
						.sends = lossy[0] },
					      { .name = "b:eth0",
						.file = FILES "/b_eth0.pcapng",
						.mac = macs[1],
						.node = 1,
						.sends = lossy[1] } };
	const struct journey_link links[] = { { .name = "cable" } };
	const struct journey_lab lab = { .nodes = nodes,
					 .n_nodes = 2,
					 .ports = ports,
					 .n_ports = 2,
					 .links = links,
					 .n_links = 1 };
	const struct wire_opts opts = { cable_program, CABLES };
	auto_wire struct wire *wire = NULL;
	auto_journey_set struct journey_set set = { 0 };
	struct wire_stats stats;
	struct err err = ERR_INIT;
	int tap[2];

	(void)state;
	assert_int_equal(wire_open(&opts, &wire, &err), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(wire_tap_add(wire, taps[i], &err), 0);
		tap[i] = hold_tap(taps[i]);
	}
	if (wire_set(wire, &cable, lossy, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	run_captured(wire, tap);
	stats = get_stats(wire);
	assert_int_equal(journey_read(&lab, NULL, &set, &err), 0);
	compare(&set, &stats);
	(void)wire_unset(wire, &cable, NULL);
	(void)close(tap[0]);
	(void)close(tap[1]);
}

static int run_all(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_lossy_cable) };

	return cmocka_run_group_tests_name("journeys over a cable", tests, NULL, NULL);
}

int main(void)
{
	cable_program = built_program("labd-cable");
	capture_program = built_program("labd-capture");
	return run_in_sandbox(run_all);
}
