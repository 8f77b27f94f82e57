/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taps, bridges and cables under the conditions of a lab; the test holds the taps as QEMU does.
 * Covers: src/wire/cable.c src/wire/cable-main.c src/wire/cable-port.c src/wire/device.c
 * Covers: src/wire/link.c src/wire/netlink.c
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "lib/tests.h"
#include "sandbox/sandbox.h"
#include "wire/wire.h"

#define CABLES SANDBOX_RUN "/cable"
#define FRAME_MAX 2048
#define PREFIX sizeof(struct virtio_net_hdr)
#define SOON 60000 /* ms: how long a frame that must come may take on a busy machine */
#define QUIET 50   /* ms: how long one that must not come is waited for */

static char *cable_program;
static const char *const two_taps[] = { "tapa", "tapb", "tapc" };
static const struct wire_link link_ab = { "cable", "br0", two_taps, 2 };
static const struct net_shape plain;

/* A lab's worth of devices and the guests that hold them. */
struct bench {
	struct wire *wire;
	int a, b; /* taps, opened */
};

static struct wire *open_wire(void)
{
	struct wire_opts opts = { cable_program, CABLES };
	struct err err = ERR_INIT;
	struct wire *wire = NULL;

	if (wire_open(&opts, &wire, &err) < 0)
		fail_msg("%s", err.msg);
	return wire;
}

static short flags_of(const char *name)
{
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { 0 };

	(void)snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &req), 0);
	return req.ifr_flags;
}

/* The kernel tells others of a carrier that came or went in its own time. */
static void wait_running(const char *name, bool running)
{
	int64_t deadline = deadline_in_ms(SOON);

	while (!(flags_of(name) & IFF_RUNNING) == running && !deadline_passed(deadline))
		(void)poll(NULL, 0, 1);
	assert_true(!(flags_of(name) & IFF_RUNNING) != running);
}

/* As QEMU opens a tap that was made for it. */
static int hold_tap(const char *name)
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

static void must_set(struct wire *wire, const struct net_shape *shape)
{
	struct err err = ERR_INIT;

	if (wire_set(wire, &link_ab, shape, NULL, &err) < 0)
		fail_msg("%s", err.msg);
}

static struct wire_stats get_stats(struct wire *wire)
{
	struct wire_stats stats;
	struct err err = ERR_INIT;

	if (wire_get_stats(wire, &link_ab, &stats, &err) < 0)
		fail_msg("%s", err.msg);
	return stats;
}

/* Makes what is missing. Taps last from test to test: a new carrier takes up to 1 s to show. */
static int set_up(void **state)
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

static int tear_down(void **state)
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

/* ---- frames ---- */

static void send_raw(int tap, const struct virtio_net_hdr *head, const void *frame, size_t len)
{
	unsigned char buf[PREFIX + 8192];

	assert_true(len + PREFIX <= sizeof(buf));
	memcpy(buf, head, PREFIX);
	memcpy(buf + PREFIX, frame, len);
	assert_int_equal(write(tap, buf, PREFIX + len), PREFIX + len);
}

static void send_frame(int tap, const void *frame, size_t len)
{
	static const struct virtio_net_hdr none;

	send_raw(tap, &none, frame, len);
}

/* The next frame, 0 when none comes within ms. */
static size_t receive_frame(int tap, unsigned char frame[FRAME_MAX], int ms)
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

/* A frame of an experimental type with a number in it. */
static size_t number_frame(unsigned char frame[FRAME_MAX], uint32_t number, size_t len)
{
	static const unsigned char head[] = { 2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa, 0x88, 0xb5 };

	memset(frame, 0x5a, len);
	memcpy(frame, head, sizeof(head));
	memcpy(frame + sizeof(head), &number, sizeof(number));
	return len;
}

static void send_numbers(int tap, uint32_t from, uint32_t n, size_t len)
{
	unsigned char frame[FRAME_MAX];

	for (uint32_t i = from; i < from + n; i++)
		send_frame(tap, frame, number_frame(frame, i, len));
}

/* The number of the next frame; UINT32_MAX: none within ms. */
static uint32_t receive_number(int tap, int ms)
{
	unsigned char frame[FRAME_MAX];
	size_t n = receive_frame(tap, frame, ms);
	uint32_t number = UINT32_MAX;

	if (n)
		memcpy(&number, frame + 14, sizeof(number));
	return number;
}

