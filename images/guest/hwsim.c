/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generic netlink, by hand: requests to the simulated radio and its messages. */
#define _GNU_SOURCE
#include "hwsim.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_WAIT_S = 10, RECEIVE_BUFFER = 1 << 20, HEADS = NLMSG_HDRLEN + GENL_HDRLEN };

/* Attributes from `from` on, by number; those with numbers beyond `max` are of no use here. */
static void parse_attrs(const uint8_t *from, size_t len, const uint8_t **attr, uint16_t *lens,
			unsigned int max)
{
	while (len >= sizeof(struct nlattr)) {
		struct nlattr head;
		unsigned int type;
		size_t step;

		memcpy(&head, from, sizeof(head));
		if (head.nla_len < sizeof(head) || head.nla_len > len)
			return;
		type = head.nla_type & NLA_TYPE_MASK;
		if (type < max) {
			attr[type] = from + sizeof(head);
			lens[type] = (uint16_t)(head.nla_len - sizeof(head));
		}
		step = NLA_ALIGN(head.nla_len);
		if (step >= len)
			return;
		from += step;
		len -= step;
	}
}

bool hwsim_next(const uint8_t *buf, size_t len, size_t *at, struct hwsim_message *ret)
{
	struct nlmsghdr head;
	const uint8_t *from = buf + *at;

	if (*at >= len || len - *at < sizeof(head))
		return false;
	memcpy(&head, from, sizeof(head));
	if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > len - *at)
		return false;
	*at += NLMSG_ALIGN(head.nlmsg_len);
	memset(ret, 0, sizeof(*ret));
	if (head.nlmsg_type == NLMSG_ERROR) {
		ret->command = -1;
		ret->seq = head.nlmsg_seq;
		if (head.nlmsg_len >= NLMSG_HDRLEN + sizeof(int))
			memcpy(&ret->error, from + NLMSG_HDRLEN, sizeof(int));
		return true;
	}
	if (head.nlmsg_type < NLMSG_MIN_TYPE || head.nlmsg_len < HEADS)
		return true;
	ret->command = from[NLMSG_HDRLEN];
	parse_attrs(from + HEADS, head.nlmsg_len - HEADS, ret->attr, ret->len, HWSIM_ATTRS);
	return true;
}

static void begin(struct hwsim_request *req, uint16_t family, int command, uint32_t seq)
{
	const struct nlmsghdr head = {
		.nlmsg_type = family,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (seq ? NLM_F_ACK : 0)),
		.nlmsg_seq = seq,
	};
	const struct genlmsghdr genl = { .cmd = (uint8_t)command, .version = 1 };

	memcpy(req->data, &head, sizeof(head));
	memcpy(req->data + NLMSG_HDRLEN, &genl, sizeof(genl));
	req->len = HEADS;
}

void hwsim_begin(const struct hwsim *hwsim, struct hwsim_request *req, int command, uint32_t seq)
{
	begin(req, hwsim->family, command, seq);
}

static void put(struct hwsim_request *req, unsigned int type, const void *data, size_t len)
{
	const struct nlattr head = { (uint16_t)(sizeof(head) + len), (uint16_t)type };

	if (req->len + sizeof(head) + NLA_ALIGN(len) > sizeof(req->data))
		return; /* longer than any frame of ours: the kernel will miss it and say so */
	memcpy(req->data + req->len, &head, sizeof(head));
	memcpy(req->data + req->len + sizeof(head), data, len);
	memset(req->data + req->len + sizeof(head) + len, 0, NLA_ALIGN(len) - len);
	req->len += (uint32_t)(sizeof(head) + NLA_ALIGN(len));
}

void hwsim_put(struct hwsim_request *req, enum hwsim_attr attr, const void *data, size_t len)
{
	put(req, attr, data, len);
}

void hwsim_put32(struct hwsim_request *req, enum hwsim_attr attr, uint32_t value)
{
	put(req, attr, &value, sizeof(value));
}

int hwsim_send(const struct hwsim *hwsim, struct hwsim_request *req)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	memcpy(req->data, &req->len, sizeof(req->len));
	return sendto(hwsim->fd, req->data, req->len, 0, (const struct sockaddr *)&kernel,
		      sizeof(kernel)) < 0
		       ? -1
		       : 0;
}

int hwsim_ask(const struct hwsim *hwsim, struct hwsim_request *req)
{
	struct nlmsghdr sent;
	uint8_t buf[8192];

	memcpy(&sent, req->data, sizeof(sent));
	if (hwsim_send(hwsim, req) != 0)
		return -1;
	for (;;) {
		struct hwsim_message msg;
		ssize_t n = recv(hwsim->fd, buf, sizeof(buf), 0);
		size_t at = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		while (hwsim_next(buf, (size_t)n, &at, &msg)) {
			if (msg.command >= 0 || msg.seq != sent.nlmsg_seq)
				continue;
			errno = msg.error < 0 ? -msg.error : 0;
			return msg.error < 0 ? -1 : msg.error;
		}
	}
}

/* The number that the kernel gave the family when its module was loaded. */
static int find_family(struct hwsim *hwsim)
{
	struct hwsim_request req;
	const uint8_t *attr[CTRL_ATTR_MAX + 1] = { 0 };
	uint16_t lens[CTRL_ATTR_MAX + 1];
	struct nlmsghdr head;
	uint8_t buf[8192];
	ssize_t n;

	begin(&req, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	put(&req, CTRL_ATTR_FAMILY_NAME, HWSIM_FAMILY, sizeof(HWSIM_FAMILY));
	if (hwsim_send(hwsim, &req) != 0)
		return -1;
	n = recv(hwsim->fd, buf, sizeof(buf), 0);
	if (n < HEADS)
		return -1;
	memcpy(&head, buf, sizeof(head));
	if (head.nlmsg_type == NLMSG_ERROR) {
		errno = ENOENT;
		return -1;
	}
	parse_attrs(buf + HEADS, (size_t)n - HEADS, attr, lens, CTRL_ATTR_MAX + 1);
	if (!attr[CTRL_ATTR_FAMILY_ID])
		return -1;
	memcpy(&hwsim->family, attr[CTRL_ATTR_FAMILY_ID], sizeof(hwsim->family));
	/* The acknowledgement of the question comes next; whoever reads on passes it over. */
	return 0;
}

int hwsim_open(struct hwsim *hwsim)
{
	const struct timeval wait = { .tv_sec = ANSWER_WAIT_S };
	const int size = RECEIVE_BUFFER;

	hwsim->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (hwsim->fd < 0)
		return -1;
	(void)setsockopt(hwsim->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	(void)setsockopt(hwsim->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return find_family(hwsim);
}
