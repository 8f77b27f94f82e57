/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest image for real: one guest is booted without a lab, asked over its serial console, and
 * its SSH port is treated as badly as a host can. Skips where there is no image or no QEMU.
 */
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/qemu.h"
#include "guest/clone-format.h"
#include "guest/clone.h"
#include "guest/guest.h"
#include "guest/keys.h"
#include "image/image.h"
#include "lib/tests.h"

enum { BOOT_MS = 180000, ANSWER_MS = 90000, CONNECT_MS = 10000 };

static pid_t qemu = -1;
static int console = -1;
static int client = -1; /* what speaks on the SSH port; there can be only one */

/* ---- the guest ---- */

static int connect_to(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%s", folder, name);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* QEMU announces its sockets by nothing but being there, so this looks every 20 ms. */
static int connect_within(const char *name, int64_t ms)
{
	int64_t deadline = deadline_in_ms(ms);
	int fd;

	while ((fd = connect_to(name)) < 0 && !deadline_passed(deadline))
		(void)poll(NULL, 0, 20);
	return fd;
}

/* Appends what fd says to seen until it holds text or the deadline passes. */
static bool wait_for(int fd, struct str *seen, const char *text, int64_t ms)
{
	int64_t deadline = deadline_in_ms(ms);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	while (!strstr(str_text(seen), text)) {
		char buf[4096];
		ssize_t n;

		if (poll(&pfd, 1, deadline_poll_ms(deadline)) <= 0)
			return false;
		n = read(fd, buf, sizeof(buf));
		if (n <= 0)
			return false;
		str_add(seen, buf, (size_t)n);
	}
	return true;
}

/* Runs a command line in the console's shell; its output in ret, its exit status returned. */
static int run(const char *command, struct str *ret)
{
	auto_str struct str line = { 0 }, seen = { 0 };
	const char *answer;
	char *end;
	long status;

	str_addf(&line, "{ %s\n} >/tmp/answer 2>&1; echo \"[$?:$(base64 -w0 </tmp/answer)]END\"\n",
		 command);
	if (io_write_all(console, line.data, line.len) < 0 ||
	    !wait_for(console, &seen, "]END\r\n", ANSWER_MS))
		fail_msg("no answer to '%s'; the console says: %s", command, str_text(&seen));
	answer = strrchr(seen.data, '[');
	assert_non_null(answer);
	status = strtol(answer + 1, &end, 10);
	assert_int_equal(*end, ':');
	*strchr(end, ']') = '\0';
	assert_int_equal(str_add_unbase64(ret, end + 1), 0);
	return (int)status;
}

static pid_t start_qemu(const struct image *image, struct err *err)
{
	auto_free char *initrd = xasprintf("%s/initrd", folder);
	auto_free char *drive =
		xasprintf("if=none,id=root,format=raw,readonly=on,file=%s", image->root);
	auto_free char *serial = xasprintf("unix:%s/serial,server=on,wait=off", folder);
	auto_free char *ssh = xasprintf("socket,id=ssh,path=%s/ssh,server=on,wait=off", folder);
	auto_free char *clone =
		xasprintf("socket,id=clone,path=%s/clone,server=on,wait=off", folder);
	const char *const argv[] = {
		"qemu-system-x86_64",
		"-nodefaults",
		"-no-user-config",
		"-display",
		"none",
		"-machine",
		QEMU_MACHINE,
		"-accel",
		"tcg,tb-size=32",
		"-cpu",
		QEMU_CPU,
		"-m",
		"160",
		"-kernel",
		image->kernel,
		"-initrd",
		initrd,
		"-append",
		"console=ttyS0 quiet net.ifnames=0 ipv6.disable=1 cryptomgr.notests acpi=noirq "
		"labd.node=probe",
		"-drive",
		drive,
		"-device",
		"virtio-blk-pci,drive=root",
		"-serial",
		serial,
		"-device",
		"virtio-serial",
		"-chardev",
		ssh,
		"-device",
		"virtserialport,chardev=ssh,name=org.labd.ssh",
		"-chardev",
		clone,
		"-device",
		"virtserialport,chardev=clone,name=" CLONE_PORT,
		"-object",
		"rng-random,id=rng,filename=/dev/urandom",
		"-device",
		"virtio-rng-pci,rng=rng",
		"-netdev",
		"hubport,id=n0,hubid=0",
		"-device",
		"virtio-net-pci,netdev=n0,romfile=",
		NULL
	};

	return child_start(argv, -1, -1, -1, err);
}

static int boot(const struct image *image, struct err *err)
{
	static const char typed[] = "echo it has $((6 * 7))\n";
	auto_free char *keys_dir = xasprintf("%s/keys", folder);
	auto_free char *initrd = xasprintf("%s/initrd", folder);
	auto_str struct str seen = { 0 };
	struct guest_keys *keys = NULL;
	int r = guest_keys_open(keys_dir, &keys, err);

	if (r < 0)
		return r;
	r = guest_keys_initrd(keys, image->initrd, initrd, err);
	guest_keys_free(keys);
	if (r < 0)
		return r;
	qemu = start_qemu(image, err);
	if (qemu < 0)
		return (int)qemu;
	console = connect_within("serial", CONNECT_MS);
	/* The shell comes to who types, and reads what was typed. */
	if (console < 0 || !wait_for(console, &seen, "Enter opens a shell here.", BOOT_MS) ||
	    io_write_all(console, typed, strlen(typed)) < 0 ||
	    !wait_for(console, &seen, "it has 42", BOOT_MS) ||
	    !wait_for(console, &seen, "root@probe:~# ", BOOT_MS))
		return err_set(err, ETIMEDOUT, "no prompt; the console says: %.300s",
			       str_text(&seen));
	return io_write_all(console, "stty -echo\n", 11);
}

/* ---- what the guest must be ---- */

static const struct {
	const char *name, *command, *says; /* says: part of the output; status 0 is wanted always */
} facts[] = {
	{ "has its name", "hostname; cat /etc/hosts", "probe" },
	{ "has a machine-id of its own", "grep -Ec '^[0-9a-f]{32}$' /etc/machine-id", "1" },
	{ "runs init as PID 1", "readlink /proc/1/exe", "/usr/bin/busybox" },
	{ "has a root that can be written", "touch /etc/written && grep ' / ' /proc/mounts",
	  "overlay" },
	{ "has its loopback up", "ip -4 -br addr show lo; ping -c 1 -W 5 127.0.0.1",
	  "127.0.0.1/8" },
	{ "leaves its interfaces down", "ip -br link show eth0", "DOWN" },
	{ "has sent nothing", "cat /sys/class/net/eth0/statistics/tx_packets", "0\n" },
	{ "has no IPv6", "test ! -e /proc/net/if_inet6", "" },
	{ "has pseudo-terminals", "mount | grep devpts", "ptmxmode=666" },
	{ "keeps its host key", "stat -c '%a %U' /etc/ssh/ssh_host_ed25519_key", "600 root" },
	{ "keeps the authorised key", "stat -c '%a' /root/.ssh /root/.ssh/authorized_keys",
	  "700\n600" },
	{ "has left the keys nowhere else", "test ! -e /labd; ls /", "etc" },
	{ "gives knot its folder", "stat -c %U /var/lib/knot /run/knot", "knot\nknot" },
	{ "has a random generator that is ready", "dmesg | grep 'crng init done'", "crng" },
	{ "has enough memory left",
	  "test $(awk '/MemAvailable/ { print $2 }' /proc/meminfo) -gt 50000", "" },
	{ "runs bird", "echo 'router id 1.1.1.1; protocol device {}' >/tmp/b; bird -p -c /tmp/b",
	  "" },
	{ "runs unbound", "echo 'server:' >/tmp/u; unbound-checkconf /tmp/u", "no errors" },
	{ "runs knot", "echo 'server:' >/tmp/k; knotc -c /tmp/k conf-check", "is valid" },
	{ "runs kdig", "kdig -V", "Knot DNS" },
	{ "runs kzonesign", "kzonesign -V", "Knot DNS" },
	{ "runs dnsmasq", "dnsmasq --test -C /dev/null", "OK" },
	{ "runs nginx with HTTP/2", "nginx -V", "--with-http_v2_module" },
	{ "runs curl with HTTP/2", "curl -V", "HTTP2" },
	{ "runs hostapd", "hostapd -v; true", "hostapd v2" },
	{ "runs wpa_supplicant", "wpa_supplicant -v", "wpa_supplicant v2" },
	{ "runs udhcpc", "udhcpc --help; true", "BusyBox" },
	{ "runs tcpdump", "tcpdump --version", "libpcap" },
	{ "runs nft", "nft add table ip t && nft list ruleset", "table ip t" },
	{ "runs traceroute", "traceroute --version", "traceroute" },
	{ "runs scp and sftp-server", "ls /usr/bin/scp /usr/lib/openssh/sftp-server", "scp" },
	{ "runs rsync", "rsync --version", "rsync  version" },
	{ "checks sshd's configuration", "sshd -t", "" },
	{ "simulates a radio", "modprobe mac80211_hwsim radios=1 && iw dev", "wlan0" },
	{ "knows a country's channels", "iw reg set KR && iw reg get", "country" },
	{ "bridges", "ip link add br0 type bridge && ip link del br0", "" },
	{ "delays", "tc qdisc add dev eth0 root netem delay 1ms && tc qdisc del dev eth0 root",
	  "" },
};

static void guest_is_as_wanted(void **state)
{
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		auto_str struct str output = { 0 };
		int status = run(facts[i].command, &output);
		bool ok = status == 0 && strstr(str_text(&output), facts[i].says);

		print_message("  %s: guest %s\n", ok ? "ok" : "BAD", facts[i].name);
		if (!ok)
			print_message("    status %d: %s\n", status, str_text(&output));
		bad += !ok;
	}
	assert_int_equal(bad, 0);
}

