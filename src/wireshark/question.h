/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions about the capture that a session looks at. Of this folder, and of src/journey/air.c. */
#ifndef WIRESHARK_QUESTION_H
#define WIRESHARK_QUESTION_H

#include "base/json.h"
#include "wireshark/keep.h"
#include "wireshark/manner.h"
#include "wireshark/sharkd.h"
#include "wireshark/wireshark.h"

struct wireshark {
	char *program, *cache; /* cache NULL: nothing is kept */
	char *dir;
	struct manner manner;
	const struct sharkd_patience *patience;
	struct sharkd *sharkd; /* NULL: it was not needed yet */
	json_t *counts;        /* capture.json of that folder; NULL: there is none */

	char *loaded;             /* the query's name of the file; NULL: none */
	char *path;               /* of it */
	bool at_sharkd;           /* sharkd has loaded it; else all that was asked was kept */
	struct keep *keep;        /* what it answered about the file */
	char digest[DIGEST_TEXT]; /* of the file; "": nothing is kept of it */
	bool cut;    /* it lacks frames: it ends inside one, or has fewer than were counted, or
		      * some were dropped when it was made */
	bool hidden; /* it has frames that nobody can decrypt */

	int loads;  /* by sharkd */
	bool saved; /* some answers are new in the cache */
};

struct wireshark_frame {
	uint64_t number;
	int64_t time_ns; /* since the epoch */
};

/* Looks at the capture unless that is done already; 1 for one that ends inside a frame, which is
 * used up to there. Afterwards ws->loaded is it, or NULL where it cannot be loaded (-EINVAL). */
int question_load(struct wireshark *ws, const char *file, struct err *err);
/* The same, of a file whose path need not be absolute, and which need be no run's. */
int question_load_path(struct wireshark *ws, const char *path, struct err *err);
/* The same, in any case; ws->loaded is the caller's to set. Takes path over. */
int question_look_at(struct wireshark *ws, char *path, struct err *err);
/* Takes leave of it: what was answered is kept. */
void question_unload(struct wireshark *ws);

/* Asks sharkd, which has loaded the capture then; params are taken over. */
int question_ask(struct wireshark *ws, const char *method, json_t *params, json_t **ret,
		 struct err *err);
/* What sharkd has answered about this capture before; NULL: nothing. */
const json_t *question_kept(const struct wireshark *ws, const char *question);
/* Takes over an answer of sharkd's that is not kept yet. */
void question_keep(struct wireshark *ws, const char *question, json_t *answer);

/* Whether Wireshark knows it; kind: "filter" or "field". 0, -EINVAL with its words, or as
 * sharkd_ask. */
int question_check(struct wireshark *ws, const char *kind, const char *text, struct err *err);
/* Wireshark's own words for a question that was wrong, with -EINVAL for -EBADMSG; any other code,
 * which ends the conversation, is as it was. */
int question_wrong(int r, const char *kind, const char *text, struct err *err);

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
/* Fills near for a question that no frame answers. */
int wireshark_ask_nearest(struct wireshark *ws, const struct wireshark_query *query,
			  struct wireshark_near *near, struct err *err);

#endif
