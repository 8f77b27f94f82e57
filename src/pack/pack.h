/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A folder as one file: a tar archive, compressed by gzip, that any system unpacks.
 *
 * Its first member, labd.json, is the contents: which labd made it, of what kind it is ("image",
 * "run"), and name, size and SHA-256 of each file that follows. A pack may come from anybody. What
 * is taken out of one are regular files with plain names, as many, as large and with the content
 * that the list says; anything else is refused.
 */
#ifndef PACK_PACK_H
#define PACK_PACK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"

/* One file that goes in: of a path, or of bytes in memory. */
struct pack_file {
	const char *name; /* in the pack: see pack_is_name */
	const char *path; /* NULL: data */
	const void *data;
	size_t len;
	time_t modified;
};

#define PACK_CONTENTS "labd.json"

/* Printable ASCII, at most 4 folders deep, no part empty or with a dot in front. */
bool pack_is_name(const char *name);

/*
 * Makes the pack, whole or not at all where the file system has files without a name (and where it
 * has none, not unless it was killed). about: what else the contents say; not consumed. -EEXIST
 * when there is such a file.
 */
int pack_write(const char *path, mode_t mode, const char *kind, const json_t *about,
	       const struct pack_file *files, size_t n, struct err *err);

struct pack_limits {
	size_t files;
	uint64_t bytes; /* of all files together, unpacked */
};

/* A pack that is being read. */
struct pack;

/*
 * Reads and checks the contents, nothing more. The sentence says when it is none of labd's packs,
 * of another kind or a later format, or damaged.
 */
int pack_open(const char *path, const char *kind, const struct pack_limits *limits,
	      struct pack **ret, struct err *err);
/* The contents: {"format","kind","labd","files":[{"name","size","sha256"}], ...}; owned by pack. */
const json_t *pack_contents(const struct pack *pack);
/*
 * Unpacks all into an empty folder of the caller's, who removes it when this fails; once. Files get
 * their times, for their owner alone, and names that every system takes (base/name.h).
 */
int pack_unpack(struct pack *pack, const char *dir, struct err *err);
void pack_close(struct pack *pack);

static inline void pack_autop(struct pack **pack)
{
	pack_close(*pack);
}
#define auto_pack AUTO(pack_autop)

#endif
