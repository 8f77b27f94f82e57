/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Captures that are changed on purpose. Which frame, and where in it, is asked of Wireshark: a
 * change is a filter, a field, and the bytes that it gets. Checksums are made right again, and what
 * goes through the air is encrypted again.
 */
#ifndef TESTS_MUTATE_H
#define TESTS_MUTATE_H

#include "base/err.h"
#include "wireshark/wireshark.h"

enum mutation {
	MUTATION_NONE,
	MUTATION_EDIT,     /* field becomes bytes, in the first frame that matches */
	MUTATION_EDIT_ALL, /* the same, in all */
	MUTATION_DROP,     /* the first is not there */
	MUTATION_DROP_ALL,
	MUTATION_COPY,    /* a copy of it, at the end; field becomes bytes there */
	MUTATION_MOVE,    /* it has the time of the first frame that matches `field` */
	MUTATION_PAYLOAD, /* its TCP payload becomes bytes */
	MUTATION_SPOIL,   /* the last byte of its TCP payload is another: the tag of a TLS record */
	MUTATION_NO_SECRETS, /* the file has no TLS keys */
};

struct change {
	enum mutation mutation;
	const char *filter;
	const char *field;
	const char *bytes;         /* hexadecimal */
	const char *from;          /* COPY: the file that it is taken from; NULL: the same */
	const struct change *then; /* the caller's: one more; NULL: none */
};

/*
 * Writes the file `from` with its change to `to`; both are absolute. trace is one of that file's
 * hop, with the passphrase. A filter that matches nothing and a field that is not there are errors.
 */
int mutate(struct wireshark *ws, const char *from, const struct change *change,
	   const struct wireshark_wifi *wifi, const char *to, struct err *err);

#endif
