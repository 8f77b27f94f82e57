/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One limit, out of several that somebody sets. */
#include <stdarg.h>
#include <stdio.h>

#include "sandbox/limits.h"

void limit_lower(struct limit *limit, long long value, const char *fmt, ...)
{
	va_list ap;

	if (value >= limit->value)
		return;
	limit->value = value < 0 ? 0 : value;
	va_start(ap, fmt);
	(void)vsnprintf(limit->by, sizeof(limit->by), fmt, ap);
	va_end(ap);
}