static void expect_numbers(int tap, uint32_t from, uint32_t n)
{
	for (uint32_t i = from; i < from + n; i++)
		assert_int_equal(receive_number(tap, SOON), i);
}

/* ---- devices ---- */

static void test_tap(void **state)
{
	struct bench *bench = *state;
	auto_str struct str addresses = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(flags_of("tapa") & (IFF_UP | IFF_NOARP | IFF_MULTICAST),
			 IFF_UP | IFF_NOARP);
	wait_running("tapc", false); /* nobody holds it */
	(void)io_read_file("/proc/net/if_inet6", 65536, &addresses, NULL);
	assert_string_equal(str_text(&addresses), "");
	assert_int_equal(wire_tap_add(bench->wire, "tapa", &err), -EEXIST);
	assert_non_null(strstr(err.msg, "'tapa'"));
	assert_true(wire_exists(bench->wire, "tapc"));
	assert_int_equal(wire_del(bench->wire, "tapc", NULL), 0);
	assert_false(wire_exists(bench->wire, "tapc"));
	assert_int_equal(wire_del(bench->wire, "tapc", NULL), 0);
}

static void test_bridge(void **state)
{
	struct bench *bench = *state;
	struct err err = ERR_INIT;

	assert_int_equal(wire_bridge_add(bench->wire, "br0", &err), 0);
	assert_int_equal(wire_bridge_add(bench->wire, "br0", &err), -EEXIST);
	assert_string_equal(err.msg, "bridge 'br0': File exists");
	assert_int_equal(flags_of("br0") & (IFF_UP | IFF_NOARP), IFF_UP | IFF_NOARP);
	assert_int_equal(wire_bridge_attach(bench->wire, "br0", "tapa", NULL), 0);
	assert_int_equal(wire_bridge_attach(bench->wire, "br0", "tapa", NULL), 0);
	assert_int_equal(wire_bridge_detach(bench->wire, "tapa", NULL), 0);
	assert_int_equal(wire_bridge_detach(bench->wire, "tapa", NULL), 0);
	assert_int_equal(wire_bridge_attach(bench->wire, "br0", "nothere", &err), -ENODEV);
	assert_non_null(strstr(err.msg, "'nothere'"));
	assert_int_equal(wire_bridge_attach(bench->wire, "nothere", "tapa", &err), -ENODEV);
}

struct name_row {
	const char *title, *name;
};

static void test_bad_name(void **state)
{
	const struct name_row *row = *state;
	auto_wire struct wire *wire = open_wire();

	assert_int_equal(wire_tap_add(wire, row->name, NULL), -EINVAL);
	assert_int_equal(wire_bridge_add(wire, row->name, NULL), -EINVAL);
}

/* ---- what crosses, over either kind ---- */

struct cross_row {
	const char *title;
	size_t len;
	unsigned char head[22]; /* destination, source, type and what follows */
};

#define SRC 2, 0, 0, 0, 0, 0xa

