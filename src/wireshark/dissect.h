/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames opened: Wireshark's layers and fields with the bytes that each stands for, decrypted and
 * as they were on the way.
 *
 * A lab's frames say the same thing many times: at each hop, and in each header. So every text is
 * kept once, and every field once (the same words at the same place are the same field):
 *
 *   { "texts": ["Time to Live: 64", "ip.ttl == 64", ...],
 *     "nodes": [[text, filter or -1, source, first byte or -1, bytes, children...], ...],
 *     "at": { PLACE: { FRAME: { "time_ns":, "protocol":, "info":, "sources": [[name, base64], ...],
 *                               "layers": [node, ...],
 *                               "without_keys": null or the same but for the time } } } }
 *
 * Sources are what bytes count in: the frame itself, whose name is "", and what was decrypted or
 * put together from it. Wireshark's own first layer, "Frame", which has no bytes, is left out.
 * docs/story.md repeats this for those who read the page's JSON.
 */
#ifndef WIRESHARK_DISSECT_H
#define WIRESHARK_DISSECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "wireshark/wireshark.h"

struct dissect_file {
	const char *place; /* "node:nic" or "wifi:link" */
	const char *path;
	const uint32_t *frames; /* their numbers, from 1 */
	size_t n_frames;
};

struct dissect {
	struct wireshark_setup setup;
	const struct dissect_file *files;
	size_t n_files;
};

/*
 * Opens them all, unless that was done before with the same files (wireshark/keep.h): each twice,
 * with the keys (TLS secrets are in the capture itself) and without. A file or a frame that cannot
 * be read is one sentence more in notes, an array of the caller's, and left out. Other codes as of
 * sharkd_ask: there is nothing in *ret then.
 */
int dissect_frames(const struct dissect *d, json_t *notes, json_t **ret, struct err *err);

#endif
