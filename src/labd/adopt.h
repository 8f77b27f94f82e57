/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A labd that was restarted takes over what its predecessor left running. */
#ifndef LABD_ADOPT_H
#define LABD_ADOPT_H

#include "labd/lab.h"

/* Keeps what a successor must know, on the lab's tmpfs: after `up`, and after a link was changed.
 */
int lab_record(struct lab *lab, struct err *err);
/* The same for who holds make_lock. */
int lab_record_held(struct lab *lab, struct err *err);
/* -EOWNERDEAD: the lab was not up yet, and is to end. */
int lab_adopt(struct lab *lab, struct err *err);
/* What kind->save said of each link, and what lab_lacks gave. */
void lab_read_links(struct lab *lab, const json_t *links);
void lab_read_lacks(struct lab *lab, const json_t *lacks);
/* Each node gets an SSH session, in a thread that nobody waits for, and is ready then. */
void lab_reconnect(struct lab *lab);
/* Waits until a node of a lab that was taken over has been asked for its SSH session again, a
 * minute at most, or until *cancel (NULL: nothing cancels). Whoever wants something of it so soon
 * need not be told of a death that is being mended. */
void lab_await_node(struct lab_node *node, const atomic_bool *cancel);

#endif
