/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What sharkd has answered, kept in this user's cache, so that nothing is asked twice. Of this
 * folder only.
 *
 * A keep is a file. Its name is the hash of all that its answers depend on: of the capture's
 * bytes (which have the TLS keys in them), of the keys to the air, of how Wireshark is set. In it
 * are, beside the answers by question, the files that sharkd was made of when it answered (itself,
 * its libraries, its plugins), each as it was: where one has changed, nothing in it counts. Its
 * first line is the hash of the rest: what is damaged is not there.
 *
 * It lies with the user, not with the run: a run may be read-only, or come from somebody whose word
 * is not to be taken. A keep that another user owns is not there either.
 */
#ifndef WIRESHARK_KEEP_H
#define WIRESHARK_KEEP_H

#include "base/auto.h"
#include "base/json.h"
#include "pki/digest.h"
#include "wireshark/sharkd.h"

struct keep;

/* What is kept under that name; program: who would be asked. Never NULL: without a cache, or where
 * nothing is kept yet, it is empty. */
struct keep *keep_open(const char *cache, const char *program, const char key[DIGEST_TEXT]);
/* NULL: it was not asked. */
const json_t *keep_find(const struct keep *k, const char *question);
/* Takes the answer over; s gave it. */
void keep_add(struct keep *k, const char *question, json_t *answer, const struct sharkd *s);
/* What is new in it is not to be kept. NULL is fine. */
void keep_forget(struct keep *k);
/* Writes what is new, whole or not at all; true: it was written. NULL is fine. */
bool keep_close(struct keep *k);
/* Where all keeps together are too large, the oldest go. */
void keep_prune(const char *cache);
static inline void keep_closep(struct keep **k)
{
	(void)keep_close(*k);
}
#define auto_keep AUTO(keep_closep)

#endif
