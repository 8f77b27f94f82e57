/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counting the frames that a bridge drops as too large. */
#include "wire/oversize.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/str.h"
#include "wire/netlink.h"

struct oversize {
	char *tap;
	int fd;         /* -1: not watched */
	uint64_t count; /* until it was read last */
};

static struct oversize *find(const struct wire *wire, const char *tap)
{
	for (size_t i = 0; i < wire->n_oversize; i++)
		if (str_eq(wire->oversize[i].tap, tap))
			return &wire->oversize[i];
	return NULL;
}

static int set_option(int fd, int level, int option, const void *value, socklen_t len,
		      struct err *err)
{
	return setsockopt(fd, level, option, value, len) < 0
		       ? err_errno(err, errno, "packet socket")
		       : 0;
}

/* One byte is kept of each, in the smallest buffer: only their number counts. */
static int open_socket(int index, uint32_t largest, int *ret, struct err *err)
{
	auto_close int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, largest, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = { ARRAY_SIZE(code), code };
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
				    .sll_protocol = htons(ETH_P_ALL),
				    .sll_ifindex = index };
	int yes = 1, least = 1, r;

	if (fd < 0)
		return err_errno(err, errno, "packet socket");
	r = set_option(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter), err);
	if (r == 0)
		r = set_option(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least), err);
	if (r == 0)
		r = set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes), err);
	if (r == 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		r = err_errno(err, errno, "packet socket: bind");
	if (r == 0)
		*ret = take_fd(&fd);
	return r;
}

int oversize_watch(struct wire *wire, const char *tap, uint32_t largest, struct err *err)
{
	struct oversize *o = find(wire, tap);
	int index = netlink_index(tap, err), fd = -1;
	int r = index < 0 ? index : open_socket(index, largest, &fd, err);

	if (r < 0)
		return err_context(err, "tap '%s'", tap);
	if (o) {
		(void)oversize_count(wire, tap);
		auto_closep(&o->fd);
	} else {
		o = array_add(wire->oversize, wire->n_oversize);
		*o = (struct oversize){ .tap = xstrdup(tap) };
	}
	o->fd = fd;
	return 0;
}

void oversize_forget(struct wire *wire, const char *tap)
{
	struct oversize *o = find(wire, tap);

	if (!o)
		return;
	auto_closep(&o->fd);
	o->fd = -1;
	o->count = 0;
}

uint64_t oversize_count(struct wire *wire, const char *tap)
{
	struct oversize *o = find(wire, tap);
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	if (!o)
		return 0;
	/* All that passed the filter, whether there was room for it or not; reading sets it to 0.
	 */
	if (o->fd >= 0 && getsockopt(o->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
		o->count += stats.tp_packets;
	return o->count;
}

void oversize_free(struct wire *wire)
{
	for (size_t i = 0; i < wire->n_oversize; i++) {
		auto_closep(&wire->oversize[i].fd);
		free(wire->oversize[i].tap);
	}
	free(wire->oversize);
}
