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
};

/*
 * What a command does: 0 with *result (a new reference, or NULL for {}), or negative with err
 * filled and perhaps *extra, which goes into the error reply.
 */
typedef int command_fn(struct request *request, json_t **result, json_t **extra, struct err *err);

command_fn command_status, command_link, command_logs;     /* status.c */
command_fn command_exec, command_console, command_capture; /* session.c */
command_fn command_run;                                    /* run.c */

/* Answers clients until one says down; returns 0 then. */
int server_run(struct lab *lab, int listener, struct err *err);

#endif
