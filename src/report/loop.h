/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A packet that went round and round. Pure. */
#ifndef REPORT_LOOP_H
#define REPORT_LOOP_H

#include "base/json.h"

/*
 * Of a story's journey, on the way to its hop last (NULL: there is none): from a node on until the
 * packet is there again, as {"times":..,"nodes":[..]}, a new reference; NULL: it never is.
 */
json_t *loop_of(const json_t *journey, const json_t *last);

#endif
