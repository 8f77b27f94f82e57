/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A packet socket on a tap. Frames come in through a ring of slots (packet(7), PACKET_RX_RING): a
 * plain socket's buffer is bounded by net.core.rmem_max, about 180 frames, which a burst fills
 * while emulated guests keep the processors busy. TPACKET_V2, as V3 hands frames over in blocks and
 * so late. Frames go out by sendmsg(2) without PACKET_QDISC_BYPASS, since that would hide them from
 * who captures at the tap.
 */
#include "wire/cable-port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

#define BLOCK_SIZE (64u << 10)
/* Of a tap with the usual MTU, and of one with a larger one; a block is a multiple of both. */
#define SLOT_SIZE 2048
#define SLOTS 2048
#define LONG_SLOT_SIZE 16384
#define LONG_SLOTS 512
#define SLOT_HEADERS 160 /* before the frame in its slot */
#define MACS 12          /* bytes of a frame before its type, where a VLAN tag goes */
#define TAG 4

_Static_assert(sizeof(struct virtio_net_hdr) == CABLE_PREFIX, "the prefix is a virtio_net_hdr");

static int set_option(int fd, int option, const void *value, socklen_t len, const char *what,
		      struct err *err)
{
	if (setsockopt(fd, SOL_PACKET, option, value, len) < 0)
		return err_errno(err, errno, "packet socket: %s", what);
	return 0;
}

static size_t ring_size(const struct cable_port *port)
{
	return port->slot_size * port->slots;
}

/* Slots as long as the frames that are usual on this tap. */
static void choose_slots(struct cable_port *port, int fd, const char *tap)
{
	struct ifreq ifr = { 0 };
	bool large;

	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", tap);
	large = ioctl(fd, SIOCGIFMTU, &ifr) == 0 && ifr.ifr_mtu > SLOT_SIZE - SLOT_HEADERS;
	port->slot_size = large ? LONG_SLOT_SIZE : SLOT_SIZE;
	port->slots = large ? LONG_SLOTS : SLOTS;
}

static int set_up(const struct cable_port *port, int fd, struct err *err)
{
	struct tpacket_req ring = { .tp_block_size = BLOCK_SIZE,
				    .tp_block_nr = (unsigned int)(ring_size(port) / BLOCK_SIZE),
				    .tp_frame_size = (unsigned int)port->slot_size,
				    .tp_frame_nr = (unsigned int)port->slots };
	int version = TPACKET_V2, yes = 1, r;

	/* What we send to the guest must not come back to us as something that it sent. */
	r = set_option(fd, PACKET_IGNORE_OUTGOING, &yes, sizeof(yes), "ignore outgoing", err);
	/* What a guest with offloads left undone arrives as over a bridge. */
	if (r == 0)
		r = set_option(fd, PACKET_VNET_HDR, &yes, sizeof(yes), "virtio header", err);
	/* Frames longer than a slot (unsegmented ones) come through the socket itself. */
	if (r == 0)
		r = set_option(fd, PACKET_COPY_THRESH, &yes, sizeof(yes), "copy threshold", err);
	if (r == 0)
		r = set_option(fd, PACKET_VERSION, &version, sizeof(version), "version", err);
	if (r == 0)
		r = set_option(fd, PACKET_RX_RING, &ring, sizeof(ring), "ring", err);
	return r;
}

