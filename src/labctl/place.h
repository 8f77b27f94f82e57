/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where a lab is: here, a process of this machine under a sandbox's init. All other files of labctl
 * ask this one for a connection, and know neither process nor path.
 */
#ifndef LABCTL_PLACE_H
#define LABCTL_PLACE_H

#include "base/auto.h"
#include "ctl/message.h"
#include "labctl/labctl.h"
#include "sandbox/registry.h"
#include "topo/topo.h"

struct place {
	struct registry_entry entry; /* of place.c alone */
	int leash; /* until it is closed, labd knows that somebody waits for the lab */
};
#define PLACE_INIT          \
	{                   \
		.leash = -1 \
	}

/*
 * The lab that -l names, or the only one. -ENOENT, -EAGAIN, -ENOTUNIQ as registry_find says;
 * client_exit_code makes the exit code of it. To be freed.
 */
int place_find(const struct labctl *l, struct place *ret, struct err *err);
void place_free(struct place *place);
AUTO_DEFINE(place_auto, struct place, place_free)
#define auto_place AUTO(place_autop)

/* All of them, those that are starting too. */
struct places {
	struct place *list; /* sorted by name */
	size_t n;
};

int place_list(const struct labctl *l, struct places *ret, struct err *err);
void places_free(struct places *places);
AUTO_DEFINE(places_auto, struct places, places_free)
#define auto_places AUTO(places_autop)

/* A line for each lab that ended by itself, with the reason; each is told once. Appended to ret. */
void place_news(const struct labctl *l, struct str *ret);

/* Whether a lab can be called so, else -EINVAL. */
int place_check_name(const char *name, struct err *err);
const char *place_name(const struct place *place);
const char *place_topology(const struct place *place); /* the file, an absolute path */
bool place_is_starting(const struct place *place);
/* Whether there is a lab: false too before place_start, and where that came to nothing. */
bool place_is_started(const struct place *place);
double place_age_s(const struct place *place);
/* {"lab", "topology", "seconds", and what tells where it is: "pid"} */
json_t *place_to_json(const struct place *place);
/* The lab as it was written; an empty one where that is gone. */
void place_load(const struct labctl *l, const struct place *place, struct topo *ret);
/* The last lines of labd's own log, which is there also when labd is not. */
int place_log(const struct place *place, size_t lines, struct str *ret, struct err *err);
/* The same of the last lab of that name that has ended by itself. */
int place_ended_log(const struct labctl *l, const char *name, size_t lines, struct str *ret,
		    struct err *err);

/*
 * Connects to its labd, waiting for it to listen until the deadline. -ESRCH: the lab has ended;
 * -ECANCELED: a signal came (signals: of interrupt_open, or -1).
 */
int place_connect(const struct place *place, int signals, int64_t deadline, struct ctl **ret,
		  struct err *err);

struct place_start {
	const char *name;
	const char *origin, *flat; /* the topology's file, and its text */
	const char *image;         /* its folder */
	const char *accelerator;   /* may be NULL */
};

/* Takes the name, and starts labd in a sandbox of its own. Whatever comes of it, place_end takes
 * away what there is. */
int place_start(const struct labctl *l, const struct place_start *start, struct place *ret,
		struct err *err);
/* Waits for the lab to end by itself, until the deadline. */
void place_await_end(const struct place *place, int64_t deadline);
/* Ends it, by force, and forgets it; it is kept in mind where it cannot be ended. Of one that
 * place_start did not bring to a start, nothing is left. -EAGAIN: another process is starting it.
 */
int place_end(const struct labctl *l, const struct place *place, struct err *err);

#endif
