/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-radio new MAC: gives the guest a radio.  labd-radio run MAC: its air.
 *
 * The kernel's simulated radio (mac80211_hwsim) hands every frame that it sends to this program,
 * which passes it to the lab's hub through a virtio-serial port; what the hub says was on the air
 * goes the other way. The kernel then wants to know of each frame whether it was acknowledged:
 *
 *  - One to a group never is. It is done at once.
 *  - One to a station waits in a table until the hub has asked that station. The hub asks by
 * handing it the frame: its kernel says by its answer whether the radio was up and on that
 * frequency.
 *  - Where the hub does not answer in time, or the port takes no more, nobody has acknowledged.
 *
 * While no host is there, poll(2) on the port reports HUP for ever, so waiting is for edges (see
 * relay.c).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "genl.h"
#include "hwsim.h"
#include "medium/air.h"
#include "port.h"

enum { PENDING_MAX = 256, ANSWER_MS = 1200, SEQ_OWN = 0 };

/* A frame that the kernel waits for. */
struct pending {
	bool used;
	uint32_t id;
	long deadline; /* ms */
	uint64_t cookie;
	uint32_t flags;
	uint8_t rates[HWSIM_RATES_LEN];
};

struct radio {
	struct genl hwsim;
	int port;
	uint8_t mac[6];
	uint8_t address[6]; /* by which the kernel calls the radio */
	uint32_t next_id;
	struct pending pending[PENDING_MAX]; /* by id */
	uint8_t in[2 * AIR_MESSAGE_MAX];
	size_t n_in;
	uint64_t junk;
};

