/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cable: carries frames between two taps by a shape, and obeys its control socket. */
#ifndef WIRE_CABLE_H
#define WIRE_CABLE_H

#include "base/err.h"
#include "base/str.h"
#include "net/shape.h"

struct cable;

/*
 * Requests at its control socket (base/control.h):
 *   set SHAPE SHAPE
 *     A shape for each direction, eight numbers: DELAY_US JITTER_US LOSS_PPM RATE_BPS
 *     DUPLICATE_PPM REORDER_PPM CORRUPT_PPM MTU. The first one starts carrying.
 *   stats
 *     The two shapes, then for each direction FRAMES BYTES LOST TAIL_DROPS MISSED ERRORS
 *     IN_FLIGHT DUPLICATED REORDERED CORRUPTED TOO_LARGE.
 *   quit
 *     Hands over all that is in flight at once, and ends.
 */
#define CABLE_SHAPE_WORDS 8
#define CABLE_SHAPE_FORMAT "%u %u %u %llu %u %u %u %u"

/* Carries nothing before a `set`. */
int cable_open(const char *control, const char *const taps[2], struct cable **ret, struct err *err);
/* Runs until it is told to quit (0) or cannot go on. */
int cable_run(struct cable *cable, struct err *err);
/* Removes the control socket where it sees it; NULL is fine. */
void cable_close(struct cable *cable);

/* Bounds of a shape, as in net/shape.h; -EINVAL. */
void cable_add_shape(struct str *out, const struct net_shape *shape);
int cable_check_shape(const struct net_shape *shape, struct err *err);

#endif
