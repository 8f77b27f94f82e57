/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals as a descriptor. */
#include "labctl/interrupt.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void add_ours(sigset_t *set)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH };

	(void)sigemptyset(set);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)sigaddset(set, ours[i]);
}

void interrupt_hold(sigset_t *before)
{
	sigset_t set;

	add_ours(&set);
	(void)sigprocmask(SIG_BLOCK, &set, before);
}

void interrupt_release(const sigset_t *before)
{
	(void)sigprocmask(SIG_SETMASK, before, NULL);
}

int interrupt_open(struct err *err)
{
	sigset_t set;
	int fd;

	interrupt_hold(NULL);
	add_ours(&set);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? err_errno(err, errno, "signals") : fd;
}

struct interrupts interrupt_take(int fd)
{
	struct interrupts found = { false, false };
	struct signalfd_siginfo info;

	while (fd >= 0 && read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGWINCH)
			found.resize = true;
		else
			found.end = true;
	}
	return found;
}
