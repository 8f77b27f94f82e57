/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON values are jansson's json_t; this header is the one place that brings it in. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/auto.h"
#include "base/err.h"

static inline void json_autop(json_t **j)
{
	json_decref(*j);
}
#define auto_json AUTO(json_autop)

/* The string at key, or fallback when absent or no string; owned by obj. */
const char *json_get_text(const json_t *obj, const char *key, const char *fallback);
/*
 * A string of text that need not be UTF-8, which jansson takes nothing else: then it is written out
 * as str_add_clean does. NULL becomes null. A new reference.
 */
json_t *json_text(const char *text);
/* The first object of the list whose text at key is that; NULL: none. Owned by the list. */
json_t *json_find(const json_t *list, const char *key, const char *text);
/* The whole number at key, or fallback when absent, no number or beyond an int. */
int json_get_int(const json_t *obj, const char *key, int fallback);
/* Writes pretty JSON with a final newline, whole or not at all. */
int json_save(const json_t *value, const char *path, struct err *err);
/* Reads a file of at most 64 MiB: a run's tables hold what each node recorded. */
int json_open(const char *path, json_t **ret, struct err *err);

#endif
