/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The control protocol between labctl and labd: JSON lines over a unix stream socket.
 * docs/protocol.md is its description; this is what both ends share.
 *
 * A connection carries one command:
 *   client: {"labd":1,"command":NAME,"args":{...}}      up to CTL_FDS_MAX descriptors with it
 *   labd:   {"event":{"type":...}}                      any number
 *   labd:   {"result":{...}} or {"error":{"code":N,"message":TEXT,...}}   exactly one, the last
 * While the command runs, the client may send {"cancel":true} and {"resize":[COLS,ROWS]}. A client
 * that goes away cancels too.
 *
 * Both ends are bounded: the length of a line in either direction, its nesting, the descriptors,
 * and the time that a peer who does not read may hold up the other (CTL_SEND_MS).
 * A struct ctl is received from by one thread; any thread may send on it (sending locks).
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"

#define CTL_PROTOCOL 1
#define CTL_FDS_MAX 3
#define CTL_REQUEST_MAX (64U << 10) /* bytes of a line to labd, with its newline */
#define CTL_REPLY_MAX (1U << 20)    /* bytes of a line from labd, with its newline */
#define CTL_DEPTH_MAX 16            /* arrays and objects inside one another */
#define CTL_SEND_MS 10000           /* a peer that reads nothing for so long is given up */

/* One end of a connection. */
struct ctl;

/* The descriptors that came with a request; all CLOEXEC; those still >= 0 are closed by
 * ctl_fds_close. */
struct ctl_fds {
	int fd[CTL_FDS_MAX];
	size_t n;
};
#define CTL_FDS_INIT              \
	{                         \
		{ -1, -1, -1 }, 0 \
	}

void ctl_fds_close(struct ctl_fds *fds);
AUTO_DEFINE(ctl_fds_auto, struct ctl_fds, ctl_fds_close)
#define auto_ctl_fds AUTO(ctl_fds_autop)

/* base/socket.h's, with a connection in the place of a descriptor. In the lab's user namespace the
 * lab's owner is seen as geteuid(). */
int ctl_listen(const char *path, struct err *err);
int ctl_accept(int listener, struct ctl **ret, struct err *err);
int ctl_connect(const char *path, struct ctl **ret, struct err *err);
/* Takes over fd, a connected stream socket, as one of its ends. */
enum ctl_side { CTL_CLIENT, CTL_DAEMON };
struct ctl *ctl_new(int fd, enum ctl_side side);
void ctl_free(struct ctl *ctl);
static inline void ctl_autop(struct ctl **ctl)
{
	ctl_free(*ctl);
}
#define auto_ctl AUTO(ctl_autop)

/* For poll(2), POLLIN; owned by ctl. Several lines may have come at once: ask ctl_recv until
 * CTL_RECV_NOTHING. */
int ctl_fd(const struct ctl *ctl);

/* What ctl_recv found. */
enum ctl_recv {
	CTL_RECV_NOTHING, /* no whole line by the deadline */
	CTL_RECV_LINE,    /* *ret is set, a new reference */
	CTL_RECV_CLOSED,  /* the peer has closed; nothing more will come */
};

/*
 * The next line, waiting for it until the deadline (0: do not wait). fds gets the descriptors that
 * came with it; NULL: such are closed. Returns enum ctl_recv, or negative: -EPROTO (no JSON object,
 * nested too deep, too long, too many descriptors) or the socket's error; the connection is then of
 * no more use.
 */
int ctl_recv(struct ctl *ctl, int64_t deadline, json_t **ret, struct ctl_fds *fds, struct err *err);
/*
 * Sends value as one line, with n_fds descriptors (they stay the caller's). -EPIPE: the peer has
 * gone; -ETIMEDOUT: it does not read; -EMSGSIZE: the line is too long for the other end.
 */
int ctl_send(struct ctl *ctl, const json_t *value, const int *fds, size_t n_fds, struct err *err);

#endif
