/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pcapng reader: one block at a time, every length checked against what the file really has. */
#include <byteswap.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/str.h"
#include "pcapng/format.h"
#include "pcapng/pcapng.h"

__extension__ typedef unsigned __int128 wide;

struct iface {
	char *name, *description;
	uint8_t resolution; /* as in if_tsresol */
	int64_t offset_s;
};

struct pcapng_reader {
	FILE *file;
	uint64_t offset; /* of the block being read */
	uint32_t size;   /* of that block, once it is known */
	bool section;    /* one has begun */
	bool swapped;
	uint8_t *block; /* the body of the block being read: without type and lengths */
	uint32_t len, cap;
	struct iface *ifaces;
	size_t n_ifaces;
	char *comment;
};

static uint16_t get16(const struct pcapng_reader *r, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return r->swapped ? bswap_16(v) : v;
}

static uint32_t get32(const struct pcapng_reader *r, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return r->swapped ? bswap_32(v) : v;
}

static uint64_t get64(const struct pcapng_reader *r, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return r->swapped ? bswap_64(v) : v;
}

static int bad(const struct pcapng_reader *r, struct err *err, const char *what)
{
	return err_set(err, EINVAL, "not valid pcapng: %s in the block at byte %" PRIu64, what,
		       r->offset);
}

/* Exactly n bytes: 1, none: 0, fewer: -ENODATA. */
static int read_exact(struct pcapng_reader *r, void *p, size_t n, struct err *err)
{
	size_t got = fread(p, 1, n, r->file);

	if (got == n)
		return 1;
	if (ferror(r->file))
		return err_errno(err, EIO, "read at byte %" PRIu64, r->offset);
	if (got == 0)
		return 0;
	return err_set(err, ENODATA, "ends inside the block at byte %" PRIu64, r->offset);
}

static int read_rest(struct pcapng_reader *r, void *p, size_t n, struct err *err)
{
	int got = n ? read_exact(r, p, n, err) : 1;

	if (got)
		return got;
	return err_set(err, ENODATA, "ends inside the block at byte %" PRIu64, r->offset);
}

/* The body comes in steps, so that a length that lies costs no more memory than the file has bytes.
 */
static int read_body(struct pcapng_reader *r, uint32_t at, uint32_t len, struct err *err)
{
	while (at < len) {
		uint32_t step = len - at < (256U << 10) ? len - at : 256U << 10;
		int got;

		if (at + step > r->cap) {
			r->cap = at + step < 4096 ? 4096 : at + step;
			r->block = xrealloc(r->block, r->cap, 1);
		}
		got = read_rest(r, r->block + at, step, err);
		if (got < 0)
			return got;
		at += step;
	}
	r->len = len;
	return 1;
}

/* A section header says the byte order, its own length included. */
static int read_order(struct pcapng_reader *r, struct err *err)
{
	uint32_t magic;
	int got;

	if (r->cap < 4) {
		r->cap = 4096;
		r->block = xrealloc(r->block, r->cap, 1);
	}
	got = read_rest(r, r->block, 4, err);
	if (got < 0)
		return got;
	memcpy(&magic, r->block, sizeof(magic));
	if (magic != BYTE_ORDER_MAGIC && magic != bswap_32(BYTE_ORDER_MAGIC))
		return bad(r, err, "unknown byte order");
	r->swapped = magic != BYTE_ORDER_MAGIC;
	r->section = true;
	return 1;
}

/* Reads one block whole; *type says what it is. */
static int read_block(struct pcapng_reader *r, uint32_t *type, struct err *err)
{
	uint8_t head[8], tail[4];
	uint32_t len, at = 0;
	int got;

	r->offset += r->size;
	r->size = 0;
	got = read_exact(r, head, sizeof(head), err);
	if (got <= 0)
		return got;
	*type = get32(r, head);
	if (*type == BLOCK_SHB) {
		at = 4;
		got = read_order(r, err);
		if (got < 0)
			return got;
	}
	if (!r->section)
		return bad(r, err, "no section header");
	len = get32(r, head + 4);
	if (len < BLOCK_OVERHEAD + at || len % 4)
		return bad(r, err, "impossible length");
	if (len > PCAPNG_MAX_BLOCK)
		return err_set(err, EFBIG, "block of %u bytes at byte %" PRIu64, len, r->offset);
	got = read_body(r, at, len - BLOCK_OVERHEAD, err);
	if (got < 0)
		return got;
	got = read_rest(r, tail, sizeof(tail), err);
	if (got < 0)
		return got;
	if (get32(r, tail) != len)
		return bad(r, err, "two lengths that differ");
	r->size = len;
	return 1;
}

