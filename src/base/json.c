/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The few JSON helpers that jansson does not have. */
#include "base/json.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/io.h"
#include "base/str.h"

const char *json_get_text(const json_t *obj, const char *key, const char *fallback)
{
	const char *text = json_string_value(json_object_get(obj, key));

	return text ? text : fallback;
}

json_t *json_find(const json_t *list, const char *key, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (str_eq(json_get_text(item, key, NULL), text))
			return item;
	return NULL;
}

json_t *json_text(const char *text)
{
	json_t *value = text ? json_string(text) : json_null();
	auto_str struct str clean = { 0 };

	if (value)
		return value;
	str_add_clean(&clean, text, true);
	return json_string(str_text(&clean));
}

int json_get_int(const json_t *obj, const char *key, int fallback)
{
	const json_t *value = json_object_get(obj, key);

	json_int_t number = json_is_integer(value) ? json_integer_value(value) : fallback;

	return number < INT_MIN || number > INT_MAX ? fallback : (int)number;
}

int json_save(const json_t *value, const char *path, struct err *err)
{
	auto_free char *text = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);
	auto_str struct str s = { 0 };

	if (!text)
		return err_set(err, EINVAL, "'%s': not a JSON value", path);
	str_addf(&s, "%s\n", text);
	return io_write_file(path, s.data, s.len, 0600, err);
}

int json_open(const char *path, json_t **ret, struct err *err)
{
	auto_str struct str s = { 0 };
	json_error_t where;
	json_t *value;
	int r = io_read_file(path, 64 << 20, &s, err);

	if (r < 0)
		return r;
	value = json_loadb(str_text(&s), s.len, 0, &where);
	if (!value)
		return err_set(err, EINVAL, "'%s':%d: %s", path, where.line, where.text);
	*ret = value;
	return 0;
}
