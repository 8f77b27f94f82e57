/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PID 1 of a lab: keeps labd running and reaps; when it ends, the kernel ends everything else. */
#ifndef SANDBOX_INIT_H
#define SANDBOX_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

/* labd may die three times in a minute; the fourth death says that restarting does not help. */
#define INIT_DEATHS_MAX 4
#define INIT_DEATHS_WINDOW (60 * NS_PER_S)

struct init_deaths {
	int64_t times[INIT_DEATHS_MAX]; /* the latest, as a ring */
	size_t count;                   /* of all deaths so far */
};

/* Notes a death at now (CLOCK_MONOTONIC, ns, never going back); true when it is one too many. */
bool init_deaths_add(struct init_deaths *deaths, int64_t now);

/*
 * Runs the lab: argv is labd's, env the whole environment of the caller, talk the socket to the
 * starter (taken over). Returns the exit status for the init when the lab is over.
 */
int init_run(int talk, char *const *argv, char *const *env);

#endif