/* A service is supervised: it starts, once, and again after it has died. */
static void services_are_supervised(void **state)
{
	static const char prepare[] = "mkdir -p /etc/service/probe && mkfifo /run/starts && "
				      "printf '#!/bin/sh\\necho up >/run/starts\\nexec sleep "
				      "1000\\n' >/etc/service/probe/run "
				      "&& chmod 755 /etc/service/probe/run";
	static const char started[] = "timeout 60 head -n 1 /run/starts";
	auto_str struct str out = { 0 };

	(void)state;
	assert_int_equal(run(prepare, &out), 0);
	assert_int_equal(run("/usr/lib/labd/start-services", &out), 0);
	assert_int_equal(run(started, &out), 0);
	assert_int_equal(run("/usr/lib/labd/start-services; pgrep -c runsvdir", &out), 0);
	assert_string_equal(out.data, "up\n1\n");
	assert_int_equal(run("pkill -f 'sleep 1000'", &out), 0);
	assert_int_equal(run(started, &out), 0);
	assert_string_equal(out.data, "up\n1\nup\n");
	assert_int_equal(run("sv -w 30 down probe", &out), 0);
	assert_int_equal(run("ss -Hltn | grep .", &out), 1);
}

/* ---- the SSH port ---- */

static const char hello[] = "SSH-2.0-probe\r\n";

