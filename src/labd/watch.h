/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watches a client while its command runs: a cancel, or its going away, sets a flag. */
#ifndef LABD_WATCH_H
#define LABD_WATCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "ctl/message.h"

struct watch {
	struct ctl *ctl;
	atomic_bool *cancel;
	atomic_bool *also;                             /* is set with it; may be NULL */
	void (*resize)(void *arg, int cols, int rows); /* may be NULL */
	void (*cancelled)(void *arg);                  /* called once *cancel is set; may be NULL */
	void *arg;
	atomic_bool gone; /* the client has closed the connection: it has not asked to cancel */
	int stop;         /* eventfd that ends the thread */
	int changed;      /* eventfd of the owner's, woken when *cancel is set; negative: none */
	pthread_t thread;
};

/* Until watch_end the thread alone receives from ctl. The caller has filled ctl, cancel, resize,
 * arg, changed. */
int watch_begin(struct watch *watch, struct err *err);
void watch_end(struct watch *watch);

#endif
