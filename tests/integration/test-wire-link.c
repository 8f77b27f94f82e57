/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What crosses a link, bridge or cable, and what a guest left to the device is done for it.
 * Covers: src/wire/cable-port.c src/wire/link.c src/wire/oversize.c
 */
#include <arpa/inet.h>
#include <poll.h>

#include "base/clock.h"
#include "lib/tests.h"
#include "lib/wire-bench.h"

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

	must_set(bench->wire, &plain_shape);
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
	assert_int_equal(stats.shapes[0].delay_us, 1000);
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

static const struct offload_row offload_rows[] = {
	{ "offload: checksum over a bridge", false, false, 500, 1 },
	{ "offload: checksum over a cable", true, false, 500, 1 },
	{ "offload: checksum, tagged, over a cable", true, true, 500, 1 },
	{ "offload: segments over a bridge", false, false, 4000, 3 },
	{ "offload: segments over a cable", true, false, 4000, 3 },
	{ "offload: segments, tagged, over a cable", true, true, 4000, 3 },
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
	assert_int_equal(bench_set_up(&inner), 0);
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
	assert_int_equal(bench_tear_down(&inner), 0);
}

struct size_row {
	const char *title;
	bool cable;
	uint32_t mtu;
	size_t fits; /* bytes of the longest frame that does */
};

static const struct size_row size_rows[] = {
	{ "size: a bridge", false, 0, 1518 },
	{ "size: a bridge, MTU 576", false, 576, 594 },
	{ "size: a bridge, MTU 4000", false, 4000, 4018 },
	{ "size: a cable", true, 0, 1514 },
	{ "size: a cable, MTU 576", true, 576, 590 },
	{ "size: a cable, MTU 4000", true, 4000, 4014 },
};

/* What fits arrives whole; one byte more does not, and is counted, each way. */
static void test_size(void **state)
{
	const struct size_row *row = *state;
	const struct net_shape shape = { .delay_us = row->cable ? 1000 : 0, .mtu = row->mtu };
	void *inner = NULL;
	const struct bench *bench;
	struct wire_stats stats;

	assert_int_equal(bench_set_up(&inner), 0);
	bench = inner;
	must_set(bench->wire, &shape);
	send_numbers(bench->a, 0, 3, row->fits);
	expect_numbers(bench->b, 0, 3);
	send_numbers(bench->a, 3, 2, row->fits + 1);
	send_numbers(bench->b, 0, 1, row->fits + 1);
	send_numbers(bench->a, 5, 1, 60);
	expect_numbers(bench->b, 5, 1);
	stats = get_stats(bench->wire);
	assert_int_equal(stats.cable, row->cable);
	assert_int_equal(stats.flows[0].too_large, 2);
	assert_int_equal(stats.flows[1].too_large, 1);
	assert_int_equal(stats.flows[0].errors, 0);
	assert_int_equal(bench_tear_down(&inner), 0);
}

/* A frame with a VLAN tag may be four bytes longer. */
static void test_size_of_tagged(void **state)
{
	struct bench *bench = *state;
	unsigned char frame[FRAME_MAX] = { 2, 0, 0,   0,    0, 0xb, 2, 0,    0,
					   0, 0, 0xa, 0x81, 0, 0,   5, 0x88, 0xb5 };

	for (uint32_t delay = 0; delay <= 1000; delay += 1000) {
		const struct net_shape shape = { .delay_us = delay };
		size_t fits = delay ? 1518 : 1522; /* a bridge has four to spare */
		uint64_t before;

		must_set(bench->wire, &shape);
		before = get_stats(bench->wire).flows[0].too_large;
		send_frame(bench->a, frame, fits);
		send_frame(bench->a, frame, fits + 1);
		assert_int_equal(receive_frame(bench->b, frame, SOON), fits);
		assert_int_equal(receive_frame(bench->b, frame, QUIET), 0);
		assert_int_equal(get_stats(bench->wire).flows[0].too_large, before + 1);
	}
}

static void test_refusals(void **state)
{
	static const struct net_shape shape[] = { { .delay_us = 5000 }, { .delay_us = 5000 } };
	static const struct net_shape too_far[] = { { 0 }, { .delay_us = 10000001 } };
	static const struct net_shape plain[2];
	static const char *const missing[] = { "tapa", "nothere" };
	const struct wire_link three = { "radio", "br0", two_taps, 3 },
			       gone = { "gone", "br7", missing, 2 };
	const struct wire_opts opts = { "/nonexistent/labd-cable", CABLES };
	struct bench *bench = *state;
	auto_wire struct wire *other = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(wire_set(bench->wire, &three, shape, NULL, &err), -EOPNOTSUPP);
	assert_true(str_prefix(err.msg, "link 'radio': "));
	assert_int_equal(wire_set(bench->wire, &three, plain, NULL, &err), 0);
	assert_true(wire_set(bench->wire, &gone, shape, NULL, &err) < 0);
	assert_non_null(strstr(err.msg, "tap 'nothere': No such device"));
	assert_int_equal(wire_set(bench->wire, &link_ab, too_far, NULL, &err), -EINVAL);
	assert_int_equal(wire_open(&opts, &other, NULL), 0);
	assert_int_equal(wire_set(other, &link_ab, shape, NULL, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "'/nonexistent/labd-cable'"));
	/* The failure left the link as it was. */
	send_numbers(bench->a, 0, 10, 100);
	expect_numbers(bench->b, 0, 10);
}

static int run_all(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH(test_cross_bridge),   BENCH(test_cross_cable), BENCH(test_silence),
		BENCH(test_size_of_tagged), BENCH(test_refusals),
	};

	ADD_TESTS(tests);
	ADD_ROWS(offload_rows, test_offload);
	ADD_ROWS(size_rows, test_size);
	return run_added("wire-link", NULL, NULL);
}

int main(void)
{
	return run_bench(run_all);
}
