/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cable: two ports, a queue in each direction, a timer for what is due, a control socket. */
#include "wire/cable.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/str.h"
#include "wire/cable-port.h"
#include "wire/cable-queue.h"

#define CLIENTS_MAX 8
/* Frames read from one port before the rest of the loop has its turn. */
#define BATCH 256

struct cable {
	struct cable_port ports[2];
	struct cable_queue queues[2]; /* [i]: from ports[i] to ports[1 - i] */
	int epoll, timer, listener;
	int clients[CLIENTS_MAX]; /* -1: free */
	int64_t armed;            /* what the timer is set to; INT64_MAX: nothing */
	bool carrying, over;
	struct sockaddr_un address;
};

int cable_check_shape(const struct net_shape *shape, struct err *err)
{
	if (shape->delay_us > 10000000)
		return err_set(err, EINVAL, "delay %u us: at most 10 s", shape->delay_us);
	if (shape->jitter_us > shape->delay_us)
		return err_set(err, EINVAL, "jitter %u us: more than the delay", shape->jitter_us);
	if (shape->loss_ppm > 1000000)
		return err_set(err, EINVAL, "loss %u ppm: at most 1000000", shape->loss_ppm);
	return 0;
}

/* FNV-1a of the taps' names: the same link loses the same frames in every run. */
static uint64_t seed_of(const char *const taps[2], int direction)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (int i = 0; i < 2; i++)
		for (const char *p = taps[i ^ direction]; *p; p++)
			hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	return hash;
}

static int watch(struct cable *cable, int fd, struct err *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(cable->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return err_errno(err, errno, "epoll");
	return 0;
}

static int listen_at(struct cable *cable, const char *control, struct err *err)
{
	struct sockaddr_un *addr = &cable->address;
	auto_close int probe = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(control) >= sizeof(addr->sun_path))
		return err_set(err, ENAMETOOLONG, "control socket '%s': path too long", control);
	addr->sun_family = AF_UNIX;
	memcpy(addr->sun_path, control, strlen(control) + 1);
	cable->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe < 0 || cable->listener < 0)
		return err_errno(err, errno, "control socket '%s'", control);
	if (connect(probe, (struct sockaddr *)addr, sizeof(*addr)) == 0 || errno == EAGAIN)
		return err_set(err, EADDRINUSE, "control socket '%s': another cable listens on it",
			       control);
	(void)unlink(control);
	if (bind(cable->listener, (struct sockaddr *)addr, sizeof(*addr)) < 0 ||
	    chmod(control, 0600) < 0 || listen(cable->listener, CLIENTS_MAX) < 0)
		return err_errno(err, errno, "control socket '%s'", control);
	return watch(cable, cable->listener, err);
}

static int set_up(struct cable *cable, const char *control, const char *const taps[2],
		  struct err *err)
{
	static const struct net_shape plain;
	int r = 0;

	cable->epoll = epoll_create1(EPOLL_CLOEXEC);
	cable->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (cable->epoll < 0 || cable->timer < 0)
		return err_errno(err, errno, "timer");
	for (int i = 0; r == 0 && i < 2; i++) {
		cable_queue_init(&cable->queues[i], &plain, seed_of(taps, i));
		r = cable_port_open(&cable->ports[i], taps[i], err);
		if (r == 0)
			r = watch(cable, cable->ports[i].fd, err);
	}
	if (r == 0)
		r = watch(cable, cable->timer, err);
	return r < 0 ? r : listen_at(cable, control, err);
}

static void auto_cablep(struct cable **cable)
{
	cable_close(*cable);
}

int cable_open(const char *control, const char *const taps[2], struct cable **ret, struct err *err)
{
	AUTO(auto_cablep) struct cable *cable = xcalloc(1, sizeof(*cable));
	int r;

	cable->ports[0].fd = cable->ports[1].fd = -1;
	cable->epoll = cable->timer = cable->listener = -1;
	cable->armed = INT64_MAX;
	for (int i = 0; i < CLIENTS_MAX; i++)
		cable->clients[i] = -1;
	r = set_up(cable, control, taps, err);
	if (r < 0)
		return r;
	*ret = take_ptr(cable);
	return 0;
}

void cable_close(struct cable *cable)
{
	if (!cable)
		return;
	for (int i = 0; i < 2; i++) {
		cable_queue_clear(&cable->queues[i]);
		cable_port_close(&cable->ports[i]);
	}
	if (cable->listener >= 0)
		(void)unlink(cable->address.sun_path);
	auto_closep(&cable->listener);
	/* Last: to who said `quit` this is the answer, and nothing may be left then. */
	for (int i = 0; i < CLIENTS_MAX; i++)
		auto_closep(&cable->clients[i]);
	auto_closep(&cable->timer);
	auto_closep(&cable->epoll);
	free(cable);
}

int cable_carry(struct cable *cable, const struct net_shape *shape, struct err *err)
{
	int64_t now = clock_mono_ns();
	int r = cable_check_shape(shape, err);

	for (int i = 0; r == 0 && i < 2; i++) {
		cable_queue_reshape(&cable->queues[i], shape, now);
		if (!cable->carrying)
			r = cable_port_start(&cable->ports[i], err);
	}
	if (r == 0)
		cable->carrying = true;
	return r;
}

/* ---- frames ---- */

static void take_in(struct cable *cable, int from)
{
	struct cable_queue *queue = &cable->queues[from];

	for (int n = 0; n < BATCH; n++) {
		int64_t arrived = 0;
		struct cable_frame *frame = cable_port_receive(&cable->ports[from], &arrived);

		if (!frame)
			return;
		if (cable_queue_add(queue, frame, arrived) != CABLE_QUEUED)
			free(frame);
	}
}

