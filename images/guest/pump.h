/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bounded byte queue between two non-blocking descriptors, for guest programs.
 * It knows nothing of what it carries; its owner owns both descriptors.
 */
#ifndef LABD_GUEST_PUMP_H
#define LABD_GUEST_PUMP_H

#include <stdbool.h>
#include <stddef.h>

/* virtio_console takes 32 KiB in one write. */
enum { PUMP_SIZE = 32 * 1024 };

struct pump {
	size_t start; /* first byte that waits */
	size_t end;   /* one past the last */
	bool eof;     /* the source has ended */
	char data[PUMP_SIZE];
};

/* What one call moved, or why it moved nothing. */
enum pump_result {
	PUMP_MOVED,   /* at least one byte */
	PUMP_BLOCKED, /* queue full (fill) or empty (drain), or the descriptor would block */
	PUMP_END,     /* end of file, or the peer is gone */
};

/* Forget everything that waits. */
void pump_reset(struct pump *pump);

static inline bool pump_empty(const struct pump *pump)
{
	return pump->start == pump->end;
}

/* Bytes that a fill may add. Moves what waits to the front if that makes room. */
size_t pump_room(struct pump *pump);

/* One read(2) from fd. At PUMP_END, `eof` is set. */
enum pump_result pump_fill(struct pump *pump, int fd);

/* One write(2) to fd. At PUMP_END what waits can never be delivered. */
enum pump_result pump_drain(struct pump *pump, int fd);

#endif
