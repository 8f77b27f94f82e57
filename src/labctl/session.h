/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session: bytes between this process's standard streams and labd, while a command runs.
 *
 * labd gets pipes and never the user's own descriptors: what it does to them (O_NONBLOCK is shared
 * by all who hold a terminal) cannot reach the user's shell, and a labctl that is killed is the end
 * of the stream for the guest.
 */
#ifndef LABCTL_SESSION_H
#define LABCTL_SESSION_H

#include <stdbool.h>

#include "ctl/message.h"

struct session {
	enum ctl_command command; /* CTL_EXEC or CTL_CONSOLE */
	json_t *args;             /* stolen */
	int signals;              /* of interrupt_open */
	bool terminal;            /* size changes go to labd */
	const int *to;            /* output and error go to these two; NULL: to ours */
	int escape;               /* this byte in the input ends the session; negative: none */
};

/*
 * Runs it to its end. 0 with *ret the result, a new reference (NULL where the session was ended
 * from here: by the escape, or since nobody reads its output); -ECANCELED after a signal; else
 * labd's error.
 */
int session_run(struct ctl *ctl, const struct session *s, json_t **ret, struct err *err);

#endif