/* The earlier client leaves and the next one comes. */
static void next_client(void)
{
	if (client >= 0)
		(void)close(client);
	client = connect_within("ssh", CONNECT_MS);
	assert_true(client >= 0);
}

/* The next client says hello and gets sshd's own hello back. */
static void expect_banner(void)
{
	auto_str struct str seen = { 0 };

	next_client();
	assert_int_equal(io_write_all(client, hello, strlen(hello)), 0);
	if (!wait_for(client, &seen, "SSH-2.0-OpenSSH", ANSWER_MS))
		fail_msg("no banner, but '%s'", str_text(&seen));
}

static void every_client_is_answered(void **state)
{
	(void)state;
	for (int i = 0; i < 25; i++)
		expect_banner();
}

/* As many as QEMU can tell the guest of without one word from it: see relay.c. */
static void clients_that_run_away_do_not_hurt(void **state)
{
	(void)state;
	for (int i = 0; i < 12; i++) {
		next_client();
		(void)io_write_all(client, hello, i % 2 ? strlen(hello) : 0);
	}
	for (int i = 0; i < 3; i++)
		expect_banner();
}

static void leftovers_are_dropped(void **state)
{
	static const char rubbish[] = "\0\1\2 what an earlier client left behind";

	(void)state;
	next_client();
	assert_int_equal(io_write_all(client, rubbish, sizeof(rubbish)), 0);
	expect_banner();
}

/* Clock ticks (100 a second) that a program has used so far. */
static int ticks_of(const char *program)
{
	auto_free char *command =
		xasprintf("awk '{ print $14 + $15 }' /proc/$(pidof %s)/stat", program);
	auto_str struct str out = { 0 };

	assert_int_equal(run(command, &out), 0);
	return (int)strtol(str_text(&out), NULL, 10);
}

/* With a client or without, waiting costs nothing; over three seconds spinning would be 300 ticks.
 */
