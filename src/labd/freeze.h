/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frozen labs (image/frozen.h): all guests of a lab stand still at one instant and are saved, each
 * as what differs from its template, with the lab's secrets and the state of its links. The next
 * `up` of the same lab thaws them instead of booting, and `reset` takes nodes back to that instant.
 */
#ifndef LABD_FREEZE_H
#define LABD_FREEZE_H

#include "labd/lab.h"
#include "labd/server.h"

/* --- freeze.c --- */

/* What is kept, and what labd does to a guest beside its plan; another number, other keys. */
#define FREEZE_FORMAT 1

/*
 * The key of what this lab is, once its libvirt is open: image, topology and plan, the machine and
 * processor that a guest has, the versions of libvirt and QEMU. Neither the lab's name nor labd's
 * version: a lab that is the same is found by another name, and by a labd that would make the same.
 */
int freeze_key(struct lab *lab, char ret[DIGEST_TEXT], struct err *err);
/* Tells a guest that stood still the time, and that others may have stood so too. */
int freeze_tell(struct lab_node *node, const atomic_bool *cancel, struct err *err);
/* All that are wanted (by index; NULL: all) and stand still go on, and are told the time. */
int freeze_go_on(struct lab *lab, const bool *wanted, const atomic_bool *cancel, struct err *err);
/* The lab as it is now, kept in the user's cache; then it goes on. */
int lab_freeze(struct lab *lab, const struct lab_progress *progress, const atomic_bool *cancel,
	       struct err *err);

/* --- thaw.c --- */

/*
 * Looks for a frozen lab, before any of this one is made: its secrets and links' states are this
 * lab's then. 1: there is one, lab->frozen; 0: none; one that is of no use is told of and removed.
 */
int lab_thaw_look(struct lab *lab, const struct lab_progress *progress);
/* Brings all guests back, at one instant. */
int lab_thaw(struct lab *lab, const struct lab_progress *progress, struct err *err);
/* It is of no use: this is said, it is removed, and so are guests that are there already. */
void lab_thaw_failed(struct lab *lab, const struct lab_progress *progress, const struct err *why);
/* -ENOENT: there is nothing to go back to. */
int lab_reset_possible(const struct lab *lab, struct err *err);
/* The same, of a lab that goes on, for the nodes that are wanted (by index; NULL: all, and links).
 */
int lab_reset(struct lab *lab, const bool *wanted, const atomic_bool *cancel, struct err *err);

/* --- hold.c: commands, and what is held while they last --- */

command_fn lab_command_freeze, lab_command_reset;

#endif
