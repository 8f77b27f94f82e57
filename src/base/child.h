/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Child processes: argv in, no shell, everything CLOEXEC, bounded output, a deadline. */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

struct child_opts {
	const char *const *env; /* NULL: this process's environment */
	int stderr_fd;          /* where stderr goes; negative: into the error's last line */
	size_t output_limit;    /* stdout beyond it fails with EFBIG; 0: 1 MiB */
	int64_t deadline_ms;    /* then SIGKILL and ETIMEDOUT; 0: 60 s */
};

/*
 * Runs argv[0] (looked up in PATH) and waits. Its stdout is appended to output.
 * Returns the exit status (0..255), or a negative code: not found, killed by a signal, too late.
 */
int child_run(const char *const *argv, const struct child_opts *opts, struct str *output,
	      struct err *err);
/*
 * Runs fn in a copy of this process, which can be ended where a thread could not: for what may take
 * for ever. What fn puts into ret, len bytes, comes back; all else that it does is lost. Returns 0,
 * -ETIMEDOUT, -ECANCELED (stop, which is asked now and then and may be NULL, was true), -EIO (it
 * crashed), or another code where there can be no process.
 */
int child_compute(void (*fn)(void *ctx, void *ret), void *ctx, void *ret, size_t len,
		  int64_t deadline, bool (*stop)(void *ctx), void *stop_ctx);
/*
 * Starts argv with the given stdin, stdout and stderr (negative: /dev/null) in a process group of
 * the caller's; returns its pid. The caller reaps it.
 */
pid_t child_start(const char *const *argv, int in, int out, int errfd, struct err *err);
/* The same, with one descriptor more, which is its 3. */
pid_t child_start_with(const char *const *argv, int in, int out, int errfd, int more,
		       struct err *err);
/*
 * A helper: a program that says when it is ready, and goes on then, whatever becomes of its
 * starter. Starts it, waits for that, and returns a pidfd, by which child_ended() tells of its end.
 * errfd: where its complaints go; negative: what it says last is the error. -ECHILD: it ended
 * before it was ready; -ETIMEDOUT: it was killed at the deadline.
 */
int child_serve(const char *const *argv, int errfd, int64_t deadline, struct err *err);
/* In a helper, which ignores SIGPIPE: says that it is ready. Its stdin and stdout are /dev/null
 * from here on, and what it complains of is heard by nobody unless it has a stderr of its own. */
int child_ready(struct err *err);
/* A pidfd of who listens at the other end of a connection: of a helper that another started. */
int child_peer(int fd, struct err *err);
/*
 * Whether the process has ended; a child of the caller's is reaped. how, which may be NULL, gets
 * "ended by signal 9", or only "has ended" where its end is another's to know.
 */
bool child_ended(int pidfd, struct str *how);
/* Whether it has been stopped (SIGSTOP), or the one before which it stands (jail_fork()): asked of
 * /proc. A debugger's stop is none. */
bool child_stopped(int pidfd);
/* Kills it and waits for its end. */
void child_kill(int pidfd);

#endif