static void relay_waits_without_spinning(void **state)
{
	auto_str struct str out = { 0 };
	int before;

	(void)state;
	(void)close(take_fd(&client));
	before = ticks_of("labd-relay");
	assert_int_equal(run("sleep 3", &out), 0);
	assert_in_range(ticks_of("labd-relay") - before, 0, 20);
	expect_banner();
	before = ticks_of("labd-relay");
	assert_int_equal(run("sleep 3", &out), 0);
	assert_in_range(ticks_of("labd-relay") - before, 0, 20);
}

static void no_session_is_left_over(void **state)
{
	auto_str struct str out = { 0 };

	(void)state;
	(void)close(take_fd(&client));
	assert_int_equal(run("timeout 60 sh -c 'while pgrep -x sshd; do :; done' >/dev/null", &out),
			 0);
	assert_int_equal(run("ps axo stat= | grep -c ^Z; true", &out), 0);
	assert_string_equal(out.data, "0\n");
}

/* ---- the port by which a clone gets its clock and its identity ---- */

/* Nobody asks in a guest that was booted, and what waits there does not run at all. */
static void nothing_wakes_what_waits_for_a_clone(void **state)
{
	static const char switches[] = "awk '/ctxt_switches/ { n += $2 } END { print n }' "
				       "/proc/$(pidof labd-clone)/status";
	auto_str struct str before = { 0 }, after = { 0 }, out = { 0 };

	(void)state;
	assert_int_equal(run(switches, &before), 0);
	assert_int_equal(run("sleep 3", &out), 0);
	assert_int_equal(run(switches, &after), 0);
	assert_true(strtol(str_text(&before), NULL, 10) > 0);
	assert_string_equal(str_text(&after), str_text(&before));
}

static int tell(const struct clone_identity *identity, struct err *err)
{
	auto_free char *path = xasprintf("%s/clone", folder);

	return clone_tell(path, identity, deadline_in_ms(ANSWER_MS), NULL, err);
}

/* Seconds that the guest's clock is ahead; it is read at the beginning of a command. */
static int64_t clock_ahead(void)
{
	int64_t before = clock_real_ns(), theirs;
	auto_str struct str out = { 0 };

	assert_int_equal(run("date +%s%N", &out), 0);
	theirs = strtoll(str_text(&out), NULL, 10);
	if (theirs >= before && theirs <= clock_real_ns())
		return 0;
	return (theirs - before) / NS_PER_S ? (theirs - before) / NS_PER_S : 1;
}

static void expect_told(const struct clone_identity *identity)
{
	struct err err = ERR_INIT;

	if (tell(identity, &err) < 0)
		fail_msg("%s", err.msg);
}

/* What was saved is another time, another node and a machine with other devices. */
static void a_clone_becomes_another_node(void **state)
{
	static const char lose[] = "date -s 2001-02-03; rm /etc/hostname; "
				   "d=$(readlink -f /sys/class/net/eth0/device/..) && "
				   "echo 1 >$d/remove && ! ip link show eth0";
	auto_free char *dir = xasprintf("%s/other-keys", folder);
	auto_free char *ssh = xasprintf("%s/ssh", folder);
	auto_str struct str out = { 0 }, name = { 0 }, machine = { 0 }, other = { 0 };
	struct clone_identity identity = { .name = "kt-1.example", .rescan = true };
	struct guest_keys *keys = NULL;
	struct guest *guest;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(guest_keys_open(dir, &keys, &err), 0);
	identity.keys = keys;
	assert_int_equal(run("cat /etc/machine-id", &machine), 0);
	assert_int_equal(run(lose, &out), 0);
	assert_true(clock_ahead() < -1000000);
	expect_told(&identity);
	assert_int_equal(clock_ahead(), 0);
	assert_int_equal(run("hostname; cat /etc/hostname; grep -o kt.* /etc/hosts", &name), 0);
	assert_string_equal(name.data, "kt-1.example\nkt-1.example\nkt-1.example\n");
	assert_int_equal(run("cat /etc/machine-id", &other), 0);
	assert_int_equal(other.len, 33);
	assert_string_not_equal(other.data, machine.data);
	assert_int_equal(run("ip link show eth0", &out), 0);
	assert_int_equal(run("stat -c %a /etc/ssh/ssh_host_ed25519_key", &out), 0);
	assert_non_null(strstr(out.data, "600\n"));
	/* The new keys both ways: the guest's, and whom it lets in. */
	(void)close(take_fd(&client));
	guest = guest_new("probe", ssh, keys);
	if (guest_connect(guest, deadline_in_ms(ANSWER_MS), NULL, &err) < 0)
		fail_msg("%s", err.msg);
	guest_free(guest);
	guest_keys_free(keys);
}