static const struct cross_row cross_rows[] = {
	{ "unicast", 60, { 2, 0, 0, 0, 0, 0xb, SRC, 0x88, 0xb5 } },
	{ "header only", 14, { 2, 0, 0, 0, 0, 0xb, SRC, 0x88, 0xb5 } },
	{ "full frame", 1514, { 2, 0, 0, 0, 0, 0xb, SRC, 0x88, 0xb5 } },
	{ "VLAN tag", 64, { 2, 0, 0, 0, 0, 0xb, SRC, 0x81, 0, 0x60, 42, 0x88, 0xb5 } },
	{ "VLAN tag, full frame", 1518, { 2, 0, 0, 0, 0, 0xb, SRC, 0x81, 0, 0, 1, 0x88, 0xb5 } },
	{ "VLAN 0 with a priority", 64, { 2, 0, 0, 0, 0, 0xb, SRC, 0x81, 0, 0xe0, 0, 0x88, 0xb5 } },
	{ "service tag and VLAN tag",
	  68,
	  { 2, 0, 0, 0, 0, 0xb, SRC, 0x88, 0xa8, 0, 7, 0x81, 0, 0, 42, 0x88, 0xb5 } },
	{ "broadcast", 60, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, SRC, 0x88, 0xb5 } },
	{ "ARP request",
	  60,
	  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, SRC, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 } },
	{ "IPv4 with a wrong checksum",
	  60,
	  { 2, 0, 0, 0, 0, 0xb, SRC, 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0 } },
	{ "IPv6 multicast",
	  90,
	  { 0x33, 0x33, 0, 0, 0, 1, SRC, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 36, 58, 255 } },
	{ "IPv4 multicast", 60, { 1, 0, 0x5e, 1, 2, 3, SRC, 8, 0, 0x46, 0, 0, 46, 0, 0, 0, 0 } },
	{ "back to its own source", 60, { SRC, SRC, 0x88, 0xb5 } },
	{ "BPDU", 60, { 1, 0x80, 0xc2, 0, 0, 0, SRC, 0, 39, 0x42, 0x42, 3 } },
	{ "LACP", 124, { 1, 0x80, 0xc2, 0, 0, 2, SRC, 0x88, 9, 1 } },
	{ "802.1X", 60, { 1, 0x80, 0xc2, 0, 0, 3, SRC, 0x88, 0x8e, 2 } },
	{ "LLDP", 60, { 1, 0x80, 0xc2, 0, 0, 0xe, SRC, 0x88, 0xcc, 2 } },
};

static void cross(struct bench *bench, const struct cross_row *row)
{
	unsigned char out[FRAME_MAX], in[FRAME_MAX];
	size_t n;

	for (size_t i = 0; i < row->len; i++)
		out[i] = i < sizeof(row->head) ? row->head[i] : (unsigned char)i;
	/* Twice, so that a bridge that learnt from the first would filter the second. */
	for (int i = 0; i < 2; i++) {
		send_frame(bench->a, out, row->len);
		n = receive_frame(bench->b, in, SOON);
		if (n != row->len || memcmp(in, out, n) != 0)
			fail_msg("%s: frame %d came as %zu bytes", row->title, i, n);
	}
	send_frame(bench->b, out, row->len);
	n = receive_frame(bench->a, in, SOON);
	if (n != row->len || memcmp(in, out, n) != 0)
		fail_msg("%s: came back as %zu bytes", row->title, n);
	assert_int_equal(receive_frame(bench->b, in, QUIET), 0);
	assert_int_equal(receive_frame(bench->a, in, 0), 0);
}

static void test_cross_bridge(void **state)
{
	struct bench *bench = *state;

	must_set(bench->wire, &plain);
	assert_false(get_stats(bench->wire).cable);
	for (size_t i = 0; i < ARRAY_SIZE(cross_rows); i++)
		cross(bench, &cross_rows[i]);
}

static void test_cross_cable(void **state)
{
	static const struct net_shape shape = { .delay_us = 1000 };
	struct bench *bench = *state;
	struct wire_stats stats;

	must_set(bench->wire, &shape);
	for (size_t i = 0; i < ARRAY_SIZE(cross_rows); i++)
		cross(bench, &cross_rows[i]);
	stats = get_stats(bench->wire);
	assert_true(stats.cable);
	assert_int_equal(stats.shape.delay_us, 1000);
	assert_int_equal(stats.flows[0].frames, 2 * ARRAY_SIZE(cross_rows));
	assert_int_equal(stats.flows[1].frames, ARRAY_SIZE(cross_rows));
	assert_int_equal(stats.flows[0].missed + stats.flows[0].errors + stats.flows[0].lost, 0);
}

/* Only guests talk on a wire: in 8 s a fresh device with IPv6 would have sent 16 frames. */
static void test_silence(void **state)
{
	static const struct net_shape shape = { .delay_us = 1000 };
	struct bench *bench = *state;
	unsigned char frame[FRAME_MAX];
	int64_t deadline = deadline_in_ms(8000);
	auto_close int c = hold_tap("tapc");
	auto_close int d = -1;
	struct pollfd pfd[4];

	assert_int_equal(wire_tap_add(bench->wire, "tapd", NULL), 0);
	d = hold_tap("tapd");
	must_set(bench->wire, &shape);
	assert_int_equal(wire_bridge_add(bench->wire, "br1", NULL), 0);
	assert_int_equal(wire_bridge_attach(bench->wire, "br1", "tapc", NULL), 0);
	pfd[0] = (struct pollfd){ .fd = bench->a, .events = POLLIN };
	pfd[1] = (struct pollfd){ .fd = bench->b, .events = POLLIN };
	pfd[2] = (struct pollfd){ .fd = c, .events = POLLIN };
	pfd[3] = (struct pollfd){ .fd = d, .events = POLLIN };
	if (poll(pfd, 4, deadline_poll_ms(deadline)) != 0)
		for (int i = 0; i < 4; i++)
			if (pfd[i].revents && receive_frame(pfd[i].fd, frame, 0))
				fail_msg("tap %d: a frame of type %02x%02x to %02x:%02x", i,
					 frame[12], frame[13], frame[0], frame[5]);
	assert_int_equal(wire_del(bench->wire, "br1", NULL), 0);
	assert_int_equal(wire_del(bench->wire, "tapd", NULL), 0);
}

