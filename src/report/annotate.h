/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The story inside the captures: for Wireshark. */
#ifndef REPORT_ANNOTATE_H
#define REPORT_ANNOTATE_H

#include "base/err.h"
#include "base/json.h"

/*
 * Writes DIR/all.pcapng anew, whole or not at all: every frame that belongs to a journey of the
 * story gets a comment with its phase, its journey and what its node did; every interface a
 * description; the section says how far analysis holds. May be done again. Returns how many frames
 * have a comment now; -ENOENT without the file, -ENODATA where it ends inside a block, or as
 * pcapng_next says.
 */
int annotate_merged(const char *dir, const json_t *story, struct err *err);

#endif
