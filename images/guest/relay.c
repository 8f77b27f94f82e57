/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-relay PORTNAME COMMAND [ARG...]: SSH over a virtio-serial port.
 *
 * Each SSH client that speaks on the port gets a COMMAND of its own (sshd -i) on a socket pair, and
 * bytes are passed both ways through bounded queues. A port is not a connection, which makes three
 * rules necessary:
 *
 *  - A session begins with a chunk of bytes that starts with "SSH-", the identification string
 *    (RFC 4253, 4.2) that a client sends first and in one write. Anything else outside a session is
 *    what an earlier client left behind, and is dropped.
 *  - The same chunk inside a session means that the client left and another one came before we were
 *    scheduled (the kernel tells only whether a host is there now): the old session ends, a new
 *    one starts. Encrypted data looks like that once in 2^64 chunks.
 *  - When the command ends first, the host cannot be told: QEMU keeps its socket open. It has read
 *    the last bytes, and we wait for it to leave or to begin again.
 *
 * One thing cannot be mended here: QEMU drops the news that a host came or left when 32 of them
 * wait unread. A host that comes and goes 16 times while the guest is not scheduled may have to
 * come once more.
 *
 * While no host is there, poll(2) on the port reports HUP for ever, so waiting on a level spins.
 * Edges do not: virtio_console wakes its wait queue when a host comes, leaves, sends, or takes what
 * we sent. With edges, each wake-up must go on until nothing moves any more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port.h"
#include "pump.h"

enum { EVENTS_MAX = 4 };

static const char banner[] = "SSH-";

enum state {
	RELAY_IDLE, /* no session; also after the command has ended */
	RELAY_RUN,  /* `child` is the command's socket */
};

struct relay {
	char *const *argv;
	int port;
	int epoll;
	int signals;
	enum state state;
	int child;
	bool met;        /* the host was seen to be there during this session */
	struct pump in;  /* host to command */
	struct pump out; /* command to host */
};

static void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Standard error is the console; init starts us again. */
static void die(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	fputs("labd-relay: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s\n", strerror(error));
	va_end(args);
	exit(1);
}

static void watch(struct relay *relay, int fd)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };

	if (epoll_ctl(relay->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll");
}

static bool host_is_there(const struct relay *relay)
{
	struct pollfd pfd = { .fd = relay->port, .events = POLLIN };

	if (poll(&pfd, 1, 0) < 0)
		die("poll");
	return !(pfd.revents & (POLLHUP | POLLERR));
}

static void run_command(char *const *argv, int fd)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
		execv(argv[0], argv);
	fprintf(stderr, "labd-relay: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Leaves what the host has already sent in `in`. A start that fails leaves the relay idle: the
 * client's own deadline reports it. */
static void start_session(struct relay *relay)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		perror("labd-relay: socketpair");
		return;
	}
	pid = fork();
	if (pid == 0)
		run_command(relay->argv, pair[1]);
	close(pair[1]);
	if (pid < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0) {
		perror("labd-relay: fork");
		close(pair[0]);
		return;
	}
	relay->child = pair[0];
	relay->state = RELAY_RUN;
	watch(relay, relay->child);
}

/* The command sees its client gone and ends by itself; SIGCHLD reaps it. */
static void end_session(struct relay *relay)
{
	if (relay->state == RELAY_RUN)
		close(relay->child);
	relay->child = -1;
	relay->met = false;
	relay->state = RELAY_IDLE;
	pump_reset(&relay->in);
	pump_reset(&relay->out);
}

/* The bytes that the last fill added, when `before` bytes were waiting. */
static bool begins_session(const struct pump *pump, size_t before)
{
	const char *chunk = pump->data + pump->start + before;
	size_t len = pump->end - pump->start - before;

	return len >= sizeof(banner) - 1 && memcmp(chunk, banner, sizeof(banner) - 1) == 0;
}

/* Take one chunk from the host; true when there was one. */
static bool from_host(struct relay *relay)
{
	size_t before = relay->in.end - relay->in.start;

	relay->in.eof = false; /* a port without a host reads as ended, and later goes on */
	if (pump_fill(&relay->in, relay->port) != PUMP_MOVED)
		return false;
	if (begins_session(&relay->in, before)) {
		size_t start = relay->in.start + before, end = relay->in.end;

		end_session(relay);
		relay->in.start = start;
		relay->in.end = end;
		start_session(relay);
	}
	if (relay->state == RELAY_IDLE)
		pump_reset(&relay->in);
	return true;
}

/* End the session of a host that has left. Data and the news that a host is there come by different
 * queues of the device and the data may be first: one that was never there has not left. */
static void notice_host(struct relay *relay)
{
	bool there = host_is_there(relay);

	if (relay->met && !there)
		end_session(relay);
	else
		relay->met = there;
}

/* Move what can be moved now, once in each direction; true when anything was. */
static bool step(struct relay *relay)
{
	bool moved;

	if (relay->state == RELAY_RUN)
		notice_host(relay);
	moved = from_host(relay);
	if (relay->state != RELAY_RUN)
		return moved;
	moved |= pump_drain(&relay->in, relay->child) == PUMP_MOVED;
	moved |= pump_fill(&relay->out, relay->child) == PUMP_MOVED;
	moved |= pump_drain(&relay->out, relay->port) == PUMP_MOVED;
	if (relay->out.eof && pump_empty(&relay->out))
		end_session(relay);
	return moved;
}

static void handle_signals(struct relay *relay)
{
	struct signalfd_siginfo info;

	while (read(relay->signals, &info, sizeof(info)) == sizeof(info))
		;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void setup(struct relay *relay, const char *name)
{
	sigset_t mask;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	relay->port = port_open(name);
	if (relay->port < 0)
		die("port '%s'", name);
	relay->epoll = epoll_create1(EPOLL_CLOEXEC);
	relay->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (relay->epoll < 0 || relay->signals < 0)
		die("epoll");
	watch(relay, relay->port);
	watch(relay, relay->signals);
}

int main(int argc, char **argv)
{
	static struct relay relay = { .child = -1 };

	if (argc < 3) {
		fputs("usage: labd-relay PORTNAME COMMAND [ARG...]\n", stderr);
		return 2;
	}
	relay.argv = argv + 2;
	setup(&relay, argv[1]);
	for (;;) {
		struct epoll_event events[EVENTS_MAX];

		while (step(&relay))
			;
		if (epoll_wait(relay.epoll, events, EVENTS_MAX, -1) < 0 && errno != EINTR)
			die("epoll");
		handle_signals(&relay);
	}
}
