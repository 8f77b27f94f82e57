/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcapng files (draft-ietf-opsawg-pcapng): a buffered writer and a bounded, streaming reader.
 * libpcap writes no pcapng and reads none with several link types; hence this.
 *
 * Times are nanoseconds since the epoch. The writer uses the byte order of the machine, the reader
 * takes both. Known blocks: section, interface, enhanced packet, interface statistics, decryption
 * secrets; the reader steps over all others.
 */
#ifndef PCAPNG_PCAPNG_H
#define PCAPNG_PCAPNG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/err.h"

#define PCAPNG_ETHERNET 1           /* LINKTYPE_ETHERNET */
#define PCAPNG_RADIOTAP 127         /* LINKTYPE_IEEE802_11_RADIOTAP */
#define PCAPNG_TLS_KEYS 0x544c534bU /* secrets: an NSS key log */
#define PCAPNG_MAX_BLOCK (16U << 20)
#define PCAPNG_MAX_IFACES 1024U
#define PCAPNG_UNKNOWN UINT64_MAX /* a counter that nobody knows */

/* epb_flags, as the interface sees it: inbound is what the guest on the tap sent. */
enum pcapng_direction { PCAPNG_NO_DIRECTION = 0, PCAPNG_INBOUND = 1, PCAPNG_OUTBOUND = 2 };

struct pcapng_iface {
	const char *name;        /* may be NULL */
	const char *description; /* may be NULL */
	uint16_t linktype;
	uint32_t snaplen; /* 0: no limit */
};

struct pcapng_packet {
	uint32_t iface;
	uint64_t time_ns;
	const uint8_t *data;
	uint32_t len;      /* bytes at data */
	uint32_t orig_len; /* bytes on the wire */
	enum pcapng_direction direction;
	uint64_t dropped;    /* frames lost between the one before on this interface and this one */
	const char *comment; /* may be NULL */
};

struct pcapng_stats {
	uint32_t iface;
	uint64_t time_ns;
	uint64_t received, dropped; /* or PCAPNG_UNKNOWN */
};

struct pcapng_secrets {
	uint32_t type;
	const void *data;
	uint32_t len;
};

/* What has reached the file, not only the buffer. */
struct pcapng_counts {
	uint64_t packets, bytes;
};

struct pcapng_writer;

/*
 * Starts a section on fd, which stays the caller's. stop_fd, if not negative, ends a write that
 * blocks on a pipe with -ECANCELED as soon as stop_fd is readable.
 *
 * Whatever fails in a write, fails for good: the buffer is dropped, a regular file is cut behind
 * its last whole block, and each later call returns the same code.
 */
void pcapng_writer_new(int fd, int stop_fd, const char *application, struct pcapng_writer **ret);
/* The same, with a comment on the whole section; NULL: none. */
void pcapng_writer_commented(int fd, int stop_fd, const char *application, const char *comment,
			     struct pcapng_writer **ret);
/* Returns the interface's index. */
int pcapng_write_iface(struct pcapng_writer *w, const struct pcapng_iface *iface, struct err *err);
int pcapng_write_packet(struct pcapng_writer *w, const struct pcapng_packet *p, struct err *err);
int pcapng_write_stats(struct pcapng_writer *w, const struct pcapng_stats *s, struct err *err);
/* Must come before the packets that need it. */
int pcapng_write_secrets(struct pcapng_writer *w, const struct pcapng_secrets *s, struct err *err);
int pcapng_flush(struct pcapng_writer *w, struct err *err);
struct pcapng_counts pcapng_written(const struct pcapng_writer *w);
/* Drops what was not flushed. NULL is fine. */
void pcapng_writer_free(struct pcapng_writer *w);
static inline void pcapng_writer_freep(struct pcapng_writer **w)
{
	pcapng_writer_free(*w);
}
#define auto_pcapng_writer AUTO(pcapng_writer_freep)

enum pcapng_kind {
	PCAPNG_KIND_SECTION,
	PCAPNG_KIND_IFACE,
	PCAPNG_KIND_PACKET,
	PCAPNG_KIND_STATS,
	PCAPNG_KIND_SECRETS,
};

struct pcapng_block {
	enum pcapng_kind kind;
	uint32_t index; /* of an interface */
	union {
		struct pcapng_iface
			iface; /* its strings live until the section or the reader ends */
		struct pcapng_packet packet; /* what it points to lives until the next call */
		struct pcapng_stats stats;
		struct pcapng_secrets secrets; /* until the next call */
	};
};

struct pcapng_reader;

/* Opens a regular file for it. Errors: as io_open_stream. */
int pcapng_open(const char *path, struct pcapng_reader **ret, struct err *err);
/* The reader owns the file from now on. */
void pcapng_reader_new(FILE *f, struct pcapng_reader **ret);
/*
 * The next block. Returns 1, 0 at the end, -ENODATA where the file ends inside a block (a capture
 * that was killed: what came before is good), -EINVAL or -EFBIG for what is no pcapng.
 */
int pcapng_next(struct pcapng_reader *r, struct pcapng_block *ret, struct err *err);
void pcapng_reader_free(struct pcapng_reader *r);
static inline void pcapng_reader_freep(struct pcapng_reader **r)
{
	pcapng_reader_free(*r);
}
#define auto_pcapng_reader AUTO(pcapng_reader_freep)

/* Any block as it was read; of a section nothing, since the writer has begun its own. */
int pcapng_write_block(struct pcapng_writer *w, const struct pcapng_block *b, struct err *err);

/* What becomes of a block: written as it is or changed, or left out. Returns 0 or more, or an
 * error, which ends the copy. */
typedef int pcapng_put(void *ctx, struct pcapng_writer *to, const struct pcapng_block *b,
		       struct err *err);

/* Each block of a file through put. Returns 0; errors: as pcapng_next and put, -ENOTSUP for a
 * second section. Flushing is left to the caller. */
int pcapng_copy(struct pcapng_reader *from, struct pcapng_writer *to, pcapng_put *put, void *ctx,
		struct err *err);

#endif
