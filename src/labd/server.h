/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon's side of the control protocol: one thread a client. */
#ifndef LABD_SERVER_H
#define LABD_SERVER_H

#include "ctl/message.h"
#include "labd/lab.h"

/* One client's command. */
struct request {
	struct lab *lab;
	struct ctl *ctl;
	const json_t *args; /* an object */
	struct ctl_fds *fds;
	int down; /* eventfd: the lab ends */
};

/*
 * What a command does: 0 with *result (a new reference, or NULL for {}), or negative with err
 * filled and perhaps *extra, which goes into the error reply.
 */
typedef int command_fn(struct request *request, json_t **result, json_t **extra, struct err *err);

command_fn lab_command_status, lab_command_link, lab_command_logs;     /* status.c */
command_fn lab_command_exec, lab_command_console, lab_command_capture; /* session.c */
command_fn lab_command_run;                                            /* run.c */
command_fn lab_command_restart;                                        /* restart.c */

/* tell.c: a lab_progress whose ctx is the client's struct ctl. */
void server_tell_stage(void *ctx, const struct lab_node *node, const char *detail);
void server_tell_note(void *ctx, const char *text);
/* What a person needs to see of a node that failed; NULL when none is to blame. A new reference. */
json_t *server_failure_details(const struct lab_failure *failure);

/*
 * Answers clients until one says down, or nobody is left who would have the lab come up; returns 0
 * then. leash: a socket whose other end whoever started the lab holds until `up` has begun; -1:
 * none.
 */
int server_run(struct lab *lab, int listener, int leash, struct err *err);

#endif
