/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-capture for real: an own user, network, mount and PID namespace, taps made there, frames
 * sent and received by the test itself, and the files read back by our reader and by Wireshark's.
 * Covers: src/capture/capture.c src/capture/main.c src/capture/recorder.c src/capture/report.c
 * Covers: src/capture/tap.c
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/json.h"
#include "capture/capture.h"
#include "lib/tests.h"
#include "pcapng/pcapng.h"
#include "run/run.h"
#include "wireshark/wireshark.h"

#define DEADLINE deadline_in_ms(60000)

static char *program;
static int tap_fd[2];
static const uint8_t macs[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };
static const uint8_t everyone[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static const struct capture_port ports[2] = {
	{ .name = "client:eth0", .ifname = "tap0", .mac = "02:00:00:00:00:01", .host = true },
	{ .name = "router:lan", .ifname = "tap1", .mac = "02:00:00:00:00:02" },
};

/* --- the place --- */

static int map_ids(uid_t uid, gid_t gid)
{
	auto_free char *uids = xasprintf("0 %u 1", uid);
	auto_free char *gids = xasprintf("0 %u 1", gid);
	const char *const files[][2] = { { "/proc/self/setgroups", "deny" },
					 { "/proc/self/uid_map", uids },
					 { "/proc/self/gid_map", gids } };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_close int fd = open(files[i][0], O_WRONLY | O_CLOEXEC);

		if (fd < 0 || io_write_all(fd, files[i][1], strlen(files[i][1])) < 0)
			return -1;
	}
	return 0;
}

/* Sets an interface's flags: the state of its link as an administrator wants it. */
static void set_up(const char *ifname, bool up)
{
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_flags = up ? IFF_UP : 0 };

	(void)strcpy(ifr.ifr_name, ifname);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
}

/* A tap whose guest is the test: what is written to it was sent by the guest. */
static int make_tap(const char *ifname)
{
	auto_close int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	(void)strcpy(ifr.ifr_name, ifname);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0)
		return -1;
	return take_fd(&fd);
}

static void no_ipv6(void)
{
	auto_close int fd =
		open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)io_write_all(fd, "1", 1);
}

/* Returns why the machine cannot, or NULL. */
static const char *enter(void)
{
	uid_t uid = getuid();
	gid_t gid = getgid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0 || map_ids(uid, gid) < 0)
		return "no user namespaces";
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return "no private mounts";
	no_ipv6();
	for (int i = 0; i < 2; i++) {
		tap_fd[i] = make_tap(ports[i].ifname);
		if (tap_fd[i] < 0)
			return "no /dev/net/tun";
	}
	return NULL;
}

/* --- frames --- */

struct frame {
	uint8_t dst[6], src[6];
	uint16_t type; /* 0x88b5 in network order: for experiments */
	uint8_t port, mark;
	uint32_t serial;
	uint8_t filler[48];
};

static struct frame make_frame(const uint8_t *dst, const uint8_t *src, uint8_t port,
			       uint32_t serial)
{
	struct frame f = { .type = __builtin_bswap16(0x88b5), .port = port, .serial = serial };

	memcpy(f.dst, dst, 6);
	memcpy(f.src, src, 6);
	return f;
}

/* As the guest on tap i. */
static void guest_sends(int i, const struct frame *f)
{
	assert_int_equal(write(tap_fd[i], f, sizeof(*f)), sizeof(*f));
}

/* To the guest on tap i. */
static void host_sends(int i, const struct frame *f, size_t len)
{
	auto_close int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex(ports[i].ifname) };

	assert_int_equal(sendto(fd, f, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
}

/* --- files --- */

struct seen {
	uint64_t frames, inbound, outbound, unknown, lost;
	uint64_t received, dropped; /* by the statistics */
	struct str names;
	struct str kinds; /* a letter a block, runs shortened to one */
};

static void seen_free(struct seen *s)
{
	str_free(&s->names);
	str_free(&s->kinds);
}
AUTO_DEFINE(seen_auto, struct seen, seen_free)
#define auto_seen AUTO(seen_autop)

static void see_packet(struct seen *s, const struct pcapng_packet *p)
{
	s->frames++;
	s->inbound += p->direction == PCAPNG_INBOUND;
	s->outbound += p->direction == PCAPNG_OUTBOUND;
	s->unknown += p->direction == PCAPNG_NO_DIRECTION;
	s->lost += p->dropped;
}

static void see(struct pcapng_reader *r, struct seen *s)
{
	struct pcapng_block b;
	uint64_t last = 0;
	int got;

	while ((got = pcapng_next(r, &b, NULL)) > 0) {
		char kind = "SIPCK"[b.kind];

		if (!s->kinds.len || s->kinds.data[s->kinds.len - 1] != kind)
			str_add(&s->kinds, &kind, 1);
		if (b.kind == PCAPNG_KIND_IFACE)
			str_addf(&s->names, "%s=%s ", b.iface.name, b.iface.description);
		if (b.kind == PCAPNG_KIND_STATS) {
			s->received += b.stats.received;
			s->dropped += b.stats.dropped;
		}
		if (b.kind != PCAPNG_KIND_PACKET)
			continue;
		assert_true(b.packet.time_ns >= last);
		last = b.packet.time_ns;
		see_packet(s, &b.packet);
	}
	assert_int_equal(got, 0);
}

static void see_file(const char *dir, const char *name, struct seen *s)
{
	auto_pcapng_reader struct pcapng_reader *r = NULL;
	auto_free char *path = run_capture_path(dir, name);
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	pcapng_reader_new(f, &r);
	see(r, s);
}

static void start(const char *dir, struct capture **c)
{
	struct err err = ERR_INIT;

	if (capture_start(program, dir, ports, 2, DEADLINE, c, &err) < 0)
		fail_msg("%s", err.msg);
}

static bool exists(const char *dir, const char *name)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);

	return access(path, F_OK) == 0;
}

