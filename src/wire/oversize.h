/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames that a bridge drops since they are too large for the port behind it, counted, which the
 * kernel does not: a packet socket at each tap that takes in only those that are longer (by a
 * filter in the kernel), and is never read but for its count. A frame that is to be segmented would
 * be counted although it passes; guests send none.
 */
#ifndef WIRE_OVERSIZE_H
#define WIRE_OVERSIZE_H

#include <stdint.h>

#include "base/err.h"
#include "wire/wire.h"

/* Frames of the guest at this tap that are longer than largest bytes, a VLAN tag not counted. What
 * was counted before stays. */
int oversize_watch(struct wire *wire, const char *tap, uint32_t largest, struct err *err);
/* Counts no more at this tap, and from 0 when it is watched again. */
void oversize_forget(struct wire *wire, const char *tap);
/* 0 where it is not watched. */
uint64_t oversize_count(struct wire *wire, const char *tap);
void oversize_free(struct wire *wire);

#endif
