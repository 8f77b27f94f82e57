/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages that wait for a radio's guest to take them. */
#include "medium/outbox.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

void outbox_init(struct outbox *box)
{
	*box = (struct outbox){ .last = NULL };
	box->last = &box->first;
}

static void drop_first(struct outbox *box)
{
	struct outbox_message *gone = box->first;

	box->first = gone->next;
	if (!box->first)
		box->last = &box->first;
	box->share[gone->from]--;
	box->sent = 0;
	free(gone);
}

void outbox_clear(struct outbox *box)
{
	while (box->first)
		drop_first(box);
}

bool outbox_add(struct outbox *box, size_t from, const uint8_t *data, size_t len)
{
	struct outbox_message *message;

	if (box->share[from] >= OUTBOX_SHARE) {
		box->dropped++;
		return false;
	}
	message = xcalloc(1, sizeof(*message) + len);
	message->from = from;
	message->len = len;
	memcpy(message->data, data, len);
	*box->last = message;
	box->last = &message->next;
	box->share[from]++;
	return true;
}

int outbox_flush(struct outbox *box, int fd)
{
	while (box->first) {
		ssize_t n = send(fd, box->first->data + box->sent, box->first->len - box->sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		box->sent += (size_t)n;
		if (box->sent == box->first->len)
			drop_first(box);
	}
	return 0;
}
