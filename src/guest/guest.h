/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest as seen through its serial port: one long SSH session (RFC 4253), many channels (RFC
 * 4254).
 *
 * Each struct guest has a thread that alone touches the SSH session. Callers hand it jobs, a job
 * being one command in one channel, and wait; several jobs run side by side.
 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "guest/keys.h"

struct guest;

/* Makes the object; nothing is connected. socket: of the port org.labd.ssh. keys outlive the guest.
 */
struct guest *guest_new(const char *name, const char *socket, const struct guest_keys *keys);
/* Ends the session and the thread; the guest's jobs end with -ECONNRESET. */
void guest_free(struct guest *guest);

/*
 * Connects, checks the host key, logs in as root; waits until the guest has booted as far as that.
 * -ETIMEDOUT past the deadline, -ECANCELED once *cancel is set.
 */
int guest_connect(struct guest *guest, int64_t deadline, const atomic_bool *cancel,
		  struct err *err);
/* Ends the session, if there is one; its jobs end with -ECONNRESET. guest_connect may come again.
 */
void guest_disconnect(struct guest *guest);
/*
 * Ends a guest_connect that another thread waits in (it fails then, and *cancel tells why); does
 * nothing to a session that is up.
 */
void guest_interrupt(struct guest *guest);
bool guest_connected(struct guest *guest);
/*
 * Every few seconds the guest's sshd is asked for a sign of life: for how many ms the last question
 * has had no answer. 0: it was answered, or there is no session.
 */
int64_t guest_silence_ms(struct guest *guest);

/*
 * Runs a command in the guest's shell and waits. input may be NULL. stdout and stderr, interleaved,
 * are appended to out, at most limit bytes (the rest is thrown away; 0: 1 MiB) - also on failure,
 * so that a command that is late shows how far it came. Returns 0 with *status, or -ETIMEDOUT,
 * -ECONNRESET, -ECANCELED.
 */
struct guest_command {
	const char *command;
	const void *input;
	size_t input_len;
	int more; /* 0, or a descriptor of the caller's, which stays open: what comes from it
		   * follows input, until its end */
	size_t limit;
	int64_t deadline;
	const atomic_bool *cancel; /* may be NULL */
	/* Hears what has been said so far, whenever there is more of it; may be NULL. */
	void (*heard)(void *ctx, const char *text);
	void *ctx;
};
int guest_exec(struct guest *guest, const struct guest_command *command, struct str *out,
	       int *status, struct err *err);

/* Reads a file of at most limit bytes. */
int guest_read_file(struct guest *guest, const char *path, size_t limit, int64_t deadline,
		    struct str *out, struct err *err);

/* An interactive session on descriptors of the caller's; the session dups in, out and errfd. */
struct guest_session {
	const char *command; /* NULL: a login shell */
	bool pty;
	const char *term;
	int cols, rows;
	int in, out, errfd;
	int changed; /* eventfd of the caller's, woken at the end; negative: none */
};
struct job;
int guest_session_start(struct guest *guest, const struct guest_session *session, struct job **ret,
			struct err *err);
void guest_session_resize(struct guest *guest, struct job *job, int cols, int rows);
/* Waits up to the deadline: 1 and *status when the session has ended, 0 when it goes on, negative
 * on failure. */
int guest_session_wait(struct guest *guest, struct job *job, int64_t deadline, int *status,
		       struct err *err);
/* Ends the session if it still runs, and frees the job. */
void guest_session_end(struct guest *guest, struct job *job);

#endif
