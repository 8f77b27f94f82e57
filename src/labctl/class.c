/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A class's folder: who is in it, and the secret. */
#include "labctl/class.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

static char *hex_of(const unsigned char secret[HMAC_LEN])
{
	auto_str struct str text = { 0 };

	for (size_t i = 0; i < HMAC_LEN; i++)
		str_addf(&text, "%02x", secret[i]);
	return str_take(&text);
}

static int read_hex(const char *text, unsigned char ret[HMAC_LEN])
{
	if (strlen(text) != 2 * HMAC_LEN)
		return -EINVAL;
	for (size_t i = 0; i < HMAC_LEN; i++) {
		unsigned int byte;
		char pair[3] = { text[2 * i], text[2 * i + 1], '\0' };

		if (strspn(pair, "0123456789abcdef") != 2 || sscanf(pair, "%2x", &byte) != 1)
			return -EINVAL;
		ret[i] = (unsigned char)byte;
	}
	return 0;
}

int class_open(const char *dir, struct class *ret, struct err *err)
{
	auto_free char *path = xasprintf("%s/class.json", dir);
	auto_json json_t *value = NULL;
	const json_t *name;
	size_t i;
	int r = json_open(path, &value, err);

	if (r < 0)
		return r;
	ret->dir = xstrdup(dir);
	ret->course = xstrdup(json_get_text(value, "course", ""));
	ret->assignment = xstrdup(json_get_text(value, "assignment", ""));
	json_array_foreach(json_object_get(value, "students"), i, name)
		if (json_is_string(name) && draw_is_name(json_string_value(name)))
			*array_add(ret->roster.names, ret->roster.n) =
				xstrdup(json_string_value(name));
	if (read_hex(json_get_text(value, "secret", ""), ret->secret) < 0 || !ret->roster.n ||
	    ret->roster.n != i || i > ROSTER_MAX)
		return err_set(err, EINVAL, "'%s': is no class of labctl's", path);
	return 0;
}

void class_free(struct class *class)
{
	free(class->dir);
	free(class->course);
	free(class->assignment);
	roster_free(&class->roster);
}

int class_save(const struct class *class, struct err *err)
{
	auto_free char *path = xasprintf("%s/class.json", class->dir);
	auto_free char *secret = hex_of(class->secret);
	json_t *students = json_array();
	auto_json json_t *value =
		json_pack("{s:s, s:s, s:o, s:o}", "course", class->course, "secret", secret,
			  "assignment", json_text(class->assignment), "students", students);

	for (size_t i = 0; i < class->roster.n; i++)
		(void)json_array_append_new(students, json_string(class->roster.names[i]));
	return json_save(value, path, err);
}

char *class_student(const struct class *class, const char *student)
{
	return xasprintf("%s/students/%s", class->dir, student);
}

bool class_has(const struct class *class, const char *student)
{
	for (size_t i = 0; i < class->roster.n; i++)
		if (str_eq(class->roster.names[i], student))
			return true;
	return false;
}