static void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static void die(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	fputs("labd-radio: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s\n", strerror(error));
	va_end(args);
	exit(1);
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static uint32_t get32(const struct genl_message *msg, enum hwsim_attr attr)
{
	uint32_t value = 0;

	if (msg->attr[attr] && msg->len[attr] >= sizeof(value))
		memcpy(&value, msg->attr[attr], sizeof(value));
	return value;
}

/* --- to the kernel --- */

/* Tells the kernel how the frame ended. Unacknowledged, the rates go back as they were, so that its
 * counters show the tries that it had planned. */
static void complete(struct radio *radio, const struct pending *p, bool acked, int8_t signal)
{
	static const uint8_t rest[HWSIM_RATES_LEN - 1] = { 1, 0xff, 0, 0xff, 0, 0xff, 0 };
	struct genl_request req;
	uint8_t rates[HWSIM_RATES_LEN];

	memcpy(rates, p->rates, sizeof(rates));
	if (acked)
		memcpy(rates + 1, rest, sizeof(rest)); /* the first rate, once */
	genl_begin(&radio->hwsim, &req, HWSIM_TX_INFO, SEQ_OWN);
	genl_put(&req, HWSIM_TRANSMITTER, radio->address, sizeof(radio->address));
	genl_put32(&req, HWSIM_FLAGS, p->flags | (acked ? HWSIM_FLAG_ACKED : 0));
	genl_put32(&req, HWSIM_SIGNAL, (uint32_t)signal);
	genl_put(&req, HWSIM_RATES, rates, sizeof(rates));
	genl_put(&req, HWSIM_COOKIE, &p->cookie, sizeof(p->cookie));
	(void)genl_send(&radio->hwsim, &req);
}

static void complete_pending(struct radio *radio, struct pending *p, bool acked, int8_t signal)
{
	if (!p->used)
		return;
	p->used = false;
	complete(radio, p, acked, signal);
}

static void hand_over(struct radio *radio, const struct air_message *msg)
{
	struct genl_request req;

	/* The answer, with the hub's number, is whether the radio could receive it; where the hub
	 * does not want to know, the number is SEQ_OWN. */
	genl_begin(&radio->hwsim, &req, HWSIM_FRAME, msg->id);
	genl_put(&req, HWSIM_RECEIVER, radio->address, sizeof(radio->address));
	genl_put(&req, HWSIM_BYTES, msg->bytes, msg->n_bytes);
	genl_put32(&req, HWSIM_RX_RATE, msg->frame.rate);
	genl_put32(&req, HWSIM_SIGNAL, (uint32_t)msg->frame.signal);
	genl_put32(&req, HWSIM_FREQ, msg->frame.freq);
	(void)genl_send(&radio->hwsim, &req);
}

/* --- to the hub --- */

/* The kernel takes a message whole or not at all. */
static bool say(struct radio *radio, enum air_type type, uint32_t id, const void *body, size_t len,
		const void *bytes, size_t n_bytes)
{
	uint8_t buf[AIR_MESSAGE_MAX];
	size_t n = air_put(buf, type, id, body, len, bytes, n_bytes);

	return write(radio->port, buf, n) == (ssize_t)n;
}

static void say_hello(struct radio *radio)
{
	struct air_hello hello = { 0 };

	memcpy(hello.mac, radio->mac, sizeof(hello.mac));
	(void)say(radio, AIR_HELLO, 0, &hello, sizeof(hello), NULL, 0);
}

static void send_frame(struct radio *radio, const struct genl_message *msg)
{
	const uint8_t *bytes = msg->attr[HWSIM_BYTES];
	size_t n = msg->len[HWSIM_BYTES];
	struct air_frame frame = { .freq = (uint16_t)get32(msg, HWSIM_FREQ) };
	struct pending p = { .used = true, .flags = get32(msg, HWSIM_FLAGS) };
	struct pending *slot = &radio->pending[radio->next_id % PENDING_MAX];
	bool sent;

	if (!bytes || !msg->attr[HWSIM_RATES] || !msg->attr[HWSIM_COOKIE] ||
	    msg->len[HWSIM_RATES] < sizeof(p.rates) || msg->len[HWSIM_COOKIE] < sizeof(p.cookie))
		return;
	memcpy(p.rates, msg->attr[HWSIM_RATES], sizeof(p.rates));
	memcpy(&p.cookie, msg->attr[HWSIM_COOKIE], sizeof(p.cookie));
	p.id = radio->next_id++;
	p.deadline = now_ms() + ANSWER_MS;
	frame.rate = p.rates[0];
	frame.wanted = n >= AIR_FRAME_MIN && !(bytes[4] & 1) && !(p.flags & HWSIM_FLAG_NO_ACK);
	sent = n >= AIR_FRAME_MIN && n <= AIR_FRAME_MAX &&
	       say(radio, AIR_FRAME, p.id, &frame, sizeof(frame), bytes, n);
	if (!sent || !frame.wanted) {
		complete(radio, &p, false, 0);
		return;
	}
	complete_pending(radio, slot, false, 0);
	*slot = p;
}

/* --- from the two --- */

static void from_hub(struct radio *radio, const struct air_message *msg)
{
	struct pending *p = &radio->pending[msg->id % PENDING_MAX];

	switch (msg->type) {
	case AIR_ASK:
		say_hello(radio);
		break;
	case AIR_FRAME:
		hand_over(radio, msg);
		break;
	case AIR_DONE:
		if (p->used && p->id == msg->id)
			complete_pending(radio, p, msg->done.ok, msg->done.signal);
		break;
	case AIR_HELLO:
		break;
	}
}

static void read_port(struct radio *radio)
{
	for (;;) {
		ssize_t n =
			read(radio->port, radio->in + radio->n_in, sizeof(radio->in) - radio->n_in);
		size_t used, at = 0;

		if (n <= 0)
			return;
		radio->n_in += (size_t)n;
		do {
			struct air_message msg;
			bool found;

			used = air_next(radio->in + at, radio->n_in - at, &msg, &found,
					&radio->junk);
			if (found)
				from_hub(radio, &msg);
			at += used;
		} while (used);
		radio->n_in -= at;
		memmove(radio->in, radio->in + at, radio->n_in);
	}
}

static void from_kernel(struct radio *radio, const struct genl_message *msg)
{
	struct air_done done = { .ok = msg->error >= 0 };

	if (msg->command == -1) {
		if (msg->seq != SEQ_OWN)
			(void)say(radio, AIR_DONE, msg->seq, &done, sizeof(done), NULL, 0);
		return;
	}
	if (msg->attr[HWSIM_TRANSMITTER] && msg->len[HWSIM_TRANSMITTER] == sizeof(radio->address))
		memcpy(radio->address, msg->attr[HWSIM_TRANSMITTER], sizeof(radio->address));
	if (msg->command == HWSIM_FRAME)
		send_frame(radio, msg);
}

static void read_kernel(struct radio *radio)
{
	uint8_t buf[16384];
	ssize_t n;

	while ((n = recv(radio->hwsim.fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		struct genl_message msg;
		size_t at = 0;

		while (genl_next(buf, (size_t)n, &at, &msg))
			from_kernel(radio, &msg);
	}
}

/* Gives up on what has waited too long; ms until the next is due, -1: nothing waits. */
static int expire(struct radio *radio)
{
	long now = now_ms(), next = -1;

	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &radio->pending[i];

		if (p->used && p->deadline <= now)
			complete_pending(radio, p, false, 0);
		if (p->used && (next < 0 || p->deadline - now < next))
			next = p->deadline - now;
	}
	return (int)next;
}

static void watch(int epoll, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll");
}

static void run(struct radio *radio)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct genl_request req;

	radio->port = port_open(AIR_PORT);
	if (radio->port < 0)
		die("port '%s'", AIR_PORT);
	if (epoll < 0)
		die("epoll");
	watch(epoll, radio->port, EPOLLIN | EPOLLRDHUP | EPOLLET);
	watch(epoll, radio->hwsim.fd, EPOLLIN);
	genl_begin(&radio->hwsim, &req, HWSIM_REGISTER, 2);
	if (genl_ask(&radio->hwsim, &req) < 0)
		die("register with the kernel");
	say_hello(radio);
	for (;;) {
		struct epoll_event events[2];

		read_port(radio);
		read_kernel(radio);
		if (epoll_wait(epoll, events, 2, expire(radio)) < 0 && errno != EINTR)
			die("epoll");
	}
}

/* A radio with one channel context and this MAC; its interface is the next free wlanN. */
static void make(struct radio *radio)
{
	struct genl_request req;

	genl_begin(&radio->hwsim, &req, HWSIM_NEW_RADIO, 2);
	genl_put32(&req, HWSIM_CHANNELS, 1);
	genl_put(&req, HWSIM_MAC, radio->mac, sizeof(radio->mac));
	if (genl_ask(&radio->hwsim, &req) < 0)
		die("new radio");
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	int end = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
		      &mac[3], &mac[4], &mac[5], &end) == 6 &&
	       text[end] == '\0';
}

int main(int argc, char **argv)
{
	static struct radio radio = { .next_id = 1 };

	if (argc != 3 || (strcmp(argv[1], "new") != 0 && strcmp(argv[1], "run") != 0) ||
	    !parse_mac(argv[2], radio.mac)) {
		fputs("usage: labd-radio new|run MAC\n", stderr);
		return 2;
	}
	memcpy(radio.address, radio.mac, sizeof(radio.address));
	signal(SIGPIPE, SIG_IGN);
	if (genl_open(&radio.hwsim, HWSIM_FAMILY) != 0)
		die("the kernel's simulated radio");
	if (strcmp(argv[1], "new") == 0)
		make(&radio);
	else
		run(&radio);
	return 0;
}
