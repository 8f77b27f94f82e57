/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames of the capture match, and what is in one of them. */
#include "wireshark/question.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"

#define PAGE 10000 /* frames a reply: about 600 kB */
#define VALUES_SHOWN 4
#define KEPT_FRAMES 100000 /* of one answer: about 3 MB */

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

static int read_frame(const json_t *frame, struct wireshark_frame *ret, struct err *err)
{
	const char *time = json_string_value(json_array_get(json_object_get(frame, "c"), 0));

	ret->number = (uint64_t)json_get_int(frame, "num", 0);
	if (!ret->number || !time)
		return err_set(err, EPROTO, "sharkd: a frame without number or time");
	ret->time_ns = parse_time(time);
	return 0;
}

int question_page(struct wireshark *ws, json_t *params, uint64_t skip, json_t **ret,
		  struct err *err)
{
	int r;

	if (skip)
		(void)json_object_set_new(params, "skip", json_integer((json_int_t)skip));
	r = question_ask(ws, "frames", params, ret, err);
	if (r == 0 && !json_is_array(*ret))
		r = err_set(err, EPROTO, "sharkd: a list of frames that is not a list");
	return r;
}

/* A page of the frames that match, with their times. */
static int ask_page(struct wireshark *ws, const char *filter, uint64_t skip, json_t **ret,
		    struct err *err)
{
	json_t *params =
		json_pack("{s:s, s:i}", "column0", "frame.time_epoch:1", "limit", (int)PAGE);

	if (*filter)
		(void)json_object_set_new(params, "filter", json_string(filter));
	return question_page(ws, params, skip, ret, err);
}

/* The frames of a list [number, time, number, time, ...]. */
static int give(const json_t *list, int (*seen)(void *ctx, const struct wireshark_frame *frame),
		void *ctx)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i + 1 < json_array_size(list); i += 2) {
		const struct wireshark_frame frame = {
			(uint64_t)json_integer_value(json_array_get(list, i)),
			json_integer_value(json_array_get(list, i + 1)),
		};

		r = seen(ctx, &frame);
	}
	return r < 0 ? r : 0;
}

/* Notes a frame in such a list, which is dropped where it grows beyond what is kept. */
static void note_frame(json_t **list, const struct wireshark_frame *frame)
{
	if (*list && json_array_size(*list) >= 2 * KEPT_FRAMES) {
		json_decref(*list);
		*list = NULL;
	}
	if (!*list)
		return;
	(void)json_array_append_new(*list, json_integer((json_int_t)frame->number));
	(void)json_array_append_new(*list, json_integer(frame->time_ns));
}

/*
 * sharkd keeps what a filter matched by the filter's text, and does not forget it when another file
 * is loaded: the same text would get the first file's answer. Blanks behind it, another number for
 * each load, make it another text.
 */
static int ask_frames(struct wireshark *ws, const char *filter, json_t **list,
		      int (*seen)(void *ctx, const struct wireshark_frame *frame), void *ctx,
		      struct err *err)
{
	size_t got = PAGE;

	/* Page by page, so that no reply grows with the capture. */
	for (uint64_t skip = 0; got == PAGE; skip += got) {
		int loads = ws->loads + !ws->at_sharkd;
		auto_free char *padded =
			*filter ? xasprintf("%s%*s", filter, loads, "") : xstrdup("");
		auto_json json_t *page = NULL;
		int r = ask_page(ws, padded, skip, &page, err);

		if (r < 0)
			return r;
		got = json_array_size(page);
		for (size_t i = 0; i < got; i++) {
			struct wireshark_frame frame;

			r = read_frame(json_array_get(page, i), &frame, err);
			if (r == 0)
				r = seen(ctx, &frame);
			if (r < 0)
				return r;
			note_frame(list, &frame);
		}
	}
	return 0;
}

int wireshark_ask_frames(struct wireshark *ws, const char *filter,
			 int (*seen)(void *ctx, const struct wireshark_frame *frame), void *ctx,
			 struct err *err)
{
	auto_free char *question = xasprintf("frames %s", filter);
	const json_t *kept = question_kept(ws, question);
	auto_json json_t *list = kept ? NULL : json_array();
	int r;

	if (kept)
		return give(kept, seen, ctx);
	r = ask_frames(ws, filter, &list, seen, ctx, err);
	if (r == 0 && list)
		question_keep(ws, question, take_ptr(list));
	return r;
}

/*
 * The value in "FIELD == VALUE". Texts are quoted there, so a bare True is a flag's, as Wireshark
 * writes it from 4.2 on; before, and here, it is 1.
 */
static const char *plain_value(const char *value)
{
	return !strcmp(value, "True") ? "1" : !strcmp(value, "False") ? "0" : value;
}

/* Appends the values that this node and those below it have; false when there are enough. */
static bool add_values(const json_t *node, const char *field, size_t max, size_t *n,
		       struct str *out)
{
	const char *filter = json_get_text(node, "f", "");
	size_t len = strlen(field), i;
	const json_t *below;

	if (str_prefix(filter, field) && str_prefix(filter + len, " == ")) {
		str_addf(out, "%s%s", *n ? ", " : "", plain_value(filter + len + 4));
		if (++*n == max)
			return false;
	}
	json_array_foreach(json_object_get(node, "n"), i, below) {
		if (!add_values(below, field, max, n, out))
			return false;
	}
	return true;
}

/* A frame's tree has beside each field the filter that selects it: FIELD == VALUE. */
static int ask_field(struct wireshark *ws, uint64_t frame, const char *field, bool all, char **ret,
		     struct err *err)
{
	auto_json json_t *tree = NULL;
	auto_str struct str out = { 0 };
	const json_t *node;
	size_t n = 0, i;
	int r = question_ask(ws, "frame",
			     json_pack("{s:I, s:b}", "frame", (json_int_t)frame, "proto", true),
			     &tree, err);

	if (r < 0)
		return r;
	json_array_foreach(json_object_get(tree, "tree"), i, node) {
		if (!add_values(node, field, all ? VALUES_SHOWN : 1, &n, &out))
			break;
	}
	*ret = n && out.len <= WIRESHARK_VALUE_MAX ? str_take(&out) : NULL;
	return 0;
}

int wireshark_ask_field(struct wireshark *ws, uint64_t frame, const char *field, bool all,
			char **ret, struct err *err)
{
	auto_free char *question =
		xasprintf("%s %" PRIu64 " %s", all ? "values" : "value", frame, field);
	const json_t *kept = question_kept(ws, question);
	int r;

	if (kept) {
		*ret = json_is_string(kept) ? xstrdup(json_string_value(kept)) : NULL;
		return 0;
	}
	r = ask_field(ws, frame, field, all, ret, err);
	if (r == 0)
		question_keep(ws, question, *ret ? json_string(*ret) : json_null());
	return r;
}
