/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices as a lab has them, and guests that hold them. */
#include "lib/wire-bench.h"
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "lib/tests.h"

static char *cable_program;
const char *const two_taps[] = { "tapa", "tapb", "tapc" };
const struct wire_link link_ab = { "cable", "br0", two_taps, 2 };
const struct net_shape plain_shape;

struct wire *open_wire(void)
{
	struct wire_opts opts = { cable_program, CABLES };
	struct err err = ERR_INIT;
	struct wire *wire = NULL;

	if (wire_open(&opts, &wire, &err) < 0)
		fail_msg("%s", err.msg);
	return wire;
}

short flags_of(const char *name)
{
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { 0 };

	(void)snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &req), 0);
	return req.ifr_flags;
}

void wait_running(const char *name, bool running)
{
	int64_t deadline = deadline_in_ms(SOON);

	while (!(flags_of(name) & IFF_RUNNING) == running && !deadline_passed(deadline))
		(void)poll(NULL, 0, 1);
	assert_true(!(flags_of(name) & IFF_RUNNING) != running);
}

int hold_tap(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	assert_true(fd >= 0);
	wait_running(name, false);
	(void)snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	assert_int_equal(ioctl(fd, TUNSETIFF, &req), 0);
	wait_running(name, true);
	return fd;
}

void must_set(struct wire *wire, const struct net_shape *shape)
{
	const struct net_shape both[2] = { *shape, *shape };
	struct err err = ERR_INIT;

	if (wire_set(wire, &link_ab, both, NULL, &err) < 0)
		fail_msg("%s", err.msg);
}

struct wire_stats get_stats(struct wire *wire)
{
	struct wire_stats stats;
	struct err err = ERR_INIT;

	if (wire_get_stats(wire, &link_ab, &stats, &err) < 0)
		fail_msg("%s", err.msg);
	return stats;
}

int bench_set_up(void **state)
{
	static struct bench bench = { .a = -1, .b = -1 };
	int *const holders[] = { &bench.a, &bench.b, NULL };
	struct err err = ERR_INIT;

	if (!bench.wire)
		bench.wire = open_wire();
	for (int i = 0; i < 3; i++) {
		if (wire_exists(bench.wire, two_taps[i]))
			continue;
		if (wire_tap_add(bench.wire, two_taps[i], &err) < 0)
			fail_msg("%s", err.msg);
		if (!holders[i])
			continue;
		auto_closep(holders[i]);
		*holders[i] = hold_tap(two_taps[i]);
	}
	*state = &bench;
	return 0;
}

int bench_tear_down(void **state)
{
	struct bench *bench = *state;
	char rest[4096];

	/* No frame of a test that failed may meet the next one. */
	if (wire_unset(bench->wire, &link_ab, NULL) < 0)
		return -1;
	while (read(bench->a, rest, sizeof(rest)) > 0 || read(bench->b, rest, sizeof(rest)) > 0)
		;
	return 0;
}

void send_raw(int tap, const struct virtio_net_hdr *head, const void *frame, size_t len)
{
	unsigned char buf[PREFIX + 8192];

	assert_true(len + PREFIX <= sizeof(buf));
	memcpy(buf, head, PREFIX);
	memcpy(buf + PREFIX, frame, len);
	assert_int_equal(write(tap, buf, PREFIX + len), PREFIX + len);
}

void send_frame(int tap, const void *frame, size_t len)
{
	static const struct virtio_net_hdr none;

	send_raw(tap, &none, frame, len);
}

size_t receive_frame(int tap, unsigned char frame[FRAME_MAX], int ms)
{
	unsigned char buf[PREFIX + FRAME_MAX];
	struct pollfd pfd = { .fd = tap, .events = POLLIN };
	ssize_t n;

	if (poll(&pfd, 1, ms) != 1)
		return 0;
	n = read(tap, buf, sizeof(buf));
	assert_true(n > (ssize_t)PREFIX);
	memcpy(frame, buf + PREFIX, (size_t)n - PREFIX);
	return (size_t)n - PREFIX;
}

size_t number_frame(unsigned char frame[FRAME_MAX], uint32_t number, size_t len)
{
	static const unsigned char head[] = { 2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa, 0x88, 0xb5 };

	memset(frame, 0x5a, len);
	memcpy(frame, head, sizeof(head));
	memcpy(frame + sizeof(head), &number, sizeof(number));
	return len;
}

void send_numbers(int tap, uint32_t from, uint32_t n, size_t len)
{
	unsigned char frame[FRAME_MAX];

	for (uint32_t i = from; i < from + n; i++)
		send_frame(tap, frame, number_frame(frame, i, len));
}

uint32_t receive_number(int tap, int ms)
{
	unsigned char frame[FRAME_MAX];
	size_t n = receive_frame(tap, frame, ms);
	uint32_t number = UINT32_MAX;

	if (n)
		memcpy(&number, frame + 14, sizeof(number));
	return number;
}

void expect_numbers(int tap, uint32_t from, uint32_t n)
{
	for (uint32_t i = from; i < from + n; i++)
		assert_int_equal(receive_number(tap, SOON), i);
}

int run_bench(int (*run)(void))
{
	cable_program = built_program("labd-cable");
	return run_in_sandbox(run);
}
