/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pcapng reader on any bytes: it must stop with an error or at the end, and what it hands out
 * must be readable. What it took is written again and read again, and must come out the same.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/io.h"
#include "base/str.h"
#include "pcapng/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Touches every byte that a block points to, so that a sanitizer sees a wrong length. */
static uint32_t sum(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t s = 0;

	for (size_t i = 0; i < len; i++)
		s = s * 31 + p[i];
	return s;
}

static uint32_t sum_text(const char *text)
{
	return text ? sum(text, strlen(text)) : 0; /* an empty one is not written */
}

static uint32_t digest(const struct pcapng_block *b)
{
	switch (b->kind) {
	case PCAPNG_KIND_SECTION:
		return 2;
	case PCAPNG_KIND_IFACE:
		return b->index + b->iface.linktype + sum_text(b->iface.name) +
		       sum_text(b->iface.description);
	case PCAPNG_KIND_PACKET:
		return sum(b->packet.data, b->packet.len) + (uint32_t)b->packet.time_ns +
		       b->packet.iface + b->packet.direction +
		       (b->packet.dropped == PCAPNG_UNKNOWN ? 0 : (uint32_t)b->packet.dropped) +
		       sum_text(b->packet.comment);
	case PCAPNG_KIND_STATS:
		return (uint32_t)(b->stats.received + b->stats.dropped + b->stats.time_ns);
	case PCAPNG_KIND_SECRETS:
		return sum(b->secrets.data, b->secrets.len);
	}
	abort();
}

static void write_block(struct pcapng_writer *w, const struct pcapng_block *b)
{
	int r = 0;

	switch (b->kind) {
	case PCAPNG_KIND_SECTION:
		return;
	case PCAPNG_KIND_IFACE:
		r = pcapng_write_iface(w, &b->iface, NULL);
		break;
	case PCAPNG_KIND_PACKET:
		r = pcapng_write_packet(w, &b->packet, NULL);
		break;
	case PCAPNG_KIND_STATS:
		r = pcapng_write_stats(w, &b->stats, NULL);
		break;
	case PCAPNG_KIND_SECRETS:
		r = pcapng_write_secrets(w, &b->secrets, NULL);
		break;
	}
	if (r < 0)
		abort();
}

/* Reads all; a digest of the first section goes to *first, and with w that section is written. */
static void read_all(FILE *f, struct pcapng_writer *w, uint32_t *first)
{
	auto_pcapng_reader struct pcapng_reader *reader = NULL;
	struct pcapng_block b;
	int sections = 0;

	*first = 0;
	pcapng_reader_new(f, &reader);
	while (pcapng_next(reader, &b, NULL) > 0) {
		uint32_t d = digest(&b);

		sections += b.kind == PCAPNG_KIND_SECTION;
		if (sections > 1)
			continue;
		*first = *first * 31 + d;
		if (w)
			write_block(w, &b);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_pcapng_writer struct pcapng_writer *w = NULL;
	int fd = memfd_create("fuzz-pcapng", MFD_CLOEXEC);
	FILE *in = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	uint32_t before, after;

	if (in) {
		pcapng_writer_new(fd, -1, "", &w);
		read_all(in, w, &before);
		if (pcapng_flush(w, NULL) < 0 || lseek(fd, 0, SEEK_SET) != 0)
			abort();
		read_all(fdopen(dup(fd), "r"), NULL, &after);
		if (before && before != after)
			abort();
	}
	(void)close(fd);
	return 0;
}
