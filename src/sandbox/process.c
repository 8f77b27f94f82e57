/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lab's init seen from outside: is it the one we mean, and ending it. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>

#include "base/clock.h"
#include "base/io.h"
#include "sandbox/sandbox.h"

void sandbox_ctl_path(pid_t init, char buf[SANDBOX_CTL_PATH_SIZE])
{
	(void)snprintf(buf, SANDBOX_CTL_PATH_SIZE, "/proc/%d/root" SANDBOX_CTL_SOCKET, (int)init);
}

int sandbox_start_time(pid_t pid, uint64_t *ret, struct err *err)
{
	auto_str struct str text = { 0 };
	char path[32], state;
	const char *p;
	uint64_t start;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	r = io_read_file(path, 4096, &text, err);
	if (r == -ENOENT || r == -ESRCH)
		return err_set(err, ESRCH, "process %d is gone", (int)pid);
	if (r < 0)
		return r;
	/* The name, in parentheses, may hold anything; field 3 begins behind the last of them. */
	p = strrchr(str_text(&text), ')');
	if (!p || sscanf(p + 1,
			 " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d "
			 "%*d %" SCNu64,
			 &state, &start) != 2)
		return err_set(err, EPROTO, "'%s': not understood", path);
	if (state == 'Z' || state == 'X')
		return err_set(err, ESRCH, "process %d has ended", (int)pid);
	*ret = start;
	return 0;
}

static int wait_end(int handle, int64_t deadline)
{
	struct pollfd pfd = { .fd = handle, .events = POLLIN };
	int n;

	do {
		n = poll(&pfd, 1, deadline_poll_ms(deadline));
	} while (n < 0 && errno == EINTR);
	return n == 1;
}

int sandbox_end(pid_t init, uint64_t start_time, int64_t deadline, struct err *err)
{
	auto_close int handle = pidfd_open(init, 0);
	int64_t now = clock_mono_ns();
	uint64_t start;

	if (handle < 0 && errno == ESRCH)
		return 0;
	if (handle < 0)
		return err_errno(err, errno, "lab's init %d", (int)init);
	/* The handle was taken first: with the right start time it is of the one we mean. */
	if (sandbox_start_time(init, &start, NULL) < 0 || start != start_time)
		return 0;
	if (pidfd_send_signal(handle, SIGTERM, NULL, 0) < 0)
		return errno == ESRCH
			       ? 0
			       : err_errno(err, errno, "ending the lab's init %d", (int)init);
	if (wait_end(handle, now + (deadline - now) / 2))
		return 0;
	/* The kernel lets PID 1 of a namespace end only after every other process in it has. */
	(void)pidfd_send_signal(handle, SIGKILL, NULL, 0);
	if (wait_end(handle, deadline))
		return 0;
	return err_set(err, ETIMEDOUT,
		       "the lab's init %d does not end: one of its processes hangs in the kernel",
		       (int)init);
}
