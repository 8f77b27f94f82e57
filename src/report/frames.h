/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frames that a story speaks of, opened. */
#ifndef REPORT_FRAMES_H
#define REPORT_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "trace/expect.h"

/* So many frames go into a page; what is beyond is left out, and said. */
#define FRAMES_MAX 5000

/*
 * Sets the story's "frames" (trace/dissect.h): of every frame that a journey, an expectation or a
 * remark names, in the captures of the run's folder. What cannot be read is a note of the story;
 * codes are those of dissect_frames.
 */
int frames_add(json_t *story, const char *sharkd, const char *run, const struct trace_wifi *wifi,
	       size_t n_wifi, int64_t deadline, struct err *err);

#endif
