/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frames that a story speaks of, opened. */
#ifndef REPORT_FRAMES_H
#define REPORT_FRAMES_H

#include "base/err.h"
#include "base/json.h"
#include "report/story.h"

/* So many packets and frames go into a page; what is beyond is left out, and said. */
#define FRAMES_MAX_JOURNEYS 2000
#define FRAMES_MAX 5000

/*
 * Makes a story that was read from the run in dir one for a page: bounds its "journeys" (those that
 * prove nothing go first), and sets its "frames" (trace/dissect.h): every frame that a journey, an
 * expectation or a remark names. The keys to what was in the air are those of
 * the topology in dir. What cannot be read is a note of the story; codes are those of
 * dissect_frames.
 */
int frames_add(json_t *story, const char *dir, const struct story_options *options,
	       struct err *err);

#endif
