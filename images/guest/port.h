/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Virtio-serial ports by name. */
#ifndef LABD_GUEST_PORT_H
#define LABD_GUEST_PORT_H

/* Opens the port, which does not block; waits up to 30 s for the device to announce it. -1 with
 * errno. */
int port_open(const char *name);

#endif
