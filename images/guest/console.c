/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * labd-console: a root login shell on the serial console, once somebody types there; anybody who
 * can open it may already do anything to the guest.
 *
 * Few consoles are ever used, and a shell that starts costs an emulated guest more than the rest of
 * its user space. It also would show, in a clone, the name of the guest that was saved. So what
 * waits is this. What was typed is left for the shell.
 */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	static char shell[] = "/bin/bash", name[] = "-bash";
	static char home[] = "HOME=/root", user[] = "USER=root", logname[] = "LOGNAME=root",
		    shell_is[] = "SHELL=/bin/bash", term[] = "TERM=vt220",
		    path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *const argv[] = { name, NULL };
	char *const envp[] = { home, user, logname, shell_is, term, path, NULL };
	struct pollfd typed = { .fd = STDIN_FILENO, .events = POLLIN };

	fputs("Enter opens a shell here.\n", stderr);
	while (poll(&typed, 1, -1) < 0)
		;
	if (chdir("/root") != 0)
		(void)!chdir("/");
	execve(shell, argv, envp);
	perror(shell);
	return 1;
}
