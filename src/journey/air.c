/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Encrypted 802.11 frames, opened by sharkd: one question a frame. */
#include "journey/air.h"

#include <errno.h>

#include "wireshark/question.h"

struct journey_air {
	struct wireshark *ws;
};

int journey_air_open(const struct journey_lab *lab, const char *file, struct journey_air **ret,
		     struct err *err)
{
	auto_journey_air struct journey_air *air = NULL;
	int r;

	if (!lab->n_wifi || !lab->sharkd)
		return err_set(err, ENOKEY, "no key to it is known");
	air = xcalloc(1, sizeof(*air));
	r = wireshark_open(lab->sharkd, "", lab->wifi, lab->n_wifi, NULL, &air->ws, err);
	if (r == 0)
		r = sharkd_load(air->ws->sharkd, file, err);
	if (r < 0)
		return r;
	*ret = take_ptr(air);
	return 0;
}

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

int journey_air_plain(struct journey_air *air, uint64_t number, struct str *out, struct err *err)
{
	auto_json json_t *result = NULL;
	const char *plain;
	int r = sharkd_ask(air->ws->sharkd, "frame",
			   json_pack("{s:I, s:b}", "frame", (json_int_t)number, "bytes", 1),
			   &result, err);

	if (r < 0)
		return r;
	plain = find_plain(result);
	if (!plain)
		return 0;
	if (str_add_unbase64(out, plain) < 0)
		return err_set(err, EPROTO, "sharkd: bytes that are not base64");
	return 1;
}

void journey_air_free(struct journey_air *air)
{
	if (!air)
		return;
	wireshark_close(air->ws);
	free(air);
}
