/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a student draws: the same each time, and nobody can tell without the course's secret.
 *
 * The key is HMAC-SHA256(secret, course | assignment | student); each draw has a label of its own,
 * so that one more or one less changes none of the others.
 */
#ifndef COURSE_DRAW_H
#define COURSE_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "pki/hmac.h"

struct draw {
	unsigned char key[HMAC_LEN];
};

/* Letters, digits, '.', '_', '-', '@' and '+', 1 to 64, and no '.' or '-' at its beginning: a
 * course, an assignment or a student. A folder can be called so. */
bool draw_is_name(const char *name);
/* -EINVAL where one of them is no such name. */
int draw_open(const unsigned char secret[HMAC_LEN], const char *course, const char *assignment,
	      const char *student, struct draw *ret, struct err *err);
/* A number below n, which is not 0, each as likely; nth: of those of that label. */
int draw_below(const struct draw *draw, const char *label, unsigned int nth, uint64_t n,
	       uint64_t *ret, struct err *err);

#endif