int cable_port_open(struct cable_port *port, const char *tap, struct err *err)
{
	/* Protocol 0 receives nothing; cable_port_start() changes that. */
	auto_close int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unsigned int index = if_nametoindex(tap);
	struct cable_port open = { .index = (int)index };
	void *ring;
	int r;

	if (!index)
		return err_errno(err, errno, "tap '%s'", tap);
	if (fd < 0)
		return err_errno(err, errno, "tap '%s': packet socket", tap);
	choose_slots(&open, fd, tap);
	r = set_up(&open, fd, err);
	if (r < 0)
		return err_context(err, "tap '%s'", tap);
	ring = mmap(NULL, ring_size(&open), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		return err_errno(err, errno, "tap '%s': ring", tap);
	open.ring = ring;
	open.fd = take_fd(&fd);
	*port = open;
	return 0;
}

int cable_port_start(struct cable_port *port, struct err *err)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
				    .sll_protocol = htons(ETH_P_ALL),
				    .sll_ifindex = port->index };

	if (bind(port->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_errno(err, errno, "packet socket: bind");
	return 0;
}

void cable_port_close(struct cable_port *port)
{
	if (port->ring)
		(void)munmap(port->ring, ring_size(port));
	if (port->fd >= 0)
		(void)close(port->fd);
	*port = (struct cable_port){ .fd = -1 };
}

/*
 * The kernel stamps by CLOCK_REALTIME. The time since then is short; when it seems not to be, that
 * clock was set meanwhile.
 */
static int64_t arrival(const struct tpacket2_hdr *head)
{
	int64_t stamp = (int64_t)head->tp_sec * NS_PER_S + head->tp_nsec;
	int64_t age = clock_real_ns() - stamp;

	if (age < 0 || age > NS_PER_S)
		age = 0;
	return clock_mono_ns() - age;
}

static struct cable_frame *make_frame(const unsigned char *prefix, const unsigned char *data,
				      uint32_t len)
{
	struct cable_frame *frame = xcalloc(1, sizeof(*frame) + len + TAG);

	frame->len = len;
	memcpy(frame->prefix, prefix, CABLE_PREFIX);
	memcpy(frame->data, data, len);
	return frame;
}

/* The kernel took the VLAN tag out of the frame; here it goes back. frame has room for it. */
static void put_tag(struct cable_frame *frame, const struct tpacket2_hdr *head)
{
	uint16_t tag[2] = { htons(ETH_P_8021Q), htons(head->tp_vlan_tci) };
	struct virtio_net_hdr vnet;

	if (!(head->tp_status & TP_STATUS_VLAN_VALID) || frame->len < MACS)
		return;
	if (head->tp_status & TP_STATUS_VLAN_TPID_VALID)
		tag[0] = htons(head->tp_vlan_tpid);
	memmove(frame->data + MACS + TAG, frame->data + MACS, frame->len - MACS);
	memcpy(frame->data + MACS, tag, TAG);
	frame->len += TAG;
	memcpy(&vnet, frame->prefix, sizeof(vnet));
	if (vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		vnet.csum_start = (uint16_t)(vnet.csum_start + TAG);
	if (vnet.hdr_len)
		vnet.hdr_len = (uint16_t)(vnet.hdr_len + TAG);
	memcpy(frame->prefix, &vnet, sizeof(vnet));
}

/* A frame that was longer than its slot. */
static struct cable_frame *receive_long(struct cable_port *port)
{
	static unsigned char data[CABLE_FRAME_MAX];
	unsigned char prefix[CABLE_PREFIX];
	struct iovec iov[2] = { { prefix, sizeof(prefix) }, { data, sizeof(data) } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n = recvmsg(port->fd, &msg, MSG_DONTWAIT);

	if (n < CABLE_PREFIX || (msg.msg_flags & MSG_TRUNC))
		return NULL;
	return make_frame(prefix, data, (uint32_t)(n - CABLE_PREFIX));
}

/* An unsegmented frame stands for several that are none of them too large. */
static bool is_too_large(const struct cable_port *port, const unsigned char *slot,
			 const struct tpacket2_hdr *head)
{
	struct virtio_net_hdr vnet;

	if (head->tp_len <= port->largest || head->tp_mac < CABLE_PREFIX)
		return false;
	memcpy(&vnet, slot + head->tp_mac - CABLE_PREFIX, sizeof(vnet));
	return vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE;
}

/* NULL: it goes no further, and is counted. */
static struct cable_frame *read_slot(struct cable_port *port, unsigned char *slot)
{
	struct tpacket2_hdr head;
	struct cable_frame *frame = NULL;
	bool too_large;

	memcpy(&head, slot, sizeof(head));
	too_large = is_too_large(port, slot, &head);
	if (head.tp_status & TP_STATUS_COPY)
		frame = receive_long(port);
	else if (head.tp_snaplen == head.tp_len && head.tp_mac >= CABLE_PREFIX &&
		 head.tp_mac + head.tp_snaplen <= port->slot_size)
		frame = make_frame(slot + head.tp_mac - CABLE_PREFIX, slot + head.tp_mac,
				   head.tp_snaplen);
	if (too_large) {
		port->too_large++;
		free(frame);
		return NULL;
	}
	if (frame)
		put_tag(frame, &head);
	else
		port->errors++;
	return frame;
}

struct cable_frame *cable_port_receive(struct cable_port *port, int64_t *arrived)
{
	struct cable_frame *frame = NULL;

	while (!frame) {
		unsigned char *slot = port->ring + port->slot * port->slot_size;
		uint32_t *status = (uint32_t *)(void *)slot;

		if (!(__atomic_load_n(status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			return NULL;
		*arrived = arrival((const struct tpacket2_hdr *)(void *)slot);
		frame = read_slot(port, slot);
		__atomic_store_n(status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		port->slot = (port->slot + 1) % port->slots;
	}
	return frame;
}

void cable_port_send(struct cable_port *port, const struct cable_frame *frame)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = port->index };
	struct iovec iov[2] = { { (void *)(uintptr_t)frame->prefix, CABLE_PREFIX },
				{ (void *)(uintptr_t)frame->data, frame->len } };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = iov, .msg_iovlen = 2
	};

	if (sendmsg(port->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		port->errors++;
		return;
	}
	port->frames++;
	port->bytes += frame->len;
}

void cable_port_count(struct cable_port *port)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	/* Reading sets the kernel's counters back to 0. */
	if (getsockopt(port->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
		port->missed += stats.tp_drops;
}
