/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network of two taps whose guests are the test, and captures of it. */
#include "lib/capture-bench.h"
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "lib/tests.h"
#include "run/run.h"

char *capture_program;
int tap_fd[2];
const uint8_t macs[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };
const uint8_t everyone[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

const struct capture_port ports[2] = {
	{ .name = "client:eth0", .ifname = "tap0", .mac = "02:00:00:00:00:01", .host = true },
	{ .name = "router:lan", .ifname = "tap1", .mac = "02:00:00:00:00:02" },
};

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

void set_link(const char *ifname, bool up)
{
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_flags = up ? IFF_UP : 0 };

	(void)strcpy(ifr.ifr_name, ifname);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
}

int make_tap(const char *ifname)
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

struct frame make_frame(const uint8_t *dst, const uint8_t *src, uint8_t port, uint32_t serial)
{
	struct frame f = { .type = __builtin_bswap16(0x88b5), .port = port, .serial = serial };

	memcpy(f.dst, dst, 6);
	memcpy(f.src, src, 6);
	return f;
}

void guest_sends(int i, const struct frame *f)
{
	assert_int_equal(write(tap_fd[i], f, sizeof(*f)), sizeof(*f));
}

void host_sends(int i, const struct frame *f, size_t len)
{
	auto_close int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex(ports[i].ifname) };

	assert_int_equal(sendto(fd, f, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
}

void seen_free(struct seen *s)
{
	str_free(&s->names);
	str_free(&s->kinds);
}

static void see_packet(struct seen *s, const struct pcapng_packet *p)
{
	s->frames++;
	s->inbound += p->direction == PCAPNG_INBOUND;
	s->outbound += p->direction == PCAPNG_OUTBOUND;
	s->unknown += p->direction == PCAPNG_NO_DIRECTION;
	s->lost += p->dropped;
}

void see_all(struct pcapng_reader *r, struct seen *s)
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

void see_file(const char *dir, const char *name, struct seen *s)
{
	auto_pcapng_reader struct pcapng_reader *r = NULL;
	auto_free char *path = run_capture_path(dir, name);
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	pcapng_reader_new(f, &r);
	see_all(r, s);
}

void start_capture(const char *dir, struct capture **c)
{
	struct err err = ERR_INIT;

	if (capture_start(capture_program, dir, ports, 2, DEADLINE, c, &err) < 0)
		fail_msg("%s", err.msg);
}

bool has_file(const char *dir, const char *name)
{
	auto_free char *path = xasprintf("%s/%s", dir, name);

	return access(path, F_OK) == 0;
}

pid_t capture_pid(const char *dir)
{
	auto_free char *report = xasprintf("%s/capture.json", dir);
	auto_close int fd = open(report, O_RDWR | O_CLOEXEC);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	assert_int_equal(fcntl(fd, F_GETLK, &lock), 0);
	assert_int_equal(lock.l_type, F_WRLCK);
	return lock.l_pid;
}

int new_capture(void **state)
{
	char *dir = xasprintf("%s/run.XXXXXX", folder);

	*state = dir;
	set_link("tap0", true);
	set_link("tap1", true);
	return mkdtemp(dir) ? 0 : -1;
}

int free_capture(void **state)
{
	free(*state);
	return 0;
}

int run_captures(const char *group)
{
	const char *why;

	capture_program = built_program("labd-capture");
	why = enter();
	if (why)
		return skip_all(why);
	return run_added(group, make_folder, remove_folder);
}
