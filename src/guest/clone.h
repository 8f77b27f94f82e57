/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest that was restored has to be told before SSH: the time, randomness of its own, and,
 * where it is to be another node than it was, who it is.
 */
#ifndef GUEST_CLONE_H
#define GUEST_CLONE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "guest/keys.h"

/* Clock and seed are told always. */
struct clone_identity {
	const char *name;              /* of the node; NULL: it stays who it is */
	const struct guest_keys *keys; /* NULL: it keeps those that it has */
	bool rescan;                   /* there are devices that it does not know yet */
};

/* The request for it, at that time (CLOCK_REALTIME). */
int clone_request(const struct clone_identity *identity, uint32_t id, int64_t now, struct str *out,
		  struct err *err);

/*
 * Tells the guest behind socket, its port CLONE_PORT, and waits until it has done all of it and its
 * clock is right, by less than half a second. A guest that does not read yet is waited for.
 * -ETIMEDOUT past the deadline, -ECANCELED once *cancel (may be NULL) is set; -EPROTO: the guest
 * says no, or what is not an answer.
 */
int clone_tell(const char *socket, const struct clone_identity *identity, int64_t deadline,
	       const atomic_bool *cancel, struct err *err);

#endif
