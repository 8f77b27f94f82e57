/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Telling a restored guest the time and who it is. */
#include "guest/clone.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/socket.h"
#include "guest/clone-format.h"
#include "guest/keys-private.h"

/* CLOCK_OFF_MS: a clock that seems to be off by more is set again. */
enum { SEED_LEN = 32, CLOCK_OFF_MS = 250, LOOK_MS = 100 };

struct teller {
	int fd;
	int64_t deadline;
	const atomic_bool *cancel;
	struct str in;
};

static void add_field(struct str *out, enum clone_field field, const void *data, size_t len)
{
	struct clone_field_head head = { (uint16_t)field, (uint16_t)MIN(len, UINT16_MAX) };

	str_add(out, &head, sizeof(head));
	str_add(out, data, len);
}

static int add_keys(struct str *out, const struct guest_keys *keys, struct err *err)
{
	auto_keys_text struct guest_keys_text text = { 0 };
	int r = guest_keys_text(keys, &text, err);

	if (r < 0)
		return r;
	add_field(out, CLONE_HOST_KEY, text.host.data, text.host.len);
	add_field(out, CLONE_HOST_PUBLIC, text.host_public.data, text.host_public.len);
	add_field(out, CLONE_AUTHORIZED, text.authorized.data, text.authorized.len);
	return 0;
}

int clone_request(const struct clone_identity *identity, uint32_t id, int64_t now, struct str *out,
		  struct err *err)
{
	auto_str struct str body = { 0 };
	struct clone_head head = { .mark = CLONE_MARK, .id = id };
	uint8_t seed[SEED_LEN];
	int r = 0;

	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		return err_set(err, EIO, "the kernel gives no random numbers");
	add_field(&body, CLONE_CLOCK, &now, sizeof(now));
	add_field(&body, CLONE_SEED, seed, sizeof(seed));
	if (identity->name)
		add_field(&body, CLONE_NAME, identity->name, strlen(identity->name));
	if (identity->keys)
		r = add_keys(&body, identity->keys, err);
	if (identity->rescan)
		add_field(&body, CLONE_RESCAN, NULL, 0);
	if (r == 0 && body.len > CLONE_BODY_MAX)
		r = err_set(err, EMSGSIZE, "identity: %zu bytes are too many", body.len);
	if (r < 0)
		return r;
	head.len = (uint32_t)body.len;
	str_add(out, &head, sizeof(head));
	str_add(out, body.data, body.len);
	return 0;
}

/* Until the descriptor is ready. */
static int wait_for(const struct teller *teller, short events, struct err *err)
{
	struct pollfd pfd = { .fd = teller->fd, .events = events };

	for (;;) {
		int r = poll(&pfd, 1, MIN(deadline_poll_ms(teller->deadline), LOOK_MS));

		if (r < 0 && errno != EINTR)
			return err_errno(err, errno, "poll");
		if (r > 0)
			return 0;
		if (teller->cancel && *teller->cancel)
			return err_set(err, ECANCELED, "cancelled");
		if (deadline_passed(teller->deadline))
			return err_set(err, ETIMEDOUT, "the guest does not answer");
	}
}

static int send_all(const struct teller *teller, const struct str *request, struct err *err)
{
	size_t sent = 0;

	while (sent < request->len) {
		ssize_t n;
		int r = wait_for(teller, POLLOUT, err);

		if (r < 0)
			return r;
		n = send(teller->fd, request->data + sent, request->len - sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return err_errno(err, errno, "send");
		sent += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* One more line of the guest's, without its end. */
static int read_line(struct teller *teller, char line[CLONE_ANSWER_MAX], struct err *err)
{
	const char *end;

	while (!(end = memchr(str_text(&teller->in), '\n', teller->in.len))) {
		char buf[CLONE_ANSWER_MAX];
		ssize_t n;
		int r = wait_for(teller, POLLIN, err);

		if (r < 0)
			return r;
		n = recv(teller->fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n == 0)
			return err_set(err, ECONNRESET, "the guest has ended");
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return err_errno(err, errno, "recv");
		str_add(&teller->in, buf, n > 0 ? (size_t)n : 0);
		if (teller->in.len > (size_t)CLONE_ANSWER_MAX * 4)
			return err_set(err, EPROTO, "the guest's answer has no end");
	}
	(void)snprintf(line, CLONE_ANSWER_MAX, "%.*s", (int)(end - teller->in.data),
		       teller->in.data);
	str_drop(&teller->in, (size_t)(end - teller->in.data) + 1);
	return 0;
}

/* The guest's clock, as its answer to request id has it. */
static int read_answer(struct teller *teller, uint32_t id, int64_t *ret, struct err *err)
{
	char line[CLONE_ANSWER_MAX];
	uint32_t of;
	int r, text = 0;

	do {
		r = read_line(teller, line, err);
		if (r < 0)
			return r;
		if (sscanf(line, "ok %" SCNu32 " %" SCNd64, &of, ret) == 2 && of == id)
			return 0;
	} while (sscanf(line, "%*2s %" SCNu32 " %n", &of, &text) == 1 && of != id);
	if (!str_prefix(line, "no ") || !text)
		return err_set(err, EPROTO, "the guest says what is no answer");
	return err_set(err, EPROTO, "the guest says: %s", line + text);
}

static int tell(struct teller *teller, const struct clone_identity *identity, struct err *err)
{
	static const struct clone_identity nobody = { 0 };
	int64_t theirs, off;
	uint32_t id;

	do {
		auto_str struct str request = { 0 };
		int r;

		if (getrandom(&id, sizeof(id), 0) != sizeof(id))
			return err_set(err, EIO, "the kernel gives no random numbers");
		r = clone_request(identity, id, clock_real_ns(), &request, err);
		if (r == 0)
			r = send_all(teller, &request, err);
		if (r == 0)
			r = read_answer(teller, id, &theirs, err);
		if (r < 0)
			return r;
		off = (clock_real_ns() - theirs) / NS_PER_MS;
		identity = &nobody; /* the rest is done */
	} while (llabs(off) > CLOCK_OFF_MS && !deadline_passed(teller->deadline));
	return llabs(off) <= CLOCK_OFF_MS
		       ? 0
		       : err_set(err, ETIMEDOUT, "its clock is off by %" PRId64 " ms", off);
}

int clone_tell(const char *socket, const struct clone_identity *identity, int64_t deadline,
	       const atomic_bool *cancel, struct err *err)
{
	auto_close int fd = socket_reach(socket, SOCK_STREAM, err);
	struct teller teller = { .fd = fd, .deadline = deadline, .cancel = cancel };
	int r = fd < 0 ? fd : tell(&teller, identity, err);

	str_free(&teller.in);
	return r < 0 ? err_context(err, "clock and identity") : 0;
}
