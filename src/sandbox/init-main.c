/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* labd-init TALK -- LABD ARGS...: the lab's PID 1; only sandbox_start() runs it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "sandbox/init.h"

extern char **environ;

int main(int argc, char **argv)
{
	unsigned long talk;

	if (argc < 4 || strcmp(argv[2], "--") != 0 ||
	    str_to_ulong(argv[1], 3, 1 << 20, &talk) < 0 || fcntl((int)talk, F_GETFD) < 0 ||
	    getpid() != 1) {
		(void)fputs(
			"labd-init: labctl up runs this program as the first process of a lab\n",
			stderr);
		return 2;
	}
	log_open(STDERR_FILENO, LOG_LEVEL_INFO);
	/* Not by return: leak checkers trace at exit, and PID 1 of a namespace cannot be traced. */
	_exit(init_run((int)talk, &argv[3], environ));
}
