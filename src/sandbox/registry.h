/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registry of running labs: what can be found from outside, in any login of the same user. */
#ifndef SANDBOX_REGISTRY_H
#define SANDBOX_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/str.h"

/*
 * STATE_DIR/labs/NAME/ (0700) belongs to one running lab: entry.json, labd.log, and whatever else
 * labd keeps there. STATE_DIR/labs/.lock (flock) serialises changes. An entry holds as long as its
 * process lives: same machine, same boot, same start time. Any call below that meets a stale one
 * sweeps it: the folder goes, its labd.log is kept as STATE_DIR/ended/NAME.log (one per name) for
 * whoever asks why. Entries that another machine made (a home on a network) are left alone and not
 * listed.
 */
#define REGISTRY_NAME_MAX 32

struct registry_entry {
	char name[REGISTRY_NAME_MAX + 1];
	pid_t pid;           /* the lab's init; while it starts: of the labctl that claimed it */
	uint64_t start_time; /* of that process, /proc/PID/stat field 22 */
	bool starting;       /* claimed, not yet published */
	char *topology;      /* absolute path of the file */
	int64_t created;     /* CLOCK_REALTIME, nanoseconds */
	char *dir;           /* STATE_DIR/labs/NAME */
	char *log;           /* STATE_DIR/labs/NAME/labd.log */
};

struct registry_list {
	struct registry_entry *entries; /* sorted by name */
	size_t n;
};

/* [a-z0-9-]{1,32} with no hyphen at either end, else -EINVAL. */
int registry_check_name(const char *name, struct err *err);

/*
 * Takes a name for a lab that the caller is about to start; of two callers one wins. The claim
 * lasts as long as the caller's process, until it publishes or removes it. -EEXIST: the name runs;
 * the sentence names it and suggests --name. The folder is empty then, but for entry.json.
 */
int registry_claim(const char *state_dir, const char *name, const char *topology,
		   struct registry_entry *ret, struct err *err);
/* The claimed lab now lives as long as init does. Made for sandbox_spec.announce. */
int registry_publish(const char *state_dir, const char *name, pid_t init, struct err *err);
/*
 * Removes the folder after a lab's end, or a start that failed; the log is kept as a stale entry's
 * is. A missing one is fine.
 */
int registry_remove(const char *state_dir, const char *name, struct err *err);

/* Published and starting labs that live, after sweeping those that do not. */
int registry_list(const char *state_dir, struct registry_list *ret, struct err *err);
/*
 * The lab of that name; name NULL: the only one. -ENOENT: no such lab, none runs; -EAGAIN: it is
 * still being started; -ENOTUNIQ: several run, the sentence lists them.
 */
int registry_find(const char *state_dir, const char *name, struct registry_entry *ret,
		  struct err *err);

/*
 * Appends a line for each lab that ended by itself, with the reason, and was swept since the last
 * call: each is told once.
 */
void registry_news(const char *state_dir, struct str *out);

void registry_entry_free(struct registry_entry *entry);
void registry_list_free(struct registry_list *list);
AUTO_DEFINE(registry_entry_auto, struct registry_entry, registry_entry_free)
AUTO_DEFINE(registry_list_auto, struct registry_list, registry_list_free)
#define auto_registry_entry AUTO(registry_entry_autop)
#define auto_registry_list AUTO(registry_list_autop)

#endif
