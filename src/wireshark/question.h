/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions about the capture that a session has loaded. Of this folder only. */
#ifndef WIRESHARK_QUESTION_H
#define WIRESHARK_QUESTION_H

#include "base/json.h"
#include "wireshark/sharkd.h"
#include "wireshark/wireshark.h"

struct wireshark {
	struct sharkd *sharkd;
	char *dir;
	json_t *counts; /* capture.json of that folder; NULL: there is none */
	char *loaded;   /* the query's name of the file; NULL: none */
	int loads;
	bool cut;    /* it lacks frames: it ends inside one, or has fewer than were counted, or
		      * some were dropped when it was made */
	bool hidden; /* it has frames that nobody can decrypt */
};

struct wireshark_frame {
	uint64_t number;
	int64_t time_ns; /* since the epoch */
};

/* Loads the capture unless it is loaded already; 1 for one that ends inside a frame, which is used
 * up to there. Afterwards trace->loaded is it, or NULL where it cannot be loaded (-EINVAL).
 * expect.c */
int question_load(struct wireshark *ws, const char *file, struct err *err);
/* Lets sharkd decrypt what was in the air (wifi.c). Errors: as sharkd_ask. */
int question_set_wifi(struct sharkd *s, const struct wireshark_wifi *wifi, size_t n,
		      struct err *err);
/* One page of sharkd's list of frames, an array, from the frame numbered skip on; params, which are
 * taken over, say what is listed and how many at most. */
int question_page(struct wireshark *ws, json_t *params, uint64_t skip, json_t **ret,
		  struct err *err);
/* The frames that match, in order, each given to seen; a negative code of it ends them. */
int wireshark_ask_frames(struct wireshark *ws, const char *filter,
			 int (*seen)(void *ctx, const struct wireshark_frame *frame), void *ctx,
			 struct err *err);
/* What a field of a frame holds, as a filter would say it: the first value, or up to four of them
 * with ", " between. NULL in *ret: it is not there. */
int wireshark_ask_field(struct wireshark *ws, uint64_t frame, const char *field, bool all,
			char **ret, struct err *err);
/* Fills near for a filter that no frame matches. */
int wireshark_ask_nearest(struct wireshark *ws, const char *filter, struct wireshark_near *near,
			  struct err *err);

#endif
