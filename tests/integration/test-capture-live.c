/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-capture into a pipe, and what its reader does.
 * Covers: src/capture/main.c
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "lib/capture-bench.h"
#include "lib/tests.h"

static int wait_readable(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, 60000);
}

static uint64_t packets_in(const struct str *stream)
{
	auto_pcapng_reader struct pcapng_reader *r = NULL;
	struct pcapng_block b;
	uint64_t n = 0;

	if (!stream->len)
		return 0;
	pcapng_reader_new(fmemopen(stream->data, stream->len, "r"), &r);
	while (pcapng_next(r, &b, NULL) > 0)
		n += b.kind == PCAPNG_KIND_PACKET;
	return n;
}

/* Reads until the stream holds want packets. */
static void read_packets(int fd, struct str *stream, uint64_t want)
{
	while (packets_in(stream) < want) {
		char buf[65536];
		ssize_t got;

		assert_int_equal(wait_readable(fd), 1);
		got = read(fd, buf, sizeof(buf));
		assert_true(got > 0);
		str_add(stream, buf, (size_t)got);
	}
}

/* The exit status, within a minute. */
static int reap(pid_t pid)
{
	int status = -1;

	for (int i = 0; i < 6000; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		(void)poll(NULL, 0, 10);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return -2;
}

static void start_live(int fds[2], pid_t *pid)
{
	struct err err = ERR_INIT;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	if (capture_live(capture_program, &ports[0], fds[1], pid, &err) < 0)
		fail_msg("%s", err.msg);
	(void)close(fds[1]);
}

/* Each frame comes as it is seen; SIGTERM ends the stream behind a whole block. */
static void test_live(void **state)
{
	struct frame f = make_frame(everyone, macs[0], 0, 0);
	auto_str struct str stream = { 0 };
	auto_seen struct seen s = { 0 };
	auto_pcapng_reader struct pcapng_reader *r = NULL;
	char buf[65536];
	ssize_t n;
	int fds[2];
	pid_t pid;

	(void)state;
	start_live(fds, &pid);
	assert_int_equal(wait_readable(fds[0]), 1); /* the head of the stream: it captures */
	for (uint64_t i = 1; i <= 20; i++) {
		guest_sends(0, &f);
		read_packets(fds[0], &stream, i);
	}
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(reap(pid), 0);
	while ((n = read(fds[0], buf, sizeof(buf))) > 0)
		str_add(&stream, buf, (size_t)n);
	(void)close(fds[0]);
	pcapng_reader_new(fmemopen(stream.data, stream.len, "r"), &r);
	see_all(r, &s);
	assert_string_equal(str_text(&s.kinds), "SIPC");
	assert_int_equal(s.inbound, 20);
}

/* The reader goes: so does the capture, although no frame comes. */
static void test_live_reader_gone(void **state)
{
	int fds[2];
	pid_t pid;

	(void)state;
	start_live(fds, &pid);
	assert_int_equal(wait_readable(fds[0]), 1);
	(void)close(fds[0]);
	assert_int_equal(reap(pid), 0);
}

/* A reader that sleeps costs frames, not the end. */
static void test_live_reader_sleeps(void **state)
{
	struct frame f = make_frame(everyone, macs[0], 0, 0);
	int fds[2];
	pid_t pid;

	(void)state;
	start_live(fds, &pid);
	assert_int_equal(wait_readable(fds[0]), 1);
	for (int i = 0; i < 5000; i++)
		guest_sends(0, &f);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(reap(pid), 0);
	(void)close(fds[0]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_live),
		CAPTURE_TEST(test_live_reader_gone),
		CAPTURE_TEST(test_live_reader_sleeps),
	};

	ADD_TESTS(tests);
	return run_captures("capture-live");
}
