/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pcapng writer on frames, names, counters and secrets of any bytes, as taps and guests give
 * them: each is written or refused, and what was written is read again as it was.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/io.h"
#include "base/str.h"
#include "pcapng/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes that decide, and what is left of them. */
struct bytes {
	const uint8_t *at;
	size_t left;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static const uint8_t *take(struct bytes *from, size_t *len)
{
	const uint8_t *at = from->at;

	if (*len > from->left)
		*len = from->left;
	from->at += *len;
	from->left -= *len;
	return at;
}

static uint64_t number(struct bytes *from, size_t len)
{
	const uint8_t *at = take(from, &len);
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | at[i];
	return value;
}

/* A time: the clock is the kernel's, until 2262. */
static uint64_t when(struct bytes *from)
{
	return number(from, 8) >> 1;
}

/* A text of up to 255 bytes, NULL now and then. */
static char *text(struct bytes *from)
{
	size_t len = number(from, 1);
	const uint8_t *at = take(from, &len);

	return len == 7 ? NULL : xstrndup((const char *)at, len);
}

static bool same_text(const char *a, const char *b)
{
	return str_eq(a && *a ? a : NULL, b && *b ? b : NULL);
}

/* --- what was written, in order, to be compared with what is read --- */

struct written {
	struct pcapng_block block;
	char *name, *description;
};

struct record {
	struct written *items;
	size_t n;
	uint32_t ifaces;
};

static int write_one(struct pcapng_writer *w, struct bytes *from, struct record *record,
		     struct written *ret)
{
	struct pcapng_block *b = &ret->block;
	size_t len;
	int r;

	ret->name = text(from);
	ret->description = text(from);
	switch (number(from, 1) % 4) {
	case 0:
		b->kind = PCAPNG_KIND_IFACE;
		b->iface = (struct pcapng_iface){ ret->name, ret->description,
						  (uint16_t)number(from, 2),
						  (uint32_t)number(from, 4) };
		r = pcapng_write_iface(w, &b->iface, NULL);
		if (r >= 0)
			require((uint32_t)r == record->ifaces++);
		return r;
	case 1:
		b->kind = PCAPNG_KIND_STATS;
		b->stats = (struct pcapng_stats){ (uint32_t)number(from, 1), when(from),
						  number(from, 8), number(from, 8) };
		if (b->stats.iface >= record->ifaces)
			return -1;
		return pcapng_write_stats(w, &b->stats, NULL);
	case 2:
		b->kind = PCAPNG_KIND_SECRETS;
		b->secrets.type = (uint32_t)number(from, 4);
		len = number(from, 2);
		b->secrets.data = take(from, &len);
		b->secrets.len = (uint32_t)len;
		return pcapng_write_secrets(w, &b->secrets, NULL);
	default:
		b->kind = PCAPNG_KIND_PACKET;
		b->packet.iface = (uint32_t)number(from, 1);
		b->packet.time_ns = when(from);
		b->packet.orig_len = (uint32_t)number(from, 4);
		b->packet.direction = (enum pcapng_direction)(number(from, 1) % 3);
		b->packet.dropped = number(from, 8);
		b->packet.comment = ret->name;
		len = number(from, 2);
		b->packet.data = take(from, &len);
		b->packet.len = (uint32_t)len;
		if (b->packet.iface >= record->ifaces)
			return -1;
		return pcapng_write_packet(w, &b->packet, NULL);
	}
}

static void compare(const struct written *w, const struct pcapng_block *b)
{
	require(w->block.kind == b->kind);
	switch (b->kind) {
	case PCAPNG_KIND_SECTION:
		break;
	case PCAPNG_KIND_IFACE:
		require(w->block.iface.linktype == b->iface.linktype);
		require(same_text(w->name, b->iface.name));
		require(same_text(w->description, b->iface.description));
		break;
	case PCAPNG_KIND_PACKET:
		require(w->block.packet.iface == b->packet.iface);
		require(w->block.packet.time_ns == b->packet.time_ns);
		require(w->block.packet.orig_len == b->packet.orig_len);
		require(w->block.packet.direction == b->packet.direction);
		require(same_text(w->name, b->packet.comment));
		require(w->block.packet.len == b->packet.len);
		require(!memcmp(w->block.packet.data, b->packet.data, b->packet.len));
		break;
	case PCAPNG_KIND_STATS:
		require(w->block.stats.iface == b->stats.iface);
		require(w->block.stats.received == b->stats.received);
		require(w->block.stats.dropped == b->stats.dropped);
		break;
	case PCAPNG_KIND_SECRETS:
		require(w->block.secrets.type == b->secrets.type);
		require(w->block.secrets.len == b->secrets.len);
		require(!memcmp(w->block.secrets.data, b->secrets.data, b->secrets.len));
		break;
	}
}

static void read_back(int fd, const struct record *record)
{
	auto_pcapng_reader struct pcapng_reader *reader = NULL;
	struct pcapng_block b;

	require(lseek(fd, 0, SEEK_SET) == 0);
	pcapng_reader_new(fdopen(dup(fd), "r"), &reader);
	require(pcapng_next(reader, &b, NULL) == 1 && b.kind == PCAPNG_KIND_SECTION);
	for (size_t i = 0; i < record->n; i++) {
		require(pcapng_next(reader, &b, NULL) == 1);
		compare(&record->items[i], &b);
	}
	require(pcapng_next(reader, &b, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes from = { data, size };
	auto_pcapng_writer struct pcapng_writer *w = NULL;
	struct record record = { 0 };
	int fd = memfd_create("fuzz-write", MFD_CLOEXEC);

	pcapng_writer_new(fd, -1, "fuzz", &w);
	while (from.left) {
		struct written one = { 0 };

		if (write_one(w, &from, &record, &one) >= 0) {
			*array_add(record.items, record.n) = one;
		} else {
			free(one.name);
			free(one.description);
		}
	}
	require(pcapng_flush(w, NULL) == 0);
	read_back(fd, &record);
	for (size_t i = 0; i < record.n; i++) {
		free(record.items[i].name);
		free(record.items[i].description);
	}
	free(record.items);
	(void)close(fd);
	return 0;
}