/* ---- what a guest left to the device ---- */

static uint16_t sum_words(const unsigned char *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (n & 1)
		sum += (uint32_t)p[n - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Ethernet, perhaps a tag, IPv4, TCP, payload; the TCP checksum is of the pseudo header only. */
static size_t tcp_frame(unsigned char *frame, bool tagged, size_t payload)
{
	static const unsigned char macs[] = { 2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa };
	static const unsigned char tag[] = { 0x81, 0, 0, 42 };
	size_t ip_at = sizeof(macs) + (tagged ? 4 : 0) + 2, total = 40 + payload;
	unsigned char *ip = frame + ip_at, *tcp = ip + 20;
	uint16_t sum;

	memset(frame, 0, ip_at + 40);
	memcpy(frame, macs, sizeof(macs));
	if (tagged)
		memcpy(frame + sizeof(macs), tag, sizeof(tag));
	frame[ip_at - 2] = 8;
	ip[0] = 0x45;
	ip[2] = (unsigned char)(total >> 8);
	ip[3] = (unsigned char)total;
	ip[8] = 64;
	ip[9] = 6;
	memcpy(ip + 12, "\x0a\0\0\1\x0a\0\0\2", 8);
	sum = (uint16_t)~sum_words(ip, 20, 0);
	ip[10] = (unsigned char)(sum >> 8);
	ip[11] = (unsigned char)sum;
	tcp[12] = 0x50;
	tcp[13] = 0x10;
	for (size_t i = 0; i < payload; i++)
		tcp[20 + i] = (unsigned char)(i * 7);
	sum = sum_words(ip + 12, 8, (uint32_t)(6 + 20 + payload));
	tcp[16] = (unsigned char)(sum >> 8);
	tcp[17] = (unsigned char)sum;
	return ip_at + total;
}

static bool tcp_sum_is_right(const unsigned char *frame, size_t ip_at, size_t len)
{
	const unsigned char *ip = frame + ip_at;
	size_t tcp_len = (size_t)(ip[2] << 8 | ip[3]) - 20;

	return ip_at + 20 + tcp_len <= len &&
	       sum_words(ip + 20, tcp_len, sum_words(ip + 12, 8, (uint32_t)(6 + tcp_len))) ==
		       0xffff;
}

struct offload_row {
	const char *title;
	bool cable, tagged;
	size_t payload;
	size_t segments;
};

static void test_offload(void **state)
{
	const struct offload_row *row = *state;
	const struct net_shape shape = { .delay_us = row->cable ? 1000 : 0 };
	unsigned char out[8192], in[FRAME_MAX];
	size_t ip_at = row->tagged ? 18 : 14, got = 0;
	struct virtio_net_hdr head = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
				       .csum_start = (uint16_t)(ip_at + 20),
				       .csum_offset = 16 };
	void *inner = NULL;
	const struct bench *bench;

	if (row->segments > 1) {
		head.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
		head.gso_size = 1400;
		head.hdr_len = (uint16_t)(ip_at + 40);
	}
	assert_int_equal(set_up(&inner), 0);
	bench = inner;
	must_set(bench->wire, &shape);
	send_raw(bench->a, &head, out, tcp_frame(out, row->tagged, row->payload));
	for (size_t i = 0; i < row->segments; i++) {
		size_t n = receive_frame(bench->b, in, SOON);

		assert_true(n > ip_at + 40);
		assert_int_equal(in[12] << 8 | in[13], row->tagged ? 0x8100 : 0x0800);
		assert_true(tcp_sum_is_right(in, ip_at, n));
		assert_memory_equal(in + ip_at + 40, out + ip_at + 40 + got, n - ip_at - 40);
		got += n - ip_at - 40;
	}
	assert_int_equal(got, row->payload);
	assert_int_equal(receive_frame(bench->b, in, QUIET), 0);
	assert_int_equal(tear_down(&inner), 0);
}

/* ---- delay, jitter, loss, rate ---- */

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

/* ---- changes while frames are in flight ---- */

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

	must_set(bench->wire, &plain);
	send_numbers(bench->a, 0, 1, 100);
	expect_numbers(bench->b, 0, 1);
	must_set(bench->wire, &far);
	send_numbers(bench->a, 1, 50, 100);
	wait_in_flight(bench->wire, 50);
	must_set(bench->wire, &plain);
	assert_int_equal(access(CABLES "/br0.sock", F_OK), -1);
	send_numbers(bench->a, 51, 50, 100);
	expect_numbers(bench->b, 1, 100);
	must_set(bench->wire, &near);
	send_numbers(bench->a, 101, 50, 100);
	expect_numbers(bench->b, 101, 50);
	assert_int_equal(receive_number(bench->b, QUIET), UINT32_MAX);
}

