/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The output of a session kept in memory, for an answer in JSON. */
#ifndef LABCTL_COLLECT_H
#define LABCTL_COLLECT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"

#define COLLECT_MAX (16 << 20)

/* A descriptor for the output; a write beyond COLLECT_MAX fails, which ends the session. */
int collect_open(struct err *err);
/* Whether a write has failed so; pieces are PIPE_BUF at most. */
bool collect_is_full(int fd);
/* What was written, as a JSON string: what is no UTF-8 and no character becomes '?'. NULL when it
 * cannot be read. */
json_t *collect_text(int fd);

#endif
