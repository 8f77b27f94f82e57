/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Wireshark's list says of each frame. */
#include "wireshark/columns.h"

#include "wireshark/question.h"

#define PAGE 2000 /* frames a reply: Info may have hundreds of bytes */

/* Of Wireshark's own columns, which no preferences of the user change here (wireshark/sharkd.h):
 * No., Time, Source, Destination, Protocol, Length, Info. */
enum column { COLUMN_PROTOCOL = 4, COLUMN_INFO = 6 };

static const char *column(const json_t *frame, enum column which)
{
	const char *text =
		json_string_value(json_array_get(json_object_get(frame, "c"), (size_t)which));

	return text ? text : "";
}

/* [number, protocol, info, ...] of all frames. */
static int ask_columns(struct wireshark *ws, json_t *list, struct err *err)
{
	size_t got = PAGE;

	for (uint64_t skip = 0; got == PAGE; skip += got) {
		auto_json json_t *page = NULL;
		int r = question_page(ws, json_pack("{s:i}", "limit", (int)PAGE), skip, &page, err);

		if (r < 0)
			return r;
		got = json_array_size(page);
		for (size_t i = 0; i < got; i++) {
			const json_t *frame = json_array_get(page, i);

			(void)json_array_append_new(list,
						    json_integer(json_get_int(frame, "num", 0)));
			(void)json_array_append_new(list,
						    json_string(column(frame, COLUMN_PROTOCOL)));
			(void)json_array_append_new(list, json_string(column(frame, COLUMN_INFO)));
		}
	}
	return 0;
}

int wireshark_columns(struct wireshark *ws, const char *file, wireshark_column_seen *seen,
		      void *ctx, struct err *err)
{
	int r = question_load(ws, file, err);
	const json_t *kept = r < 0 ? NULL : question_kept(ws, "columns");
	auto_json json_t *list = kept ? json_incref((json_t *)(uintptr_t)kept) : json_array();

	if (r >= 0 && !kept)
		r = ask_columns(ws, list, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i + 2 < json_array_size(list); i += 3)
		seen(ctx, (uint64_t)json_integer_value(json_array_get(list, i)),
		     json_string_value(json_array_get(list, i + 1)),
		     json_string_value(json_array_get(list, i + 2)));
	if (!kept)
		question_keep(ws, "columns", json_incref(list));
	return 0;
}
