/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wireshark's dissectors, through its own server: sharkd answers one JSON line per request on its
 * standard input and output. One process answers for many files, one loaded after another.
 *
 * It sees neither the user's Wireshark preferences nor anything else of the environment: HOME and
 * WIRESHARK_CONFIG_DIR are a folder that does not exist.
 *
 * Wireshark passes over WIRESHARK_DATA_DIR where it is root's: so root's sharkd, when it is given
 * such a folder, is nobody in a user namespace of its own. There it may read what is root's, but
 * nothing of other users, so that it is handed a copy of each capture.
 */
#ifndef WIRESHARK_SHARKD_H
#define WIRESHARK_SHARKD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"

#define SHARKD "sharkd" /* looked up in PATH */

struct sharkd;

/*
 * How long an answer is waited for: as long as sharkd works at it, whatever else the machine does.
 * Zeros are the defaults, and so is NULL where a pointer to one is taken.
 */
struct sharkd_patience {
	int64_t still_ms;        /* on the wall, without any processor time used by it: 60 s */
	int64_t work_ms;         /* of its processor time, for one answer: 600 s */
	const atomic_bool *stop; /* ends the waiting; may be NULL. Must outlive the sharkd. */
};

/* What is put in front of a program for it to be nobody. */
#define SHARKD_ASIDE "unshare", "--user", "--map-user=65534", "--map-group=65534", "--"
bool sharkd_stands_aside(void);

/*
 * Starts program ("sharkd": looked up in PATH), with a folder of Wireshark's data other than the
 * installed one unless data is NULL. A program that is missing shows in the first question.
 */
int sharkd_start(const char *program, const char *data, const struct sharkd_patience *patience,
		 struct sharkd **ret, struct err *err);
/*
 * Asks for method with params (taken over; may be NULL). Returns 0 with the reply's result in *ret,
 * -EBADMSG where sharkd answers that the question was wrong (its words in err), or another code
 * where it answers no more: -ETIMEDOUT, -ECANCELED (stopped), -ENOENT (not installed), -EPIPE,
 * -EFBIG.
 */
int sharkd_ask(struct sharkd *s, const char *method, json_t *params, json_t **ret, struct err *err);
/*
 * The two halves of it, so that the next question can be sent before an answer is taken: pending is
 * how many were sent after the one that is answered. sharkd may hold one or two, no more.
 */
int sharkd_send(struct sharkd *s, const char *method, json_t *params, struct err *err);
int sharkd_answer(struct sharkd *s, int pending, json_t **ret, struct err *err);
/*
 * Loads a capture. Returns 0, 1 for one that ends in the middle of a packet and is used up to there
 * (sharkd then says nothing at all, so it is asked for its status as well), or as sharkd_ask.
 */
int sharkd_load(struct sharkd *s, const char *file, struct err *err);
/*
 * A file in memory that is sharkd's too, empty: for what is to be loaded by sharkd_load_copy. It
 * is sharkd's own, -errno where it cannot be emptied.
 */
int sharkd_copy(struct sharkd *s);
int sharkd_load_copy(struct sharkd *s, struct err *err);
/* Sets one of Wireshark's preferences. Errors: as sharkd_ask. */
int sharkd_set(struct sharkd *s, const char *name, const char *value, struct err *err);
/* The files that it consists of (wireshark/made.h); NULL where that cannot be known. */
json_t *sharkd_made_of(const struct sharkd *s);
/* Ends the process and reaps it. NULL is fine. */
void sharkd_free(struct sharkd *s);
static inline void sharkd_freep(struct sharkd **s)
{
	sharkd_free(*s);
}
#define auto_sharkd AUTO(sharkd_freep)

#endif
