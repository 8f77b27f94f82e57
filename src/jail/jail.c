/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Entering a jail. What it is to see is cloned first, as detached mounts (open_tree(2)); then a
 * tmpfs is mounted, the clones are put into it, and it becomes the root. So no path of the old root
 * is looked up after something has been mounted over it.
 */
#include "jail/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "jail/landlock.h"
#include "jail/privilege.h"

/* Where the new root is put together: a folder that is certainly there, and of no more use. */
#define STAGE "/proc"

static int make_namespaces(struct err *err)
{
	int r = privilege_make_namespaces(geteuid(), getegid(), err);

	/* None within: they are where the kernel has most to be attacked. Some kernels cannot. */
	if (r == 0)
		(void)privilege_write("/proc/sys/user/max_user_namespaces", "0", NULL);
	return r;
}

/* A detached copy of what is at the path: its descriptor, and what it is. */
static int clone_path(const struct jail_path *path, struct stat *st, struct err *err)
{
	auto_close int fd =
		open_tree(AT_FDCWD, path->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID };

	if (fd < 0 || fstat(fd, st) < 0)
		return err_errno(err, errno, "'%s'", path->path);
	if (!path->writable)
		attr.attr_set |= MOUNT_ATTR_RDONLY;
	if (!S_ISCHR(st->st_mode))
		attr.attr_set |= MOUNT_ATTR_NODEV;
	if (mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0)
		return err_errno(err, errno, "'%s': mount attributes", path->path);
	return take_fd(&fd);
}

/* Makes what a mount is put on, unless something listed before brought it. */
static int make_place(const char *target, bool folder, struct err *err)
{
	auto_free char *parent = xstrndup(target, (size_t)(strrchr(target, '/') - target));
	auto_close int fd = -1;
	int r = io_mkdirs(folder ? target : parent, 0755, err);

	if (r < 0 || folder || access(target, F_OK) == 0)
		return r;
	fd = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	return fd < 0 ? err_errno(err, errno, "'%s'", target) : 0;
}

static int put_path(const char *path, int fd, const struct stat *st, struct err *err)
{
	auto_free char *target = xasprintf(STAGE "%s", path);
	int r = make_place(target, S_ISDIR(st->st_mode), err);

	if (r == 0 && move_mount(fd, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		r = err_errno(err, errno, "mounting '%s'", path);
	return r;
}

/* The tmpfs at STAGE becomes the root; the old one goes. */
static int change_root(struct err *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (mount_setattr(AT_FDCWD, STAGE, 0, &attr, sizeof(attr)) < 0 || chdir(STAGE) < 0 ||
	    syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return err_errno(err, errno, "changing the root folder");
	return 0;
}

static int make_root(const struct jail_path *paths, size_t n, int *fds, struct err *err)
{
	auto_free struct stat *kinds = xcalloc(n, sizeof(*kinds));
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = fds[i] = clone_path(&paths[i], &kinds[i], err);
	if (r >= 0 && mount("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
			    "mode=0755,size=64k") < 0)
		r = err_errno(err, errno, "mounting a root folder");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = put_path(paths[i].path, fds[i], &kinds[i], err);
	return r < 0 ? r : change_root(err);
}

int jail_enter(const struct jail_path *paths, size_t n, struct err *err)
{
	auto_free struct jail_path *all = xcalloc(n + 1, sizeof(*all));
	auto_free int *fds = xcalloc(n + 1, sizeof(*fds));
	int r;

	if (n)
		memcpy(all, paths, n * sizeof(*all));
	all[n++] = (struct jail_path){ .path = "/dev/null" };
	for (size_t i = 0; i < n; i++)
		fds[i] = -1;
	r = make_namespaces(err);
	if (r == 0)
		r = make_root(all, n, fds, err);
	for (size_t i = 0; i < n; i++)
		auto_closep(&fds[i]);
	if (r == 0)
		r = privilege_limit(0, err);
	if (r == 0)
		r = jail_landlock(all, n, err);
	return r < 0 ? err_context(err, "jail") : 0;
}

/* --- the process that stays outside of the PID namespace --- */

static _Noreturn void stay(pid_t child, const sigset_t *signals)
{
	(void)prctl(PR_SET_NAME, "labd-jail"); /* what ps(1) tells it from its child by */
	/* Whoever speaks to the child hears its end at once. */
	(void)close_range(3, ~0U, 0);
	for (;;) {
		int sig = sigwaitinfo(signals, NULL), status;

		if (sig > 0 && sig != SIGCHLD)
			(void)kill(child, sig);
		/* Not by return: leak checkers want a /proc. */
		if (waitpid(child, &status, WNOHANG) == child)
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
}

int jail_fork(struct err *err)
{
	sigset_t all, before;
	pid_t child;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	child = fork();
	if (child > 0)
		stay(child, &all);
	if (child == 0)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return child < 0 ? err_errno(err, errno, "fork") : 0;
}
