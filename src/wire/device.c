/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taps and bridges. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/str.h"
#include "wire/netlink.h"
#include "wire/wire.h"

#define TAP_QUEUE 1000
/* All link-local groups but 0 to 2, which a bridge must not have; a port may let 2 (LACP) by. */
#define BRIDGE_GROUPS 0xfff8
#define PORT_GROUPS 0xfffc

/* A device that speaks IPv6 sends router solicitations, MLD reports and the like by itself. */
static int silence_ipv6(const char *name, struct err *err)
{
	auto_free char *path = xasprintf("/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || write(fd, "1", 1) < 0)
		return err_errno(err, errno, "'%s'", path);
	return 0;
}

static void must(int r)
{
	if (r < 0)
		abort(); /* libnl ran out of memory */
}

/* The rest of what taps and bridges have in common; then it is up. */
static int finish(struct wire *wire, const char *name, uint32_t queue, struct err *err)
{
	int index = netlink_index(name, err), r;
	auto_nl_msg struct nl_msg *msg = NULL;

	if (index < 0)
		return index;
	r = silence_ipv6(name, err);
	if (r < 0)
		return r;
	msg = netlink_request(RTM_NEWLINK, 0, index, IFF_UP | IFF_NOARP, IFF_MULTICAST);
	must(nla_put_u32(msg, IFLA_MTU, NET_MTU));
	must(nla_put_u32(msg, IFLA_TXQLEN, queue));
	return netlink_do(wire, msg, err);
}

static int make_tap(const char *tap, struct err *err)
{
	auto_close int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };

	if (fd < 0)
		return err_errno(err, errno, "'/dev/net/tun'");
	memcpy(req.ifr_name, tap, strlen(tap));
	if (ioctl(fd, TUNSETIFF, &req) < 0)
		return err_errno(err, errno, "TUNSETIFF");
	if (ioctl(fd, TUNSETPERSIST, 1) < 0)
		return err_errno(err, errno, "TUNSETPERSIST");
	return 0;
}

int wire_tap_add(struct wire *wire, const char *tap, struct err *err)
{
	int r = netlink_check_name(tap, err);

	if (r < 0)
		return r;
	if (wire_exists(wire, tap))
		return err_errno(err, EEXIST, "tap '%s'", tap);
	r = make_tap(tap, err);
	if (r < 0)
		return err_context(err, "tap '%s'", tap);
	r = finish(wire, tap, TAP_QUEUE, err);
	if (r < 0) {
		(void)wire_del(wire, tap, NULL);
		return err_context(err, "tap '%s'", tap);
	}
	return 0;
}

int wire_tap_set_mtu(struct wire *wire, const char *tap, uint32_t mtu, struct err *err)
{
	int index = netlink_index(tap, NULL);
	auto_nl_msg struct nl_msg *msg = NULL;

	if (index < 0)
		return err_errno(err, -index, "tap '%s'", tap);
	msg = netlink_request(RTM_NEWLINK, 0, index, 0, 0);
	must(nla_put_u32(msg, IFLA_MTU, mtu));
	return netlink_do(wire, msg, err) < 0 ? err_context(err, "tap '%s'", tap) : 0;
}

int wire_bridge_add(struct wire *wire, const char *bridge, struct err *err)
{
	auto_nl_msg struct nl_msg *msg = NULL;
	struct nlattr *info, *data;
	int r = netlink_check_name(bridge, err);

	if (r < 0)
		return r;
	msg = netlink_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	must(nla_put_string(msg, IFLA_IFNAME, bridge));
	info = nla_nest_start(msg, IFLA_LINKINFO);
	must(nla_put_string(msg, IFLA_INFO_KIND, "bridge"));
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	must(nla_put_u32(msg, IFLA_BR_STP_STATE, 0));
	must(nla_put_u32(msg, IFLA_BR_FORWARD_DELAY, 0));
	/* Forgets at once: a wire does not choose, so a guest sees all that its peer sends. */
	must(nla_put_u32(msg, IFLA_BR_AGEING_TIME, 0));
	must(nla_put_u8(msg, IFLA_BR_MCAST_SNOOPING, 0));
	must(nla_put_u16(msg, IFLA_BR_GROUP_FWD_MASK, BRIDGE_GROUPS));
	(void)nla_nest_end(msg, data);
	(void)nla_nest_end(msg, info);
	r = netlink_do(wire, msg, err);
	if (r < 0)
		return err_context(err, "bridge '%s'", bridge);
	r = finish(wire, bridge, TAP_QUEUE, err);
	if (r < 0) {
		(void)wire_del(wire, bridge, NULL);
		return err_context(err, "bridge '%s'", bridge);
	}
	return 0;
}

/* What a port lets through; it learns no address. */
static int open_port(struct wire *wire, int index, struct err *err)
{
	auto_nl_msg struct nl_msg *msg = netlink_request(RTM_NEWLINK, 0, index, 0, 0);
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO), *data;

	must(nla_put_string(msg, IFLA_INFO_SLAVE_KIND, "bridge"));
	data = nla_nest_start(msg, IFLA_INFO_SLAVE_DATA);
	must(nla_put_u8(msg, IFLA_BRPORT_LEARNING, 0));
	must(nla_put_u8(msg, IFLA_BRPORT_UNICAST_FLOOD, 1));
	must(nla_put_u8(msg, IFLA_BRPORT_MCAST_FLOOD, 1));
	must(nla_put_u16(msg, IFLA_BRPORT_GROUP_FWD_MASK, PORT_GROUPS));
	(void)nla_nest_end(msg, data);
	(void)nla_nest_end(msg, info);
	return netlink_do(wire, msg, err);
}

static int set_master(struct wire *wire, int index, int master, struct err *err)
{
	auto_nl_msg struct nl_msg *msg = netlink_request(RTM_NEWLINK, 0, index, 0, 0);

	must(nla_put_u32(msg, IFLA_MASTER, (uint32_t)master));
	return netlink_do(wire, msg, err);
}

int wire_bridge_attach(struct wire *wire, const char *bridge, const char *tap, struct err *err)
{
	int port = netlink_index(tap, err), master = port < 0 ? port : netlink_index(bridge, err);
	int r = master < 0 ? master : set_master(wire, port, master, err);

	if (r == 0)
		r = open_port(wire, port, err);
	return r < 0 ? err_context(err, "tap '%s' into bridge '%s'", tap, bridge) : 0;
}

int wire_bridge_detach(struct wire *wire, const char *tap, struct err *err)
{
	int port = netlink_index(tap, err);
	int r = port < 0 ? port : set_master(wire, port, 0, err);

	return r < 0 ? err_context(err, "tap '%s' out of its bridge", tap) : 0;
}

bool wire_exists(struct wire *wire, const char *device)
{
	(void)wire;
	return if_nametoindex(device) != 0;
}

int wire_del(struct wire *wire, const char *device, struct err *err)
{
	auto_nl_msg struct nl_msg *msg = NULL;
	unsigned int index = if_nametoindex(device);

	if (!index)
		return 0;
	msg = netlink_request(RTM_DELLINK, 0, (int)index, 0, 0);
	return netlink_do(wire, msg, err) < 0 ? err_context(err, "'%s'", device) : 0;
}
