/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Wireshark's list says of each frame. */
#ifndef WIRESHARK_COLUMNS_H
#define WIRESHARK_COLUMNS_H

#include <stdint.h>

#include "base/err.h"
#include "wireshark/wireshark.h"

typedef void wireshark_column_seen(void *ctx, uint64_t frame, const char *protocol,
				   const char *info);

/*
 * Gives Protocol and Info of every frame of a capture (as in struct wireshark_query) to seen; the
 * texts live for the call only. -EINVAL where the file cannot be loaded; other errors: as
 * wireshark_ask.
 */
int wireshark_columns(struct wireshark *ws, const char *file, wireshark_column_seen *seen,
		      void *ctx, struct err *err);

#endif
