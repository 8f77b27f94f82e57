/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages that wait for a radio's guest to take them: in order, whole, and a bounded number by
 * each radio that caused them, so that one that floods fills only its own share.
 */
#ifndef MEDIUM_OUTBOX_H
#define MEDIUM_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "medium/hub.h"

#define OUTBOX_SHARE 64 /* messages by one radio */

struct outbox_message {
	struct outbox_message *next;
	size_t from, len;
	uint8_t data[];
};

struct outbox {
	struct outbox_message *first, **last;
	size_t sent; /* bytes of the first that are gone already */
	size_t share[HUB_RADIOS_MAX];
	uint64_t dropped;
};

void outbox_init(struct outbox *box);
void outbox_clear(struct outbox *box);
/* False: that radio's share is used up; the message is dropped. */
bool outbox_add(struct outbox *box, size_t from, const uint8_t *data, size_t len);
/* Writes to a socket that does not block until it takes no more: 0, or -errno of one that is
 * broken. */
int outbox_flush(struct outbox *box, int fd);

#endif
