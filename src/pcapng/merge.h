/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several captures into one, by time. */
#ifndef PCAPNG_MERGE_H
#define PCAPNG_MERGE_H

#include <stddef.h>

#include "base/err.h"
#include "pcapng/pcapng.h"

/* What the section of a merged file should say of itself. */
#define PCAPNG_MERGE_COMMENT                                                                      \
	"Every hop of one run, an interface each. Wireshark follows a conversation across "       \
	"interfaces and takes its frames at the second hop for retransmissions: what it says of " \
	"TCP and TLS holds only within one hop. Open that hop's own file for it; a filter such "  \
	"as "                                                                                     \
	"frame.interface_name == \"www:eth0\" shows one hop, but does not analyse it anew."

/*
 * Writes all frames of the files to w in the order of time (equal times: in the order of the
 * files), one interface for each of theirs, their counters at the end, no secrets. A file that ends
 * inside a block is used up to there. Errors name the file.
 *
 * A stream: memory holds a small window of frames of each file, by which they are also sorted,
 * since two processors may stamp frames of one tap microseconds apart from the order in which they
 * reach it.
 */
int pcapng_merge(struct pcapng_writer *w, char *const *paths, size_t n, struct err *err);

#endif
