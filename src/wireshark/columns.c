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

int wireshark_columns(struct wireshark *ws, const char *file, wireshark_column_seen *seen,
		      void *ctx, struct err *err)
{
	int r = question_load(ws, file, err);
	size_t got = PAGE;

	for (uint64_t skip = 0; r >= 0 && got == PAGE; skip += got) {
		auto_json json_t *list = NULL;

		r = question_page(ws, json_pack("{s:i}", "limit", (int)PAGE), skip, &list, err);
		got = json_array_size(list);
		for (size_t i = 0; r == 0 && i < got; i++) {
			const json_t *frame = json_array_get(list, i);

			seen(ctx, (uint64_t)json_get_int(frame, "num", 0),
			     column(frame, COLUMN_PROTOCOL), column(frame, COLUMN_INFO));
		}
	}
	return r;
}
