/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of this folder share. */
#ifndef IMAGE_PRIVATE_H
#define IMAGE_PRIVATE_H

#include "image/image.h"

/* Exactly a key's digits, and behind. */
bool image_is_key(const char *text, const char *behind);
/* Where the user's image of today's inputs is or will be. */
int image_describe(const struct image_source *from, struct image *ret, struct err *err);
/* 0: its files are there, and are what the manifest beside them says, by size and SHA-256. A folder
 * appears whole, but a user may have emptied it, or a disk have failed. */
int image_damage(const struct image *image, struct err *err);
/* Goes over to the shipped image of the same key where that is as it should be. */
bool image_take_shipped(const char *share, struct image *image);
/* One that changes images at a time: waits, and returns a descriptor that holds the lock. The wait
 * ends at the latest with a build's own deadline. */
int image_lock(const char *cache, int progress_fd, struct err *err);
/* Removes what builds and imports that were killed left behind; with the lock held. */
void image_sweep(const char *cache);
/* The same of frozen labs, in that folder; those that are being made stay. */
void frozen_sweep(const char *above);

#endif