struct option {
	uint16_t code, len;
	const uint8_t *value;
};

/* Steps through the options from *at on: 1 with an option, 0 at their end, negative when they are
 * broken. */
static int next_option(const struct pcapng_reader *r, uint32_t *at, struct option *ret,
		       struct err *err)
{
	if (*at + 4 > r->len)
		return 0;
	ret->code = get16(r, r->block + *at);
	ret->len = get16(r, r->block + *at + 2);
	ret->value = r->block + *at + 4;
	if (ret->code == OPT_END)
		return 0;
	if (padded(ret->len) > r->len - *at - 4)
		return bad(r, err, "an option longer than its block");
	*at += 4 + padded(ret->len);
	return 1;
}

static void set_text(char **into, const struct option *o)
{
	free(*into);
	*into = xstrndup((const char *)o->value, o->len);
}

static void clear_ifaces(struct pcapng_reader *r)
{
	for (size_t i = 0; i < r->n_ifaces; i++) {
		free(r->ifaces[i].name);
		free(r->ifaces[i].description);
	}
	free(r->ifaces);
	r->ifaces = NULL;
	r->n_ifaces = 0;
}

static int take_section(struct pcapng_reader *r, struct pcapng_block *ret, struct err *err)
{
	if (r->len < 16)
		return bad(r, err, "too few bytes");
	if (get16(r, r->block + 4) != 1)
		return bad(r, err, "unknown version");
	clear_ifaces(r);
	ret->kind = PCAPNG_KIND_SECTION;
	return 1;
}

static int take_iface(struct pcapng_reader *r, struct pcapng_block *ret, struct err *err)
{
	struct iface *iface;
	struct option o;
	uint32_t at = 8;
	int got;

	if (r->len < 8)
		return bad(r, err, "too few bytes");
	if (r->n_ifaces == PCAPNG_MAX_IFACES)
		return bad(r, err, "one interface too many");
	iface = array_add(r->ifaces, r->n_ifaces);
	iface->resolution = 6;
	while ((got = next_option(r, &at, &o, err)) > 0) {
		if (o.code == IF_NAME)
			set_text(&iface->name, &o);
		else if (o.code == IF_DESCRIPTION)
			set_text(&iface->description, &o);
		else if (o.code == IF_TSRESOL && o.len == 1)
			iface->resolution = o.value[0];
		else if (o.code == IF_TSOFFSET && o.len == 8)
			iface->offset_s = (int64_t)get64(r, o.value);
	}
	if (got < 0)
		return got;
	ret->kind = PCAPNG_KIND_IFACE;
	ret->index = (uint32_t)r->n_ifaces - 1;
	ret->iface = (struct pcapng_iface){ .name = iface->name,
					    .description = iface->description,
					    .linktype = get16(r, r->block),
					    .snaplen = get32(r, r->block + 4) };
	return 1;
}

/* Nanoseconds since the epoch from the 64 bits at p; -1 when they are no time of ours. */
static int64_t get_time(const struct pcapng_reader *r, const struct iface *iface, const uint8_t *p)
{
	wide ns = ((uint64_t)get32(r, p) << 32) | get32(r, p + 4);
	unsigned int power = iface->resolution & 0x7f;

	ns *= NS_PER_S;
	if (iface->resolution & 0x80)
		ns = power < 64 ? ns >> power : 0;
	else
		while (power--)
			ns /= 10;
	if (iface->offset_s < 0)
		return -1;
	ns += (wide)iface->offset_s * NS_PER_S;
	return ns > INT64_MAX ? -1 : (int64_t)ns;
}

/* Interface and time, which packets and statistics begin with. */
static int take_head(struct pcapng_reader *r, uint32_t *iface, uint64_t *time_ns, struct err *err)
{
	int64_t ns;

	if (r->len < 12)
		return bad(r, err, "too few bytes");
	*iface = get32(r, r->block);
	if (*iface >= r->n_ifaces)
		return bad(r, err, "an interface that nobody described");
	ns = get_time(r, &r->ifaces[*iface], r->block + 4);
	if (ns < 0)
		return bad(r, err, "a time out of range");
	*time_ns = (uint64_t)ns;
	return 1;
}

