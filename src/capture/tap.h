/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One tap being captured: the only file that speaks libpcap. Frames get the kernel's time stamps in
 * nanoseconds; nothing is filtered, nothing is resolved.
 *
 * A tap knows no direction by itself, so it is derived from addresses: a frame from the port's own
 * MAC was sent by the guest (inbound); one to it was sent to the guest (outbound). What is left
 * (group addresses, flooded frames) is outbound for an end host, and without direction for a guest
 * that may pass on the frames of others. A second handle per tap could ask the kernel instead; it
 * would double buffers and wake-ups for what hosts and routers show anyway.
 */
#ifndef CAPTURE_TAP_H
#define CAPTURE_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/mac.h"
#include "pcapng/pcapng.h"

#define TAP_NAME_MAX 200 /* leaves room for ".pcapng" and a temporary's suffix in a file name */

/*
 * The kernel gathers frames in blocks and hands on a block that is full, or has waited so long:
 * fewer wake-ups, and no frame's place in memory is touched twice (docs/performance.md).
 */
#define TAP_HOLD_MS 20

struct tap_port {
	char ifname[16];
	char name[TAP_NAME_MAX + 1]; /* node:nic */
	struct net_mac mac;
	bool has_mac;
	bool host; /* an end host: never passes on frames of others */
};

/* Reads IFNAME,NODE:NIC,MAC[,host]; MAC may be empty. */
int tap_parse(const char *text, struct tap_port *ret, struct err *err);
enum pcapng_direction tap_direction(const struct tap_port *port, const uint8_t *frame,
				    uint32_t len);

struct tap_opts {
	int snaplen; /* bytes; 0: the interface's MTU and its headers, so that no frame is cut */
	int buffer;  /* bytes in the kernel; 0: 2 MiB */
};

struct tap;

/*
 * Opens the tap and starts capturing at once. Fails with -ENODEV, -EPERM, and -ENETDOWN for an
 * interface that is down: that one may be tried again.
 */
int tap_open(const struct tap_port *port, const struct tap_opts *opts, struct tap **ret,
	     struct err *err);
int tap_fd(const struct tap *t); /* to poll for reading */
struct pcapng_iface tap_iface(const struct tap *t);
/*
 * Writes what the kernel holds, at most 512 frames and none stamped later than until_ns, as
 * interface iface of w. Returns how many frames, 0 when there are no more. *write_failed tells an
 * error of the writer from one of the tap. With w NULL frames are counted and thrown away.
 */
int tap_pump(struct tap *t, struct pcapng_writer *w, uint32_t iface, uint64_t until_ns,
	     bool *write_failed, struct err *err);
/*
 * Whether the kernel has counted frames that no pump has handed on, and none was stamped later than
 * a pump's limit. They come within two times TAP_HOLD_MS, once the processor has time for it.
 */
bool tap_behind(const struct tap *t);
/* What came in so far, and how much of it the kernel had no room for. */
struct pcapng_stats tap_stats(struct tap *t);
void tap_close(struct tap *t); /* NULL is fine */

#endif
