/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Templates: guests that were booted once, so that others are made from them (hv/stream.h). They
 * lie in CACHE/templates, the user's own and closed to others. One is called after its content: all
 * that a guest is made from until it waits for its node's name. It lies there whole, or not at all:
 *   ram            the guest's memory, zeros being holes
 *   stream         all else of it
 *   manifest.json  what it is, and the SHA-256 of both
 * A lab does not run from these files but from a copy on its own tmpfs, made when its hash is
 * checked: so nothing that happens in a lab can change a template, and any can be removed any time.
 */
#ifndef IMAGE_TEMPLATE_H
#define IMAGE_TEMPLATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/json.h"
#include "pki/digest.h"

#define TEMPLATE_KEPT 8 /* so many; of others the one that was used longest ago goes */

/* The key of what is made from the image in a folder, and from all that inputs says. */
int template_key(const char *image, const char *inputs, char ret[DIGEST_TEXT], struct err *err);

/* Copies the template's files to two that are not there yet. -ENOENT: there is none; -EBADMSG: it
 * was not what was written, and is gone now. Nothing is left of the copies then. */
int template_take(const char *cache, const char *key, const char *ram, const char *stream,
		  struct err *err);

/* One is being made. */
struct template_draft {
	char *dir;   /* CACHE/templates/KEY.XXXXXX */
	char *whole; /* and without the end */
	int lock;    /* nobody else makes one */
	int ram;     /* to be filled; empty */
	FILE *stream;
};
/* Waits for others who make one. 1: one of them has made it meanwhile, there is nothing to do.
 * -ECANCELED once *cancel is set. */
int template_begin(const char *cache, const char *key, const atomic_bool *cancel,
		   struct template_draft *ret, struct err *err);
/* The files are complete. about, whose reference it takes, goes into the manifest. */
int template_finish(struct template_draft *draft, json_t *about, struct err *err);
/* Removes what was not finished. */
void template_end(struct template_draft *draft);

/* All of them, an array, those used last first: {"key", "bytes", "used" (seconds since the epoch),
 * and what stands in the manifest}. A new reference. */
json_t *template_list(const char *cache);
/* Removes the templates but for the kept that were used last; the number of those removed, and
 * their bytes. */
int template_prune(const char *cache, size_t kept, int64_t *bytes, struct err *err);
int template_remove(const char *cache, const char *key, struct err *err);
/* Removes what makers that were killed left behind; with the lock held. */
void template_sweep(const char *cache);

#endif
