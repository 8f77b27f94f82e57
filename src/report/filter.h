/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a packet filter, as `nft list` prints it, counted while a run lasted. Pure. */
#ifndef REPORT_FILTER_H
#define REPORT_FILTER_H

#include <stdbool.h>

#include "base/str.h"

/*
 * Appends "'no telnet' 3, 'no rule: drop' 1" to ret: by their names, or else their texts, the rules
 * that drop or reject (with rejects true, those that reject) and whose counter rose, and by how
 * much. Chains of a node's own packets and of those for itself are left out. Either table may be
 * NULL: then nothing is known.
 */
void filter_counted(const char *before, const char *after, bool rejects, struct str *ret);

#endif
