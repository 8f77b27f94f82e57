/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Child processes: argv in, no shell, everything CLOEXEC, bounded output, a deadline. */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

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
 * Starts argv with the given stdin, stdout and stderr (negative: /dev/null) in a process group of
 * the caller's; returns its pid. The caller reaps it.
 */
pid_t child_start(const char *const *argv, int in, int out, int errfd, struct err *err);
/*
 * For a program whose caller waits until it is ready: the caller's child exits with 0 here, and
 * what goes on is its child in a session of its own, with stdin, stdout and stderr on /dev/null.
 * The lab's init inherits it, so that it outlives a labd that dies. 0, or -1 when there can be no
 * other process.
 */
int child_leave(void);

#endif
