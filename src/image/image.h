/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest image: kernel, initramfs and read-only root that all guests share.
 *
 * An image is called after its content key, 16 hexadecimal digits that cover everything of ours
 * that it is made from: package list, configuration, sources of the guest programs; and the
 * packages that a lab wants besides. It lies whole in CACHE/images/KEY, the user's own, or in
 * SHARE/images/KEY, as it came with labd for all users, or is not there. Only the user's are ever
 * written. The script SHARE/images/build knows how to make one.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

/* What an image is made from, and where images are kept. Nothing is owned. */
struct image_source {
	const char *share;     /* has images/build, and images that came with labd */
	const char *guest_bin; /* the programs of ours that run in guests */
	const char *cache;     /* the user's own images */
	const char *with;      /* Debian packages beyond ours, a blank between; NULL: none */
};

/* Absolute paths where the caller's are; all owned. */
struct image {
	char *key;
	char *dir;    /* CACHE/images/KEY or SHARE/images/KEY */
	bool shipped; /* the latter */
	char *kernel; /* an ELF with a PVH entry, for QEMU's -kernel */
	char *initrd; /* newc archives, uncompressed; a lab appends one with its keys */
	char *root;   /* EROFS, for a read-only virtio disk */
};

/* Finds the image of today's inputs: the user's own first, who may have built it for a reason, with
 * packages that he chose; the shipped one where there is none, or it is damaged. -ENOENT, with a
 * message that names the command to run, when there is neither; -EBADMSG when a file of it is not
 * what was built, by its SHA-256. */
int image_locate(const struct image_source *from, struct image *ret, struct err *err);
struct image_options {
	bool force;           /* build even when it is there; guests that run keep the old one */
	bool locked;          /* build from the last build's packages, and without a network */
	const char *packages; /* the folder that keeps them; NULL: CACHE/debs */
	int progress_fd;      /* gets a line a step; negative: nobody */
};

/*
 * Builds the image of today's inputs unless it is there. Takes minutes. Two builds of one user wait
 * for each other. Returns 1 when it has built, 0 when there was nothing to do.
 */
int image_build(const struct image_source *from, const struct image_options *options,
		struct image *ret, struct err *err);
/* Appends the image's manifest to ret: JSON with every package, version and hash. */
int image_manifest(const struct image *image, struct str *ret, struct err *err);

/* Writes the image to one file (src/pack), and makes an image of such a file: it must be the one of
 * today's inputs, with whatever packages it names, and be as it was written. It appears whole or
 * not at all. */
int image_export(const struct image *image, const char *path, struct err *err);
int image_import(const struct image_source *from, const char *path, struct image *ret,
		 struct err *err);

/* Keeps the image in DIR from being pruned as long as the returned descriptor is open. One that is
 * not in CACHE is pruned by nobody, and anybody may lock it: its descriptor alone is returned. */
int image_hold(const char *dir, const char *cache, struct err *err);

struct image_pruned {
	size_t removed, used; /* used: older ones that stay, since a lab holds them */
	int64_t bytes;        /* of those removed */
};

/* Removes every image but those of today's inputs, with whatever packages, and those that are held.
 */
int image_prune(const struct image_source *from, struct image_pruned *ret, struct err *err);

/* Frees what image owns and zeroes it; fine on a zeroed one. */
void image_free(struct image *image);
AUTO_DEFINE(image_auto, struct image, image_free)
#define auto_image AUTO(image_autop)

#endif
