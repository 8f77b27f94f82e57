/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One command in one SSH channel, moved on step by step without ever blocking. */
#ifndef GUEST_JOB_H
#define GUEST_JOB_H

#include <libssh/libssh.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/str.h"

enum job_stage { JOB_OPEN, JOB_PTY, JOB_EXEC, JOB_RUN, JOB_DONE };

struct job {
	struct job *next;
	/* What is asked for; not changed once the job is queued. */
	char *command; /* NULL: a login shell */
	char *term;    /* with pty */
	bool pty;
	bool beat;          /* nothing but a channel that opens */
	int in, out, errfd; /* owned; negative: input and output are the buffers below */
	int changed;        /* eventfd of the waiter's, woken at the end; negative: none */
	size_t limit;
	struct str input;
	/* The guest's thread alone. */
	enum job_stage stage;
	ssh_channel channel;
	size_t input_at;
	bool input_done;
	bool more;             /* there may be more to read at once */
	struct str pending[2]; /* read from the channel, not yet written to out and errfd */
	/* Shared with the waiter, under the guest's lock. */
	struct str output;
	int cols, rows;
	bool resize, cancel, done;
	int status; /* of the command; 255 when the guest told none */
	int error;  /* positive errno value when the job ended before the command did */
};

struct job *job_new(const char *command);
void job_free(struct job *job);
/* Moves on as far as it goes without waiting; job->stage is JOB_DONE at the end. */
void job_step(struct job *job, ssh_session session, pthread_mutex_t *lock);
/* What the job waits for besides the session; fills at most 3 entries and returns how many. */
size_t job_poll(const struct job *job, struct pollfd *pfd);
/* Ends the job with an error. */
void job_fail(struct job *job, int code);

#endif
