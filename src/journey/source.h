/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The captures of a lab as one stream of frames, by time. */
#ifndef JOURNEY_SOURCE_H
#define JOURNEY_SOURCE_H

#include "journey/frame.h"
#include "journey/index.h"

/* Where a frame was captured: at a port, or in the air of a link. */
struct source_frame {
	size_t port, link; /* one of them is JOURNEY_NONE */
	uint64_t number;   /* in its capture, from 1 */
	int64_t time_ns;
	enum { SOURCE_EITHER, SOURCE_OUT, SOURCE_IN } way;
	struct journey_air_head head;
	struct journey_frame frame;
};

struct journey_sources;

/* Notes and counts go to *counts; what each capture knows to the index. Neither is kept beyond
 * free. */
void sources_open(struct journey_index *ix, struct journey_set *counts,
		  struct journey_sources **ret);
/* The earliest frame of all, which lives until the next call; NULL: the end. */
const struct source_frame *sources_next(struct journey_sources *s);
void sources_free(struct journey_sources *s);
static inline void sources_freep(struct journey_sources **s)
{
	sources_free(*s);
}
#define auto_sources AUTO(sources_freep)

#endif
