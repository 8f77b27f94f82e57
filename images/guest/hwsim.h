/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The generic netlink interface of the kernel's simulated radio,
 * drivers/net/wireless/mac80211_hwsim, as far as the agent uses it. The kernel has no header of it
 * for user space; the numbers are its ABI.
 */
#ifndef LABD_GUEST_HWSIM_H
#define LABD_GUEST_HWSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HWSIM_FAMILY "MAC80211_HWSIM"

enum {
	HWSIM_REGISTER = 1,
	HWSIM_FRAME = 2,
	HWSIM_TX_INFO = 3,
	HWSIM_NEW_RADIO = 4,
	HWSIM_ADD_MAC = 7
};

enum hwsim_attr {
	HWSIM_RECEIVER = 1,
	HWSIM_TRANSMITTER = 2,
	HWSIM_BYTES = 3,
	HWSIM_FLAGS = 4,    /* u32 */
	HWSIM_RX_RATE = 5,  /* u32, index of the band's rates */
	HWSIM_SIGNAL = 6,   /* u32, dBm in two's complement */
	HWSIM_RATES = 7,    /* 4 x { s8 index, u8 count }, index -1 ends it */
	HWSIM_COOKIE = 8,   /* u64 */
	HWSIM_CHANNELS = 9, /* u32 */
	HWSIM_NAME = 17,
	HWSIM_FREQ = 19, /* u32, MHz */
	HWSIM_MAC = 22,
	HWSIM_ATTRS = 32,
};

enum { HWSIM_FLAG_NO_ACK = 2, HWSIM_FLAG_ACKED = 4, HWSIM_RATES_LEN = 8 };

/* One message from the kernel: attributes by number, NULL where absent. */
struct hwsim_message {
	int command;  /* HWSIM_*; -1: an answer */
	uint32_t seq; /* of an answer */
	int error;    /* of an answer: 0, a positive radio id, or -errno */
	const uint8_t *attr[HWSIM_ATTRS];
	uint16_t len[HWSIM_ATTRS];
};

struct hwsim {
	int fd;
	uint16_t family;
};

/* A request in the making. */
struct hwsim_request {
	uint32_t len;
	uint8_t data[4096];
};

/* Opens the socket and finds the family; -1 with errno. */
int hwsim_open(struct hwsim *hwsim);
/* seq 0: no answer is wanted (errors are answered all the same). */
void hwsim_begin(const struct hwsim *hwsim, struct hwsim_request *req, int command, uint32_t seq);
void hwsim_put(struct hwsim_request *req, enum hwsim_attr attr, const void *data, size_t len);
void hwsim_put32(struct hwsim_request *req, enum hwsim_attr attr, uint32_t value);
int hwsim_send(const struct hwsim *hwsim, struct hwsim_request *req);
/* Sends and waits for its answer: 0 or a radio's id, or -1 with errno. */
int hwsim_ask(const struct hwsim *hwsim, struct hwsim_request *req);

/*
 * Takes the message at *at of a datagram of len bytes apart and moves on; false at the end.
 * Pointers go into the buffer.
 */
bool hwsim_next(const uint8_t *buf, size_t len, size_t *at, struct hwsim_message *ret);

#endif
