/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers out of a secret and a name. */
#include "course/draw.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#define NAME_MAX_LEN 64

bool draw_is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-@+";
	size_t len = strlen(name);

	return len && len <= NAME_MAX_LEN && strspn(name, letters) == len && name[0] != '.' &&
	       name[0] != '-';
}

int draw_open(const unsigned char secret[HMAC_LEN], const char *course, const char *assignment,
	      const char *student, struct draw *ret, struct err *err)
{
	const char *const names[] = { course, assignment, student };
	auto_str struct str text = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!draw_is_name(names[i]))
			return err_set(err, EINVAL,
				       "'%s': 1 to 64 letters, digits or any of . _ - @ + name a "
				       "course, an assignment and a student",
				       names[i]);
		str_addf(&text, "%s%s", i ? "|" : "", names[i]);
	}
	return hmac_bytes(secret, HMAC_LEN, text.data, text.len, ret->key, err);
}

int draw_below(const struct draw *draw, const char *label, unsigned int nth, uint64_t n,
	       uint64_t *ret, struct err *err)
{
	/* From here on the last numbers would make some more likely than others. */
	uint64_t limit = UINT64_MAX - UINT64_MAX % n;

	for (unsigned int again = 0;; again++) {
		auto_free char *text = xasprintf("%s|%u|%u", label, nth, again);
		unsigned char hash[HMAC_LEN];
		uint64_t number = 0;
		int r = hmac_bytes(draw->key, HMAC_LEN, text, strlen(text), hash, err);

		if (r < 0)
			return r;
		for (size_t i = 0; i < sizeof(number); i++)
			number = number << 8 | hash[i];
		if (number < limit) {
			*ret = number % n;
			return 0;
		}
	}
}
