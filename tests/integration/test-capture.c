/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can go wrong when labd-capture starts, runs and ends; who finds it again.
 * Covers: src/capture/capture.c
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include "base/io.h"
#include "base/json.h"
#include "lib/capture-bench.h"
#include "lib/tests.h"
#include "run/run.h"

static const struct failure {
	const char *name;
	struct capture_port port;
	const char *says;
} failures[] = {
	{ "no such interface", { .name = "a:0", .ifname = "nothere" }, "no interface 'nothere'" },
	{ "a name that leaves the folder",
	  { .name = "../a", .ifname = "tap0" },
	  "'../a' cannot name" },
	{ "no MAC",
	  { .name = "a:0", .ifname = "tap0", .mac = "00:11" },
	  "'00:11' is not a MAC address" },
	{ "no Ethernet", { .name = "a:0", .ifname = "tun9" }, "'tun9' carries no Ethernet" },
};

/* cmocka hands a setup the row and takes what it makes of it. */
struct failure_state {
	const struct failure *row;
	char *dir;
};

static int new_failure(void **state)
{
	struct failure_state *f = xcalloc(1, sizeof(*f));

	f->row = *state;
	*state = f;
	f->dir = xasprintf("%s/fail.XXXXXX", folder);
	return mkdtemp(f->dir) ? 0 : -1;
}

static int free_failure(void **state)
{
	struct failure_state *f = *state;

	free(f->dir);
	free(f);
	return 0;
}

static void test_failure(void **state)
{
	const struct failure *row = ((struct failure_state *)*state)->row;
	const char *dir = ((struct failure_state *)*state)->dir;
	auto_close int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct capture *c = NULL;
	struct err err = ERR_INIT;

	(void)strcpy(ifr.ifr_name, "tun9");
	assert_int_equal(ioctl(fd, TUNSETIFF, &ifr), 0);
	set_link("tun9", true);
	assert_int_equal(capture_start(capture_program, dir, &row->port, 1, DEADLINE, &c, &err),
			 -EIO);
	assert_null(c);
	if (!strstr(err.msg, row->says))
		fail_msg("'%s' does not say '%s'", err.msg, row->says);
}

static void test_no_program(void **state)
{
	struct capture *c = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(
		capture_start("/nonexistent/labd-capture", *state, ports, 2, DEADLINE, &c, &err),
		-ENOENT);
	assert_string_equal(err.msg, "'/nonexistent/labd-capture': No such file or directory");
}