/* A restored lab's guests are told the time, and stay who they are. */
static void a_clock_alone_can_be_set(void **state)
{
	const struct clone_identity nobody = { 0 };
	auto_str struct str before = { 0 }, after = { 0 }, out = { 0 };
	static const char who[] = "hostname; cat /etc/machine-id; md5sum /etc/ssh/*key*";

	(void)state;
	assert_int_equal(run(who, &before), 0);
	assert_int_equal(run("date -s 2040-02-03", &out), 0);
	expect_told(&nobody);
	assert_int_equal(clock_ahead(), 0);
	assert_int_equal(run(who, &after), 0);
	assert_string_equal(after.data, before.data);
}

/* Whoever left amid a request, or said rubbish, is not in the way of the next; nor is one whose
 * answer came too late to be read. */
static void others_on_the_port_are_forgotten(void **state)
{
	static const struct clone_head half = { CLONE_MARK, 100, 1 };
	const struct clone_identity nobody = { 0 };

	(void)state;
	for (int i = 0; i < 6; i++) {
		auto_str struct str request = { 0 };
		auto_close int fd = connect_within("clone", CONNECT_MS);

		assert_true(fd >= 0);
		if (i % 3 == 0)
			assert_int_equal(io_write_all(fd, &half, sizeof(half)), 0);
		else if (i % 3 == 1)
			assert_int_equal(io_write_all(fd, "rubbish\n", 8), 0);
		else if (clone_request(&nobody, 5, clock_real_ns(), &request, NULL) == 0)
			assert_int_equal(io_write_all(fd, request.data, request.len), 0);
		(void)close(take_fd(&fd));
		expect_told(&nobody);
	}
}

static void what_cannot_be_done_is_said(void **state)
{
	const struct clone_identity identity = { .name = "other" };
	auto_str struct str out = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(run("mount --bind /etc /etc && mount -o remount,ro,bind /etc", &out), 0);
	assert_int_equal(tell(&identity, &err), -EPROTO);
	assert_non_null(strstr(err.msg, "/etc/hostname: Read-only file system"));
	assert_int_equal(run("umount /etc", &out), 0);
	expect_told(&identity);
}

/* ---- the whole ---- */

static int locate(struct image *ret, struct err *err)
{
	const char *src = getenv("LABD_SRCDIR"), *bin = getenv("LABD_BUILDDIR");
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	auto_free char *guest = xasprintf("%s/guest", bin ? bin : ".");
	auto_free char *dir =
		cache ? xasprintf("%s/labd", cache) : xasprintf("%s/.cache/labd", home ? home : "");

	return image_locate(&(struct image_source){ src ? src : ".", guest, dir, NULL }, ret, err);
}

static void stop(void)
{
	if (console >= 0)
		(void)close(console);
	if (qemu > 0) {
		(void)kill(qemu, SIGKILL);
		(void)waitpid(qemu, NULL, 0);
	}
	(void)remove_folder(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guest_is_as_wanted),
		cmocka_unit_test(every_client_is_answered),
		cmocka_unit_test(clients_that_run_away_do_not_hurt),
		cmocka_unit_test(leftovers_are_dropped),
		cmocka_unit_test(relay_waits_without_spinning),
		cmocka_unit_test(no_session_is_left_over),
		cmocka_unit_test(services_are_supervised),
		cmocka_unit_test(nothing_wakes_what_waits_for_a_clone),
		cmocka_unit_test(a_clone_becomes_another_node),
		cmocka_unit_test(a_clock_alone_can_be_set),
		cmocka_unit_test(others_on_the_port_are_forgotten),
		cmocka_unit_test(what_cannot_be_done_is_said),
	};
	auto_image struct image image = { 0 };
	struct err err = ERR_INIT;
	int64_t start = clock_mono_ns();
	int r = locate(&image, &err);

	if (r < 0)
		return skip_all(err.msg);
	if (make_folder(NULL) < 0)
		return 1;
	r = boot(&image, &err);
	if (r == 0) {
		print_message("prompt after %d ms\n", (int)((clock_mono_ns() - start) / NS_PER_MS));
		r = cmocka_run_group_tests(tests, NULL, NULL);
	} else if (r == -ENOENT) {
		r = skip_all(err.msg);
	} else {
		print_error("%s\n", err.msg);
	}
	stop();
	return r < 0 ? 1 : r;
}
