/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happens to guests: one that ends (power-off, kernel panic, a QEMU that was killed), one that
 * is out of memory, one that hangs. A fault is a sentence of the node, is shown by `status`, and
 * fails the run in progress with that reason; `restart` takes it away. A guest that only hung, or
 * whose sshd was killed, gets a new SSH session as soon as it answers, and has no fault then.
 *
 * The end is told by libvirt; memory by the kernel's line on the console; hanging by an sshd that
 * opens no channel (guest_silence_ms).
 */
#ifndef LABD_HEALTH_H
#define LABD_HEALTH_H

#include "labd/lab.h"

/* Starts to watch, once wires, hv and the nodes' guests are there. */
int health_begin(struct lab *lab, struct err *err);
/* The run in progress, if any, fails with this reason, unless it has one already; its commands end.
 * Called under lab->lock. */
void health_fail_run(struct lab *lab, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The guest has ended: the node is dead. text: how, unless the console says that its kernel
 * panicked. */
void health_ended(struct lab_node *node, const char *text);
/*
 * After something failed on a node: true when a fault of it is the cause; why is that then. A
 * broken connection waits a moment for libvirt to say what broke it.
 */
bool health_explain(struct lab_node *node, struct err *why);
/* Whether it is another guest than when it had been started anew so often. wait: what was seen of
 * it may be the beginning of that, for a moment or two. */
bool health_is_another(struct lab_node *node, size_t starts, bool wait);
/* Whether something is wrong with it, as far as is known. */
bool health_is_faulty(struct lab_node *node);
/* Takes the node for restart, or gives it back; -EBUSY: somebody else does that. What waits for a
 * hanging guest to answer gives way. */
int health_hold(struct lab_node *node, struct err *err);
void health_release(struct lab_node *node);
/* Gives it back once its guest, which runs, has a new SSH session; does not wait for that. Commands
 * do (lab_await_node). */
void health_reconnect(struct lab_node *node);
/* Whatever was, the guest is fine now. */
void health_clear(struct lab_node *node);

#endif