static void hand_over(struct cable *cable, int from, int64_t now)
{
	struct cable_frame *frame;

	while ((frame = cable_queue_take(&cable->queues[from], now))) {
		cable_port_send(&cable->ports[1 - from], frame);
		free(frame);
	}
}

static void arm(struct cable *cable)
{
	int64_t next = cable_queue_next(&cable->queues[0]);
	struct itimerspec when = { 0 };

	if (cable_queue_next(&cable->queues[1]) < next)
		next = cable_queue_next(&cable->queues[1]);
	if (next == cable->armed)
		return;
	cable->armed = next;
	if (next != INT64_MAX) {
		when.it_value.tv_sec = next / NS_PER_S;
		when.it_value.tv_nsec = next % NS_PER_S;
	}
	(void)timerfd_settime(cable->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* ---- control ---- */

static int obey_set(struct cable *cable, const char *args, struct err *err)
{
	struct net_shape shape = { 0 };
	unsigned long long rate = 0;
	int end = 0;

	if (sscanf(args, CABLE_SET_FORMAT "%n", &shape.delay_us, &shape.jitter_us, &shape.loss_ppm,
		   &rate, &end) != 4 ||
	    args[end])
		return err_set(err, EINVAL, "set takes four numbers");
	shape.rate_bps = rate;
	return cable_carry(cable, &shape, err);
}

static void add_stats(struct cable *cable, struct str *out)
{
	const struct net_shape *shape = &cable->queues[0].shape;

	str_addf(out, CABLE_SET_FORMAT, shape->delay_us, shape->jitter_us, shape->loss_ppm,
		 (unsigned long long)shape->rate_bps);
	for (int i = 0; i < 2; i++) {
		const struct cable_queue *queue = &cable->queues[i];
		const struct cable_port *to = &cable->ports[1 - i];

		cable_port_count(&cable->ports[i]);
		str_addf(out, " %llu %llu %llu %llu %llu %llu %zu", (unsigned long long)to->frames,
			 (unsigned long long)to->bytes, (unsigned long long)queue->lost,
			 (unsigned long long)queue->tail_drops,
			 (unsigned long long)cable->ports[i].missed, (unsigned long long)to->errors,
			 queue->frames);
	}
}

static void obey(struct cable *cable, int fd, const char *word)
{
	auto_str struct str answer = { 0 };
	struct err err = ERR_INIT;

	if (str_prefix(word, "set ")) {
		if (obey_set(cable, word + 4, &err) == 0)
			str_adds(&answer, "ok");
	} else if (str_eq(word, "stats")) {
		add_stats(cable, &answer);
	} else if (str_eq(word, "quit")) {
		cable->over = true;
		return;
	} else {
		(void)err_set(&err, EINVAL, "unknown word");
	}
	if (err.code)
		str_addf(&answer, "error %s", err.msg);
	(void)send(fd, str_text(&answer), answer.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void meet_client(struct cable *cable)
{
	auto_close int fd = accept4(cable->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 ||
	    peer.uid != geteuid())
		return;
	for (int i = 0; i < CLIENTS_MAX; i++) {
		if (cable->clients[i] >= 0)
			continue;
		if (watch(cable, fd, NULL) == 0)
			cable->clients[i] = take_fd(&fd);
		return;
	}
}

static void hear_client(struct cable *cable, int fd)
{
	char word[CABLE_MESSAGE_MAX];
	ssize_t n = recv(fd, word, sizeof(word) - 1, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		word[n] = '\0';
		obey(cable, fd, word);
		return;
	}
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (cable->clients[i] == fd)
			cable->clients[i] = -1;
	(void)close(fd);
}

/* A tap that went down must be heard or epoll never sleeps; without the tap there is no cable. */
static void check_tap(struct cable *cable, int i)
{
	struct ifreq ifr = { .ifr_ifindex = cable->ports[i].index };
	socklen_t len = sizeof(int);
	int code;

	(void)getsockopt(cable->ports[i].fd, SOL_SOCKET, SO_ERROR, &code, &len);
	/* Asked of the tap's own network: this process has none. */
	if (ioctl(cable->ports[i].fd, SIOCGIFNAME, &ifr) < 0)
		cable->over = true;
}

static void handle(struct cable *cable, int fd, uint32_t what)
{
	uint64_t expirations;

	for (int i = 0; i < 2; i++) {
		if (fd != cable->ports[i].fd)
			continue;
		take_in(cable, i);
		if (what & (EPOLLERR | EPOLLHUP))
			check_tap(cable, i);
		return;
	}
	if (fd == cable->listener)
		meet_client(cable);
	else if (fd != cable->timer)
		hear_client(cable, fd);
	else if (read(fd, &expirations, sizeof(expirations)) > 0)
		cable->armed = INT64_MAX;
}

int cable_run(struct cable *cable, struct err *err)
{
	struct epoll_event events[16];

	/* Again: SO_PEERCRED shows who listened last, and that was this process's parent. */
	if (listen(cable->listener, CLIENTS_MAX) < 0)
		return err_errno(err, errno, "control socket");
	while (!cable->over) {
		int n;
		int64_t now;

		arm(cable);
		n = epoll_wait(cable->epoll, events, ARRAY_SIZE(events), -1);
		if (n < 0 && errno != EINTR)
			return err_errno(err, errno, "epoll");
		for (int i = 0; i < n; i++)
			handle(cable, events[i].data.fd, events[i].events);
		now = clock_mono_ns();
		hand_over(cable, 0, now);
		hand_over(cable, 1, now);
	}
	for (int i = 0; i < 2; i++) {
		take_in(cable, i);
		hand_over(cable, i, INT64_MAX);
	}
	return 0;
}
