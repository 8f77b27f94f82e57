/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Display filters over captures: counts, first matches and their fields. */
#include "trace/expect.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/str.h"
#include "trace/sharkd.h"

#define PAGE 10000 /* frames a reply: about 600 kB */

void trace_answer_free(struct trace_answer *a)
{
	for (size_t i = 0; i < TRACE_FIELDS; i++)
		free(a->values[i]);
	*a = (struct trace_answer){ 0 };
}

/* Wireshark's own words for a question that was wrong; anything else ends the conversation. */
static int wrong(int r, const char *kind, const char *text, struct err *err)
{
	static const char prefix[] = "Filter invalid - ";
	struct err words;

	if (r != -EBADMSG)
		return r;
	if (!err)
		return -EINVAL;
	words = *err;
	return err_set(err, EINVAL, "%s '%s': %s", kind, text,
		       words.msg + (str_prefix(words.msg, prefix) ? strlen(prefix) : 0));
}

static int check_filter(struct sharkd *s, const char *filter, struct err *err)
{
	auto_json json_t *result = NULL;
	int r = sharkd_ask(s, "check", json_pack("{s:s}", "filter", filter), &result, err);

	return wrong(r, "filter", filter, err);
}

static int check_fields(struct sharkd *s, const struct trace_query *q, struct err *err)
{
	for (size_t i = 0; i < TRACE_FIELDS && q->fields[i]; i++) {
		auto_json json_t *result = NULL;
		int r = sharkd_ask(s, "check", json_pack("{s:s}", "field", q->fields[i]), &result,
				   err);

		if (r < 0)
			return wrong(r, "field", q->fields[i], err);
	}
	return 0;
}

static int load(struct sharkd *s, const char *file, struct err *err)
{
	auto_json json_t *result = NULL;
	int r = sharkd_ask(s, "load", json_pack("{s:s}", "file", file), &result, err);

	if (r != -EBADMSG)
		return r;
	(void)wrong(r, "capture", file, err);
	if (err)
		err->code = -EIO;
	return -EIO;
}

/* An array of the frames that match, from the one numbered skip on; columns are added by the
 * caller. */
static int frames(struct sharkd *s, const char *filter, uint64_t skip, int limit, json_t *params,
		  json_t **ret, struct err *err)
{
	int r;

	if (*filter)
		(void)json_object_set_new(params, "filter", json_string(filter));
	if (skip)
		(void)json_object_set_new(params, "skip", json_integer((json_int_t)skip));
	(void)json_object_set_new(params, "limit", json_integer(limit));
	r = sharkd_ask(s, "frames", params, ret, err);
	if (r < 0)
		return wrong(r, "filter", filter, err);
	if (json_is_array(*ret))
		return 0;
	return err_set(err, EPROTO, "sharkd: a list of frames that is no list");
}

/* "SECONDS.NANOSECONDS", with nine digits behind the point or fewer. */
static int64_t parse_time(const char *text)
{
	int64_t seconds = 0, ns = 0, unit = NS_PER_S / 10;

	for (; *text >= '0' && *text <= '9' && seconds < INT64_MAX / NS_PER_S / 10; text++)
		seconds = seconds * 10 + (*text - '0');
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9' && unit; text++, unit /= 10)
			ns += (*text - '0') * unit;
	return seconds * NS_PER_S + ns;
}

static json_t *columns(const struct trace_query *q)
{
	json_t *params = json_pack("{s:s}", "column0", "frame.time_epoch:1");

	for (size_t i = 0; i < TRACE_FIELDS && q->fields[i]; i++) {
		auto_free char *name = xasprintf("column%zu", i + 1);
		auto_free char *field = xasprintf("%s:0", q->fields[i]);

		(void)json_object_set_new(params, name, json_string(field));
	}
	return params;
}

static int ask_first(struct sharkd *s, const struct trace_query *q, struct trace_answer *a,
		     struct err *err)
{
	auto_json json_t *list = NULL;
	const json_t *frame, *values;
	int r = frames(s, q->filter, 0, 1, columns(q), &list, err);

	if (r < 0 || !json_array_size(list))
		return r;
	frame = json_array_get(list, 0);
	values = json_object_get(frame, "c");
	a->first_frame = (uint64_t)json_get_int(frame, "num", 0);
	if (!a->first_frame || !json_string_value(json_array_get(values, 0)))
		return err_set(err, EPROTO, "sharkd: a frame without number or time");
	a->first_time_ns = parse_time(json_string_value(json_array_get(values, 0)));
	for (size_t i = 0; i < TRACE_FIELDS && q->fields[i]; i++) {
		const char *value = json_string_value(json_array_get(values, i + 1));

		a->values[i] = value && *value ? xstrdup(value) : NULL;
	}
	return 0;
}

/* Page by page, so that no reply grows with the capture. */
static int ask_count(struct sharkd *s, const struct trace_query *q, struct trace_answer *a,
		     struct err *err)
{
	size_t got = a->first_frame ? PAGE : 0;

