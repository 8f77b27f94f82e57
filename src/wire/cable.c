/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cable: two ports, a queue in each direction, a timer for what is due, a control socket. */
#include "wire/cable.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/control.h"
#include "base/str.h"
#include "wire/cable-port.h"
#include "wire/cable-queue.h"

/* Frames read from one port before the rest of the loop has its turn. */
#define BATCH 256

struct cable {
	struct cable_port ports[2];
	struct cable_queue queues[2]; /* [i]: from ports[i] to ports[1 - i] */
	struct control control;
	int epoll, timer;
	int64_t armed; /* what the timer is set to; INT64_MAX: nothing */
	bool carrying, over;
};

int cable_check_shape(const struct net_shape *shape, struct err *err)
{
	const uint32_t shares[] = { shape->loss_ppm, shape->duplicate_ppm, shape->reorder_ppm,
				    shape->corrupt_ppm };

	if (shape->delay_us > 10000000)
		return err_set(err, EINVAL, "delay %u us: at most 10 s", shape->delay_us);
	if (shape->jitter_us > shape->delay_us)
		return err_set(err, EINVAL, "jitter %u us: more than the delay", shape->jitter_us);
	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		if (shares[i] > 1000000)
			return err_set(err, EINVAL, "a share of %u ppm: at most 1000000",
				       shares[i]);
	if (shape->mtu && (shape->mtu < NET_MTU_MIN || shape->mtu > NET_MTU_MAX))
		return err_set(err, EINVAL, "mtu %u: from %d to %d", shape->mtu, NET_MTU_MIN,
			       NET_MTU_MAX);
	return 0;
}

void cable_add_shape(struct str *out, const struct net_shape *shape)
{
	str_addf(out, " " CABLE_SHAPE_FORMAT, shape->delay_us, shape->jitter_us, shape->loss_ppm,
		 (unsigned long long)shape->rate_bps, shape->duplicate_ppm, shape->reorder_ppm,
		 shape->corrupt_ppm, shape->mtu);
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
	if (r == 0)
		r = control_open(&cable->control, control, err);
	return r < 0 ? r : watch(cable, cable->control.fd, err);
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
	cable->control = (struct control)CONTROL_INIT;
	cable->epoll = cable->timer = -1;
	cable->armed = INT64_MAX;
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
	auto_closep(&cable->timer);
	auto_closep(&cable->epoll);
	control_close(&cable->control);
	free(cable);
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

static int carry(struct cable *cable, const struct net_shape shapes[2], struct err *err)
{
	int64_t now = clock_mono_ns();
	int r = cable_check_shape(&shapes[0], err);

	if (r == 0)
		r = cable_check_shape(&shapes[1], err);
	for (int i = 0; r == 0 && i < 2; i++) {
		cable->ports[i].largest = net_shape_mtu(&shapes[i]) + NET_MTU_HEADERS;
		cable_queue_reshape(&cable->queues[i], &shapes[i], now);
		if (!cable->carrying)
			r = cable_port_start(&cable->ports[i], err);
	}
	if (r == 0)
		cable->carrying = true;
	return r;
}

static int read_shape(char *const *words, struct net_shape *ret, struct err *err)
{
	unsigned long v[CABLE_SHAPE_WORDS];

	for (int i = 0; i < CABLE_SHAPE_WORDS; i++)
		if (str_to_ulong(words[i], 0, i == 3 ? ULONG_MAX : UINT32_MAX, &v[i]) < 0)
			return err_set(err, EINVAL, "set takes numbers");
	*ret = (struct net_shape){ (uint32_t)v[0], (uint32_t)v[1], (uint32_t)v[2], v[3],
				   (uint32_t)v[4], (uint32_t)v[5], (uint32_t)v[6], (uint32_t)v[7] };
	return 0;
}

static int obey_set(struct cable *cable, char *const *words, struct err *err)
{
	struct net_shape shapes[2];
	int r = read_shape(words, &shapes[0], err);

	if (r == 0)
		r = read_shape(words + CABLE_SHAPE_WORDS, &shapes[1], err);
	return r < 0 ? r : carry(cable, shapes, err);
}

static void add_stats(struct cable *cable, struct str *out)
{
	for (int i = 0; i < 2; i++)
		cable_add_shape(out, &cable->queues[i].shape);
	for (int i = 0; i < 2; i++) {
		const struct cable_queue *queue = &cable->queues[i];
		const struct cable_port *from = &cable->ports[i], *to = &cable->ports[1 - i];

		cable_port_count(&cable->ports[i]);
		str_addf(out, " %llu %llu %llu %llu %llu %llu %zu", (unsigned long long)to->frames,
			 (unsigned long long)to->bytes, (unsigned long long)queue->lost,
			 (unsigned long long)queue->tail_drops, (unsigned long long)from->missed,
			 (unsigned long long)to->errors, queue->frames);
		str_addf(out, " %llu %llu %llu %llu", (unsigned long long)queue->duplicated,
			 (unsigned long long)queue->reordered, (unsigned long long)queue->corrupted,
			 (unsigned long long)from->too_large);
	}
}

static int obey(void *ctx, struct control_request *request, struct str *answer, struct err *err)
{
	if (str_eq(request->words[0], "set") && request->n == 1 + 2 * CABLE_SHAPE_WORDS)
		return obey_set(ctx, request->words + 1, err);
	if (!str_eq(request->words[0], "stats") || request->n != 1)
		return err_set(err, EINVAL, "unknown request");
	add_stats(ctx, answer);
	return 0;
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
	if (fd == cable->control.fd)
		control_hear(&cable->control, obey, cable);
	else if (read(fd, &expirations, sizeof(expirations)) > 0)
		cable->armed = INT64_MAX;
}

int cable_run(struct cable *cable, struct err *err)
{
	struct epoll_event events[4];
	int r = control_begin(&cable->control, err);

	if (r < 0)
		return r;
	while (!cable->over && !cable->control.over) {
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
