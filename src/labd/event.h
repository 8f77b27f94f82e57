/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happens to links and nodes while a run lasts, whoever does it: a step, or somebody with
 * `labctl`. It stands in run.json, and the story tells it at its time. Without a run, nothing is
 * kept.
 */
#ifndef LABD_EVENT_H
#define LABD_EVENT_H

#include "labd/lab.h"

#define EVENT_MAX 4096 /* of a run; what comes after is not kept */

/* From now on events are kept. */
void event_begin(struct lab *lab);
/* What was kept, and no more is; a new reference. */
json_t *event_end(struct lab *lab);

/*
 * A link has become another between begin_ns and now (CLOCK_REALTIME): was and is as link_describe
 * has them, words those of `labctl link`. Nothing where nothing has changed.
 */
void event_link(struct lab *lab, int64_t begin_ns, const json_t *was, const json_t *is,
		const json_t *words);
/* A service of the node's has stopped, then; again: and runs again since. */
void event_service(struct lab_node *node, const char *service, bool again, int64_t time_ns);
/* what: "restart", "reboot". */
void event_node(struct lab_node *node, const char *what, int64_t begin_ns);

#endif