/* ---- the cable's life ---- */

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
	assert_int_equal(get_stats(bench->wire).shape.delay_us, 6000);
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

static void test_refusals(void **state)
{
	static const struct net_shape shape = { .delay_us = 5000 },
				      too_far = { .delay_us = 10000001 };
	static const char *const missing[] = { "tapa", "nothere" };
	const struct wire_link three = { "radio", "br0", two_taps, 3 },
			       gone = { "gone", "br7", missing, 2 };
	const struct wire_opts opts = { "/nonexistent/labd-cable", CABLES };
	struct bench *bench = *state;
	auto_wire struct wire *other = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(wire_set(bench->wire, &three, &shape, NULL, &err), -EOPNOTSUPP);
	assert_true(str_prefix(err.msg, "link 'radio': "));
	assert_int_equal(wire_set(bench->wire, &three, &plain, NULL, &err), 0);
	assert_true(wire_set(bench->wire, &gone, &shape, NULL, &err) < 0);
	assert_non_null(strstr(err.msg, "tap 'nothere': No such device"));
	assert_int_equal(wire_set(bench->wire, &link_ab, &too_far, NULL, &err), -EINVAL);
	assert_int_equal(wire_open(&opts, &other, NULL), 0);
	assert_int_equal(wire_set(other, &link_ab, &shape, NULL, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "'/nonexistent/labd-cable'"));
	/* The failure left the link as it was. */
	send_numbers(bench->a, 0, 10, 100);
	expect_numbers(bench->b, 0, 10);
}

/* ---- the frame around the tests ---- */

static const struct name_row name_rows[] = {
	{ "name: empty", "" },  { "name: 16 bytes", "abcdefghijklmnop" },  { "name: slash", "a/b" },
	{ "name: dots", ".." }, { "name: format of the kernel", "tap%d" }, { "name: space", "a b" },
};

static const struct offload_row offload_rows[] = {
	{ "offload: checksum over a bridge", false, false, 500, 1 },
	{ "offload: checksum over a cable", true, false, 500, 1 },
	{ "offload: checksum, tagged, over a cable", true, true, 500, 1 },
	{ "offload: segments over a bridge", false, false, 4000, 3 },
	{ "offload: segments over a cable", true, false, 4000, 3 },
	{ "offload: segments, tagged, over a cable", true, true, 4000, 3 },
};

#define BENCH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

static int run_all(void)
{
	static const struct CMUnitTest plain_tests[] = {
		BENCH(test_tap),
		BENCH(test_bridge),
		BENCH(test_cross_bridge),
		BENCH(test_cross_cable),
		BENCH(test_silence),
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
		BENCH(test_refusals),
	};

	ADD_TESTS(plain_tests);
	ADD_ROWS(name_rows, test_bad_name);
	ADD_ROWS(offload_rows, test_offload);
	return run_added("wire", NULL, NULL);
}

int main(void)
{
	cable_program = built_program("labd-cable");
	return run_in_sandbox(run_all);
}
