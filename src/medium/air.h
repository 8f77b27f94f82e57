/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What goes through a radio's serial port, between the guest's agent (images/guest/radio.c) and the
 * hub: messages of a fixed head and a short body, in the byte order of the machine that both run
 * on (x86-64, little endian). The stream may lose bytes when either side starts anew, so every
 * message begins with a mark by which the reader finds the next one.
 *
 * Only what is here is believed of the other side, and only within these bounds.
 */
#ifndef MEDIUM_AIR_H
#define MEDIUM_AIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define AIR_PORT "org.labd.radio" /* the virtio-serial port's name */
#define AIR_MARK UINT32_C(0x0b1ea1d0)
#define AIR_FRAME_MIN 10   /* bytes; an 802.11 ACK, the shortest frame there is (without FCS) */
#define AIR_FRAME_MAX 2500 /* an MSDU of 2304 bytes, the longest header and the ciphers' */

enum air_type {
	AIR_ASK = 1,   /* hub: say hello. No body. */
	AIR_HELLO = 2, /* guest: its MAC */
	AIR_FRAME = 3, /* guest: sent; hub: received */
	AIR_DONE = 4,  /* the answer to a frame, with the frame's id */
};

struct air_head {
	uint32_t mark;
	uint16_t type; /* enum air_type */
	uint16_t len;  /* of the body */
	uint32_t id;   /* the sender's number for a frame; of an answer: the frame's */
};

struct air_hello {
	uint8_t mac[6];
	uint16_t zero;
};

struct air_frame {
	uint16_t freq;  /* MHz */
	int8_t signal;  /* dBm at the receiver; 0 from a guest */
	uint8_t rate;   /* index into the band's legacy rates, 0 to 11 at 2.4 GHz */
	uint8_t wanted; /* 1: the sender waits for the answer */
	uint8_t zero[3];
};

/*
 * From a guest: the radio could receive the frame (it was up and on that frequency).
 * From the hub: the station that the frame was for acknowledged it.
 */
struct air_done {
	uint8_t ok;
	int8_t signal; /* dBm of the acknowledgement; from the hub */
	uint16_t zero;
};

#define AIR_MESSAGE_MAX (sizeof(struct air_head) + sizeof(struct air_frame) + AIR_FRAME_MAX)

/* One message; frame points into the buffer that it was read from. */
struct air_message {
	enum air_type type;
	uint32_t id;
	struct air_hello hello;
	struct air_frame frame;
	struct air_done done;
	const uint8_t *bytes; /* of the frame */
	size_t n_bytes;
};

static inline bool air_len_fits(unsigned int type, size_t len)
{
	switch (type) {
	case AIR_ASK:
		return len == 0;
	case AIR_HELLO:
		return len == sizeof(struct air_hello);
	case AIR_DONE:
		return len == sizeof(struct air_done);
	case AIR_FRAME:
		return len >= sizeof(struct air_frame) + AIR_FRAME_MIN &&
		       len <= sizeof(struct air_frame) + AIR_FRAME_MAX;
	default:
		return false;
	}
}

static inline void air_take(const uint8_t *at, const struct air_head *head, struct air_message *ret)
{
	const uint8_t *body = at + sizeof(*head);

	*ret = (struct air_message){ .type = (enum air_type)head->type, .id = head->id };
	if (head->type == AIR_HELLO)
		memcpy(&ret->hello, body, sizeof(ret->hello));
	if (head->type == AIR_DONE)
		memcpy(&ret->done, body, sizeof(ret->done));
	if (head->type == AIR_FRAME) {
		memcpy(&ret->frame, body, sizeof(ret->frame));
		ret->bytes = body + sizeof(ret->frame);
		ret->n_bytes = head->len - sizeof(ret->frame);
	}
}

/*
 * Takes the next message from len bytes at buf. Returns how many bytes are used up; *found: *ret
 * is a message. Bytes that cannot begin one are used up without; 0: more bytes are needed. *junk
 * counts what was passed over.
 */
static inline size_t air_next(const uint8_t *buf, size_t len, struct air_message *ret, bool *found,
			      uint64_t *junk)
{
	struct air_head head;
	size_t at;

	*found = false;
	for (at = 0; len - at >= sizeof(head); at++) {
		memcpy(&head, buf + at, sizeof(head));
		if (head.mark != AIR_MARK || !air_len_fits(head.type, head.len))
			continue;
		if (len - at - sizeof(head) < head.len)
			break;
		air_take(buf + at, &head, ret);
		*junk += at;
		*found = true;
		return at + sizeof(head) + head.len;
	}
	*junk += at;
	return at;
}

/* Puts a message together; body and bytes may be empty. Returns its length, at most
 * AIR_MESSAGE_MAX. */
static inline size_t air_put(uint8_t buf[AIR_MESSAGE_MAX], enum air_type type, uint32_t id,
			     const void *body, size_t len, const void *bytes, size_t n_bytes)
{
	const struct air_head head = { AIR_MARK, (uint16_t)type, (uint16_t)(len + n_bytes), id };

	memcpy(buf, &head, sizeof(head));
	if (len)
		memcpy(buf + sizeof(head), body, len);
	if (n_bytes)
		memcpy(buf + sizeof(head) + len, bytes, n_bytes);
	return sizeof(head) + len + n_bytes;
}

#endif
