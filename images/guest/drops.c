/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-drops begin FILE | end FILE: which packets this kernel drops meanwhile, and why.
 *
 * The kernel's drop monitor (net/core/drop_monitor.c) hands over each packet that is dropped,
 * whole, with the reason and the function that dropped it. `begin` leaves a process behind that
 * waits for them and writes a line each into FILE; `end` ends it, prints FILE and removes it:
 *
 *     packet TIME_NS NIC REASON FUNCTION LENGTH HEX     NIC: where it came in, or -
 *     end LEFT_OUT                                      how many are missing; or `end many`
 *
 * Who writes holds a lock on FILE: by it `end` finds the process and waits until all is written.
 * Where nothing is dropped, nothing runs. A flood costs no more than the first of it: when FILE is
 * full, the monitor is switched off.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/net_dropmon.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "genl.h"

enum {
	FILE_MAX = 2 << 20,     /* bytes of text */
	PACKET_MAX = 9216 + 64, /* of one packet: more than a link's MTU can be */
	QUEUE_MAX = 1000,       /* packets in the kernel that we have not read yet */
	TEXT_MAX = 64,
};

struct drops {
	struct genl genl;
	FILE *out;
	uint64_t left_out;
	bool many; /* FILE is full, or so many came at once that nobody counted them */
};

static volatile sig_atomic_t over;

static void end_it(int signal)
{
	(void)signal;
	over = 1;
}

static int fail(const char *what)
{
	fprintf(stderr, "labd-drops: %s: %s\n", what, strerror(errno));
	return 1;
}

/* --- what the kernel says --- */

/* One word: what is not one is "-". */
static void take_word(const uint8_t *text, size_t len, char *ret)
{
	size_t n = 0;

	while (n < len && n + 1 < TEXT_MAX && text[n] > ' ' && text[n] < 127) {
		ret[n] = (char)text[n];
		n++;
	}
	if (n == 0)
		ret[n++] = '-';
	ret[n] = '\0';
}

static uint64_t get_number(const struct genl_message *msg, unsigned int type, size_t size)
{
	uint64_t value = 0;

	if (msg->attr[type] && msg->len[type] >= size)
		memcpy(&value, msg->attr[type], size);
	return value;
}

static void take_nic(const struct genl_message *msg, char *ret)
{
	const uint8_t *attr[GENL_ATTRS] = { 0 };
	uint16_t lens[GENL_ATTRS] = { 0 };

	if (msg->attr[NET_DM_ATTR_IN_PORT])
		genl_parse(msg->attr[NET_DM_ATTR_IN_PORT], msg->len[NET_DM_ATTR_IN_PORT], attr,
			   lens);
	take_word(attr[NET_DM_ATTR_PORT_NETDEV_NAME],
		  attr[NET_DM_ATTR_PORT_NETDEV_NAME] ? lens[NET_DM_ATTR_PORT_NETDEV_NAME] : 0, ret);
}

static void take_packet(struct drops *drops, const struct genl_message *msg)
{
	char nic[TEXT_MAX], reason[TEXT_MAX], function[TEXT_MAX];
	const uint8_t *bytes = msg->attr[NET_DM_ATTR_PAYLOAD];
	size_t len = bytes ? msg->len[NET_DM_ATTR_PAYLOAD] : 0;

	if (!len || len > PACKET_MAX ||
	    ftell(drops->out) + (long)(2 * len) + 4 * TEXT_MAX > FILE_MAX) {
		drops->many |= len && len <= PACKET_MAX;
		drops->left_out++;
		return;
	}
	take_nic(msg, nic);
	take_word(msg->attr[NET_DM_ATTR_REASON], msg->len[NET_DM_ATTR_REASON], reason);
	take_word(msg->attr[NET_DM_ATTR_SYMBOL], msg->len[NET_DM_ATTR_SYMBOL], function);
	function[strcspn(function, "+")] = '\0';
	fprintf(drops->out, "packet %" PRIu64 " %s %s %s %" PRIu64 " ",
		get_number(msg, NET_DM_ATTR_TIMESTAMP, 8), nic, reason, function,
		msg->attr[NET_DM_ATTR_ORIG_LEN] ? get_number(msg, NET_DM_ATTR_ORIG_LEN, 4) : len);
	for (size_t i = 0; i < len; i++)
		fprintf(drops->out, "%02x", bytes[i]);
	fputc('\n', drops->out);
}

/* False: there are no more for now. */
static bool take_some(struct drops *drops)
{
	static uint8_t buf[1 << 17];
	ssize_t n = recv(drops->genl.fd, buf, sizeof(buf), MSG_DONTWAIT);
	struct genl_message msg;
	size_t at = 0;

	if (n < 0 && errno == ENOBUFS)
		drops->many = true;
	if (n <= 0)
		return n < 0 && (errno == ENOBUFS || errno == EINTR);
	while (genl_next(buf, (size_t)n, &at, &msg))
		if (msg.command == NET_DM_CMD_PACKET_ALERT)
			take_packet(drops, &msg);
	return true;
}

/* --- the monitor --- */

static int command(struct drops *drops, int number)
{
	struct genl_request req;

	genl_begin(&drops->genl, &req, number, 1);
	return genl_ask(&drops->genl, &req);
}

