/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lab's links. Each is of a kind, and what is so of one kind alone stands in that kind's file:
 * link-wire.c, link-air.c. The rest of labd walks lab->links and asks their kinds.
 */
#ifndef LABD_LINK_H
#define LABD_LINK_H

#include "capture/capture.h"
#include "labd/lab.h"
#include "wireshark/wireshark.h"

struct lab_link {
	struct lab *lab;
	const struct plan_link *plan;
	const struct link_kind *kind;
	struct helper *helper; /* its cable, or its medium */
	void *own;             /* the kind's: what `labctl link` has made of it, for one */
};

/* All is called under lab->make_lock, but for open, capture_live and keys. Errors say of which
 * link. What may be NULL says so. */
struct link_kind {
	enum helper_kind helper;
	/* Makes own, as the plan has it. */
	void (*open)(struct lab_link *link);
	/* Makes it what it was told to be up to now, again where its helper has died. */
	int (*start)(struct lab_link *link, struct err *err);
	/* Of a labd that takes over: its helper is watched, or missed. */
	void (*adopt)(struct lab_link *link);
	/* What `labctl link` has made of it, for a labd that takes over; a new reference. */
	json_t *(*save)(const struct lab_link *link);
	void (*read)(struct lab_link *link, const json_t *saved);
	/* Makes it what save told. */
	int (*restore)(struct lab_link *link, const json_t *saved, struct err *err);
	/* The words of `labctl link`: done whole, or not at all as far as that goes. */
	int (*change)(struct lab_link *link, const json_t *args, struct err *err);
	/* Its state, shape and ends ("node:nic"), and what else is to be said, as in `labctl
	 * status`; a new reference. NULL: nothing yet. */
	json_t *(*describe)(struct lab_link *link, json_t *ends);
	/* NULL, or: no NIC on it has a carrier. */
	bool (*is_down)(const struct lab_link *link);
	/* NULL, or: it has the NIC of a new guest. */
	int (*join)(struct lab_link *link, struct err *err);
	/*
	 * All NULL, or: it is captured as one (struct topo_point), not at its ends. Into a new file
	 * until it is stopped by that name; and as a pcapng stream until out's reader is gone or
	 * stop is readable.
	 */
	int (*capture_start)(struct lab_link *link, const char *name, const char *path,
			     struct err *err);
	int (*capture_stop)(struct lab_link *link, const char *name, struct capture_stats *ret,
			    struct err *err);
	int (*capture_live)(struct lab_link *link, const char *point, int out, int stop,
			    struct err *err);
	/* How its capture is decrypted, one key more a network; with the ones before. */
	void (*keys)(const struct lab_link *link, struct wireshark_wifi **list, size_t *n);
};

extern const struct link_kind link_wire, link_air;

/* All links, of which nothing is made yet. */
void link_open(struct lab *lab);
/* No NIC on the lab's link of that index has a carrier; SIZE_MAX: no link. */
bool link_is_down(struct lab *lab, size_t index);
struct lab_link *link_find(struct lab *lab, const char *name, struct err *err);
/* As in `labctl status`, a new reference; NULL: nothing can be said yet. */
json_t *link_describe(struct lab_link *link);
json_t *link_describe_all(struct lab *lab);

/* As its kind's change, under lab->make_lock; a run in progress hears of it. */
int link_change(struct lab_link *link, const json_t *words, struct err *err);
/* What all are, {"NAME": of save}; a new reference. */
json_t *link_save_all(const struct lab *lab);
/* Makes each link that is named what is saved there ({"NAME": of save}); takes lab->make_lock. All
 * are tried; the first error is told. */
int link_restore(struct lab *lab, const json_t *saved, struct err *err);

/* The shell words with which a guest tells how its radio is; said_radio reads what it says. */
void link_radio_question(const struct lab_node *node, struct str *out);

#endif
