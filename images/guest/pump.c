/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bounded byte queue between two non-blocking descriptors. */
#include "pump.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

void pump_reset(struct pump *pump)
{
	pump->start = 0;
	pump->end = 0;
	pump->eof = false;
}

size_t pump_room(struct pump *pump)
{
	if (pump->start > 0) {
		memmove(pump->data, pump->data + pump->start, pump->end - pump->start);
		pump->end -= pump->start;
		pump->start = 0;
	}
	return sizeof(pump->data) - pump->end;
}

static bool would_block(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

enum pump_result pump_fill(struct pump *pump, int fd)
{
	size_t room = pump_room(pump);
	ssize_t n;

	if (pump->eof)
		return PUMP_END;
	if (room == 0)
		return PUMP_BLOCKED;
	n = read(fd, pump->data + pump->end, room);
	if (n > 0) {
		pump->end += (size_t)n;
		return PUMP_MOVED;
	}
	if (n < 0 && would_block(errno))
		return PUMP_BLOCKED;
	pump->eof = true;
	return PUMP_END;
}

enum pump_result pump_drain(struct pump *pump, int fd)
{
	ssize_t n;

	if (pump_empty(pump))
		return PUMP_BLOCKED;
	n = write(fd, pump->data + pump->start, pump->end - pump->start);
	if (n > 0) {
		pump->start += (size_t)n;
		return PUMP_MOVED;
	}
	return n < 0 && !would_block(errno) ? PUMP_END : PUMP_BLOCKED;
}