/* Each test gets a folder of its own. */
static int new_folder(void **state)
{
	char *dir = xasprintf("%s/run.XXXXXX", folder);

	*state = dir;
	set_up("tap0", true);
	set_up("tap1", true);
	return mkdtemp(dir) ? 0 : -1;
}

static int free_folder(void **state)
{
	free(*state);
	return 0;
}

/* --- what it captures --- */

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

	if (wireshark_open("sharkd", dir, NULL, 0, NULL, &ws, &err) < 0 ||
	    wireshark_ask(ws, queries, ARRAY_SIZE(queries), a, &err) < 0)
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

	start(dir, &c);
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
	assert_false(exists(dir, "capture.log"));
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

		start(dir, &c);
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
	start(dir, &c);
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

	set_up("tap1", false);
	assert_int_equal(capture_start(program, dir, ports, 2, DEADLINE, &c, &err), -EIO);
	assert_non_null(strstr(err.msg, "interface 'tap1' is down"));
	set_up("tap1", true);
	err_clear(&err);
	start(dir, &c);
	for (int i = 0; i < 5; i++) {
		set_up("tap0", false);
		assert_int_equal(write(tap_fd[0], &f, sizeof(f)), -1);
		set_up("tap0", true);
		guest_sends(0, &f);
	}
	if (capture_stop(&c, DEADLINE, &total, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(total.frames, 5);
	assert_true(exists(dir, "router_lan.pcapng"));
}

/* The process that captures into dir: the one that locks its report. */
static pid_t capture_pid(const char *dir)
{
	auto_free char *report = xasprintf("%s/capture.json", dir);
	auto_close int fd = open(report, O_RDWR | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	assert_int_equal(fcntl(fd, F_GETLK, &lock), 0);
	assert_int_equal(lock.l_type, F_WRLCK);
	return lock.l_pid;
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

	start(dir, &c);
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

/* --- what can go wrong --- */

static const struct failure {
	const char *name;
	struct capture_port port;
	const char *says;
} failures[] = {
	{ "no such interface", { .name = "a:0", .ifname = "nothere" }, "no interface 'nothere'" },
	{ "a name that leaves the folder",
	  { .name = "../a", .ifname = "tap0" },
	  "'../a' cannot name" },
	{ "no MAC", { .name = "a:0", .ifname = "tap0", .mac = "00:11" }, "'00:11' is no MAC" },
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
	set_up("tun9", true);
	assert_int_equal(capture_start(program, dir, &row->port, 1, DEADLINE, &c, &err), -EIO);
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

	start(dir, &c);
	assert_int_equal(capture_start(program, dir, ports, 2, DEADLINE, &d, &err), -EIO);
	assert_non_null(strstr(err.msg, "another capture runs in this folder"));
	assert_int_equal(capture_stop(&c, DEADLINE, &total, NULL), 0);
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
	start(dir, &c);
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

	set_up("tap8", true);
	assert_int_equal(capture_start(program, dir, &port, 1, DEADLINE, &c, &err), 0);
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
		start(dir, &c);
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

	start(dir, &c);
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

/* --- live --- */

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
	if (capture_live(program, &ports[0], fds[1], pid, &err) < 0)
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
	see(r, &s);
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

#define T(fn) cmocka_unit_test_setup_teardown(fn, new_folder, free_folder)

int main(void)
{
	static const struct CMUnitTest fixed[] = {
		T(test_two_hops),
		T(test_drain),
		T(test_large),
		T(test_link_down),
		T(test_dropped),
		T(test_no_program),
		T(test_never_ready),
		T(test_two_in_a_folder),
		T(test_disk_full),
		T(test_interface_gone),
		T(test_adopt),
		T(test_killed),
		T(test_live),
		T(test_live_reader_gone),
		T(test_live_reader_sleeps),
	};
	const char *why;

	program = built_program("labd-capture");
	why = enter();
	if (why)
		return skip_all(why);
	ADD_TESTS(fixed);
	ADD_ROWS_LIKE(failures,
		      cmocka_unit_test_setup_teardown(test_failure, new_failure, free_failure));
	return run_added("capture", make_folder, remove_folder);
}
