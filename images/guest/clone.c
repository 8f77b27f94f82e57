/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-clone: tells a guest that was restored from a saved one what time it is and who it is.
 *
 * A restored guest has the clock, the randomness and the name of the one that was saved, and what
 * puts that right must come before SSH, whose keys are part of it. So this program waits in every
 * guest, before and after the save, at a serial port of its own, and does in system calls what
 * guest/clone-format.h lists; nothing else. In a guest that is booted nobody ever asks, and it
 * sleeps: it waits for edges of the port, for the reasons that relay.c gives.
 *
 * sshd reads the keys when a client comes (labd-relay starts one for each), so it need not be told.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/random.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "identity.h"
#include "port.h"
#include "request.h"

#define PCI_RESCAN "/sys/bus/pci/rescan"
#define NS_PER_S INT64_C(1000000000)

static const struct {
	enum clone_field field;
	const char *path;
	mode_t mode;
} files[] = {
	{ CLONE_HOST_KEY, "/etc/ssh/ssh_host_ed25519_key", 0600 },
	{ CLONE_HOST_PUBLIC, "/etc/ssh/ssh_host_ed25519_key.pub", 0644 },
	{ CLONE_AUTHORIZED, "/root/.ssh/authorized_keys", 0600 },
};

struct clone {
	int port;
	uint8_t in[sizeof(struct clone_head) + CLONE_BODY_MAX];
	size_t n_in;
	bool asked;        /* there is an answer to give */
	uint32_t id;       /* of the request that it is for */
	char refusal[160]; /* "": all was done */
	char out[CLONE_ANSWER_MAX];
	size_t n_out, sent; /* n_out 0: no part of the answer was sent */
};

/* --- what is asked for --- */

static int set_clock(int64_t ns)
{
	struct timespec ts = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };

	return clock_settime(CLOCK_REALTIME, &ts);
}

/* The pool has the bytes and counts them, and the generator begins anew from it. */
static int add_seed(const uint8_t *data, size_t len)
{
	union {
		struct rand_pool_info info;
		uint8_t space[sizeof(struct rand_pool_info) + CLONE_SEED_MAX];
	} pool = { .info = { .entropy_count = (int)len * 8, .buf_size = (int)len } };
	int r, fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	memcpy(pool.info.buf, data, len);
	r = ioctl(fd, RNDADDENTROPY, &pool);
	if (r == 0)
		r = ioctl(fd, RNDRESEEDCRNG);
	close(fd);
	explicit_bzero(&pool, sizeof(pool));
	return r;
}

static int rescan(void)
{
	int fd = open(PCI_RESCAN, O_WRONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -1;
	r = write(fd, "1", 1) == 1 ? 0 : -1;
	close(fd);
	return r;
}

/* NULL, or what failed, with errno. The time comes first: it runs while the rest is done. */
static const char *obey(const struct request *request)
{
	const char *failed;

	if (set_clock(request->clock) != 0)
		return "clock";
	if (request->field[CLONE_SEED].data &&
	    add_seed(request->field[CLONE_SEED].data, request->field[CLONE_SEED].len) != 0)
		return "seed";
	if (*request->name) {
		failed = identity_name("", request->name);
		if (failed)
			return failed;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		enum clone_field field = files[i].field;

		if (request->field[field].data &&
		    identity_write(files[i].path, request->field[field].data,
				   request->field[field].len, files[i].mode) != 0)
			return files[i].path;
	}
	return request->field[CLONE_RESCAN].data && rescan() != 0 ? PCI_RESCAN : NULL;
}

/* --- the port --- */

static void handle(struct clone *clone, size_t len)
{
	struct request request;
	const char *failed = request_parse(clone->in, len, &request);

	clone->asked = true;
	clone->id = request.id;
	clone->refusal[0] = '\0';
	clone->n_out = clone->sent = 0;
	if (failed) {
		snprintf(clone->refusal, sizeof(clone->refusal), "%s", failed);
	} else {
		failed = obey(&request);
		if (failed)
			snprintf(clone->refusal, sizeof(clone->refusal), "%s: %s", failed,
				 strerror(errno));
	}
	explicit_bzero(clone->in, sizeof(clone->in));
	clone->n_in = 0;
}

/* One chunk from the host; true when there was one. */
static bool take(struct clone *clone)
{
	const uint32_t mark = CLONE_MARK;
	size_t before = clone->n_in;
	uint8_t *chunk = clone->in + before;
	ssize_t n = read(clone->port, chunk, sizeof(clone->in) - before);
	long len;

	if (n <= 0)
		return false;
	clone->n_in += (size_t)n;
	/* Who asked before has left. */
	if (before > 0 && (size_t)n >= sizeof(mark) && memcmp(chunk, &mark, sizeof(mark)) == 0) {
		memmove(clone->in, chunk, (size_t)n);
		clone->n_in = (size_t)n;
	}
	len = request_length(clone->in, clone->n_in);
	if (len < 0)
		clone->n_in = 0; /* rubbish */
	else if (len > 0 && clone->n_in >= (size_t)len)
		handle(clone, (size_t)len);
	return true;
}

/* Gives the answer, or what is left of it; one that the port does not take is tried again at its
 * next edge: nothing is taken before the guest has heard that a host is there. */
static void answer(struct clone *clone)
{
	struct timespec now;
	ssize_t n;

	if (!clone->asked)
		return;
	if (clone->sent == 0) { /* the time is that of the moment when it goes */
		clock_gettime(CLOCK_REALTIME, &now);
		if (*clone->refusal)
			clone->n_out =
				(size_t)snprintf(clone->out, sizeof(clone->out),
						 "no %" PRIu32 " %s\n", clone->id, clone->refusal);
		else
			clone->n_out = (size_t)snprintf(
				clone->out, sizeof(clone->out), "ok %" PRIu32 " %" PRId64 "\n",
				clone->id, (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec);
	}
	n = write(clone->port, clone->out + clone->sent, clone->n_out - clone->sent);
	if (n > 0)
		clone->sent += (size_t)n;
	if (clone->sent == clone->n_out)
		clone->asked = false;
}

static void die(const char *what)
{
	fprintf(stderr, "labd-clone: %s: %s\n", what, strerror(errno));
	exit(1);
}

int main(void)
{
	static struct clone clone;
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	signal(SIGPIPE, SIG_IGN);
	clone.port = port_open(CLONE_PORT);
	/* No port, and nothing to do: being started again and again would cost more than to wait.
	 */
	while (clone.port < 0 && errno == ENODEV)
		pause();
	if (clone.port < 0)
		die("port '" CLONE_PORT "'");
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, clone.port, &event) != 0)
		die("epoll");
	for (;;) {
		while (take(&clone))
			;
		answer(&clone);
		if (epoll_wait(epoll, &event, 1, -1) < 0 && errno != EINTR)
			die("epoll");
	}
}
