/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stream.c and stream-head.c read and write saved guests with.
 */
#ifndef HV_STREAM_BYTES_H
#define HV_STREAM_BYTES_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct stream_bytes {
	FILE *in, *out;
	uint64_t at; /* bytes read */
};

/* -EBADMSG, with the byte and what is wrong there. */
int stream_damaged(const struct stream_bytes *f, struct err *err, const char *what);
int stream_take(struct stream_bytes *f, void *data, size_t len, struct err *err);
int stream_put(struct stream_bytes *f, const void *data, size_t len, struct err *err);
/* Takes and puts; the rest: to the end of the file, which it must have. */
int stream_echo(struct stream_bytes *f, void *data, size_t len, struct err *err);
int stream_echo_rest(struct stream_bytes *f, struct err *err);
/* A name with its length, one byte, in front. */
int stream_take_name(struct stream_bytes *f, char name[256], struct err *err);
int stream_put_name(struct stream_bytes *f, const char *name, struct err *err);
int stream_take_be32(struct stream_bytes *f, uint32_t *ret, struct err *err);
int stream_take_be64(struct stream_bytes *f, uint64_t *ret, struct err *err);
/* The last len bytes of the value. */
int stream_put_be(struct stream_bytes *f, uint64_t value, size_t len, struct err *err);

/* --- stream-head.c --- */

/* libvirt's, in the machine's order of bytes (src/qemu/qemu_saveimage.h). */
struct stream_head {
	char magic[16];
	/* data_len: from here to the stream; cookie: where in that something stands behind the
	 * XML, 0: nothing. */
	uint32_t version, data_len, running, compressed, cookie, unused[14];
};

/* The XML and what else stands before the stream, data_len bytes, to be freed. */
int stream_take_head(struct stream_bytes *f, struct stream_head *head, char **ret, struct err *err);

#endif
