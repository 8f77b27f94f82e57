/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a test does that lacks something: it is skipped with the reason, and fails where it has to
 * run (LABD_MUST_RUN=1, as in ./bootstrap check). What no machine need have (root's rights, a
 * kernel's feature) skips by itself. After <cmocka.h>.
 */
#ifndef TESTS_SKIP_H
#define TESTS_SKIP_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline bool must_run(void)
{
	const char *value = getenv("LABD_MUST_RUN");

	return value && !strcmp(value, "1");
}

/* The exit status of a program none of whose tests can run. */
static inline int skip_all(const char *why)
{
	(void)printf("%s: %s\n", must_run() ? "must run here, but" : "SKIP", why);
	return must_run() ? 1 : 77;
}

/* Ends the test that calls it, by a jump. */
#define skip_test(why)                                           \
	do {                                                     \
		if (must_run())                                  \
			fail_msg("must run here, but: %s", why); \
		print_message("SKIP: %s\n", why);                \
		skip();                                          \
	} while (0)

#endif
