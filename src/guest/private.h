/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest's state, for this folder. */
#ifndef GUEST_PRIVATE_H
#define GUEST_PRIVATE_H

#include <libssh/libssh.h>
#include <pthread.h>

#include "guest/guest.h"
#include "guest/job.h"

#define GUEST_MAX_JOBS 48 /* below the guest's MaxSessions */

struct guest {
	char *name, *socket;
	const struct guest_keys *keys;
	ssh_session session;
	ssh_event event;
	int fd, wake;
	pthread_t thread;
	pthread_mutex_t lock; /* of fd, of everything below, and of each job's shared part */
	pthread_cond_t changed;
	struct job *queue; /* newest first; taken by the thread */
	size_t n_jobs;     /* in the queue and with the thread */
	bool threaded, stop, lost;
	int64_t asked; /* when the sign of life was asked for that is not there yet; 0: it is */
	/* The session's thread alone. */
	struct job *beat;
	int64_t next_beat;
};

/*
 * Connects guest->fd, makes guest->session on it, checks the host key and logs in. What it made
 * stays in guest also on failure.
 */
int guest_handshake(struct guest *guest, int64_t deadline, struct err *err);
/* Wakes the session's thread; the lock is held. */
void guest_wake(struct guest *guest);

#endif
