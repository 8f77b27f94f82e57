/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request of guest/clone-format.h, read. */
#ifndef LABD_GUEST_REQUEST_H
#define LABD_GUEST_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/clone-format.h"

/* The fields point into what was read; data is NULL where one is not there. */
struct request {
	uint32_t id;
	int64_t clock;
	char name[CLONE_NAME_MAX + 1]; /* "": not there */
	struct {
		const uint8_t *data;
		size_t len;
	} field[CLONE_FIELDS];
};

/*
 * What n bytes begin: 0 not yet known, more are to come; the length of the whole request; or -1:
 * no request.
 */
long request_length(const uint8_t *data, size_t n);
/* Reads a whole request of that length; NULL, or a sentence that says what is wrong with it. */
const char *request_parse(const uint8_t *data, size_t len, struct request *ret);

#endif
