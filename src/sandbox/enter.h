/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside sandbox: entering namespaces, and what the init and its starter say to each other. */
#ifndef SANDBOX_ENTER_H
#define SANDBOX_ENTER_H

#include <sys/types.h>

#include "base/err.h"

/* What root is inside: not 0, so that a program that asks "am I root" takes the ordinary path. */
#define SANDBOX_ROOT_ID 1000

/*
 * Moves the calling process (of one thread) into new namespaces, maps its ids and keeps the
 * capabilities that the init needs across exec. Its next child is PID 1 of the new PID namespace.
 */
int sandbox_enter(struct err *err);
/* For that child: the lab's mounts, its folders below SANDBOX_RUN and its sysctls. */
int sandbox_mount(struct err *err);
/* For that child, afterwards: it and its children keep CAP_NET_ADMIN and CAP_NET_RAW only. */
int sandbox_drop_caps(struct err *err);

/* Adds to the failure of one of these in err what a person can do about it. */
int sandbox_explain(struct err *err);

/*
 * One message over a SOCK_SEQPACKET pair from the lab to its starter. First comes the init's pid,
 * then, when the starter has answered with one byte, whether labd runs: err.code is 0, or says why
 * not.
 */
struct sandbox_report {
	pid_t pid;
	struct err err;
};

#endif
