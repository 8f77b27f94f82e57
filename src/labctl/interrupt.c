/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals as a descriptor. */
#include "labctl/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int interrupt_open(struct err *err)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH };
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)sigaddset(&set, ours[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_errno(err, errno, "signals");
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