/* A program that never gets ready is ended at the deadline. */
static void test_never_ready(void **state)
{
	auto_free char *sleeper = xasprintf("%s/sleeper", folder);
	struct capture *c = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(io_write_file(sleeper, "#!/bin/sh\nexec sleep 100\n", 25, 0700, NULL), 0);
	assert_int_equal(capture_start(sleeper, *state, ports, 2, deadline_in_ms(200), &c, &err),
			 -ETIMEDOUT);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_two_in_a_folder(void **state)
{
	const char *dir = *state;
	struct capture_stats total;
	struct capture *c = NULL, *d = NULL;
	struct err err = ERR_INIT;

	start_capture(dir, &c);
	assert_int_equal(capture_start(capture_program, dir, ports, 2, DEADLINE, &d, &err), -EIO);
	assert_non_null(strstr(err.msg, "another capture is running in this folder"));
	assert_int_equal(capture_stop(&c, DEADLINE, &total, NULL), 0);
}

/* Frames that go round and round end the capture when its files have so much in all. */
static void test_limit(void **state)
{
	const char *dir = *state;
	char *program = capture_program;
	auto_free char *limited = xasprintf("%s/limited", dir);
	auto_free char *script = xasprintf("#!/bin/sh\nexec '%s' --limit=1 \"$@\"\n", program);
	struct frame f = make_frame(everyone, macs[0], 0, 0);
	struct capture_stats total = { 0 };
	struct pollfd ended = { .events = POLLIN };
	struct capture *c = NULL;
	struct err err = ERR_INIT;
	int fd = open(limited, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

	assert_int_equal(io_write_all(fd, script, strlen(script)), 0);
	(void)close(fd);
	capture_program = limited;
	start_capture(dir, &c);
	capture_program = program;
	ended.fd = capture_handle(c);
	for (int i = 0; i < 200000 && poll(&ended, 1, 0) == 0; i++)
		guest_sends(0, &f);
	assert_int_equal(poll(&ended, 1, 60000), 1);
	assert_int_equal(capture_stop(&c, DEADLINE, &total, &err), -EIO);
	if (!strstr(err.msg, "the captures have reached their limit of 1 MiB"))
		fail_msg("%s", err.msg);
	assert_in_range(total.bytes, 1 << 20, 3 << 20);
}

/* The files grow until the disk is full: the capture ends and says so; what is there stays good. */
static void test_disk_full(void **state)
{
	const char *dir = *state;
	struct frame f = make_frame(everyone, macs[0], 0, 0);
	auto_seen struct seen s = { 0 };
	struct capture_stats total = { 0 };
	struct pollfd ended = { .events = POLLIN };
	struct capture *c = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(mount("tmpfs", dir, "tmpfs", 0, "size=192k"), 0);
	start_capture(dir, &c);
	for (int i = 0; i < 4000; i++) {
		guest_sends(0, &f);
		if (i % 200 ==
		    199) /* in step with the capture, so that only the disk loses frames */
			(void)poll(NULL, 0, 5);
	}
	ended.fd = capture_handle(c);
	assert_int_equal(poll(&ended, 1, 60000), 1);
	assert_int_equal(capture_stop(&c, DEADLINE, &total, &err), -EIO);
	if (!strstr(err.msg, "client_eth0.pcapng': write: No space left on device"))
		fail_msg("%s", err.msg);
	see_file(dir, "client:eth0", &s);
	assert_true(s.frames > 500 && s.frames < 4000);
	assert_int_equal(total.frames, s.frames);
	assert_int_equal(umount2(dir, MNT_DETACH), 0);
}

static void test_interface_gone(void **state)
{
	const char *dir = *state;
	const struct capture_port port = { .name = "x:0", .ifname = "tap8" };
	int fd = make_tap("tap8");
	struct frame f = make_frame(everyone, macs[0], 0, 0);
	struct capture_stats total = { 0 };
	struct capture *c = NULL;
	struct err err = ERR_INIT;

	set_link("tap8", true);
	assert_int_equal(capture_start(capture_program, dir, &port, 1, DEADLINE, &c, &err), 0);
	assert_int_equal(write(fd, &f, sizeof(f)), sizeof(f));
	(void)close(fd);
	assert_int_equal(capture_stop(&c, DEADLINE, &total, &err), -EIO);
	assert_int_equal(total.frames, 1);
	assert_non_null(strstr(err.msg, "'x:0'"));
}

/* A capture whose labd died goes on; the next labd finds it and ends it. */
static void test_adopt(void **state)
{
	const char *dir = *state;
	struct frame f = make_frame(everyone, macs[0], 0, 0);
	struct capture_stats total = { 0 };
	struct capture *c = NULL;
	struct err err = ERR_INIT;
	int status;
	pid_t pid;

	assert_int_equal(capture_adopt(dir, &c, NULL), -ESRCH);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* as a lab's init is */
	pid = fork();
	if (pid == 0) {
		start_capture(dir, &c);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	guest_sends(0, &f);
	if (capture_adopt(dir, &c, &err) < 0)
		fail_msg("%s", err.msg);
	if (capture_stop(&c, DEADLINE, &total, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(total.frames, 1);
	assert_true(waitpid(-1, NULL, 0) > 0);
	assert_int_equal(capture_adopt(dir, &c, NULL), -ESRCH);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

/* A capture that was killed is not taken for a good one; its files are. */
static void test_killed(void **state)
{
	const char *dir = *state;
	auto_free char *path = run_capture_path(dir, "client:eth0");
	struct frame f = make_frame(everyone, macs[0], 0, 0);
	int64_t deadline = DEADLINE;
	auto_seen struct seen s = { 0 };
	struct capture_stats total = { 0 };
	struct capture *c = NULL;
	struct err err = ERR_INIT;

	start_capture(dir, &c);
	for (int i = 0; i < 5; i++)
		guest_sends(0, &f);
	while (total.frames < 5 && !deadline_passed(deadline)) {
		(void)poll(NULL, 0, 50);
		assert_int_equal(capture_count(path, &total, NULL), 0);
	}
	assert_int_equal(kill(capture_pid(dir), SIGKILL), 0);
	assert_int_equal(capture_stop(&c, DEADLINE, &total, &err), -EPIPE);
	assert_non_null(strstr(err.msg, "labd-capture died"));
	assert_int_equal(total.frames, 5);
	assert_int_equal(total.bytes, 5 * sizeof(f));
	/* Who asks later is told the same. */
	assert_int_equal(capture_rescue(dir, &total, &err), -EIO);
	assert_non_null(strstr(err.msg, "labd-capture died"));
	assert_int_equal(total.frames, 5);
	assert_int_equal(capture_finish(dir, NULL, NULL), 0);
	see_file(dir, "all", &s);
	assert_string_equal(str_text(&s.names), "client:eth0=tap0 router:lan=tap1 ");
	assert_int_equal(s.frames, 5);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CAPTURE_TEST(test_no_program),      CAPTURE_TEST(test_never_ready),
		CAPTURE_TEST(test_two_in_a_folder), CAPTURE_TEST(test_disk_full),
		CAPTURE_TEST(test_limit),           CAPTURE_TEST(test_interface_gone),
		CAPTURE_TEST(test_adopt),           CAPTURE_TEST(test_killed),
	};

	ADD_TESTS(tests);
	ADD_ROWS_LIKE(failures,
		      cmocka_unit_test_setup_teardown(test_failure, new_failure, free_failure));
	return run_captures("capture");
}
