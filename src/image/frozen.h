/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frozen labs: what a lab was at one instant, secrets and all, in CACHE/frozen/KEY, the user's own
 * and closed to others. KEY is made of all that has to be the same where it is to go on. It lies
 * there whole, or not at all:
 *   manifest.json  what it is, and the SHA-256 of each other file ("files")
 *   and files of the lab's: saved guests, keys
 * Whoever uses one has it locked, so that nobody removes it meanwhile.
 */
#ifndef IMAGE_FROZEN_H
#define IMAGE_FROZEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "pki/digest.h"

/* All frozen labs together; of those that no lab uses, the one used longest ago goes first. */
#define FROZEN_MAX_BYTES (INT64_C(4) << 30)

struct frozen {
	char *dir;
	json_t *about; /* the manifest */
	int lock;
	bool alone; /* nobody else used it when it was opened */
};
#define FROZEN_INIT        \
	{                  \
		.lock = -1 \
	}

/* -ENOENT: there is none; -EBADMSG: it cannot be read. */
int frozen_open(const char *cache, const char *key, struct frozen *ret, struct err *err);
void frozen_close(struct frozen *frozen);
/* The path of one of its files. */
char *frozen_path(const struct frozen *frozen, const char *name);
/* The file is what was written, else -EBADMSG. */
int frozen_check(const struct frozen *frozen, const char *name, struct err *err);
/* Copies a file to one that is not there yet, 0600; -EBADMSG: it is not what was written. */
int frozen_take(const struct frozen *frozen, const char *name, const char *to, struct err *err);

/* One is being made: a folder to put files into, which has this name until it is finished. */
struct frozen_draft {
	char *dir, *whole, *cache;
	int lock;
};
int frozen_begin(const char *cache, const char *key, struct frozen_draft *ret, struct err *err);
/*
 * All files are there. about, whose reference it takes, becomes the manifest. It takes the place of
 * an earlier one, and others go where all together are too many bytes; -EFBIG: it alone is.
 */
int frozen_finish(struct frozen_draft *draft, json_t *about, struct err *err);
/* Removes what was not finished. */
void frozen_end(struct frozen_draft *draft);

/* All of them, an array, those used last first: {"key", "bytes", "used" (seconds since the epoch),
 * "in_use", and of the manifest "lab", "topology", "frozen", "until", "nodes"}. A new reference. */
json_t *frozen_list(const char *cache);
/* Removes of those that nobody uses as many as are beyond max bytes; how many, and their bytes. */
int frozen_prune(const char *cache, int64_t max, int64_t *bytes, struct err *err);
/* -EBUSY: somebody uses it. */
int frozen_remove(const char *cache, const char *key, struct err *err);

#endif