	while (got == PAGE) {
		auto_json json_t *list = NULL;
		json_t *params = json_pack("{s:s}", "column0", "frame.number:1");
		int r = frames(s, q->filter, a->count, PAGE, params, &list, err);

		if (r < 0)
			return r;
		got = json_array_size(list);
		a->count += got;
	}
	return 0;
}

/*
 * sharkd keeps what a filter matched by the filter's text, and does not forget it when another file
 * is loaded: the same text would get the first file's answer. Blanks behind it, another number for
 * each file, make it another text.
 */
static int answer(struct sharkd *s, const struct trace_query *q, int blanks, struct trace_answer *a,
		  struct err *err)
{
	auto_free char *filter =
		*q->filter ? xasprintf("%s%*s", q->filter, blanks, "") : xstrdup("");
	struct trace_query padded = *q;
	int r = check_filter(s, q->filter, err);

	padded.filter = filter;
	if (r == 0)
		r = check_fields(s, q, err);
	if (r == 0)
		r = ask_first(s, &padded, a, err);
	return r == 0 ? ask_count(s, &padded, a, err) : r;
}

static bool is_own_fault(int r)
{
	return r == -EINVAL || r == -EIO;
}

/* All queries to the file of query i, which is the first of them. Errors go to their answers and to
 * err. */
static int answer_file(struct sharkd *s, const struct trace_query *queries, size_t n, size_t i,
		       struct trace_answer *answers, struct err *err)
{
	const char *file = queries[i].file;
	struct err own = ERR_INIT;
	int blanks = (int)i;
	int loaded = load(s, file, &own);

	for (; i < n; i++) {
		int r = loaded;

		if (!str_eq(queries[i].file, file))
			continue;
		if (loaded == 0) {
			err_clear(&own);
			r = answer(s, &queries[i], blanks, &answers[i], &own);
		}
		if (r == 0)
			continue;
		(void)snprintf(answers[i].error, sizeof(answers[i].error), "%.255s", own.msg);
		if (err && !err->code)
			*err = own;
		if (!is_own_fault(r))
			return r;
	}
	return 0;
}

static bool seen_before(const struct trace_query *queries, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (str_eq(queries[j].file, queries[i].file))
			return true;
	return false;
}

void trace_wifi_key(const struct trace_wifi *wifi, struct str *out)
{
	const char *const parts[] = { wifi->passphrase, wifi->ssid };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (i)
			str_adds(out, ":");
		for (const char *p = parts[i]; *p; p++)
			str_addf(out, isalnum((unsigned char)*p) ? "%c" : "%%%02x",
				 (unsigned char)*p);
	}
}

static int set_preference(struct sharkd *s, const char *name, const char *value, struct err *err)
{
	auto_json json_t *result = NULL;
	int r = sharkd_ask(s, "setconf", json_pack("{s:s, s:s}", "name", name, "value", value),
			   &result, err);

	return wrong(r, "preference", name, err);
}

static int set_wifi(struct sharkd *s, const struct trace_wifi *wifi, size_t n, struct err *err)
{
	int r = n ? set_preference(s, "wlan.enable_decryption", "TRUE", err) : 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		auto_str struct str record = { 0 };

		str_adds(&record, "\"wpa-pwd\",\"");
		trace_wifi_key(&wifi[i], &record);
		str_adds(&record, "\"");
		r = set_preference(s, "uat:80211_keys", record.data, err);
	}
	return r;
}

int trace_check(const char *sharkd, const struct trace_wifi *wifi, size_t n_wifi,
		const struct trace_query *queries, size_t n, int64_t deadline,
		struct trace_answer *answers, struct err *err)
{
	auto_sharkd struct sharkd *s = NULL;
	struct err first = ERR_INIT;
	int r;

	if (!n)
		return 0;
	memset(answers, 0, n * sizeof(*answers));
	r = sharkd_start(sharkd, deadline, &s, &first);
	if (r == 0)
		r = set_wifi(s, wifi, n_wifi, &first);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (!seen_before(queries, i))
			r = answer_file(s, queries, n, i, answers, &first);
	if (!first.code)
		return 0;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < TRACE_FIELDS; j++) {
			free(answers[i].values[j]);
			answers[i].values[j] = NULL;
		}
	if (err)
		*err = first;
	return first.code;
}

int trace_check_filter(const char *sharkd, const char *filter, int64_t deadline, struct err *err)
{
	auto_sharkd struct sharkd *s = NULL;
	int r = sharkd_start(sharkd, deadline, &s, err);

	return r < 0 ? r : check_filter(s, filter, err);
}

void trace_version(const char *sharkd, char ret[TRACE_VERSION])
{
	const char *const argv[] = { sharkd, "-v", NULL };
	struct child_opts opts = { .stderr_fd = -1, .deadline_ms = 10000 };
	auto_str struct str text = { 0 };
	const char *found;

	ret[0] = '\0';
	if (child_run(argv, &opts, &text, NULL) != 0)
		return;
	/* "Sharkd (Wireshark) 4.0.17 (Git v4.0.17 packaged as ...)." */
	found = strstr(str_text(&text), "(Wireshark) ");
	if (found)
		(void)sscanf(found, "(Wireshark) %31s", ret);
}