static int switch_on(struct drops *drops)
{
	const uint8_t mode = NET_DM_ALERT_MODE_PACKET;
	struct genl_request req;

	if (genl_open(&drops->genl, "NET_DM") != 0)
		return -1;
	(void)command(drops, NET_DM_CMD_STOP); /* one that was killed left it on */
	genl_begin(&drops->genl, &req, NET_DM_CMD_CONFIG, 1);
	genl_put(&req, NET_DM_ATTR_ALERT_MODE, &mode, sizeof(mode));
	genl_put32(&req, NET_DM_ATTR_TRUNC_LEN, 0);
	genl_put32(&req, NET_DM_ATTR_QUEUE_LEN, QUEUE_MAX);
	if (genl_ask(&drops->genl, &req) != 0 || command(drops, NET_DM_CMD_START) != 0)
		return -1;
	return setsockopt(drops->genl.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &drops->genl.group,
			  sizeof(drops->genl.group));
}

/* What did not fit into the kernel's queue. */
static uint64_t count_missed(struct drops *drops)
{
	const uint8_t *attr[GENL_ATTRS] = { 0 };
	uint16_t lens[GENL_ATTRS] = { 0 };
	struct genl_request req;
	struct genl_message msg;
	uint8_t buf[8192];
	uint64_t missed = 0;
	ssize_t n;
	size_t at = 0;

	genl_begin(&drops->genl, &req, NET_DM_CMD_STATS_GET, 0);
	if (genl_send(&drops->genl, &req) != 0 ||
	    (n = recv(drops->genl.fd, buf, sizeof(buf), 0)) <= 0 ||
	    !genl_next(buf, (size_t)n, &at, &msg) || msg.command != NET_DM_CMD_STATS_NEW ||
	    !msg.attr[NET_DM_ATTR_STATS])
		return 1;
	genl_parse(msg.attr[NET_DM_ATTR_STATS], msg.len[NET_DM_ATTR_STATS], attr, lens);
	if (attr[NET_DM_ATTR_STATS_DROPPED] && lens[NET_DM_ATTR_STATS_DROPPED] >= sizeof(missed))
		memcpy(&missed, attr[NET_DM_ATTR_STATS_DROPPED], sizeof(missed));
	return missed;
}

static int watch(struct drops *drops)
{
	struct pollfd pfd = { .fd = drops->genl.fd, .events = POLLIN };
	sigset_t blocked, none;

	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGTERM, end_it);
	while (!over && !drops->many) {
		(void)ppoll(&pfd, 1, NULL, &none);
		while (!drops->many && take_some(drops))
			;
	}
	(void)setsockopt(drops->genl.fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &drops->genl.group,
			 sizeof(drops->genl.group));
	while (take_some(drops))
		;
	drops->left_out += count_missed(drops);
	(void)command(drops, NET_DM_CMD_STOP);
	if (drops->many)
		fputs("end many\n", drops->out);
	else
		fprintf(drops->out, "end %" PRIu64 "\n", drops->left_out);
	(void)fflush(drops->out);
	while (!over) /* the lock is what it is found by */
		(void)ppoll(NULL, 0, NULL, &none);
	return ferror(drops->out) ? fail("the file") : 0;
}

/* --- who does what --- */

static int lock(int fd, int how, short type)
{
	struct flock whole = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(fd, how, &whole);
}

/* Ends whoever writes it, and waits until all is written. */
static void end_writer(int fd)
{
	struct flock by = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &by) == 0 && by.l_type != F_UNLCK)
		(void)kill(by.l_pid, SIGTERM);
	(void)lock(fd, F_SETLKW, F_WRLCK);
}

/* The process that stays; it closes `told` when it is found by its lock. */
static int stay(struct drops *drops, int told)
{
	if (lock(fileno(drops->out), F_SETLK, F_WRLCK) != 0)
		return fail("lock");
	(void)setsid();
	(void)close(told);
	if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) ||
	    !freopen("/dev/null", "w", stderr))
		return 1;
	return watch(drops);
}

static int begin(const char *path)
{
	struct drops drops = { .out = fopen(path, "a+e") };
	int told[2];
	char none;

	if (!drops.out)
		return fail(path);
	end_writer(fileno(drops.out));
	(void)lock(fileno(drops.out), F_SETLK, F_UNLCK);
	if (ftruncate(fileno(drops.out), 0) != 0 || switch_on(&drops) != 0) {
		(void)unlink(path);
		return fail("the kernel's drop monitor");
	}
	if (pipe2(told, O_CLOEXEC) != 0)
		return fail("pipe");
	switch (fork()) {
	case -1:
		return fail("fork");
	case 0:
		(void)close(told[0]);
		return stay(&drops, told[1]);
	}
	(void)close(told[1]);
	(void)read(told[0], &none, 1);
	return 0;
}

static int end(const char *path)
{
	char buf[4096];
	size_t n;
	FILE *in = fopen(path, "r+e");

	if (!in)
		return fail(path);
	end_writer(fileno(in));
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		(void)fwrite(buf, 1, n, stdout);
	(void)unlink(path);
	return fflush(stdout) == 0 ? 0 : fail("standard output");
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "begin") == 0)
		return begin(argv[2]);
	if (argc == 3 && strcmp(argv[1], "end") == 0)
		return end(argv[2]);
	fputs("usage: labd-drops begin|end FILE\n", stderr);
	return 2;
}