static int take_packet(struct pcapng_reader *r, struct pcapng_block *ret, struct err *err)
{
	struct pcapng_packet p = { 0 };
	struct option o;
	uint32_t at;
	int got = take_head(r, &p.iface, &p.time_ns, err);

	if (got < 0)
		return got;
	if (r->len < 20)
		return bad(r, err, "too few bytes");
	p.len = get32(r, r->block + 12);
	p.orig_len = get32(r, r->block + 16);
	p.data = r->block + 20;
	if (p.len > r->len - 20)
		return bad(r, err, "a frame longer than its block");
	at = 20 + padded(p.len);
	free(r->comment);
	r->comment = NULL;
	while ((got = next_option(r, &at, &o, err)) > 0) {
		if (o.code == EPB_FLAGS && o.len == 4 && (get32(r, o.value) & 3) != 3)
			p.direction = (enum pcapng_direction)(get32(r, o.value) & 3);
		else if (o.code == EPB_DROPCOUNT && o.len == 8)
			p.dropped = get64(r, o.value);
		else if (o.code == OPT_COMMENT && !r->comment)
			set_text(&r->comment, &o);
	}
	if (got < 0)
		return got;
	p.comment = r->comment;
	ret->kind = PCAPNG_KIND_PACKET;
	ret->packet = p;
	return 1;
}

static int take_stats(struct pcapng_reader *r, struct pcapng_block *ret, struct err *err)
{
	struct pcapng_stats s = { .received = PCAPNG_UNKNOWN, .dropped = PCAPNG_UNKNOWN };
	struct option o;
	uint32_t at = 12;
	int got = take_head(r, &s.iface, &s.time_ns, err);

	if (got < 0)
		return got;
	while ((got = next_option(r, &at, &o, err)) > 0) {
		if (o.code == ISB_IFRECV && o.len == 8)
			s.received = get64(r, o.value);
		else if (o.code == ISB_IFDROP && o.len == 8)
			s.dropped = get64(r, o.value);
	}
	if (got < 0)
		return got;
	ret->kind = PCAPNG_KIND_STATS;
	ret->stats = s;
	return 1;
}

static int take_secrets(struct pcapng_reader *r, struct pcapng_block *ret, struct err *err)
{
	uint32_t len;

	if (r->len < 8)
		return bad(r, err, "too few bytes");
	len = get32(r, r->block + 4);
	if (len > r->len - 8)
		return bad(r, err, "secrets longer than their block");
	ret->kind = PCAPNG_KIND_SECRETS;
	ret->secrets = (struct pcapng_secrets){ .type = get32(r, r->block),
						.data = r->block + 8,
						.len = len };
	return 1;
}

void pcapng_reader_new(FILE *f, struct pcapng_reader **ret)
{
	struct pcapng_reader *r = xcalloc(1, sizeof(*r));

	r->file = f;
	*ret = r;
}

int pcapng_open(const char *path, struct pcapng_reader **ret, struct err *err)
{
	FILE *f = NULL;
	int r = io_open_stream(path, &f, err);

	if (r == 0)
		pcapng_reader_new(f, ret);
	return r;
}

int pcapng_next(struct pcapng_reader *r, struct pcapng_block *ret, struct err *err)
{
	for (;;) {
		uint32_t type = 0;
		int got = read_block(r, &type, err);

		if (got <= 0)
			return got;
		switch (type) {
		case BLOCK_SHB:
			return take_section(r, ret, err);
		case BLOCK_IDB:
			return take_iface(r, ret, err);
		case BLOCK_EPB:
			return take_packet(r, ret, err);
		case BLOCK_ISB:
			return take_stats(r, ret, err);
		case BLOCK_DSB:
			return take_secrets(r, ret, err);
		default:
			break; /* somebody else's */
		}
	}
}

void pcapng_reader_free(struct pcapng_reader *r)
{
	if (!r)
		return;
	clear_ifaces(r);
	(void)fclose(r->file);
	free(r->block);
	free(r->comment);
	free(r);
}
