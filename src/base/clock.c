/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time and deadlines. */
#include "base/clock.h"

#include <time.h>

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_real_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

int64_t deadline_in_ms(int64_t ms)
{
	return clock_mono_ns() + ms * NS_PER_MS;
}

bool deadline_passed(int64_t deadline)
{
	return clock_mono_ns() >= deadline;
}

int deadline_poll_ms(int64_t deadline)
{
	int64_t left = (deadline - clock_mono_ns() + NS_PER_MS - 1) / NS_PER_MS;

	if (left < 0)
		return 0;
	return left > 3600000 ? 3600000 : (int)left;
}
