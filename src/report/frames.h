/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frames that a story speaks of, opened. */
#ifndef REPORT_FRAMES_H
#define REPORT_FRAMES_H

#include "base/err.h"
#include "base/json.h"
#include "report/story.h"

/* So many frames go into a page; what is beyond is left out, and said. */
#define FRAMES_MAX 5000

/*
 * Sets the "frames" (trace/dissect.h) of a story that was read from the run in dir: every frame
 * that a journey, an expectation or a remark names. The keys to what was in the air are those of
 * the topology in dir. What cannot be read is a note of the story; codes are those of
 * dissect_frames.
 */
int frames_add(json_t *story, const char *dir, const struct story_options *options,
	       struct err *err);

#endif
