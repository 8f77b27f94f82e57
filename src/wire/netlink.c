/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rtnetlink requests. */
#include "wire/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/route/link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

int netlink_check_name(const char *name, struct err *err)
{
	size_t n =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	if (n >= 1 && n < IF_NAMESIZE && !name[n] && !str_eq(name, ".") && !str_eq(name, ".."))
		return 0;
	return err_set(err, EINVAL,
		       "device name '%.64s': 1 to %d of letters, digits, '.', '_' and '-'", name,
		       IF_NAMESIZE - 1);
}

int netlink_index(const char *name, struct err *err)
{
	unsigned int index = if_nametoindex(name);

	return index ? (int)index : err_errno(err, ENODEV, "'%s'", name);
}

/* libnl's own failures: a negative NLE_ code, with a text of its own. */
static int translate(int nle, const char *what, struct err *err)
{
	return err_set(err, EIO, "%s: %s", what, nl_geterror(nle));
}

int netlink_open(struct nl_sock **ret, struct err *err)
{
	struct nl_sock *sock = nl_socket_alloc();
	int yes = 1, r;

	if (!sock)
		abort();
	r = nl_connect(sock, NETLINK_ROUTE);
	if (r < 0) {
		nl_socket_free(sock);
		return translate(r, "rtnetlink", err);
	}
	/* Both only make errors better. */
	(void)setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &yes, sizeof(yes));
	(void)setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof(yes));
	*ret = sock;
	return 0;
}

struct nl_msg *netlink_request(int type, int flags, int index, unsigned int set, unsigned int clear)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC,
				  .ifi_index = index,
				  .ifi_flags = set,
				  .ifi_change = set | clear };
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_ACK | flags);

	if (!msg || nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) < 0)
		abort();
	return msg;
}

/* What the kernel said to the request in flight. */
struct answer {
	int code; /* positive errno */
	char text[256];
};

static void read_sentence(const struct nlmsgerr *e, struct answer *answer)
{
	const struct nlmsghdr *head =
		(const struct nlmsghdr *)(const void *)((const char *)e - NLMSG_HDRLEN);
	size_t skip = sizeof(*e);
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];

	if (!(head->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(head->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - NLMSG_HDRLEN;
	if (NLMSG_HDRLEN + skip > head->nlmsg_len ||
	    nla_parse(attrs, NLMSGERR_ATTR_MAX,
		      (struct nlattr *)(uintptr_t)((const char *)e + skip),
		      (int)(head->nlmsg_len - NLMSG_HDRLEN - skip), NULL) < 0)
		return;
	if (attrs[NLMSGERR_ATTR_MSG])
		(void)nla_strlcpy(answer->text, attrs[NLMSGERR_ATTR_MSG], sizeof(answer->text));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *ctx)
{
	struct answer *answer = ctx;

	(void)from;
	answer->code = -e->error;
	read_sentence(e, answer);
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *ctx)
{
	(void)msg;
	(void)ctx;
	return NL_STOP;
}

int netlink_do(struct wire *wire, struct nl_msg *msg, struct err *err)
{
	struct answer answer = { 0 };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int r;

	if (!cb)
		abort();
	(void)nl_cb_err(cb, NL_CB_CUSTOM, on_error, &answer);
	(void)nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, NULL);
	r = nl_send_auto(wire->sock, msg);
	/* The kernel has answered by the time that sending returns. */
	if (r >= 0)
		r = nl_recvmsgs(wire->sock, cb);
	nl_cb_put(cb);
	if (answer.code && answer.text[0])
		return err_set(err, answer.code, "%s (%s)", strerror(answer.code), answer.text);
	if (answer.code)
		return err_set(err, answer.code, "%s", strerror(answer.code));
	return r < 0 ? translate(r, "rtnetlink", err) : 0;
}

int netlink_master(struct wire *wire, const char *name, struct err *err)
{
	struct rtnl_link *link = NULL;
	int r = rtnl_link_get_kernel(wire->sock, 0, name, &link), master;

	if (r < 0)
		return r == -NLE_NODEV || r == -NLE_OBJ_NOTFOUND
			       ? err_errno(err, ENODEV, "'%s'", name)
			       : translate(r, name, err);
	master = rtnl_link_get_master(link);
	rtnl_link_put(link);
	return master;
}
