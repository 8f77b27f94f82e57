/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guests that are not booted but made from a template (image/template.h): a guest that was booted
 * once, with no NIC, no radio, no name and no key, and saved while it waited to be told who it is.
 */
#ifndef LABD_TEMPLATE_H
#define LABD_TEMPLATE_H

#include "labd/lab.h"

/*
 * Gets what the nodes are made from out of the user's cache; returns whether something of it has to
 * be made. What cannot be had is said, and is no failure: those nodes boot.
 */
bool lab_templates_take(struct lab *lab, const struct lab_progress *progress);
/*
 * Makes what was missing, by booting a guest in this lab, which is kept in the cache for others.
 * Nodes may start meanwhile: those that come before it boot.
 */
void lab_templates_make(struct lab *lab, const struct lab_progress *progress);
/*
 * Starts the node's guest as a clone, up to where SSH answers. -ENOENT: it has no template. After
 * any failure there may be a guest; whoever boots it ends that one first.
 */
int lab_clone(struct lab_node *node, const struct hv_guest *guest, const atomic_bool *cancel,
	      struct err *err);

/* The file of its template's memory, in the lab; to be freed. It need not be there. */
char *lab_template_memory(const struct lab_node *node);
/* Its SHA-256, which is computed once: nothing changes it while the lab is there. Of one thread at
 * a time. */
int lab_template_sum(const struct lab_node *node, const char **ret, struct err *err);
/* Starts the node's guest, standing still, as it was saved to stream: over its template's memory if
 * node->cloned says so. */
int lab_restore(struct lab_node *node, const struct hv_guest *guest, const char *stream,
		struct err *err);

#endif
