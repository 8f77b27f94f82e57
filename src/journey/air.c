/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encrypted 802.11 frames, opened by sharkd: one question a frame. */
#include "journey/air.h"

#include <errno.h>
#include <inttypes.h>

#include "wireshark/question.h"

/* The data source that decryption made, beside that of the frame as it was captured. */
static const char *find_plain(const json_t *result)
{
	const json_t *source;
	size_t i;

	json_array_foreach(json_object_get(result, "ds"), i, source) {
		const char *name = json_get_text(source, "name", "");

		if (str_prefix(name, "Decrypted CCMP") || str_prefix(name, "Decrypted TKIP"))
			return json_get_text(source, "bytes", NULL);
	}
	return NULL;
}

/* In base64; null where there is no key for it. */
static int ask_plain(struct wireshark *ws, uint64_t number, json_t **ret, struct err *err)
{
	auto_json json_t *result = NULL;
	const char *plain;
	int r = question_ask(ws, "frame",
			     json_pack("{s:I, s:b}", "frame", (json_int_t)number, "bytes", 1),
			     &result, err);

	if (r < 0)
		return r;
	plain = find_plain(result);
	*ret = plain ? json_string(plain) : json_null();
	return 0;
}

int journey_air_plain(const struct journey_lab *lab, const char *file, uint64_t number,
		      struct str *out, struct err *err)
{
	auto_free char *question = xasprintf("plain %" PRIu64, number);
	auto_json json_t *answer = NULL;
	const json_t *kept;
	int r;

	if (!lab->n_wifi || !lab->ws)
		return err_set(err, ENOKEY, "no key to it is known");
	r = question_load_path(lab->ws, file, err);
	if (r < 0)
		return r;
	kept = question_kept(lab->ws, question);
	r = kept ? 0 : ask_plain(lab->ws, number, &answer, err);
	if (r < 0)
		return r;
	if (json_is_string(kept ? kept : answer) &&
	    str_add_unbase64(out, json_string_value(kept ? kept : answer)) < 0)
		return err_set(err, EPROTO, "sharkd: bytes that are not base64");
	if (!kept)
		question_keep(lab->ws, question, json_incref(answer));
	return out->len > 0;
}
