/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generic netlink, by hand: requests to a family of the kernel's, and its messages. */
#define _GNU_SOURCE
#include "genl.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_WAIT_S = 10, RECEIVE_BUFFER = 1 << 20, HEADS = NLMSG_HDRLEN + GENL_HDRLEN };

void genl_parse(const uint8_t *from, size_t len, const uint8_t **attr, uint16_t *lens)
{
	while (len >= sizeof(struct nlattr)) {
		struct nlattr head;
		unsigned int type;
		size_t step;

		memcpy(&head, from, sizeof(head));
		if (head.nla_len < sizeof(head) || head.nla_len > len)
			return;
		type = head.nla_type & NLA_TYPE_MASK;
		if (type < GENL_ATTRS) {
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

bool genl_next(const uint8_t *buf, size_t len, size_t *at, struct genl_message *ret)
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
	genl_parse(from + HEADS, head.nlmsg_len - HEADS, ret->attr, ret->len);
	return true;
}

static void begin(struct genl_request *req, uint16_t family, int command, uint32_t seq)
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

void genl_begin(const struct genl *genl, struct genl_request *req, int command, uint32_t seq)
{
	begin(req, genl->family, command, seq);
}

void genl_put(struct genl_request *req, unsigned int type, const void *data, size_t len)
{
	const struct nlattr head = { (uint16_t)(sizeof(head) + len), (uint16_t)type };

	if (req->len + sizeof(head) + NLA_ALIGN(len) > sizeof(req->data))
		return; /* longer than any frame of ours: the kernel will miss it and say so */
	memcpy(req->data + req->len, &head, sizeof(head));
	memcpy(req->data + req->len + sizeof(head), data, len);
	memset(req->data + req->len + sizeof(head) + len, 0, NLA_ALIGN(len) - len);
	req->len += (uint32_t)(sizeof(head) + NLA_ALIGN(len));
}

void genl_put32(struct genl_request *req, unsigned int type, uint32_t value)
{
	genl_put(req, type, &value, sizeof(value));
}

int genl_send(const struct genl *genl, struct genl_request *req)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	memcpy(req->data, &req->len, sizeof(req->len));
	return sendto(genl->fd, req->data, req->len, 0, (const struct sockaddr *)&kernel,
		      sizeof(kernel)) < 0
		       ? -1
		       : 0;
}

int genl_ask(const struct genl *genl, struct genl_request *req)
{
	struct nlmsghdr sent;
	uint8_t buf[8192];

	memcpy(&sent, req->data, sizeof(sent));
	if (genl_send(genl, req) != 0)
		return -1;
	for (;;) {
		struct genl_message msg;
		ssize_t n = recv(genl->fd, buf, sizeof(buf), 0);
		size_t at = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		while (genl_next(buf, (size_t)n, &at, &msg)) {
			if (msg.command >= 0 || msg.seq != sent.nlmsg_seq)
				continue;
			errno = msg.error < 0 ? -msg.error : 0;
			return msg.error < 0 ? -1 : msg.error;
		}
	}
}

/* The first group of listeners that the family has. */
static void take_group(struct genl *genl, const uint8_t *from, size_t len)
{
	const uint8_t *group[GENL_ATTRS] = { 0 }, *attr[GENL_ATTRS] = { 0 };
	uint16_t lens[GENL_ATTRS];

	genl_parse(from, len, group, lens);
	if (!group[1])
		return;
	genl_parse(group[1], lens[1], attr, lens);
	if (attr[CTRL_ATTR_MCAST_GRP_ID])
		memcpy(&genl->group, attr[CTRL_ATTR_MCAST_GRP_ID], sizeof(genl->group));
}

/* The number that the kernel gave the family when its module was loaded, which asking does where
 * the module says so. */
static int find_family(struct genl *genl, const char *name)
{
	struct genl_request req;
	const uint8_t *attr[GENL_ATTRS] = { 0 };
	uint16_t lens[GENL_ATTRS];
	struct nlmsghdr head;
	uint8_t buf[8192];
	ssize_t n;

	begin(&req, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	genl_put(&req, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	if (genl_send(genl, &req) != 0)
		return -1;
	n = recv(genl->fd, buf, sizeof(buf), 0);
	if (n < HEADS)
		return -1;
	memcpy(&head, buf, sizeof(head));
	if (head.nlmsg_type == NLMSG_ERROR) {
		errno = ENOENT;
		return -1;
	}
	genl_parse(buf + HEADS, (size_t)n - HEADS, attr, lens);
	if (!attr[CTRL_ATTR_FAMILY_ID])
		return -1;
	memcpy(&genl->family, attr[CTRL_ATTR_FAMILY_ID], sizeof(genl->family));
	if (attr[CTRL_ATTR_MCAST_GROUPS])
		take_group(genl, attr[CTRL_ATTR_MCAST_GROUPS], lens[CTRL_ATTR_MCAST_GROUPS]);
	/* The acknowledgement of the question comes next; whoever reads on passes it over. */
	return 0;
}

int genl_open(struct genl *genl, const char *name)
{
	const struct timeval wait = { .tv_sec = ANSWER_WAIT_S };
	const int size = RECEIVE_BUFFER;

	genl->group = 0;
	genl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (genl->fd < 0)
		return -1;
	(void)setsockopt(genl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	(void)setsockopt(genl->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return find_family(genl, name);
}
