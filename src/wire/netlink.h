/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside wire: rtnetlink requests about one device, and their errors in words. */
#ifndef WIRE_NETLINK_H
#define WIRE_NETLINK_H

#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/wire.h"

struct wire {
	struct nl_sock *sock;
	char *cable_program;
	char *cable_dir;
	struct oversize *oversize; /* wire/oversize.h */
	size_t n_oversize;
};

static inline void auto_nl_msgp(struct nl_msg **msg)
{
	nlmsg_free(*msg);
}
#define auto_nl_msg AUTO(auto_nl_msgp)

/* A device's name is fit for the kernel and for a file name. */
int netlink_check_name(const char *name, struct err *err);
/* The index of a device; -ENODEV. */
int netlink_index(const char *name, struct err *err);

/* Never NULL. type: RTM_NEWLINK or RTM_DELLINK; index: of the device, 0 for one to be made. */
struct nl_msg *netlink_request(int type, int flags, int index, unsigned int set,
			       unsigned int clear);
/* Sends it and takes the kernel's answer; err gets the kernel's own sentence if there is one. */
int netlink_do(struct wire *wire, struct nl_msg *msg, struct err *err);
/* The index of the bridge that a device is in; 0: none. */
int netlink_master(struct wire *wire, const char *name, struct err *err);

int netlink_open(struct nl_sock **ret, struct err *err);

#endif
