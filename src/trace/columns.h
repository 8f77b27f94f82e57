/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Wireshark's list says of each frame. */
#ifndef TRACE_COLUMNS_H
#define TRACE_COLUMNS_H

#include <stdint.h>

#include "base/err.h"
#include "trace/expect.h"

typedef void trace_column_seen(void *ctx, uint64_t frame, const char *protocol, const char *info);

/*
 * Gives Protocol and Info of every frame of a capture (as in struct trace_query) to seen; the texts
 * live for the call only. -EINVAL where the file cannot be loaded; other errors: as trace_ask.
 */
int trace_columns(struct trace *trace, const char *file, trace_column_seen *seen, void *ctx,
		  struct err *err);

#endif
