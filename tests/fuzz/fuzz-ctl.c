/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The control connection on any bytes, at either end. The first byte says in what pieces they come.
 * A line is handed out whole, as an object, or the connection is over; what was understood comes
 * through a second connection as it is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/io.h"
#include "ctl/ctl.h"
#include "ctl/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void read_request(const json_t *line)
{
	struct ctl_request request;
	struct err err = ERR_INIT;
	int r = ctl_request_parse(line, &request, &err);

	require(r == 0 || (r < 0 && err.msg[0]));
	if (r == 0 && request.kind == CTL_REQUEST_RESIZE)
		require(request.cols > 0 && request.cols < 10000 && request.rows > 0 &&
			request.rows < 10000);
	if (r == 0 && request.kind == CTL_REQUEST_COMMAND)
		require(json_is_object(request.args) && request.command < CTL_COMMANDS);
}

static void read_reply(const json_t *line)
{
	struct ctl_reply reply;
	struct err err = ERR_INIT;

	if (ctl_reply_parse(line, &reply, &err) < 0)
		require(err.msg[0]);
	else if (reply.kind == CTL_REPLY_ERROR)
		require(ctl_reply_error(reply.body, &err) < 0 && err.code < 0);
}

/* What one side sends is what the other hears. */
static void pass_on(const json_t *line, enum ctl_side side)
{
	int pair[2];
	struct ctl *from, *to;
	json_t *same = NULL;

	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	from = ctl_new(pair[0], side == CTL_DAEMON ? CTL_CLIENT : CTL_DAEMON);
	to = ctl_new(pair[1], side);
	if (ctl_send(from, line, NULL, 0, NULL) == 0) {
		require(ctl_recv(to, 0, &same, NULL, NULL) == CTL_RECV_LINE);
		require(json_equal(line, same));
		json_decref(same);
	}
	ctl_free(from);
	ctl_free(to);
}

static int hear(struct ctl *ctl, enum ctl_side side)
{
	auto_json json_t *line = NULL;
	struct ctl_fds fds = CTL_FDS_INIT;
	struct err err = ERR_INIT;
	int r = ctl_recv(ctl, 0, &line, &fds, &err);

	require((r == CTL_RECV_LINE) == json_is_object(line));
	require(r >= 0 || err.msg[0]);
	if (r == CTL_RECV_LINE) {
		read_request(line);
		read_reply(line);
		pass_on(line, side);
	}
	ctl_fds_close(&fds);
	return r;
}

static void talk(const uint8_t *data, size_t size, size_t piece, enum ctl_side side)
{
	struct ctl *ctl;
	int pair[2], r = CTL_RECV_NOTHING;

	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	ctl = ctl_new(pair[0], side);
	while (size && r >= 0 && r != CTL_RECV_CLOSED) {
		size_t n = piece < size ? piece : size;

		require(write(pair[1], data, n) == (ssize_t)n);
		data += n;
		size -= n;
		do
			r = hear(ctl, side);
		while (r == CTL_RECV_LINE);
	}
	(void)close(pair[1]);
	for (int i = 0; i < 3 && r != CTL_RECV_CLOSED; i++)
		r = hear(ctl, side);
	require(r == CTL_RECV_CLOSED);
	ctl_free(ctl);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	talk(data + 1, size - 1, (size_t)data[0] * data[0] + 1, CTL_DAEMON);
	talk(data + 1, size - 1, (size_t)data[0] * data[0] + 1, CTL_CLIENT);
	return 0;
}
