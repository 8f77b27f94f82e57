/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One end of a cable: a packet socket on a tap, whole frames in and out as the guest sent them. */
#ifndef WIRE_CABLE_PORT_H
#define WIRE_CABLE_PORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/cable-queue.h"

struct cable_port {
	int fd;
	int index; /* of the tap */
	unsigned char *ring;
	size_t slot_size, slots;
	size_t slot;            /* the next to read */
	uint32_t largest;       /* frame that the wire takes, without a VLAN tag */
	uint64_t too_large;     /* were longer than that */
	uint64_t missed;        /* the ring was full */
	uint64_t errors;        /* the kernel refused a frame, or one was too long */
	uint64_t frames, bytes; /* sent */
};

/* Opens, without receiving yet. All zero with fd -1 is a closed port. */
int cable_port_open(struct cable_port *port, const char *tap, struct err *err);
/* From here on, what the guest sends is received. */
int cable_port_start(struct cable_port *port, struct err *err);
void cable_port_close(struct cable_port *port);
/*
 * The next frame that the guest sent, allocated, and when the kernel got it on CLOCK_MONOTONIC;
 * NULL: none now.
 */
struct cable_frame *cable_port_receive(struct cable_port *port, int64_t *arrived);
/* Gives a frame to the guest; what fails is counted. */
void cable_port_send(struct cable_port *port, const struct cable_frame *frame);
/* Reads the kernel's count of frames it had no room for into port->missed. */
void cable_port_count(struct cable_port *port);

#endif
