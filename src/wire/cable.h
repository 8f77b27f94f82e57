/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cable: carries frames between two taps by a shape, and obeys its control socket. */
#ifndef WIRE_CABLE_H
#define WIRE_CABLE_H

#include "base/err.h"
#include "net/shape.h"

struct cable;

/*
 * Requests at its control socket (base/control.h):
 *   set DELAY_US JITTER_US LOSS_PPM RATE_BPS
 *     The first one starts carrying.
 *   stats
 *     The four numbers of the shape, then for each direction
 *     FRAMES BYTES LOST TAIL_DROPS MISSED ERRORS IN_FLIGHT.
 *   quit
 *     Hands over all that is in flight at once, and ends.
 */
#define CABLE_SET_FORMAT "%u %u %u %llu"

/* Carries nothing before a `set`. */
int cable_open(const char *control, const char *const taps[2], struct cable **ret, struct err *err);
/* Runs until it is told to quit (0) or cannot go on. */
int cable_run(struct cable *cable, struct err *err);
/* Removes the control socket where it sees it; NULL is fine. */
void cable_close(struct cable *cable);

/* Bounds of a shape, as in topo/shape.h; -EINVAL. */
int cable_check_shape(const struct net_shape *shape, struct err *err);

#endif
