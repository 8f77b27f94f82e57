/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control socket: where labd listens, who may come in, how labctl gets there. */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/str.h"

/*
 * The address of path. One that is too long goes through its folder, opened as *dir, which must
 * stay open while the address is used: /proc/self/fd/N/NAME always fits when NAME does.
 */
static int address_of(const char *path, struct sockaddr_un *ret, int *dir, struct err *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *slash = strrchr(path, '/');
	auto_free char *folder = NULL;
	int n;

	if (strlen(path) < sizeof(addr.sun_path)) {
		(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
		*ret = addr;
		return 0;
	}
	folder = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
	*dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*dir < 0)
		return err_errno(err, errno, "'%s'", folder);
	n = snprintf(addr.sun_path, sizeof(addr.sun_path), "/proc/self/fd/%d/%s", *dir,
		     slash ? slash + 1 : path);
	if (n < 0 || (size_t)n >= sizeof(addr.sun_path))
		return err_errno(err, ENAMETOOLONG, "control socket '%s'", path);
	*ret = addr;
	return 0;
}

int ctl_listen(const char *path, struct err *err)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	auto_close int dir = -1;
	struct sockaddr_un addr;
	int r;

	if (fd < 0)
		return err_errno(err, errno, "control socket '%s'", path);
	r = address_of(path, &addr, &dir, err);
	if (r < 0)
		return r;
	if (unlink(addr.sun_path) < 0 && errno != ENOENT)
		return err_errno(err, errno, "control socket '%s'", path);
	/* On Linux the socket's own mode is what bind gives the file: never a moment open to
	 * others. */
	if (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    chmod(addr.sun_path, 0600) < 0 || listen(fd, 16) < 0)
		return err_errno(err, errno, "control socket '%s'", path);
	return take_fd(&fd);
}

int ctl_accept(int listener, struct ctl **ret, struct err *err)
{
	auto_close int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (fd < 0)
		return err_errno(err, errno == ECONNABORTED || errno == EINTR ? EAGAIN : errno,
				 "control socket: accept");
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return err_errno(err, errno, "control socket: who is there");
	if (peer.uid != geteuid())
		return err_set(err, EPERM, "control socket: user %u may not control this lab",
			       peer.uid);
	*ret = ctl_new(take_fd(&fd), CTL_DAEMON);
	return 0;
}

int ctl_connect(const char *path, struct ctl **ret, struct err *err)
{
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	auto_close int dir = -1;
	struct sockaddr_un addr;
	int r;

	if (fd < 0)
		return err_errno(err, errno, "control socket '%s'", path);
	r = address_of(path, &addr, &dir, err);
	if (r < 0)
		return r;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_errno(err, errno, "control socket '%s'", path);
	*ret = ctl_new(take_fd(&fd), CTL_CLIENT);
	return 0;
}
