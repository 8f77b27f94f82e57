/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Saved guests of any bytes: refused, or taken apart. Over the memory that was taken out, the same
 * guest is the same stream, or a longer one where a page came twice.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/str.h"
#include "hv/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct out {
	char *data;
	size_t len;
	int r;
};

static struct out run(int (*how)(FILE *, int, FILE *, struct err *), const uint8_t *data,
		      size_t size, int ram)
{
	struct out out = { 0 };
	struct err err = ERR_INIT;
	FILE *in = fmemopen((void *)(uintptr_t)data, size, "r");
	FILE *f = open_memstream(&out.data, &out.len);

	out.r = how(in, ram, f, &err);
	(void)fclose(in);
	(void)fclose(f);
	if (out.r > 0 || (out.r < 0) != (err.msg[0] != '\0'))
		abort();
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int ram = memfd_create("fuzz-stream", MFD_CLOEXEC);
	struct out split, delta;

	if (!size || ram < 0)
		return 0;
	split = run(stream_split, data, size, ram);
	if (split.r == 0) {
		delta = run(stream_delta, data, size, ram);
		if (delta.r < 0 || delta.len < split.len ||
		    (delta.len == split.len && memcmp(split.data, delta.data, split.len) != 0))
			abort();
		free(delta.data);
	}
	free(split.data);
	(void)close(ram);
	return 0;
}
