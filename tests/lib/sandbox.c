/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests in the namespaces of a lab. */
#include <sys/wait.h>

#include "lib/tests.h"
#include "sandbox/enter.h"
#include "sandbox/sandbox.h"

const char *no_namespaces(void)
{
	static struct sandbox_facts facts;

	sandbox_check(&facts);
	return facts.namespaces.code ? facts.namespaces.msg : NULL;
}

/* As PID 1. */
static _Noreturn void run_inside(int (*run)(void))
{
	struct err err = ERR_INIT;
	int r = sandbox_mount(&err), status = 1;
	pid_t pid, gone;

	if (r == 0)
		r = sandbox_drop_caps(&err);
	if (r < 0)
		(void)printf("# %s\n", err.msg);
	pid = r < 0 ? -1 : fork();
	if (pid == 0)
		exit(run());
	/* What the tests leave behind, as the lab's init does. */
	do {
		gone = waitpid(-1, &status, 0);
	} while (gone > 0 && gone != pid);
	_exit(gone == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int run_in_sandbox(int (*run)(void))
{
	struct sandbox_facts facts;
	struct err err = ERR_INIT;
	int status = 0;
	pid_t pid;

	sandbox_check(&facts);
	if (facts.namespaces.code || facts.tun.code)
		return skip_all(facts.namespaces.code ? facts.namespaces.msg : facts.tun.msg);
	if (sandbox_enter(&err) < 0) {
		(void)printf("# %s\n", err.msg);
		return 1;
	}
	pid = fork();
	if (pid == 0)
		run_inside(run);
	(void)waitpid(pid, &status, 0);
	/* Not by return: it can have no more children now, and leak checkers want one. */
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
