/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error object: one code and one sentence, in the caller's frame. */
#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	assert(code > 0);
	if (!err)
		return -code;
	va_start(ap, fmt);
	(void)vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	err->code = -code;
	return -code;
}

int err_errno(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;
	char msg[sizeof(err->msg)];

	assert(code > 0);
	if (!err)
		return -code;
	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return err_set(err, code, "%.400s: %s", msg, strerror(code));
}

int err_context(struct err *err, const char *fmt, ...)
{
	va_list ap;
	char front[256], old[sizeof(err->msg)];

	if (!err)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(front, sizeof(front), fmt, ap);
	va_end(ap);
	memcpy(old, err->msg, sizeof(old));
	/* A sentence that grows too long loses its end, not its beginning. */
	(void)snprintf(err->msg, sizeof(err->msg), "%s: %.*s", front,
		       (int)(sizeof(old) - sizeof(front) - 3), old);
	return err->code;
}

int err_advise(struct err *err, const char *advice)
{
	size_t len, room = sizeof(err->msg) - 3 - strnlen(advice, sizeof(err->msg) / 2);

	if (!err)
		return -1;
	len = strnlen(err->msg, room);
	(void)snprintf(err->msg + len, sizeof(err->msg) - len, "; %s", advice);
	return err->code;
}

void err_clear(struct err *err)
{
	if (err)
		*err = (struct err)ERR_INIT;
}
