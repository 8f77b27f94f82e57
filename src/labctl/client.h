/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One command to a lab's labd, and what comes back. */
#ifndef LABCTL_CLIENT_H
#define LABCTL_CLIENT_H

#include "ctl/message.h"
#include "labctl/labctl.h"
#include "labctl/place.h"

/* Of what place_find and place_connect return. */
enum exit_code client_exit_code(int code);

struct client_call {
	enum ctl_command command;
	json_t *args;       /* an object or NULL for {}; stolen */
	const int *fds;     /* ctl_command_fds(command) of them; stay the caller's */
	int signals;        /* of interrupt_open; -1: signals are not looked at */
	bool abandon;       /* a signal ends the call at once; else labd is asked to cancel */
	int64_t silence_ms; /* labd may say nothing for so long; 0: 60 s */
	void (*event)(void *ctx, const json_t *event); /* NULL: events do not matter */
	void (*tick)(
		void *ctx); /* some times a second, for what moves on a terminal; may be NULL */
	void *ctx;
};

/*
 * One command. Returns 0 with *ret the result, a new reference. Otherwise negative: labd's error
 * (*ret is its body, if there was one), -ECANCELED after a signal (*ret is the result, if labd
 * still gave one), -ETIMEDOUT, or -EPIPE when labd has gone.
 */
int client_call(struct ctl *ctl, const struct client_call *call, json_t **ret, struct err *err);

/*
 * All at once for commands that only ask: finds the lab, connects, asks, prints what is wrong.
 * Returns the exit code; *ret is set when that is EXIT_DONE. args is stolen; silence_ms is a
 * call's.
 */
int client_ask(const struct labctl *l, enum ctl_command command, json_t *args, int64_t silence_ms,
	       json_t **ret);
/* Finds the lab and connects; prints what is wrong; returns the exit code. place may be NULL; else
 * it is to be freed. */
int client_open(const struct labctl *l, struct place *place, struct ctl **ret);
/* The same, for a call with signals, which are interrupt_open's. */
int client_open_interruptible(const struct labctl *l, struct ctl **ret, int *signals);

#endif
