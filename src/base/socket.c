/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unix sockets: where they are, and who may come in. */
#include "base/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/str.h"

#define WAITING_MAX 16
#define END_MS 500 /* for one that was killed to be gone */

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
		return err_errno(err, ENAMETOOLONG, "socket '%s'", path);
	*ret = addr;
	return 0;
}

/* Whether somebody listens there, and does not end right now. */
static bool is_served(const struct sockaddr_un *addr, int type)
{
	auto_close int probe = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd pfd = { .fd = probe, .events = POLLIN };

	if (connect(probe, (const struct sockaddr *)addr, sizeof(*addr)) < 0)
		return errno == EAGAIN;
	return poll(&pfd, 1, END_MS) == 0;
}

int socket_listen(const char *path, int type, struct err *err)
{
	auto_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	auto_close int dir = -1;
	struct sockaddr_un addr;
	int r = address_of(path, &addr, &dir, err);

	if (r < 0)
		return r;
	if (is_served(&addr, type))
		return err_set(err, EADDRINUSE, "socket '%s': another listens on it", path);
	(void)unlink(addr.sun_path);
	/* On Linux the socket's own mode is what bind gives the file: never a moment open to
	 * others. */
	if (fd < 0 || fchmod(fd, 0600) < 0 ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    chmod(addr.sun_path, 0600) < 0 || listen(fd, WAITING_MAX) < 0)
		return err_errno(err, errno, "socket '%s'", path);
	return take_fd(&fd);
}

int socket_accept(int listener, struct err *err)
{
	auto_close int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (fd < 0)
		return err_errno(err, errno == ECONNABORTED || errno == EINTR ? EAGAIN : errno,
				 "socket: accept");
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return err_errno(err, errno, "socket: who is there");
	if (peer.uid != geteuid())
		return err_set(err, EPERM, "socket: user %u may not come in", peer.uid);
	return take_fd(&fd);
}

int socket_reach(const char *path, int type, struct err *err)
{
	auto_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	auto_close int dir = -1;
	struct sockaddr_un addr;
	int r = address_of(path, &addr, &dir, err);

	if (r < 0)
		return r;
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_errno(err, errno, "socket '%s'", path);
	return take_fd(&fd);
}
