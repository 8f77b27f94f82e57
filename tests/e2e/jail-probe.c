/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * jail-probe PID [--skip=PATH] [--canary=PATH] [--file=PATH] [--abstract=NAME] [--walk=DIR]
 * jail-probe PID --listen=NAME
 *
 * Takes a process's place: its namespaces and root folder, its capabilities, no_new_privs, the same
 * uid. Then it tries what somebody could who has broken into that process, and prints how often
 * each was possible. The second form listens on an abstract socket in there, to be found.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/io.h"
#include "base/str.h"
#include "jail/privilege.h"

#define NAMESPACES \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
#define ENOUGH 1000 /* found: more need not be looked for */

enum what { SEE, READ, WRITE, CONNECT, ABSTRACT, SIGNAL, TRACE, NETWORK, NAMESPACE, N_WHATS };
static const char *const whats[] = { "see",    "read",  "write",   "connect",  "abstract",
				     "signal", "trace", "network", "namespace" };
static unsigned int counts[N_WHATS];

static struct {
	const char *skip[32], *canary[32], *file[32];
	size_t n_skip, n_canary, n_file;
	const char *abstract, *listen, *walk;
} args;

static void found(enum what what, const char *detail)
{
	if (counts[what]++ < 100)
		(void)fprintf(stderr, "%s: %s\n", whats[what], detail);
}

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

/* --- taking the place --- */

static uint64_t caps_of(int pid)
{
	auto_free char *path = xasprintf("/proc/%d/status", pid);
	auto_str struct str text = { 0 };
	uint64_t caps = 0;
	const char *line;

	if (io_read_file(path, 65536, &text, NULL) < 0)
		die(path);
	line = strstr(str_text(&text), "\nCapPrm:");
	if (!line || sscanf(line, "\nCapPrm: %" SCNx64, &caps) != 1)
		die("CapPrm");
	return caps;
}

static void take_place(int pid)
{
	auto_close int handle = pidfd_open(pid, 0);
	uint64_t caps = caps_of(pid);
	struct err err = ERR_INIT;
	pid_t child;
	int status;

	if (handle < 0 || setns(handle, NAMESPACES) < 0 || chdir("/") < 0)
		die("entering namespaces");
	child = fork();
	if (child < 0)
		die("fork");
	if (child > 0) {
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
	}
	if (privilege_limit(caps, &err) < 0)
		die(err.msg);
}

/* --- sockets --- */

static int connect_unix(const char *name, bool abstract)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	if (len + 1 >= sizeof(addr.sun_path))
		return -1;
	memcpy(addr.sun_path + abstract, name, len);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		auto_close int fd = socket(AF_UNIX, types[i] | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (connect(fd, (struct sockaddr *)&addr,
			    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + len)) ==
			    0 ||
		    errno == EAGAIN)
			return 0;
	}
	return -1;
}

static _Noreturn void listen_abstract(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(addr.sun_path + 1, name, strnlen(name, sizeof(addr.sun_path) - 1));
	if (bind(fd, (struct sockaddr *)&addr,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))) < 0 ||
	    listen(fd, 8) < 0)
		die("listen");
	(void)puts("ready");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}

/* --- files --- */

