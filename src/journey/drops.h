/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What kernels said of packets that they dropped (images/guest/drops.c), and which hops these are.
 * A packet is known by what stays of it, as at its hops; clocks are not compared. Where one packet
 * of several that are the same in every bit was dropped, nothing is said of any.
 */
#ifndef JOURNEY_DROPS_H
#define JOURNEY_DROPS_H

#include "journey/frame.h"
#include "journey/index.h"

/* Reads the lines of all nodes into set->drops; the index has what nodes translate. */
void drops_read(const struct journey_index *ix, struct journey_set *set);
void drops_free(struct journey_set *set);
/* What a node said of a packet, renamed where it is not 0: its number from 1; 0: nothing. */
uint32_t drops_find(const struct journey_set *set, size_t node, uint64_t ident, uint64_t renamed);
/* Of all journeys: hops that are certain keep their `drop` and become what it says, others lose it.
 */
void drops_settle(const struct journey_lab *lab, struct journey_set *set);

#endif
