/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error object: one code and one sentence, in the caller's frame. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

/*
 * A function that can fail takes a struct err * as its last argument and returns
 * 0 or a count on success, or the negative code that it also left in err->code.
 * The sentence names the object in quotes and ends with the cause:
 *   link 'ap-switch': bridge 'br3': File exists
 * err may be NULL where the caller does not care.
 */
struct err {
	int code; /* negative errno value; 0 while nothing failed */
	char msg[512];
};

#define ERR_INIT      \
	{             \
		0, "" \
	}

/* Fills err; code is a positive errno value. Returns -code. */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same, with ": strerror(code)" behind the sentence. */
int err_errno(struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Puts "TEXT: " in front of the sentence; returns err->code. */
int err_context(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts "; ADVICE", what the user can do about it, behind the sentence; returns err->code. */
int err_advise(struct err *err, const char *advice);
void err_clear(struct err *err);

#endif