static void try_write(const char *path, mode_t mode)
{
	auto_free char *inside = xasprintf("%s/labd-jail-probe", path);
	auto_close int fd = -1;

	if (S_ISREG(mode))
		fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	else if (S_ISDIR(mode))
		fd = open(inside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	found(WRITE, path);
	if (S_ISDIR(mode))
		(void)unlink(inside);
}

static void try_canary(const char *path)
{
	auto_close int fd = -1;
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	found(SEE, path);
	try_write(path, st.st_mode);
	if (S_ISSOCK(st.st_mode) && connect_unix(path, false) == 0)
		found(CONNECT, path);
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		found(READ, path);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	for (size_t i = 0; i < args.n_skip; i++)
		if (str_eq(path, args.skip[i]))
			return FTW_SKIP_SUBTREE;
	if (type == FTW_D)
		try_write(path, st->st_mode);
	else
		try_canary(path);
	return counts[SEE] < ENOUGH ? FTW_CONTINUE : FTW_STOP;
}

static void try_files(void)
{
	for (size_t i = 0; i < args.n_canary; i++)
		try_canary(args.canary[i]);
	for (size_t i = 0; i < args.n_file; i++) {
		struct stat st;

		if (stat(args.file[i], &st) < 0)
			die(args.file[i]); /* what this process needs is there */
		try_write(args.file[i], st.st_mode);
	}
	if (args.walk && nftw(args.walk, visit, 16, FTW_PHYS | FTW_ACTIONRETVAL) < 0)
		die(args.walk);
}

/* --- processes --- */

/* Whether it is a process that we have come to stand beside: the first of this namespace. */
static bool is_own(pid_t pid)
{
	return pid == 1 || pid == getpid() || syscall(SYS_tgkill, 1, pid, 0) == 0;
}

static void try_processes(long max)
{
	for (pid_t pid = 2; pid < max; pid++) {
		int signals = kill(pid, 0) == 0 ? 0 : errno;
		auto_free char *text = NULL;
		void *head;
		size_t len;

		if (signals == ESRCH || is_own(pid))
			continue;
		text = xasprintf("process %d", (int)pid);
		if (signals == 0)
			found(SIGNAL, text);
		/* The second asks for the same as /proc/PID/environ, and knows nothing of Yama. */
		if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ||
		    syscall(SYS_get_robust_list, pid, &head, &len) == 0)
			found(TRACE, text);
	}
	/* What was seized goes on when we end. */
}

/* --- networks --- */

static void try_network(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct ifaddrs *list = NULL;

	if (fd >= 0) {
		found(NETWORK, "a packet socket");
		(void)close(fd);
	}
	if (getifaddrs(&list) < 0)
		die("getifaddrs");
	for (const struct ifaddrs *p = list; p; p = p->ifa_next)
		if (p->ifa_flags & IFF_UP)
			found(NETWORK, p->ifa_name);
	freeifaddrs(list);
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "skip", required_argument, NULL, 's' },
		{ "canary", required_argument, NULL, 'c' },
		{ "file", required_argument, NULL, 'f' },
		{ "abstract", required_argument, NULL, 'a' },
		{ "listen", required_argument, NULL, 'l' },
		{ "walk", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (o == 's' && args.n_skip < ARRAY_SIZE(args.skip))
			args.skip[args.n_skip++] = optarg;
		else if (o == 'c' && args.n_canary < ARRAY_SIZE(args.canary))
			args.canary[args.n_canary++] = optarg;
		else if (o == 'f' && args.n_file < ARRAY_SIZE(args.file))
			args.file[args.n_file++] = optarg;
		else if (o == 'a')
			args.abstract = optarg;
		else if (o == 'l')
			args.listen = optarg;
		else if (o == 'w')
			args.walk = optarg;
		else
			exit(2);
	}
}

int main(int argc, char **argv)
{
	auto_str struct str text = { 0 };
	unsigned long pid, max = 4194304;

	parse(argc, argv);
	if (optind + 1 != argc || str_to_ulong(argv[optind], 1, INT32_MAX, &pid) < 0)
		return 2;
	if (io_read_file("/proc/sys/kernel/pid_max", 64, &text, NULL) == 0)
		max = strtoul(str_text(&text), NULL, 10);
	take_place((int)pid);
	if (args.listen)
		listen_abstract(args.listen);
	try_files();
	if (args.abstract && connect_unix(args.abstract, true) == 0)
		found(ABSTRACT, args.abstract);
	try_processes((long)max);
	try_network();
	if (unshare(CLONE_NEWUSER) == 0)
		found(NAMESPACE, "a user namespace");
	for (int i = 0; i < N_WHATS; i++)
		(void)printf("%s %u\n", whats[i], counts[i]);
	(void)fflush(stdout);
	_exit(0);
}
