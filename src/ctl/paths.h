/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where things are on this machine: the programs and data that came with labd, and the user's
 * folders (XDG Base Directory Specification).
 *
 * A program that runs from the build tree finds all the rest there: no installation is needed.
 */
#ifndef CTL_PATHS_H
#define CTL_PATHS_H

#include "base/auto.h"
#include "base/err.h"

/* Absolute paths, all owned; none need exist. */
struct paths {
	char *share;     /* holds topologies/ and images/ */
	char *libexec;   /* holds labd-init, labd-cable, labd-capture, guest/ */
	char *guest_bin; /* libexec/guest: the programs that go into the image */
	char *labd;      /* the daemon's program */
	char *state;     /* labs' entries and logs: $XDG_STATE_HOME/labd */
	char *cache;     /* what can be made again, e.g. images: $XDG_CACHE_HOME/labd */
	char *data;      /* what must be kept: $XDG_DATA_HOME/labd */
	char *runs;      /* data/runs */
};

/* What decides: values of the environment (NULL: unset) and where the running program is. */
struct paths_from {
	const char *home, *xdg_state, *xdg_cache, *xdg_data; /* HOME, XDG_*_HOME */
	const char *share, *libexec, *labd; /* LABD_SHARE, LABD_LIBEXEC, LABD_DAEMON */
	const char *program; /* absolute path of the running program; NULL: unknown */
	const char *build;   /* the folder where labd was built, if it is there; NULL: it is not */
};

/* Pure. -ENOENT when neither HOME nor the XDG variables say where the user's folders are; -EINVAL
 * for what they may not be. */
int paths_build(const struct paths_from *from, struct paths *ret, struct err *err);
/* Reads the environment, /proc/self/exe and, without HOME, the user's passwd entry. */
int paths_find(struct paths *ret, struct err *err);
void paths_free(struct paths *paths);
AUTO_DEFINE(paths_auto, struct paths, paths_free)
#define auto_paths AUTO(paths_autop)

#endif
