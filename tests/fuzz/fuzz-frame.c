/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames of any bytes, as Ethernet, as radiotap and 802.11, and as the inside of such a frame. What
 * is taken has a key, and a piece of a datagram is no longer than its frame.
 */
#include <stdlib.h>
#include <string.h>

#include "journey/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct journey_frame *f, size_t size)
{
	if (!f->key || !f->ident || f->piece_len > size)
		abort();
	if (f->kind != JOURNEY_IPV4 && f->keys.datagram)
		abort();
}

static void try_air(const uint8_t *data, uint32_t len)
{
	struct journey_air_head head;
	struct journey_frame f;

	if (!journey_parse_air(data, len, &head, &f))
		return;
	if (head.body > len)
		abort();
	if (!journey_parse_llc(data + head.body, len - head.body, &f))
		journey_parse_opaque(&head, data + head.body, len - head.body, &f);
	check(&f, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A block of its own, so that a sanitizer sees what reads beyond it. */
	uint8_t *copy = malloc(size ? size : 1);
	struct journey_frame f, again;

	if (!copy || size > UINT16_MAX) {
		free(copy);
		return 0;
	}
	memcpy(copy, data, size);
	if (journey_parse_ethernet(copy, (uint32_t)size, (uint32_t)size, &f)) {
		check(&f, size);
		/* The same bytes are the same packet. */
		if (!journey_parse_ethernet(copy, (uint32_t)size, (uint32_t)size, &again) ||
		    again.ident != f.ident || again.key != f.key)
			abort();
	}
	try_air(copy, (uint32_t)size);
	memset(&f, 0, sizeof(f));
	if (journey_parse_llc(copy, size, &f))
		check(&f, size);
	free(copy);
	return 0;
}
