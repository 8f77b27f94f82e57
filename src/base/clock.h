/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Time and deadlines. All in nanoseconds; deadlines count on CLOCK_MONOTONIC.
 * Names: clock, deadline.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

int64_t clock_mono_ns(void); /* CLOCK_MONOTONIC */
int64_t clock_real_ns(void); /* CLOCK_REALTIME, since the epoch: what captures are stamped with */
/* The moment ms milliseconds from now. */
int64_t deadline_in_ms(int64_t ms);
bool deadline_passed(int64_t deadline);
/* Milliseconds left for poll(2), rounded up, at least 0, at most 1 h. */
int deadline_poll_ms(int64_t deadline);

#endif
