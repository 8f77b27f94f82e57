/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Can this user run labs on this machine: tried, not guessed. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "jail/jail.h"
#include "sandbox/enter.h"
#include "sandbox/sandbox.h"

static void say(int fd, const struct err *err)
{
	ssize_t n = write(fd, err, sizeof(*err));

	(void)n;
}

/* Goes where a lab would, two processes deep, and says how far it came. */
static _Noreturn void try_all(int out)
{
	struct err err = ERR_INIT;
	pid_t pid;

	if (sandbox_enter(&err) < 0) {
		say(out, &err);
		_exit(0);
	}
	pid = fork();
	if (pid == 0) {
		if (sandbox_mount(&err) == 0 && sandbox_drop_caps(&err) == 0)
			(void)jail_enter(NULL, 0, &err); /* as each QEMU will */
		say(out, &err);
		_exit(0);
	}
	if (pid < 0) {
		(void)err_errno(&err, errno, "fork");
		say(out, &err);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	_exit(0);
}

static void check_namespaces(struct err *ret)
{
	auto_close int in = -1;
	int pipes[2];
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0) {
		(void)err_errno(ret, errno, "pipe");
		return;
	}
	in = pipes[0];
	pid = fork();
	if (pid == 0)
		try_all(pipes[1]);
	(void)close(pipes[1]);
	if (pid < 0)
		(void)err_errno(ret, errno, "fork");
	else if (read(in, ret, sizeof(*ret)) != (ssize_t)sizeof(*ret))
		(void)err_set(ret, EIO, "namespaces: the trial ended without a message");
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (ret->code < 0)
		(void)sandbox_explain(ret);
}

/* NULL: it opens; else why not. The code goes to *ret_code. */
static const char *try_device(const char *path, int *ret_code)
{
	auto_close int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		return NULL;
	*ret_code = errno;
	return strerror(errno);
}

void sandbox_check(struct sandbox_facts *ret)
{
	const char *why;
	int code = 0;

	memset(ret, 0, sizeof(*ret));
	check_namespaces(&ret->namespaces);
	why = try_device("/dev/net/tun", &code);
	if (why)
		(void)err_set(&ret->tun, code, "'/dev/net/tun': %s; %s", why,
			      code == EACCES || code == EPERM
				      ? "allow it: sudo chmod 0666 /dev/net/tun"
				      : "load it: sudo modprobe tun");
}
