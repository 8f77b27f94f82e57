/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What goes through a guest's serial port CLONE_PORT, between labd and the program in the guest
 * (images/guest/clone.c) that gives a restored guest its clock and its identity. Numbers are in the
 * byte order of the machine that both run on (x86-64, little endian).
 *
 * labd asks: a head, then fields, each at most once; clock always. The guest answers with a line,
 *
 *	ok ID NANOSECONDS    all of it is done; its clock (CLOCK_REALTIME) when it said so
 *	no ID SENTENCE       and why
 *
 * A port is not a connection: a request that starts a chunk of bytes takes the place of one that is
 * not whole, and an answer to somebody who has left comes to the next one, who knows it by its ID.
 */
#ifndef GUEST_CLONE_FORMAT_H
#define GUEST_CLONE_FORMAT_H

#include <stdint.h>

#define CLONE_PORT "org.labd.clone"
#define CLONE_MARK UINT32_C(0x31c10de5)
/* A request is one page at most: such a one comes in one piece. */
#define CLONE_BODY_MAX 4000
#define CLONE_ANSWER_MAX 256
#define CLONE_SEED_MAX 512
#define CLONE_NAME_MAX 63

struct clone_head {
	uint32_t mark;
	uint32_t len; /* of the fields */
	uint32_t id;  /* the asker's; the answer has it */
};

enum clone_field {
	CLONE_CLOCK = 1,       /* int64_t, ns since the epoch */
	CLONE_SEED = 2,        /* bytes for the kernel's random generator, which counts them */
	CLONE_NAME = 3,        /* host name; with it comes another machine-id */
	CLONE_HOST_KEY = 4,    /* SSH: the private file, */
	CLONE_HOST_PUBLIC = 5, /* the public one, */
	CLONE_AUTHORIZED = 6,  /* and root's authorized_keys */
	CLONE_RESCAN = 7,      /* empty: find the devices that came with the clone */
	CLONE_FIELDS           /* one more than the last */
};

struct clone_field_head {
	uint16_t field; /* enum clone_field */
	uint16_t len;
};

#endif
