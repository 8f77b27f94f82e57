/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network of two taps whose guests are the test, and captures of it. */
#ifndef TESTS_LIB_CAPTURE_BENCH_H
#define TESTS_LIB_CAPTURE_BENCH_H

#include "base/clock.h"
#include "base/str.h"
#include "capture/capture.h"
#include "pcapng/pcapng.h"

#define DEADLINE deadline_in_ms(60000)

extern char *capture_program;
extern int tap_fd[2];
extern const uint8_t macs[2][6], everyone[6];
extern const struct capture_port ports[2];

/* Sets an interface's flags: the state of its link as an administrator wants it. */
void set_link(const char *ifname, bool up);
/* A tap whose guest is the test: what is written to it was sent by the guest. */
int make_tap(const char *ifname);

/* --- frames --- */

struct frame {
	uint8_t dst[6], src[6];
	uint16_t type; /* 0x88b5 in network order: for experiments */
	uint8_t port, mark;
	uint32_t serial;
	uint8_t filler[48];
};

struct frame make_frame(const uint8_t *dst, const uint8_t *src, uint8_t port, uint32_t serial);
/* As the guest on tap i. */
void guest_sends(int i, const struct frame *f);
/* To the guest on tap i. */
void host_sends(int i, const struct frame *f, size_t len);

/* --- files --- */

struct seen {
	uint64_t frames, inbound, outbound, unknown, lost;
	uint64_t received, dropped; /* by the statistics */
	struct str names;
	struct str kinds; /* a letter a block, runs shortened to one */
};

void seen_free(struct seen *s);
AUTO_DEFINE(seen_auto, struct seen, seen_free)
#define auto_seen AUTO(seen_autop)

void see_all(struct pcapng_reader *r, struct seen *s);
void see_file(const char *dir, const char *name, struct seen *s);
bool has_file(const char *dir, const char *name);

/* --- captures, each in a folder of its own, which is the state of its test --- */

void start_capture(const char *dir, struct capture **c);
/* The process that captures into dir: the one that locks its report. */
pid_t capture_pid(const char *dir);

int new_capture(void **state);
int free_capture(void **state);
#define CAPTURE_TEST(fn) cmocka_unit_test_setup_teardown(fn, new_capture, free_capture)

/* What was added, in the network; the exit status. */
int run_captures(const char *group);

#endif
