/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What guests say to labd's questions, taken apart. Whoever is root in a guest says what he likes:
 * all of it is bounded, and nothing of it is believed to be text (JSON takes no invalid UTF-8; such
 * a word is left out).
 */
#ifndef LABD_SAID_H
#define LABD_SAID_H

#include "base/json.h"
#include "base/str.h"

/*
 * Lines of `ip -o address` and of `sv status`: "2: eth0    inet 68.85.2.1/24 ..." is an address,
 * for the array; "down: /etc/service/bird: 3s, ..." a service that its supervisor cannot keep up,
 * for the list.
 */
void said_status(const char *text, json_t *addresses, json_t *ports, struct str *down);
/* What iw says of a radio, as in `labctl status`; a new reference. */
json_t *said_radio(const char *text);
/*
 * What the line that waits for checks said of each of n, which were all zero; texts point into
 * text, which is changed. Returns what the one under way, or else the shell, said last, "" if
 * nothing; *fatal is why there is nothing more to be waited for, or NULL.
 */
struct said_check {
	enum { SAID_NOTHING, SAID_HOLDS, SAID_MISSING } state;
	const char *why; /* of one that is missing: what it said last */
};
const char *said_checks(struct str *text, struct said_check *checks, size_t n, const char **fatal);
/*
 * While that line waits: why one of the checks that it waits for, the same as long as that is so,
 * does not hold yet; *check is SIZE_MAX where it is none of them. A new string; NULL: there is
 * none. Lines without their end do not count.
 */
char *said_waits(const char *text, size_t *check);
/* A console's text as it may go to a terminal: no control characters, no endless line. */
void said_console(const char *text, size_t len, struct str *out);

/*
 * What SAID_SERVICES makes a guest say of its supervisor's services: "now_ns", by its own clock,
 * and "services": of each its "pid", 0 where it does not run, and "since_ns", when that became so.
 */
#define SAID_SERVICES                                                                        \
	"(cd /etc/service && echo * && od -An -v -tx1 -w20 */supervise/status; date +%s%N) " \
	"2>/dev/null\n"
json_t *said_services(const char *text);
/* Which of them ran before and have stopped since: [{"service", "again": whether it runs now,
 * "ago_ns"}]; a new reference. */
json_t *said_stopped(const json_t *before, const json_t *after);

#endif
