/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-init: /init of the guest's initramfs: from the kernel to PID 1 of the root file system.
 *
 * A static C program and not a script: a dozen fork and exec of a shell cost half a second when
 * the processor is emulated. It loads the modules named in /modules, in order; mounts the read-only
 * EROFS root and a tmpfs over it; puts the node's name and the lab's SSH keys, which came in a
 * second archive behind the initramfs, in place; and becomes init of the new root.
 * Network interfaces other than lo stay down: a guest says nothing before it is told to.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"

#define ROOT_DEVICE "/dev/vda"
#define MODULE_LIST "/modules"
#define LAB_DIR "/labd" /* the per-lab archive: keys */
#define NEW_ROOT "/new"
#define NEXT_INIT "/usr/sbin/init"

enum { NAME_MAX_LEN = 63, COPY_MAX = 64 * 1024 };

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* To the console; nobody else listens yet. */
static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("labd-init: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* Without a root there is nothing to go on with: power off, so that the host sees at once that this
 * guest failed, with the reason as the last line of its console. */
static void need(int rc, const char *what)
{
	if (rc >= 0)
		return;
	say("%s: %s", what, strerror(errno));
	reboot(RB_POWER_OFF);
	exit(1);
}

static void mount_at(const char *source, const char *target, const char *type, unsigned long flags,
		     const char *data)
{
	mkdir(target, 0755);
	need(mount(source, target, type, flags, data), target);
}

/* Everything of a file up to `size` bytes; the length, or -1. */
static ssize_t read_file(const char *path, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	while (len < size && (n = read(fd, buf + len, size - len)) > 0)
		len += (size_t)n;
	close(fd);
	return n < 0 ? -1 : (ssize_t)len;
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST))
		say("module %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	unlink(path); /* its memory is the guest's */
}

/* A module that fails is reported and skipped: what needs it says so itself. */
static void load_modules(void)
{
	char line[256];
	FILE *list = fopen(MODULE_LIST, "re");

	if (!list) {
		say(MODULE_LIST ": %s", strerror(errno));
		return;
	}
	while (fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		load_module(line);
	}
	fclose(list);
	unlink(MODULE_LIST);
}

/* The value of labd.node= on the kernel's command line, if it is a host name, else "guest". */
static void node_name(char *ret, size_t size)
{
	static const char key[] = "labd.node=";
	char line[4096];
	ssize_t len = read_file(NEW_ROOT "/proc/cmdline", line, sizeof(line) - 1);
	char *save = NULL;

	snprintf(ret, size, "guest");
	line[len < 0 ? 0 : len] = '\0';
	for (char *word = strtok_r(line, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
		const char *name = word + sizeof(key) - 1;

		if (strncmp(word, key, sizeof(key) - 1) != 0)
			continue;
		if (identity_is_name(name))
			snprintf(ret, size, "%s", name);
		else
			say("labd.node is not a host name");
	}
}

static void mount_root(void)
{
	mount_at(ROOT_DEVICE, "/ro", "erofs", MS_RDONLY, "");
	mount_at("rw", "/rw", "tmpfs", 0, "mode=0755");
	need(mkdir("/rw/upper", 0755), "/rw/upper");
	need(mkdir("/rw/work", 0755), "/rw/work");
	mount_at("root", NEW_ROOT, "overlay", 0,
		 "lowerdir=/ro,upperdir=/rw/upper,workdir=/rw/work");
}

static void mount_rest(void)
{
	need(mount("/proc", NEW_ROOT "/proc", NULL, MS_MOVE, NULL), "move /proc");
	need(mount("/sys", NEW_ROOT "/sys", NULL, MS_MOVE, NULL), "move /sys");
	need(mount("/dev", NEW_ROOT "/dev", NULL, MS_MOVE, NULL), "move /dev");
	mount_at("devpts", NEW_ROOT "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		 "gid=5,mode=0620,ptmxmode=0666");
	mount_at("shm", NEW_ROOT "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	/* What devtmpfs leaves to user space. */
	(void)!symlink("/proc/self/fd", NEW_ROOT "/dev/fd");
	(void)!symlink("/proc/self/fd/0", NEW_ROOT "/dev/stdin");
	(void)!symlink("/proc/self/fd/1", NEW_ROOT "/dev/stdout");
	(void)!symlink("/proc/self/fd/2", NEW_ROOT "/dev/stderr");
}

static void copy_key(const char *from, const char *to, mode_t mode)
{
	static char buf[COPY_MAX];
	ssize_t len = read_file(from, buf, sizeof(buf));

	if (len < 0 || identity_write(to, buf, (size_t)len, mode) != 0)
		say("%s: %s", from, strerror(errno));
	unlink(from);
}

/* A guest that is booted to be cloned has no keys; each clone gets its own (labd-clone). */
static void identify(void)
{
	char name[NAME_MAX_LEN + 1];
	const char *failed;

	node_name(name, sizeof(name));
	failed = identity_name(NEW_ROOT, name);
	if (failed)
		say("%s: %s", failed, strerror(errno));
	if (access(LAB_DIR, F_OK) != 0)
		return;
	copy_key(LAB_DIR "/ssh_host_ed25519_key", NEW_ROOT "/etc/ssh/ssh_host_ed25519_key", 0600);
	copy_key(LAB_DIR "/ssh_host_ed25519_key.pub", NEW_ROOT "/etc/ssh/ssh_host_ed25519_key.pub",
		 0644);
	copy_key(LAB_DIR "/authorized_keys", NEW_ROOT "/root/.ssh/authorized_keys", 0600);
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) != 0)
		say("lo: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void enter_root(void)
{
	static char name[] = "init";
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char home[] = "HOME=/root", term[] = "TERM=vt220";
	char *const argv[] = { name, NULL };
	char *const envp[] = { path, home, term, NULL };

	unlink("/init");
	need(chdir(NEW_ROOT), NEW_ROOT);
	need(mount(".", "/", NULL, MS_MOVE, NULL), "move " NEW_ROOT);
	need(chroot("."), "chroot");
	need(chdir("/"), "/");
	execve(NEXT_INIT, argv, envp);
	need(-1, NEXT_INIT);
}

int main(void)
{
	umask(022);
	mount_at("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, "");
	mount_at("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, "");
	mount_at("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755");
	load_modules();
	mount_root();
	mount_rest();
	identify();
	loopback_up();
	enter_root();
	return 1;
}
