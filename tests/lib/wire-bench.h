/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices as a lab has them, and guests that hold them: for tests that run in a sandbox. */
#ifndef TESTS_LIB_WIRE_BENCH_H
#define TESTS_LIB_WIRE_BENCH_H

#include <linux/virtio_net.h>

#include "sandbox/sandbox.h"
#include "wire/wire.h"

#define CABLES SANDBOX_RUN "/cable"
#define FRAME_MAX 8192
#define PREFIX sizeof(struct virtio_net_hdr)
#define SOON 60000 /* ms: how long a frame that must come may take on a busy machine */
#define QUIET 50   /* ms: how long one that must not come is waited for */

extern const char *const two_taps[3];
extern const struct wire_link link_ab;
extern const struct net_shape plain_shape;

/* A lab's worth of devices and the guests that hold them. */
struct bench {
	struct wire *wire;
	int a, b; /* taps, opened */
};

struct wire *open_wire(void);
/* As QEMU opens a tap that was made for it. */
int hold_tap(const char *name);
short flags_of(const char *name);
/* The kernel tells others of a carrier that came or went in its own time. */
void wait_running(const char *name, bool running);
void must_set(struct wire *wire, const struct net_shape *shape);
struct wire_stats get_stats(struct wire *wire);

/* Makes what is missing. Taps last from test to test: a new carrier takes up to 1 s to show. */
int bench_set_up(void **state);
int bench_tear_down(void **state);
#define BENCH(fn) cmocka_unit_test_setup_teardown(fn, bench_set_up, bench_tear_down)

/* --- frames --- */

void send_raw(int tap, const struct virtio_net_hdr *head, const void *frame, size_t len);
void send_frame(int tap, const void *frame, size_t len);
/* The next frame, 0 when none comes within ms. */
size_t receive_frame(int tap, unsigned char frame[FRAME_MAX], int ms);
/* A frame of an experimental type with a number in it. */
size_t number_frame(unsigned char frame[FRAME_MAX], uint32_t number, size_t len);
void send_numbers(int tap, uint32_t from, uint32_t n, size_t len);
/* The number of the next frame; UINT32_MAX: none within ms. */
uint32_t receive_number(int tap, int ms);
void expect_numbers(int tap, uint32_t from, uint32_t n);

/* In a sandbox; the exit status. */
int run_bench(int (*run)(void));

#endif
