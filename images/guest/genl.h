/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generic netlink, as far as the guest's own programs use it: one family of the kernel's a socket.
 */
#ifndef LABD_GUEST_GENL_H
#define LABD_GUEST_GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GENL_ATTRS = 32 }; /* those with greater numbers are of no use here */

/* One message from the kernel: attributes by number, NULL where absent. */
struct genl_message {
	int command;  /* the family's; -1: an answer */
	uint32_t seq; /* of an answer */
	int error;    /* of an answer: 0, a positive radio id, or -errno */
	const uint8_t *attr[GENL_ATTRS];
	uint16_t len[GENL_ATTRS];
};

struct genl {
	int fd;
	uint16_t family;
	uint32_t group; /* of those who listen; 0: it has none */
};

/* A request in the making. */
struct genl_request {
	uint32_t len;
	uint8_t data[4096];
};

/* Opens the socket and finds the family; -1 with errno. */
int genl_open(struct genl *genl, const char *family);
/* seq 0: no answer is wanted (errors are answered all the same). */
void genl_begin(const struct genl *genl, struct genl_request *req, int command, uint32_t seq);
void genl_put(struct genl_request *req, unsigned int type, const void *data, size_t len);
void genl_put32(struct genl_request *req, unsigned int type, uint32_t value);
int genl_send(const struct genl *genl, struct genl_request *req);
/* Sends and waits for its answer: 0 or a radio's id, or -1 with errno. */
int genl_ask(const struct genl *genl, struct genl_request *req);

/* Attributes by number, NULL where absent: attr and lens have room for GENL_ATTRS. */
void genl_parse(const uint8_t *from, size_t len, const uint8_t **attr, uint16_t *lens);
/*
 * Takes the message at *at of a datagram of len bytes apart and moves on; false at the end.
 * Pointers go into the buffer.
 */
bool genl_next(const uint8_t *buf, size_t len, size_t *at, struct genl_message *ret);

#endif
