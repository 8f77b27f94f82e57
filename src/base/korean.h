/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Particles of Korean behind values that only a run has. Which of two a particle is ("와" or "과")
 * depends on the last sound of what stands before it: a syllable's own, or that of a digit or Latin
 * letter as it is read.
 */
#ifndef BASE_KOREAN_H
#define BASE_KOREAN_H

#include <stddef.h>

#include "base/str.h"

/*
 * What stands behind a value in a text: where a word of particles follows ("와", "으로는"), either
 * form, appends the one that fits the value and returns how many bytes of rest it stands for; 0:
 * none does.
 */
size_t korean_particle(const char *value, const char *rest, struct str *out);
/* The pattern, with {0} to {9} replaced by values, and with particles that fit these. */
void korean_fill(const char *pattern, const char *const *values, size_t n, struct str *out);

#endif
